//! [`Deadline`]: how much time a call has left, and bounding a future by it.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};

use crate::clock::Clock;

/// When a call must have ended.
pub(super) struct Deadline<'c> {
    clock: &'c dyn Clock,
    start: Duration,
    timeout: Option<Duration>,
}

impl<'c> Deadline<'c> {
    /// `timeout` from `start`, a time of the clock's stopwatch.
    pub(super) const fn new(clock: &'c dyn Clock, start: Duration, timeout: Option<Duration>) -> Self {
        Self {
            clock,
            start,
            timeout,
        }
    }

    /// How long the call has taken.
    pub(super) fn elapsed(&self) -> Duration {
        self.clock.monotonic().saturating_sub(self.start)
    }

    /// How much time is left; `None` where there is no limit.
    pub(super) fn left(&self) -> Option<Duration> {
        self.timeout.map(|timeout| timeout.saturating_sub(self.elapsed()))
    }
}

/// What `future` returns, where it does within `limit`.
pub(super) async fn within<T>(
    clock: &dyn Clock,
    limit: Option<Duration>,
    future: impl Future<Output = T>,
) -> Option<T> {
    let Some(limit) = limit else {
        return Some(future.await);
    };
    match select(pin!(future), clock.sleep(limit)).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(((), _)) => None,
    }
}
