//! Locations that users share with a message.

use rusqlite::{Row, Transaction, params};

use crate::clock::Nanos;

#[derive(Debug, Clone)]
pub(crate) struct Location {
    pub(crate) message_id: String,
    pub(crate) cid: String,
    pub(crate) user_id: String,
    pub(crate) created_by_device_id: String,
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
    /// A location without an end is not live.
    pub(crate) end_at: Option<Nanos>,
    pub(crate) created_at: Nanos,
    pub(crate) updated_at: Nanos,
}

const LOCATION: &str = "message_id, cid, user_id, created_by_device_id, latitude, longitude, end_at, created_at, \
    updated_at FROM live_locations";

fn read(row: &Row<'_>) -> rusqlite::Result<Location> {
    Ok(Location {
        message_id: row.get(0)?,
        cid: row.get(1)?,
        user_id: row.get(2)?,
        created_by_device_id: row.get(3)?,
        latitude: row.get(4)?,
        longitude: row.get(5)?,
        end_at: row.get(6)?,
        created_at: row.get(7)?,
        updated_at: row.get(8)?,
    })
}

pub(crate) fn all(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Location>> {
    tx.prepare_cached(&format!("SELECT {LOCATION} ORDER BY created_at, message_id"))?
        .query_map([], read)?
        .collect()
}

/// What the user shares live at `now`, the newest first. Locations in deleted messages and channels are not live.
pub(crate) fn live_of_user(tx: &Transaction<'_>, user: &str, now: Nanos) -> rusqlite::Result<Vec<Location>> {
    tx.prepare_cached(&format!(
        "SELECT {LOCATION} WHERE user_id = ?1 AND end_at > ?2
            AND message_id IN (SELECT id FROM messages WHERE deleted_at IS NULL)
            AND cid IN (SELECT cid FROM channels WHERE deleted_at IS NULL)
        ORDER BY created_at DESC, message_id"
    ))?
    .query_map(params![user, now], read)?
    .collect()
}

pub(crate) fn find(tx: &Transaction<'_>, message_id: &str) -> rusqlite::Result<Option<Location>> {
    let mut statement = tx.prepare_cached(&format!("SELECT {LOCATION} WHERE message_id = ?1"))?;
    let mut rows = statement.query_map([message_id], read)?;
    rows.next().transpose()
}

pub(crate) fn save(tx: &Transaction<'_>, location: &Location) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT OR REPLACE INTO live_locations (message_id, cid, user_id, created_by_device_id, latitude,
            longitude, end_at, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        location.message_id,
        location.cid,
        location.user_id,
        location.created_by_device_id,
        location.latitude,
        location.longitude,
        location.end_at,
        location.created_at,
        location.updated_at
    ])?;
    Ok(())
}

/// Removes everything that the user shares.
pub(crate) fn remove_of(tx: &Transaction<'_>, user: &str) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM live_locations WHERE user_id = ?1")?
        .execute([user])?;
    Ok(())
}
