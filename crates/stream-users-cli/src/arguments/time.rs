//! Times and spans of time on the command line. Which time it is comes from the client's clock.

use std::str::FromStr;
use std::time::Duration;

use stream_users_model::Timestamp;

/// A span of time: `90s`, `15m`, `1h30m`, `7d`; for clap.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    const EXAMPLE: &str = "write a span of time such as 90s, 15m, 1h30m or 7d";
    let mut seconds: u64 = 0;
    let mut rest = text;
    if rest.is_empty() {
        return Err(EXAMPLE.to_owned());
    }
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = rest.split_at(digits);
        let each = match unit.chars().next() {
            Some('s') => 1,
            Some('m') => 60,
            Some('h') => 3_600,
            Some('d') => 86_400,
            _ => return Err(EXAMPLE.to_owned()),
        };
        let number: u64 = number.parse().map_err(|_| EXAMPLE.to_owned())?;
        seconds = number
            .checked_mul(each)
            .and_then(|more| seconds.checked_add(more))
            .ok_or_else(|| "that is too long".to_owned())?;
        rest = &unit[1..];
    }
    Ok(Duration::from_secs(seconds))
}

/// A time: `now`, RFC 3339, or seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    Now,
    At(Timestamp),
}

impl Moment {
    /// The time, where it is `now` now.
    pub(crate) const fn at(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Now => now,
            Self::At(time) => time,
        }
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "now" {
            return Ok(Self::Now);
        }
        let seconds = text.parse().ok().and_then(Timestamp::from_unix_seconds);
        let time = seconds.or_else(|| text.parse().ok());
        time.map(Self::At)
            .ok_or_else(|| "write a time such as 2026-01-02T03:04:05Z, seconds since 1970, or now".to_owned())
    }
}

/// A span of time for people: `1h 2m 3s`, `4.5s`.
pub(crate) fn words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}h {minutes}m {rest}s")
    } else if minutes > 0 {
        format!("{minutes}m {rest}s")
    } else {
        format!("{:.1}s", duration.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use stream_users_model::Timestamp;

    use super::{Moment, duration, words};

    #[test]
    fn spans_are_read() {
        for (text, seconds) in [
            ("90s", 90),
            ("15m", 900),
            ("1h30m", 5400),
            ("7d", 604_800),
            ("0s", 0),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for wrong in [
            "",
            "5",
            "m",
            "1w",
            "-1s",
            "1h30",
            "99999999999999999999s",
            "999999999999999999d",
        ] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_are_read() {
        let time = Timestamp::from_unix_seconds(1_700_000_000).unwrap();
        assert_eq!("1700000000".parse(), Ok(Moment::At(time)));
        assert_eq!("2023-11-14T22:13:20Z".parse(), Ok(Moment::At(time)));
        assert_eq!("now".parse(), Ok(Moment::Now));
        assert_eq!(Moment::Now.at(time), time);
        assert!("tomorrow".parse::<Moment>().is_err());
    }

    #[test]
    fn spans_are_told() {
        assert_eq!(words(Duration::from_millis(4_520)), "4.5s");
        assert_eq!(words(Duration::from_secs(83)), "1m 23s");
        assert_eq!(words(Duration::from_secs(3_723)), "1h 2m 3s");
    }
}
