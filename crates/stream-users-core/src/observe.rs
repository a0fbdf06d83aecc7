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
/// ```
pub trait Observer: Debug + Send + Sync + 'static {
    /// A request was answered, or not.
    fn attempt_ended(&self, attempt: &AttemptEnded) {
        let _ = attempt;
    }

    /// A call is about to wait.
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
