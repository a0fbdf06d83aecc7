//! `GET /longpoll` and `GET /api/v2/longpoll`: connects, tells what has happened since the last poll, and ends the
//! connection. How long a poll waits before it gets here is in [`live`](crate::live::long_poll).

use rusqlite::Transaction;
use serde_json::{Value, json};
use stream_users_model::Operation;
use stream_users_model::operation::{Caller, Method};

use super::Route;
use crate::call::{Answer, Call, body};
use crate::live::{Transport, long_poll, register};
use crate::refusal::Refusal;

/// Connecting and staying connected without a WebSocket.
pub(crate) const LONG_POLL: Operation =
    Operation::new("longpoll", "LongPoll", Method::Get, "/api/v2/longpoll").caller(Caller::Anyone);

pub(super) const ROUTE: Route = Route {
    operation: &LONG_POLL,
    handler: long_poll,
};

fn long_poll(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let Some(id) = call.query.text("connection_id") else {
        let room = call.app.hub.room().ok_or_else(Refusal::too_many_connections)?;
        let connected = register(call, tx, Transport::LongPoll, Some(room))?;
        return Ok(body([("event", Value::Object(connected.first))]));
    };
    let connection = long_poll::own(call.app, &call.caller, id)?;
    if long_poll::closes(call.query) {
        call.app.hub.remove(id);
        return Ok(body([("events", json!([]))]));
    }
    let events = connection.take();
    let events = events.iter().filter_map(|frame| serde_json::from_str(frame).ok());
    Ok(body([("events", Value::Array(events.collect()))]))
}
