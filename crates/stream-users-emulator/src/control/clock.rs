//! `/_emulator/clock`: what time it is, and how it becomes later.

use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::read;
use crate::app::App;
use crate::clock::{LATEST, Nanos, SECOND, nanos};
use crate::error::{Error, Result};
use crate::read::parse_time;
use crate::store::clock;
use crate::surface::Surface;

/// Moves the clock ahead, and keeps in the data how far it is.
pub(crate) fn advance(app: &App, by: Duration) -> Result<()> {
    app.clock.advance(by);
    app.wake.notify_one();
    app.store.transact(|tx| clock::save(tx, app.clock.offset()))?;
    Ok(())
}

/// Moves the clock to a time that has not been yet.
pub(crate) fn set(app: &App, time: Nanos) -> Result<()> {
    let now = app.clock.now();
    if time > LATEST {
        return Err(Error::Clock("it goes up to 2200-01-01T00:00:00Z".to_owned()));
    }
    let ahead = u64::try_from(time.saturating_sub(now)).map_err(|_| {
        let now = text(now);
        Error::Clock(format!("it only goes forward, and it is {now} already"))
    })?;
    advance(app, Duration::from_nanos(ahead))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Move {
    Advance(String),
    AdvanceMs(u64),
    Set(Value),
}

pub(super) fn change(app: &App, body: &Bytes) -> Result<Value> {
    let time = match read(body)? {
        Move::Advance(text) => duration(&text)
            .map(|by| later(app, by))
            .ok_or_else(|| Error::Clock("advance must be a text such as 500ms, 90s, 5m or 2h".to_owned()))?,
        Move::AdvanceMs(number) => later(app, Duration::from_millis(number)),
        Move::Set(time) => parse_time(&time).ok_or_else(|| {
            Error::Clock("set must be a time in RFC 3339 or an integer of nanoseconds".to_owned())
        })?,
    };
    set(app, time)?;
    Ok(show(app))
}

fn duration(text: &str) -> Option<Duration> {
    text.parse::<jiff::SignedDuration>().ok()?.try_into().ok()
}

fn later(app: &App, by: Duration) -> Nanos {
    app.clock.now().saturating_add(nanos(by))
}

fn text(time: Nanos) -> Value {
    Surface::V1.time(time)
}

pub(super) fn show(app: &App) -> Value {
    let now = app.clock.now();
    json!({
        "now": now,
        "time": text(now),
        "ahead_ms": app.clock.offset() / (SECOND / 1_000),
    })
}
