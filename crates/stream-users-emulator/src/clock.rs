//! The emulator's wall clock: the machine's, moved ahead as the settings or a test say, or one that stands still until
//! it is moved.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::HeaderValue;

/// Nanoseconds since the epoch, with the precision of microseconds that the service stores.
pub(crate) type Nanos = i64;

/// Nanoseconds in one second.
pub(crate) const SECOND: Nanos = 1_000_000_000;

/// The latest that the clock can be moved to, 2200-01-01: sums of times stay far from where they would overflow.
pub(crate) const LATEST: Nanos = 7_258_118_400 * SECOND;

#[derive(Debug)]
pub(crate) struct Clock(Mutex<Hands>);

/// Where the clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hands {
    /// So far ahead of the machine's.
    Ahead(Nanos),
    /// At this time.
    Frozen(Nanos),
}

impl Hands {
    pub(crate) fn now(self) -> Nanos {
        let now = match self {
            Self::Ahead(offset) => machine().saturating_add(offset),
            Self::Frozen(at) => at,
        };
        now - now.rem_euclid(1_000)
    }

    /// How far it is ahead of the machine's, or behind.
    pub(crate) fn offset(self) -> Nanos {
        match self {
            Self::Ahead(offset) => offset,
            Self::Frozen(at) => at.saturating_sub(machine()),
        }
    }
}

impl Clock {
    /// A clock that goes on from where `kept` stood, if there is one, but not from before what is asked for: `offset`
    /// ahead of the machine's, or frozen at a time.
    pub(crate) fn new(offset: Duration, frozen: Option<Nanos>, kept: Option<Hands>) -> Self {
        let hands = match (frozen, kept) {
            (Some(at), kept) => Hands::Frozen(at.max(kept.map_or(at, Hands::now)).min(LATEST)),
            (None, kept) => {
                let kept = kept.map_or(0, Hands::offset).max(0);
                Hands::Ahead(nanos(offset).max(kept).min(LATEST - machine()))
            }
        };
        Self(Mutex::new(hands))
    }

    fn lock(&self) -> MutexGuard<'_, Hands> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn hands(&self) -> Hands {
        *self.lock()
    }

    pub(crate) fn now(&self) -> Nanos {
        self.hands().now()
    }

    pub(crate) fn is_frozen(&self) -> bool {
        matches!(self.hands(), Hands::Frozen(_))
    }

    /// The header `Date` of what is answered now.
    pub(crate) fn date(&self) -> Option<HeaderValue> {
        let now = jiff::Timestamp::from_second(self.now().div_euclid(SECOND)).ok()?;
        let text = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now);
        HeaderValue::try_from(text.ok()?).ok()
    }

    /// Moves it ahead, but not beyond [`LATEST`].
    pub(crate) fn advance(&self, by: Duration) {
        let (mut hands, by) = (self.lock(), nanos(by));
        *hands = match *hands {
            Hands::Ahead(offset) => Hands::Ahead(offset.saturating_add(by).min(LATEST - machine())),
            Hands::Frozen(at) => Hands::Frozen(at.saturating_add(by).min(LATEST)),
        };
    }

    /// Moves it ahead to this time; whether that has not been yet.
    pub(crate) fn move_to(&self, time: Nanos) -> bool {
        let mut hands = self.lock();
        let moved = match *hands {
            Hands::Ahead(_) => Hands::Ahead(time.saturating_sub(machine())),
            Hands::Frozen(_) => Hands::Frozen(time),
        };
        let ahead = match (*hands, moved) {
            (Hands::Ahead(was), Hands::Ahead(is)) | (Hands::Frozen(was), Hands::Frozen(is)) => is >= was,
            _ => false,
        };
        if ahead {
            *hands = moved;
        }
        ahead
    }

    /// Stops it where it stands, or lets it run on from there. It never goes back.
    pub(crate) fn freeze(&self, frozen: bool) {
        let mut hands = self.lock();
        *hands = match *hands {
            running @ Hands::Ahead(_) if frozen => Hands::Frozen(running.now()),
            still @ Hands::Frozen(_) if !frozen => Hands::Ahead(still.offset()),
            as_it_is => as_it_is,
        };
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
