//! What the emulator says to a client by itself. Events about users are written in [`events`](crate::events).

use serde_json::{Map, Value, json};

use super::connection::Frame;
use crate::clock::Nanos;
use crate::refusal::Refusal;
use crate::surface::Surface;

/// The first answer: the id of the connection and whom it belongs to.
pub(super) fn connected(surface: Surface, connection_id: &str, me: Value, now: Nanos) -> Map<String, Value> {
    let mut event = Map::new();
    let kind = match surface {
        Surface::V2 => "connection.ok",
        Surface::V1 => {
            event.insert("cid".into(), json!("*"));
            "health.check"
        }
    };
    event.insert("type".into(), json!(kind));
    event.insert("connection_id".into(), json!(connection_id));
    event.insert("created_at".into(), surface.time(now));
    event.insert("me".into(), me);
    event
}

/// That the connection lives.
pub(super) fn health_check(surface: Surface, connection_id: &str, now: Nanos) -> Frame {
    let mut event = json!({
        "type": "health.check",
        "cid": "*",
        "connection_id": connection_id,
        "created_at": surface.time(now),
    });
    if surface == Surface::V2 {
        event["custom"] = json!({});
    }
    event.to_string().into()
}

/// Why a client may not connect, or may not stay.
pub(super) fn error(surface: Surface, refusal: &Refusal, now: Nanos) -> Frame {
    let mut error = json!({
        "code": refusal.code.get(),
        "message": refusal.text,
        "StatusCode": refusal.status.as_u16(),
        "duration": "",
        "more_info": "",
        "details": [],
    });
    if !refusal.fields.is_empty() {
        error["exception_fields"] = json!(refusal.fields);
    }
    json!({
        "type": "connection.error",
        "created_at": surface.time(now),
        "connection_id": "",
        "error": error,
    })
    .to_string()
    .into()
}
