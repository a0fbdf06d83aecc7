//! Shared locations as they are answered.

use rusqlite::Transaction;
use serde_json::{Map, Value, json};

use super::{Viewer, channel, message, optional};
use crate::store::locations::Location;
use crate::store::{channels, messages};

/// The fields of a location alone.
pub(crate) fn location(row: &Location, viewer: Viewer<'_>) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("channel_cid".into(), json!(row.cid));
    map.insert("message_id".into(), json!(row.message_id));
    map.insert("user_id".into(), json!(row.user_id));
    map.insert("created_by_device_id".into(), json!(row.created_by_device_id));
    map.insert("latitude".into(), json!(row.latitude));
    map.insert("longitude".into(), json!(row.longitude));
    map.insert("created_at".into(), viewer.time(row.created_at));
    map.insert("updated_at".into(), viewer.time(row.updated_at));
    optional(&mut map, "end_at", row.end_at.map(|time| viewer.time(time)));
    map
}

/// A location with its channel and its message.
pub(crate) fn shared_location(
    tx: &Transaction<'_>,
    row: &Location,
    viewer: Viewer<'_>,
) -> rusqlite::Result<Map<String, Value>> {
    let mut map = location(row, viewer);
    if let Some(row) = channels::find(tx, &row.cid)? {
        map.insert("channel".into(), channel(tx, &row, viewer)?);
    }
    if let Some(row) = messages::find(tx, &row.message_id)? {
        map.insert("message".into(), message(tx, &row, viewer)?);
    }
    Ok(map)
}
