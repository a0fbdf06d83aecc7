//! The emulator's wall clock: the machine's, moved ahead as the settings or a test say.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Nanoseconds since the epoch, with the precision of microseconds that the service stores.
pub(crate) type Nanos = i64;

/// Nanoseconds in one second.
pub(crate) const SECOND: Nanos = 1_000_000_000;

#[derive(Debug)]
pub(crate) struct Clock {
    offset: AtomicI64,
}

impl Clock {
    pub(crate) fn new(offset: Duration) -> Self {
        Self {
            offset: AtomicI64::new(nanos(offset)),
        }
    }

    pub(crate) fn now(&self) -> Nanos {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = nanos(since_epoch).saturating_add(self.offset.load(Ordering::Relaxed));
        now - now.rem_euclid(1_000)
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.offset.fetch_add(nanos(by), Ordering::Relaxed);
    }
}

/// A duration in whole nanoseconds; one that is longer than 292 years counts as 292 years.
pub(crate) fn nanos(duration: Duration) -> Nanos {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
