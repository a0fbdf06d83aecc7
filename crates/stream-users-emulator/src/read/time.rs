//! Reads times as clients send them.

use serde_json::Value;

use crate::clock::Nanos;

/// RFC 3339 text or an integer of nanoseconds since the epoch; anything else is no time.
pub(crate) fn parse_time(value: &Value) -> Option<Nanos> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) if form(text)? == Form::Offset => parse(text),
        _ => None,
    }
}

/// A time from which on tokens are revoked: also a text without an offset, which is in UTC. An older SDK writes a time
/// that has no zone like that.
pub(crate) fn parse_revocation(value: &Value) -> Option<Nanos> {
    match value {
        Value::String(text) if form(text)? == Form::NoOffset => parse(&format!("{text}Z")),
        _ => parse_time(value),
    }
}

fn parse(text: &str) -> Option<Nanos> {
    let time: jiff::Timestamp = text.parse().ok()?;
    i64::try_from(time.as_nanosecond()).ok()
}

/// What a text that may be a time ends with.
#[derive(PartialEq, Eq)]
enum Form {
    Offset,
    NoOffset,
}

/// The form of a text like `2026-01-02T03:04:05.678Z`, `2026-01-02T03:04:05+01:00` or `2026-01-02T03:04:05`; `None` where
/// it has none of these. Which dates, times and offsets there are is for the reader to know, which takes more forms.
fn form(text: &str) -> Option<Form> {
    let (date_time, rest) = text.split_at_checked("2026-01-02T03:04:05".len())?;
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|letter: char| letter.is_ascii_digit());
            if zone.len() == fraction.len() {
                return None;
            }
            zone
        }
        None => rest,
    };
    if !has_form(date_time, "0000-00-00T00:00:00") {
        return None;
    }
    if zone.is_empty() {
        return Some(Form::NoOffset);
    }
    let offset = matches!(zone, "Z" | "z") || has_form(zone, "+00:00") || has_form(zone, "-00:00");
    offset.then_some(Form::Offset)
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
