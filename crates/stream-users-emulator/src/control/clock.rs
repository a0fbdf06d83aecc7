//! `/_emulator/clock`: what time it is, and how it becomes later or stands still.

use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::read;
use crate::app::App;
use crate::clock::{Hands, LATEST, Nanos, SECOND, nanos};
use crate::error::{Error, Result};
use crate::read::parse_time;
use crate::store::clock;
use crate::surface::Surface;

/// Moves the clock ahead, as far as it goes, and keeps in the data where it is.
pub(crate) fn advance(app: &App, by: Duration) -> Result<()> {
    app.clock.advance(by);
    moved(app)
}

/// Moves the clock to a time that has not been yet.
pub(crate) fn set(app: &App, time: Nanos) -> Result<()> {
    if time > LATEST {
        return Err(too_late());
    }
    if !app.clock.move_to(time) {
        let now = text(app.clock.now());
        return Err(Error::Clock(format!(
            "it only goes forward, and it is {now} already"
        )));
    }
    moved(app)
}

/// Stops the clock, or lets it run on from where it stands.
pub(crate) fn freeze(app: &App, frozen: bool) -> Result<()> {
    app.clock.freeze(frozen);
    moved(app)
}

fn moved(app: &App) -> Result<()> {
    app.wake.notify_one();
    app.store.transact(|tx| clock::save(tx, app.clock.hands()))?;
    Ok(())
}

fn too_late() -> Error {
    Error::Clock("it goes up to 2200-01-01T00:00:00Z".to_owned())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Move {
    Advance(String),
    AdvanceMs(u64),
    Set(Value),
    Freeze(bool),
}

pub(super) fn change(app: &App, body: &Bytes) -> Result<Value> {
    let by = match read(body)? {
        Move::Advance(text) => duration(&text)
            .ok_or_else(|| Error::Clock("advance must be a text such as 500ms, 90s, 5m or 2h".to_owned()))?,
        Move::AdvanceMs(number) => Duration::from_millis(number),
        Move::Set(time) => {
            let time = parse_time(&time).ok_or_else(|| {
                Error::Clock("set must be a time in RFC 3339 or an integer of nanoseconds".to_owned())
            })?;
            set(app, time)?;
            return Ok(show(app));
        }
        Move::Freeze(frozen) => {
            freeze(app, frozen)?;
            return Ok(show(app));
        }
    };
    if app.clock.now().saturating_add(nanos(by)) > LATEST {
        return Err(too_late());
    }
    advance(app, by)?;
    Ok(show(app))
}

fn duration(text: &str) -> Option<Duration> {
    text.parse::<jiff::SignedDuration>().ok()?.try_into().ok()
}

fn text(time: Nanos) -> Value {
    Surface::V1.time(time)
}

pub(super) fn show(app: &App) -> Value {
    let hands = app.clock.hands();
    let now = hands.now();
    json!({
        "now": now,
        "time": text(now),
        "ahead_ms": hands.offset() / (SECOND / 1_000),
        "frozen": matches!(hands, Hands::Frozen(_)),
    })
}
