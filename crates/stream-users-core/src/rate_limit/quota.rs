//! [`RateLimit`]: what the service says about an operation's quota in the headers of every answer. Reading it belongs
//! here; who waits because of it, to the limiters and the retry policy.

use std::time::Duration;

use http::HeaderMap;
use http::header::HeaderName;
use stream_users_model::Timestamp;

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// A reset that is further away is taken for a mistake.
pub(crate) const FARTHEST_RESET: Duration = Duration::from_secs(3600);

/// The quota of one operation, as the headers of an answer state it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct RateLimit {
    /// How many calls the current window allows.
    pub limit: u64,
    /// How many of them are left.
    pub remaining: u64,
    /// When the next window starts, in whole seconds.
    pub reset: Timestamp,
}

impl RateLimit {
    /// A quota of `limit` calls with `remaining` left until `reset`.
    #[must_use]
    pub const fn new(limit: u64, remaining: u64, reset: Timestamp) -> Self {
        Self {
            limit,
            remaining,
            reset,
        }
    }

    /// Reads `x-ratelimit-limit`, `x-ratelimit-remaining` and `x-ratelimit-reset` (Unix seconds).
    ///
    /// A value that was doubled on the way (`100, 100`) counts once. `None` where one of the three is missing
    /// or is not a number.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        Some(Self {
            limit: number(headers, &LIMIT)?,
            remaining: number(headers, &REMAINING)?,
            reset: reset(headers)?,
        })
    }
}

/// The start of the next window, which the service may state without the other two headers.
pub(crate) fn reset(headers: &HeaderMap) -> Option<Timestamp> {
    Timestamp::from_unix_seconds(number(headers, &RESET)?)
}

fn number<T: std::str::FromStr>(headers: &HeaderMap, name: &HeaderName) -> Option<T> {
    let first = headers.get(name)?.as_bytes().split(|byte| *byte == b',').next()?;
    std::str::from_utf8(first.trim_ascii()).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn headers(limit: &str, remaining: &str, reset: &str) -> HeaderMap {
        [(LIMIT, limit), (REMAINING, remaining), (RESET, reset)]
            .into_iter()
            .map(|(name, value)| (name, value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn doubled_values_count_once() {
        let read = RateLimit::from_headers(&headers("100, 100", " 99,99", "1700000000")).unwrap();
        assert_eq!(
            read,
            RateLimit::new(100, 99, Timestamp::from_unix_seconds(1_700_000_000).unwrap())
        );
    }

    #[test]
    fn garbage_and_gaps_are_nothing() {
        for (limit, remaining, reset) in [
            ("many", "1", "1"),
            ("1", "-1", "1"),
            ("1", "1", ""),
            ("1", "1.5", "1"),
            ("1", "1", "9223372036854775807"),
        ] {
            assert_eq!(
                RateLimit::from_headers(&headers(limit, remaining, reset)),
                None,
                "{limit} {remaining} {reset}"
            );
        }
        let mut two = headers("1", "1", "1");
        two.remove(REMAINING);
        assert_eq!(RateLimit::from_headers(&two), None);
        assert_eq!(reset(&two), Timestamp::from_unix_seconds(1));
    }

    proptest! {
        #[test]
        fn reads_what_was_written(limit: u64, remaining: u64, seconds in 0..10_000_000_000_i64) {
            let read = RateLimit::from_headers(&headers(&limit.to_string(), &remaining.to_string(), &seconds.to_string()));
            prop_assert_eq!(read, Some(RateLimit::new(limit, remaining, Timestamp::from_unix_seconds(seconds).unwrap())));
        }

        #[test]
        fn never_fails_on_any_text(text in "[ -~]{0,40}") {
            let _ = RateLimit::from_headers(&headers(&text, &text, &text));
        }
    }
}
