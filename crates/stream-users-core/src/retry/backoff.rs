//! [`Backoff`]: how long to wait where the service has not said so.

use std::time::Duration;

use crate::random::Random;

/// A bound that grows from attempt to attempt, and a random wait below it ("full jitter").
///
/// ```
/// use std::time::Duration;
/// use stream_users_core::Random;
/// use stream_users_core::retry::Backoff;
///
/// let backoff = Backoff::exponential(Duration::from_millis(200), Duration::from_secs(5));
/// assert_eq!(backoff.bound(1), Duration::from_millis(200));
/// assert_eq!(backoff.bound(3), Duration::from_millis(800));
/// assert_eq!(backoff.bound(30), Duration::from_secs(5));
/// assert!(backoff.wait(3, &Random::new()) <= Duration::from_millis(800));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    base: Duration,
    max: Duration,
}

impl Backoff {
    /// A bound of `base` after the first attempt, twice as much after each further one, never more than `max`.
    #[must_use]
    pub const fn exponential(base: Duration, max: Duration) -> Self {
        Self { base, max }
    }

    /// No wait but the one that the service asks for.
    #[must_use]
    pub const fn none() -> Self {
        Self::exponential(Duration::ZERO, Duration::ZERO)
    }

    /// The bound of the wait after attempt `number`, which counts from 1.
    #[must_use]
    pub fn bound(&self, number: u32) -> Duration {
        let factor = 1_u32.checked_shl(number.saturating_sub(1)).unwrap_or(u32::MAX);
        self.base.saturating_mul(factor).min(self.max)
    }

    /// The wait after attempt `number`: evenly between zero and the bound.
    #[must_use]
    pub fn wait(&self, number: u32, random: &Random) -> Duration {
        random.jitter(self.bound(number))
    }
}

impl Default for Backoff {
    /// 200 ms, doubled up to 5 s.
    fn default() -> Self {
        Self::exponential(Duration::from_millis(200), Duration::from_secs(5))
    }
}
