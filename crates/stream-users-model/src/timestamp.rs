//! [`Timestamp`], and its conversions to the types of other crates behind features. Clocks do not belong here: time is
//! read by the `Clock` of the core.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

mod convert;
mod rfc3339;

const NANOS_PER_SECOND: u32 = 1_000_000_000;

/// A point in time with the precision of a nanosecond, from year 0 to year 9999.
///
/// It reads an integer of nanoseconds since 1970 (what the service answers under `/api/v2`) or RFC 3339 text (what it
/// answers elsewhere), and writes RFC 3339 in UTC, with as many digits of a second as it needs. The features `jiff`,
/// `time` and `chrono` convert to the types of those crates; [`SystemTime`] always does.
///
/// ```
/// use stream_users_model::Timestamp;
///
/// let from_nanos: Timestamp = serde_json::from_str("1538713200250000000")?;
/// let from_text: Timestamp = serde_json::from_str(r#""2018-10-05T06:20:00.25+01:00""#)?;
/// assert_eq!(from_nanos.to_string(), "2018-10-05T04:20:00.25Z");
/// assert!(from_text > from_nanos);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    seconds: i64,
    nanos: u32,
}

impl Timestamp {
    /// The first of January 1970, midnight UTC.
    pub const UNIX_EPOCH: Self = Self { seconds: 0, nanos: 0 };

    /// The earliest time that can be written: the start of year 0.
    pub const MIN: Self = Self {
        seconds: -62_167_219_200,
        nanos: 0,
    };

    /// The latest time that can be written: the last nanosecond of year 9999.
    pub const MAX: Self = Self {
        seconds: 253_402_300_799,
        nanos: 999_999_999,
    };

    /// The time so many nanoseconds after 1970; `None` outside [`MIN`](Self::MIN) to [`MAX`](Self::MAX).
    #[must_use]
    pub fn from_unix_nanos(nanos: i128) -> Option<Self> {
        let per_second = i128::from(NANOS_PER_SECOND);
        let seconds = i64::try_from(nanos.div_euclid(per_second)).ok()?;
        let nanos = u32::try_from(nanos.rem_euclid(per_second)).ok()?;
        Self::new(seconds, nanos)
    }

    /// The time so many nanoseconds after 1970: from 1677 to 2262, all of which can be written.
    fn from_i64_nanos(nanos: i64) -> Self {
        let per_second = i64::from(NANOS_PER_SECOND);
        Self {
            seconds: nanos.div_euclid(per_second),
            // Below `NANOS_PER_SECOND`.
            nanos: u32::try_from(nanos.rem_euclid(per_second)).unwrap_or_default(),
        }
    }

    /// The time so many seconds after 1970; `None` outside [`MIN`](Self::MIN) to [`MAX`](Self::MAX).
    #[must_use]
    pub fn from_unix_seconds(seconds: i64) -> Option<Self> {
        Self::new(seconds, 0)
    }

    /// Nanoseconds since 1970, negative before it.
    #[must_use]
    pub fn unix_nanos(self) -> i128 {
        i128::from(self.seconds) * i128::from(NANOS_PER_SECOND) + i128::from(self.nanos)
    }

    /// Whole seconds since 1970, rounded down.
    #[must_use]
    pub const fn unix_seconds(self) -> i64 {
        self.seconds
    }

    /// Nanoseconds into the second, below 1,000,000,000.
    #[must_use]
    pub const fn subsec_nanos(self) -> u32 {
        self.nanos
    }

    /// This time and `duration`; `None` past [`MAX`](Self::MAX).
    #[must_use]
    pub fn checked_add(self, duration: Duration) -> Option<Self> {
        let nanos = self.nanos + duration.subsec_nanos();
        let (carry, nanos) = match nanos.checked_sub(NANOS_PER_SECOND) {
            Some(rest) => (1, rest),
            None => (0, nanos),
        };
        let seconds = i64::try_from(duration.as_secs()).ok()?.checked_add(carry)?;
        Self::new(self.seconds.checked_add(seconds)?, nanos)
    }

