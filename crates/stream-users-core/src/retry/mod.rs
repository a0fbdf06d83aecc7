//! Whether a failed attempt is followed by another, and after how long.
//!
//! Decisions only: no clock is read, nothing is sent and nobody waits here; the engine does that. A policy says
//! what is worth another attempt, the [`RetryBudget`] how many of them a client can afford.

mod backoff;
mod budget;
pub(crate) mod server;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use stream_users_model::{ErrorCode, Timestamp};

pub use self::backoff::Backoff;
pub use self::budget::RetryBudget;
pub use self::server::retry_after;
use crate::random::Random;
use crate::transport::TransportErrorKind;

/// How an attempt failed.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Failure<'a> {
    /// There is no answer.
    Transport(TransportErrorKind),
    /// The service refused, with a status of 400 or more, or with a redirect.
    #[non_exhaustive]
    Api {
        /// The HTTP status.
        status: StatusCode,
        /// The headers of the answer: they may say when to come back.
        headers: &'a HeaderMap,
        /// The service's own code; `None` where the body was not the service's.
        code: Option<i64>,
        /// The service says that the same request can never succeed.
        unrecoverable: bool,
    },
}

impl<'a> Failure<'a> {
    /// An answer that says no and is not the service's own, such as a proxy's; for tests of policies.
    #[must_use]
    pub const fn api(status: StatusCode, headers: &'a HeaderMap) -> Self {
        Self::Api {
            status,
            headers,
            code: None,
            unrecoverable: false,
        }
    }

    /// This answer as the service's own, with its code. Where there is no answer, nothing is changed.
    #[must_use]
    pub const fn code(mut self, number: i64) -> Self {
        if let Self::Api { code, .. } = &mut self {
            *code = Some(number);
        }
        self
    }

    /// This answer as one which says that the same request can never succeed. Where there is no answer, nothing is
    /// changed.
    #[must_use]
    pub const fn unrecoverable(mut self) -> Self {
        if let Self::Api { unrecoverable, .. } = &mut self {
            *unrecoverable = true;
        }
        self
    }
}

/// An attempt that failed, and the call it belongs to.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FailedAttempt<'a> {
    /// How it failed.
    pub failure: Failure<'a>,
    /// Which attempt of the call it was: 1 is the first.
    pub number: u32,
    /// The time since the call began, waits included.
    pub elapsed: Duration,
    /// The date, for what the service says in dates.
    pub now: Timestamp,
    /// Whether the request may be applied twice without harm.
    pub idempotent: bool,
}

impl<'a> FailedAttempt<'a> {
    /// The first attempt of a call that is not idempotent, at `now`; the fields say what differs.
    #[must_use]
    pub const fn new(failure: Failure<'a>, now: Timestamp) -> Self {
        Self {
            failure,
            number: 1,
            elapsed: Duration::ZERO,
            now,
            idempotent: false,
        }
    }

    /// This attempt as the `number`th of its call, `elapsed` after it began.
    #[must_use]
    pub const fn number(mut self, number: u32, elapsed: Duration) -> Self {
        self.number = number;
        self.elapsed = elapsed;
        self
    }

    /// This attempt with or without leave to apply the request twice.
    #[must_use]
    pub const fn idempotent(mut self, idempotent: bool) -> Self {
        self.idempotent = idempotent;
        self
    }
}

/// What follows a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryDecision {
    /// The failure is the call's.
    Stop,
    /// Another attempt, after this long.
    After(Duration),
}

/// Decides what follows a failed attempt.
///
/// An implementation must be quick and must not wait. It is asked after every failed attempt, before the
/// budget; it never sees a success.
pub trait RetryPolicy: Debug + Send + Sync + 'static {
    /// What follows `attempt`. `random` is the client's source, to spread the waits of many clients.
    fn decide(&self, attempt: &FailedAttempt<'_>, random: &Random) -> RetryDecision;
}

impl<T: RetryPolicy + ?Sized> RetryPolicy for Arc<T> {
    fn decide(&self, attempt: &FailedAttempt<'_>, random: &Random) -> RetryDecision {
        (**self).decide(attempt, random)
    }
}

/// Never tries again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct NoRetry;

