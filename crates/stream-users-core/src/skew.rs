//! [`Skew`]: how far the service's clock is from this machine's. No clock is read here.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use http::{HeaderMap, header};
use stream_users_model::Timestamp;

/// How far the service's clock is ahead of this machine's, in whole seconds.
#[derive(Debug, Default)]
pub(crate) struct Skew(AtomicI64);

impl Skew {
    /// A date of this machine's clock as the service's would have it.
    pub(crate) fn apply(&self, time: Timestamp) -> Timestamp {
        let skew = self.0.load(Ordering::Relaxed);
        let distance = Duration::from_secs(skew.unsigned_abs());
        let moved = if skew < 0 {
            time.checked_sub(distance)
        } else {
            time.checked_add(distance)
        };
        moved.unwrap_or(time)
    }

    /// Learns from the `date` of an answer: nothing where it lies between sending the request and its answer, as far as
    /// its whole seconds tell. An answer that comes from a cache has an `age`, and a date that is past.
    pub(crate) fn learn(&self, headers: &HeaderMap, sent: Timestamp, came: Timestamp) {
        if headers.contains_key(header::AGE) {
            return;
        }
        let date = headers.get(header::DATE).and_then(|date| {
            let date = httpdate::parse_http_date(date.to_str().ok()?).ok()?;
            Timestamp::try_from(date).ok()
        });
        let Some(date) = date else { return };
        let (date, sent, came) = (date.unix_seconds(), sent.unix_seconds(), came.unix_seconds());
        let skew = match date {
            date if date < sent - 1 => date - sent,
            date if date > came + 1 => date - came,
            _ => 0,
        };
        self.0.store(skew, Ordering::Relaxed);
    }
}