    /// This time less `duration`; `None` before [`MIN`](Self::MIN).
    #[must_use]
    pub fn checked_sub(self, duration: Duration) -> Option<Self> {
        let (borrow, nanos) = match self.nanos.checked_sub(duration.subsec_nanos()) {
            Some(rest) => (0, rest),
            None => (1, self.nanos + NANOS_PER_SECOND - duration.subsec_nanos()),
        };
        let seconds = i64::try_from(duration.as_secs()).ok()?.checked_add(borrow)?;
        Self::new(self.seconds.checked_sub(seconds)?, nanos)
    }

    /// How long after `earlier` this is; `None` where `earlier` is later.
    #[must_use]
    pub fn duration_since(self, earlier: Self) -> Option<Duration> {
        let (borrow, nanos) = match self.nanos.checked_sub(earlier.nanos) {
            Some(rest) => (0, rest),
            None => (1, self.nanos + NANOS_PER_SECOND - earlier.nanos),
        };
        let seconds = u64::try_from(self.seconds - earlier.seconds - borrow).ok()?;
        Some(Duration::new(seconds, nanos))
    }

    /// `None` outside [`MIN`](Self::MIN) to [`MAX`](Self::MAX).
    fn new(seconds: i64, nanos: u32) -> Option<Self> {
        Some(Self { seconds, nanos }).filter(|time| (Self::MIN..=Self::MAX).contains(time))
    }
}

/// Text that is not an RFC 3339 time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseTimestampError {
    text: String,
}

impl fmt::Display for ParseTimestampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is not an RFC 3339 time such as 2026-01-02T03:04:05Z",
            self.text
        )
    }
}

impl std::error::Error for ParseTimestampError {}

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, ParseTimestampError> {
        rfc3339::parse(text.as_bytes()).ok_or_else(|| ParseTimestampError {
            text: text.chars().take(64).collect(),
        })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        rfc3339::write(*self, f)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<SystemTime> for Timestamp {
    type Error = ParseTimestampError;

    fn try_from(time: SystemTime) -> Result<Self, ParseTimestampError> {
        match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => Self::UNIX_EPOCH.checked_add(after),
            Err(before) => Self::UNIX_EPOCH.checked_sub(before.duration()),
        }
        .ok_or_else(|| ParseTimestampError {
            text: format!("{time:?}"),
        })
    }
}

impl TryFrom<Timestamp> for SystemTime {
    type Error = ParseTimestampError;

    fn try_from(time: Timestamp) -> Result<Self, ParseTimestampError> {
        match time.duration_since(Timestamp::UNIX_EPOCH) {
            Some(after) => Self::UNIX_EPOCH.checked_add(after),
            None => Timestamp::UNIX_EPOCH
                .duration_since(time)
                .and_then(|before| Self::UNIX_EPOCH.checked_sub(before)),
        }
        .ok_or_else(|| ParseTimestampError {
            text: time.to_string(),
        })
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TimestampVisitor;

        impl Visitor<'_> for TimestampVisitor {
            type Value = Timestamp;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time: an integer of nanoseconds since 1970, or RFC 3339 text")
            }

            fn visit_i64<E: de::Error>(self, nanos: i64) -> Result<Timestamp, E> {
                Ok(Timestamp::from_i64_nanos(nanos))
            }

            fn visit_u64<E: de::Error>(self, nanos: u64) -> Result<Timestamp, E> {
                // Most are before 2262. A division of 128 bits costs more than reading the digits.
                if let Ok(nanos) = i64::try_from(nanos) {
                    return Ok(Timestamp::from_i64_nanos(nanos));
                }
                Timestamp::from_unix_nanos(nanos.into())
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(nanos), &self))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_any(TimestampVisitor)
    }
}
