//! The service's durations: Go's text form, such as `16.74ms`.
//!
//! Every answer carries one as `duration`. Only reading the text belongs here.

use std::time::Duration;

/// Digits of a fraction that can change a count of whole nanoseconds: those of an hour.
const FRACTION_DIGITS: usize = 18;

/// Reads a duration in Go's text form: `16.74ms`, `1m2.5s`, `350µs`, `0`.
///
/// A part below a nanosecond is dropped. `None` where the text is empty, negative, not of that form or longer
/// than a [`Duration`] can hold.
#[must_use]
pub(crate) fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    if rest.is_empty() {
        return None;
    }
    let mut nanos = 0_u128;
    while !rest.is_empty() {
        let (whole, after) = digits(rest);
        let (fraction, after) = after.strip_prefix('.').map_or(("", after), digits);
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let end = after
            .find(|c: char| c == '.' || c.is_ascii_digit())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let unit = unit_nanos(unit)?;
        let whole = if whole.is_empty() {
            0
        } else {
            whole.parse::<u128>().ok()?
        };
        nanos = nanos
            .checked_add(whole.checked_mul(unit)?)?
            .checked_add(fraction_nanos(fraction, unit)?)?;
        rest = after;
    }
    let seconds = u64::try_from(nanos / 1_000_000_000).ok()?;
    let below = u32::try_from(nanos % 1_000_000_000).ok()?;
    Some(Duration::new(seconds, below))
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

fn unit_nanos(unit: &str) -> Option<u128> {
    Some(match unit {
        "ns" => 1,
        // The micro sign and the Greek letter mu look the same; Go reads both.
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

fn fraction_nanos(fraction: &str, unit: u128) -> Option<u128> {
    let fraction = &fraction[..fraction.len().min(FRACTION_DIGITS)];
    if fraction.is_empty() {
        return Some(0);
    }
    let digits = u32::try_from(fraction.len()).ok()?;
    Some(fraction.parse::<u128>().ok()?.checked_mul(unit)? / 10_u128.checked_pow(digits)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_the_service_and_go_write() {
        for (text, nanos) in [
            ("16.74ms", 16_740_000),
            ("0.00ms", 0),
            ("0", 0),
            ("0s", 0),
            ("1m2.5s", 62_500_000_000),
            ("350\u{b5}s", 350_000),
            ("350\u{3bc}s", 350_000),
            ("350us", 350_000),
            ("1h0m0.000000001s", 3_600_000_000_001),
            (".5s", 500_000_000),
            ("1.s", 1_000_000_000),
            ("+1ns", 1),
            ("0.9999999999999999999999999999s", 999_999_999),
        ] {
            assert_eq!(parse_duration(text), Some(Duration::from_nanos(nanos)), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_not_a_duration() {
        for text in [
            "",
            "+",
            "5",
            "ms",
            ".s",
            "-1s",
            "1 s",
            "1d",
            "1s2",
            "1.2.3s",
            "1e3s",
            "99999999999999999999999999h",
            "\u{b5}s",
        ] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn reads_every_split_into_units(h in 0..1000_u64, m in 0..1000_u64, nanos in 0..1_000_000_000_u32) {
            let text = format!("{h}h{m}m0.{nanos:09}s");
            prop_assert_eq!(parse_duration(&text), Some(Duration::new(h * 3600 + m * 60, nanos)));
        }

        #[test]
        fn never_fails_on_any_text(text: String) {
            let _ = parse_duration(&text);
        }

        #[test]
        fn never_fails_on_likely_text(text in "[0-9.+µnmsh]{0,24}") {
            let _ = parse_duration(&text);
        }
    }
}
