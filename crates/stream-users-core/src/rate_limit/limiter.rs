//! The seam: [`RateLimiter`], what it is told and what it answers.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use stream_users_model::{Operation, Timestamp};

use super::RateLimit;
use crate::clock::Clock;
use crate::random::Random;
use crate::skew::Skew;

/// Decides when an attempt may be sent, by what the service has stated of its quotas.
///
/// A client asks [`acquire`](Self::acquire) before every attempt, those that follow a failure too, and calls
/// [`release`](Self::release) once for every time that it was let through. Clones of a client share one limiter, and
/// one limiter can be given to many clients. Machines that share a quota can share what they know of it: an
/// implementation may keep it in a place that all of them reach.
#[async_trait]
pub trait RateLimiter: Debug + Send + Sync + 'static {
    /// Returns when the attempt may be sent. The future may be dropped at any time; then nothing was taken.
    ///
    /// # Errors
    /// [`QuotaExceeded`] where that would be later than [`PendingAttempt::max_wait`].
    async fn acquire(&self, attempt: &PendingAttempt<'_>) -> Result<(), QuotaExceeded>;

    /// Takes note of how an attempt ended that was let through: with an answer, or without one where there was none or
    /// the call was dropped.
    fn release(&self, operation: &'static Operation, answer: Option<&LimitedAnswer>);

    /// What the service stated last of an operation's quota, where this is remembered.
    fn rate_limit(&self, operation: &Operation) -> Option<RateLimit> {
        let _ = operation;
        None
    }
}

/// An attempt that waits to be sent.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PendingAttempt<'a> {
    /// The operation: each has a quota of its own.
    pub operation: &'static Operation,
    /// The longest wait that is of use to the call; `None` where it has no deadline.
    pub max_wait: Option<Duration>,
    /// The client's source of randomness, to spread what many clients do.
    pub random: &'a Random,
    clock: &'a dyn Clock,
    skew: Option<&'a Skew>,
}

impl<'a> PendingAttempt<'a> {
    /// An attempt of `operation` that waits by `clock`; for tests of limiters.
    #[must_use]
    pub fn new(operation: &'static Operation, clock: &'a dyn Clock, random: &'a Random) -> Self {
        Self {
            operation,
            max_wait: None,
            random,
            clock,
            skew: None,
        }
    }

    /// This attempt with the longest wait that is of use to it.
    #[must_use]
    pub fn max_wait(mut self, wait: Option<Duration>) -> Self {
        self.max_wait = wait;
        self
    }

    pub(crate) fn skew(mut self, skew: &'a Skew) -> Self {
        self.skew = Some(skew);
        self
    }

    /// The time as the service sees it, in which it states its resets. It jumps where the machine's clock is set, and
    /// back with the next answer.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let now = self.clock.now();
        self.skew.map_or(now, |skew| skew.apply(now))
    }

    /// The stopwatch of the client's clock.
    pub(super) fn monotonic(&self) -> Duration {
        self.clock.monotonic()
    }

    /// Waits by the client's clock.
    pub async fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration).await;
    }
}

/// What an answer says about a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LimitedAnswer {
    /// When the answer came, by the service's clock.
    pub now: Timestamp,
    /// The quota, where it was stated.
    pub rate_limit: Option<RateLimit>,
    /// Whether the service refused for too many calls (status 429).
    pub refused: bool,
    /// How long the service asks to wait.
    pub retry_after: Option<Duration>,
}

impl LimitedAnswer {
    /// An answer that came at `now` and says nothing of quotas; the fields say what differs.
    #[must_use]
    pub const fn new(now: Timestamp) -> Self {
        Self {
            now,
            rate_limit: None,
            refused: false,
            retry_after: None,
        }
    }

    /// This answer with a stated quota.
    #[must_use]
    pub const fn rate_limit(mut self, rate_limit: Option<RateLimit>) -> Self {
        self.rate_limit = rate_limit;
        self
    }

    /// This answer as a refusal for too many calls, with how long the service asks to wait.
    #[must_use]
    pub const fn refused(mut self, retry_after: Option<Duration>) -> Self {
        self.refused = true;
        self.retry_after = retry_after;
        self
    }
}

/// A call would have to wait longer than is of use to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the quota is used up for {retry_after:.1?}")]
#[non_exhaustive]
pub struct QuotaExceeded {
    /// How long it would have to wait.
    pub retry_after: Duration,
}

impl QuotaExceeded {
    /// The call would have to wait this long.
    #[must_use]
    pub const fn new(retry_after: Duration) -> Self {
        Self { retry_after }
    }
}

#[async_trait]
impl<T: RateLimiter + ?Sized> RateLimiter for Arc<T> {
    async fn acquire(&self, attempt: &PendingAttempt<'_>) -> Result<(), QuotaExceeded> {
        (**self).acquire(attempt).await
    }

    fn release(&self, operation: &'static Operation, answer: Option<&LimitedAnswer>) {
        (**self).release(operation, answer);
    }

    fn rate_limit(&self, operation: &Operation) -> Option<RateLimit> {
        (**self).rate_limit(operation)
    }
}

/// No limiter: nothing is delayed and nothing is remembered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unlimited;

impl Unlimited {
    /// The limiter that does nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

#[async_trait]
impl RateLimiter for Unlimited {
    async fn acquire(&self, _: &PendingAttempt<'_>) -> Result<(), QuotaExceeded> {
        Ok(())
    }

    fn release(&self, _: &'static Operation, _: Option<&LimitedAnswer>) {}
}
