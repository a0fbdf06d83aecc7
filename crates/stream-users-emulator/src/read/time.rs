//! Reads times as clients send them.

use serde_json::Value;

use crate::clock::Nanos;

/// RFC 3339 text or an integer of nanoseconds since the epoch; anything else is no time.
pub(crate) fn parse_time(value: &Value) -> Option<Nanos> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => {
            let time: jiff::Timestamp = text.parse().ok()?;
            i64::try_from(time.as_nanosecond()).ok()
        }
        _ => None,
    }
}
