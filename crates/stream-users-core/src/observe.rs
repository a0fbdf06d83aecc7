//! [`Observer`]: what happens inside a client, for metrics. Spans and logs are made elsewhere, from the same facts.
//!
//! No secret and no personal data are in what an observer is told: operations, numbers, durations and kinds.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use stream_users_model::{ErrorCode, Operation};

use crate::error::ErrorKind;
use crate::rate_limit::RateLimit;
use crate::transport::TransportErrorKind;

/// Is told what happens inside a client; give it to [`ClientBuilder::observer`](crate::ClientBuilder::observer).
///
/// The methods are called on the task that makes the call and must be quick. All have an empty body, so that an
/// implementation takes what it needs.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use stream_users_core::observe::{CallEnded, Observer};
///
/// #[derive(Debug, Default)]
/// struct CountErrors(AtomicU64);
///
/// impl Observer for CountErrors {
///     fn call_ended(&self, call: &CallEnded) {
///         if call.error.is_some() {
///             self.0.fetch_add(1, Ordering::Relaxed);
///         }
///     }
/// }
///
/// // An observer of one's own is tested without a client:
/// use stream_users_core::ErrorKind;
/// use stream_users_model::operation;
///
/// let errors = CountErrors::default();
/// errors.call_ended(&CallEnded::new(&operation::QUERY_USERS).status(200));
/// errors.call_ended(&CallEnded::new(&operation::QUERY_USERS).error(ErrorKind::Timeout));
/// assert_eq!(errors.0.into_inner(), 1);
/// ```
pub trait Observer: Debug + Send + Sync + 'static {
    /// A request was answered, or not.
    fn attempt_ended(&self, attempt: &AttemptEnded) {
        let _ = attempt;
    }

    /// A call is about to wait for its next attempt, or has waited a millisecond or more for its quota.
    fn waiting(&self, wait: &Waiting) {
        let _ = wait;
    }

    /// A token was fetched from a provider, or a guest was created; or that failed.
    fn token_fetched(&self, succeeded: bool) {
        let _ = succeeded;
    }

    /// A call has ended. One that was dropped has not.
    fn call_ended(&self, call: &CallEnded) {
        let _ = call;
    }
}

/// How one attempt ended.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AttemptEnded {
    /// The operation.
    pub operation: &'static Operation,
    /// Which attempt of its call it was, counted from 1.
    pub number: u32,
    /// How long it took, from sending it to the answer's last byte.
    pub duration: Duration,
    /// The HTTP status; `None` where there was no answer.
    pub status: Option<u16>,
    /// The service's code, where it refused.
    pub code: Option<ErrorCode>,
    /// Why there was no answer.
    pub transport: Option<TransportErrorKind>,
    /// The quota that the answer stated.
    pub rate_limit: Option<RateLimit>,
}

impl AttemptEnded {
    /// What is told of the `number`th attempt of a call of `operation`, without an answer and having taken no time; for
    /// tests of observers.
    ///
    /// ```
    /// use std::time::Duration;
    /// use stream_users_core::observe::AttemptEnded;
    /// use stream_users_model::operation;
    ///
    /// let attempt = AttemptEnded::new(&operation::GET_TASK, 2).duration(Duration::from_millis(12)).status(503);
    /// assert_eq!((attempt.number, attempt.status), (2, Some(503)));
    /// ```
    #[must_use]
    pub const fn new(operation: &'static Operation, number: u32) -> Self {
        Self {
            operation,
            number,
            duration: Duration::ZERO,
            status: None,
            code: None,
            transport: None,
            rate_limit: None,
        }
    }

    /// Sets how long it took.
    #[must_use]
    pub const fn duration(mut self, duration: Duration) -> Self {
        self.duration = duration;
        self
    }

    /// Sets the HTTP status of the answer.
    #[must_use]
    pub const fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Sets the service's code.
    #[must_use]
    pub const fn code(mut self, code: ErrorCode) -> Self {
        self.code = Some(code);
        self
    }

    /// Sets why there was no answer.
    #[must_use]
    pub const fn transport(mut self, kind: TransportErrorKind) -> Self {
        self.transport = Some(kind);
        self
    }

    /// Sets the quota that the answer stated.
    #[must_use]
    pub const fn rate_limit(mut self, quota: RateLimit) -> Self {
        self.rate_limit = Some(quota);
        self
    }
}

/// Why a call waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WaitReason {
    /// It waited for the quota: this is told when the wait is over.
    Quota,
    /// It waits before another attempt.
    Retry,
}

/// A wait.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Waiting {
    /// The operation.
    pub operation: &'static Operation,
    /// Why.
    pub reason: WaitReason,
    /// How long.
    pub duration: Duration,
}

impl Waiting {
    /// What is told of a wait; for tests of observers.
    #[must_use]
    pub const fn new(operation: &'static Operation, reason: WaitReason, duration: Duration) -> Self {
        Self {
            operation,
            reason,
            duration,
        }
    }
}

/// How a call ended.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CallEnded {
    /// The operation.
    pub operation: &'static Operation,
    /// How often the request was sent.
    pub attempts: u32,
    /// How long the call took, waits included.
    pub duration: Duration,
    /// The HTTP status of the last answer.
    pub status: Option<u16>,
    /// How it failed; `None` where it did not.
    pub error: Option<ErrorKind>,
}

impl CallEnded {
    /// What is told of a call of `operation` that succeeded with its first attempt and took no time; for tests of
    /// observers.
    ///
    /// ```
    /// use stream_users_core::ErrorKind;
    /// use stream_users_core::observe::CallEnded;
    /// use stream_users_model::operation;
    ///
    /// let call = CallEnded::new(&operation::GET_TASK).attempts(3).error(ErrorKind::Timeout);
    /// assert_eq!((call.attempts, call.status, call.error), (3, None, Some(ErrorKind::Timeout)));
    /// ```
    #[must_use]
    pub const fn new(operation: &'static Operation) -> Self {
        Self {
            operation,
            attempts: 1,
            duration: Duration::ZERO,
            status: None,
            error: None,
        }
    }

    /// Sets how often the request was sent.
    #[must_use]
    pub const fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sets how long the call took.
    #[must_use]
    pub const fn duration(mut self, duration: Duration) -> Self {
        self.duration = duration;
        self
    }

    /// Sets the HTTP status of the last answer.
    #[must_use]
    pub const fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Sets how it failed.
    #[must_use]
    pub const fn error(mut self, kind: ErrorKind) -> Self {
        self.error = Some(kind);
        self
    }
}

/// The observer of a client that is given none.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct NoObserver;

impl Observer for NoObserver {}

impl<T: Observer + ?Sized> Observer for Arc<T> {
    fn attempt_ended(&self, attempt: &AttemptEnded) {
        (**self).attempt_ended(attempt);
    }

    fn waiting(&self, wait: &Waiting) {
        (**self).waiting(wait);
    }

    fn token_fetched(&self, succeeded: bool) {
        (**self).token_fetched(succeeded);
    }

    fn call_ended(&self, call: &CallEnded) {
        (**self).call_ended(call);
    }
}
