//! The service's own word on when to come back, read from an answer's headers.

use std::time::Duration;

use http::StatusCode;
use http::header::{HeaderMap, RETRY_AFTER};
use stream_users_model::Timestamp;

use crate::rate_limit::{self, FARTHEST_RESET, RateLimit};

/// How long `Retry-After` asks to wait, counted from `now`: whole seconds, or an HTTP date.
///
/// A date in the past is no wait at all. `None` where the header is missing or is neither.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    // A value that was doubled on the way (`5, 5`) counts once; a date has a comma of its own.
    let first = text.split(',').next()?.trim();
    if let Ok(seconds) = first.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = Timestamp::try_from(httpdate::parse_http_date(text).ok()?).ok()?;
    Some(until(date, now))
}

/// How long an answer of `status` asks to wait: `Retry-After`, else the start of a 429's next window, unless something is
/// left of this one: then the refusal has another reason, and the window none to be waited for. A window that starts in
/// more than an hour is a mistake, and not waited for either.
pub(crate) fn wait(status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    retry_after(headers, now).or_else(|| {
        let is_left = RateLimit::from_headers(headers).is_some_and(|quota| quota.remaining > 0);
        let reset =
            rate_limit::reset(headers).filter(|_| status == StatusCode::TOO_MANY_REQUESTS && !is_left)?;
        Some(until(reset, now)).filter(|wait| *wait <= FARTHEST_RESET)
    })
}

fn until(date: Timestamp, now: Timestamp) -> Duration {
    date.duration_since(now).unwrap_or(Duration::ZERO)
}