impl NoRetry {
    /// The policy that never tries again.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl RetryPolicy for NoRetry {
    fn decide(&self, _: &FailedAttempt<'_>, _: &Random) -> RetryDecision {
        RetryDecision::Stop
    }
}

/// The policy of a client that is given no other.
///
/// | failure | another attempt |
/// |---|---|
/// | no connection | always: the request never left |
/// | timeout, interrupted connection, status 408 | only where the operation is idempotent |
/// | status 429, or code 9 | always: the service did not apply the request |
/// | status 5xx, but 501 | where the operation is idempotent; else only a 503 with `Retry-After` |
/// | `unrecoverable`, any other status, an answer too large, a request that cannot be sent | never |
///
/// The wait is what the service asks for (`Retry-After` in seconds or as a date, else the `x-ratelimit-reset`
/// of a 429), plus a random part: evenly between zero and a bound that doubles from attempt to
/// attempt ("full jitter").
///
/// By default: 3 attempts, a bound of 200 ms that doubles up to 5 s, at most 60 s for the service's word, and
/// no wait that would end later than 90 s after the call began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DefaultRetry {
    max_attempts: u32,
    backoff: Backoff,
    max_server_wait: Duration,
    deadline: Option<Duration>,
}

impl DefaultRetry {
    /// The policy with its defaults.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            max_attempts: 3,
            backoff: Backoff::exponential(Duration::from_millis(200), Duration::from_secs(5)),
            max_server_wait: Duration::from_secs(60),
            deadline: Some(Duration::from_secs(90)),
        }
    }

    /// At most this many attempts per call, the first included. 0 is read as 1.
    #[must_use]
    pub const fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// The random part of a wait, which is added to what the service asks for.
    #[must_use]
    pub const fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// At most this long for the service's word: where it asks for a longer wait, the failure is the call's.
    #[must_use]
    pub const fn max_server_wait(mut self, wait: Duration) -> Self {
        self.max_server_wait = wait;
        self
    }

    /// No wait is started that would end this long after the call began, or later. `None`: no such limit.
    #[must_use]
    pub const fn deadline(mut self, deadline: Option<Duration>) -> Self {
        self.deadline = deadline;
        self
    }
}

impl Default for DefaultRetry {
    fn default() -> Self {
        Self::new()
    }
}

impl RetryPolicy for DefaultRetry {
    fn decide(&self, attempt: &FailedAttempt<'_>, random: &Random) -> RetryDecision {
        if attempt.number >= self.max_attempts || !is_worth_another(attempt) {
            return RetryDecision::Stop;
        }
        let asked = match attempt.failure {
            Failure::Transport(_) => Duration::ZERO,
            Failure::Api { status, headers, .. } => {
                server::wait(status, headers, attempt.now).unwrap_or(Duration::ZERO)
            }
        };
        if asked > self.max_server_wait {
            return RetryDecision::Stop;
        }
        let wait = asked.saturating_add(self.backoff.wait(attempt.number, random));
        match self.deadline {
            Some(deadline) if attempt.elapsed.saturating_add(wait) >= deadline => RetryDecision::Stop,
            _ => RetryDecision::After(wait),
        }
    }
}

/// Whether the same request may be sent again and may then succeed.
fn is_worth_another(attempt: &FailedAttempt<'_>) -> bool {
    match attempt.failure {
        Failure::Transport(kind) => match kind {
            TransportErrorKind::Connect => true,
            TransportErrorKind::Timeout | TransportErrorKind::Interrupted => attempt.idempotent,
            TransportErrorKind::TooLarge | TransportErrorKind::Request => false,
        },
        Failure::Api {
            unrecoverable: true, ..
        } => false,
        Failure::Api { code: Some(code), .. } if code == ErrorCode::RATE_LIMIT.get() => true,
        Failure::Api { status, headers, .. } => match status {
            StatusCode::TOO_MANY_REQUESTS => true,
            StatusCode::NOT_IMPLEMENTED => false,
            StatusCode::REQUEST_TIMEOUT => attempt.idempotent,
            StatusCode::SERVICE_UNAVAILABLE => {
                attempt.idempotent || retry_after(headers, attempt.now).is_some()
            }
            status => status.is_server_error() && attempt.idempotent,
        },
    }
}

#[cfg(test)]
mod tests;
