//! Reads times as clients send them.

use serde_json::Value;

use crate::clock::Nanos;

/// RFC 3339 text or an integer of nanoseconds since the epoch; anything else is no time.
pub(crate) fn parse_time(value: &Value) -> Option<Nanos> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) if is_rfc_3339(text) => {
            let time: jiff::Timestamp = text.parse().ok()?;
            i64::try_from(time.as_nanosecond()).ok()
        }
        _ => None,
    }
}

/// Whether the text has the form `2026-01-02T03:04:05.678Z` or `2026-01-02T03:04:05+01:00`. Which dates, times and
/// offsets there are is for the reader to know, which takes more forms than this one.
fn is_rfc_3339(text: &str) -> bool {
    let Some((date_time, rest)) = text.split_at_checked("2026-01-02T03:04:05".len()) else {
        return false;
    };
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|letter: char| letter.is_ascii_digit());
            if zone.len() == fraction.len() {
                return false;
            }
            zone
        }
        None => rest,
    };
    has_form(date_time, "0000-00-00T00:00:00")
        && (matches!(zone, "Z" | "z") || has_form(zone, "+00:00") || has_form(zone, "-00:00"))
}

/// Whether the text has a digit where the form has a `0`, and the letter of the form elsewhere.
fn has_form(text: &str, form: &str) -> bool {
    text.len() == form.len()
        && text
            .bytes()
            .zip(form.bytes())
            .all(|(letter, expected)| match expected {
                b'0' => letter.is_ascii_digit(),
                _ => letter.eq_ignore_ascii_case(&expected),
            })
}
