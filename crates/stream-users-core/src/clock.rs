//! Time as the engine sees it: the date, a stopwatch and a way to wait.
//!
//! Nothing else in this crate reads the time or sleeps, so that a test with a clock of its own never waits.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use stream_users_model::Timestamp;

/// A future that is ready when a wait is over.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send + 'static>>;

/// The date, a stopwatch and a way to wait.
///
/// The three should agree: after a [`sleep`](Clock::sleep) of a second, [`monotonic`](Clock::monotonic) has
/// grown by at least that second.
pub trait Clock: Debug + Send + Sync + 'static {
    /// The date and time of day. It may jump, even back, when the machine's clock is set.
    fn now(&self) -> Timestamp;

    /// The time since some moment in the past that stays the same for one clock. It never goes back.
    fn monotonic(&self) -> Duration;

    /// A future that is ready once `duration` has passed. Dropping it ends the wait.
    fn sleep(&self, duration: Duration) -> Sleep;
}

impl<T: Clock + ?Sized> Clock for Arc<T> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }

    fn monotonic(&self) -> Duration {
        (**self).monotonic()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        (**self).sleep(duration)
    }
}

/// The machine's clock, waiting with tokio's timer (feature `tokio`).
///
/// [`sleep`](Clock::sleep) must be called within a tokio runtime whose time driver is enabled. The date is the
/// system's; the stopwatch and the waits are tokio's, so a test with tokio's time paused does not wait.
#[cfg(feature = "tokio")]
#[derive(Clone, Copy, Debug)]
pub struct TokioClock {
    start: tokio::time::Instant,
}

#[cfg(feature = "tokio")]
impl TokioClock {
    /// A clock whose stopwatch starts now.
    #[must_use]
    pub fn new() -> Self {
        Self {
            start: tokio::time::Instant::now(),
        }
    }
}

#[cfg(feature = "tokio")]
impl Default for TokioClock {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(feature = "tokio")]
impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        system_time(std::time::SystemTime::now())
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// A date of the operating system; one outside of what a [`Timestamp`] holds becomes the epoch.
#[cfg(feature = "tokio")]
fn system_time(time: std::time::SystemTime) -> Timestamp {
    Timestamp::try_from(time).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(all(test, feature = "tokio"))]
mod tests {
    use std::time::{SystemTime, UNIX_EPOCH};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_in_tokios_time_and_never_goes_back() {
        let clock: Arc<dyn Clock> = Arc::new(TokioClock::new());
        let before = clock.monotonic();
        clock.sleep(Duration::from_secs(3600)).await;
        assert!(clock.monotonic() >= before + Duration::from_secs(3600));
    }

    #[test]
    fn now_is_the_systems_date() {
        let seconds = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let (before, now, after) = (seconds(), TokioClock::new().now().unix_seconds(), seconds());
        assert!((before..=after).contains(&u64::try_from(now).unwrap()));
    }
}
