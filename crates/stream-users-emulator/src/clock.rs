//! The emulator's wall clock: the machine's, moved ahead as the settings or a test say.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Nanoseconds since the epoch, with the precision of microseconds that the service stores.
pub(crate) type Nanos = i64;

/// Nanoseconds in one second.
pub(crate) const SECOND: Nanos = 1_000_000_000;

/// The latest that the clock can be moved to, 2200-01-01: sums of times stay far from where they would overflow.
pub(crate) const LATEST: Nanos = 7_258_118_400 * SECOND;

#[derive(Debug)]
pub(crate) struct Clock {
    /// How far it is ahead of the machine's.
    offset: AtomicI64,
}

impl Clock {
    pub(crate) fn new(offset: Duration) -> Self {
        let clock = Self {
            offset: AtomicI64::new(0),
        };
        clock.advance(offset);
        clock
    }

    pub(crate) fn now(&self) -> Nanos {
        let now = machine().saturating_add(self.offset());
        now - now.rem_euclid(1_000)
    }

    /// How far it is ahead of the machine's.
    pub(crate) fn offset(&self) -> Nanos {
        self.offset.load(Ordering::Relaxed)
    }

    /// Moves it ahead, but not beyond [`LATEST`].
    pub(crate) fn advance(&self, by: Duration) {
        let most = LATEST - machine();
        self.offset
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |offset| {
                Some(offset.saturating_add(nanos(by)).min(most))
            })
            .ok();
    }

    /// Moves it ahead to this time; whether that has not been yet.
    pub(crate) fn move_to(&self, time: Nanos) -> bool {
        let ahead = time.saturating_sub(machine());
        self.offset
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |offset| {
                (ahead >= offset).then_some(ahead)
            })
            .is_ok()
    }
}

/// The machine's time.
fn machine() -> Nanos {
    nanos(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

/// A duration in whole nanoseconds; one that is longer than 292 years counts as 292 years.
pub(crate) fn nanos(duration: Duration) -> Nanos {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
