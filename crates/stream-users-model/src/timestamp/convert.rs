//! Conversions between [`Timestamp`] and the time types of other crates, each behind the feature of that crate's name.
//! They fail only where the other type cannot hold the time.

#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
use super::{ParseTimestampError, Timestamp};

#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
fn out_of_range(time: impl std::fmt::Display) -> ParseTimestampError {
    ParseTimestampError {
        text: time.to_string(),
    }
}

#[cfg(feature = "jiff")]
impl TryFrom<jiff::Timestamp> for Timestamp {
    type Error = ParseTimestampError;

    fn try_from(time: jiff::Timestamp) -> Result<Self, ParseTimestampError> {
        Self::from_unix_nanos(time.as_nanosecond()).ok_or_else(|| out_of_range(time))
    }
}

#[cfg(feature = "jiff")]
impl TryFrom<Timestamp> for jiff::Timestamp {
    type Error = ParseTimestampError;

    fn try_from(time: Timestamp) -> Result<Self, ParseTimestampError> {
        Self::from_nanosecond(time.unix_nanos()).map_err(|_| out_of_range(time))
    }
}

#[cfg(feature = "time")]
impl TryFrom<time::OffsetDateTime> for Timestamp {
    type Error = ParseTimestampError;

    fn try_from(time: time::OffsetDateTime) -> Result<Self, ParseTimestampError> {
        Self::from_unix_nanos(time.unix_timestamp_nanos())
            .ok_or_else(|| out_of_range(time.unix_timestamp_nanos()))
    }
}

#[cfg(feature = "time")]
impl TryFrom<Timestamp> for time::OffsetDateTime {
    type Error = ParseTimestampError;

    fn try_from(time: Timestamp) -> Result<Self, ParseTimestampError> {
        Self::from_unix_timestamp_nanos(time.unix_nanos()).map_err(|_| out_of_range(time))
    }
}

#[cfg(feature = "chrono")]
impl TryFrom<chrono::DateTime<chrono::Utc>> for Timestamp {
    type Error = ParseTimestampError;

    fn try_from(time: chrono::DateTime<chrono::Utc>) -> Result<Self, ParseTimestampError> {
        let nanos = i128::from(time.timestamp()) * i128::from(super::NANOS_PER_SECOND)
            + i128::from(time.timestamp_subsec_nanos());
        Self::from_unix_nanos(nanos).ok_or_else(|| out_of_range(nanos))
    }
}

#[cfg(feature = "chrono")]
impl TryFrom<Timestamp> for chrono::DateTime<chrono::Utc> {
    type Error = ParseTimestampError;

    fn try_from(time: Timestamp) -> Result<Self, ParseTimestampError> {
        Self::from_timestamp(time.seconds, time.nanos).ok_or_else(|| out_of_range(time))
    }
}
