//! The devices on which users receive push notifications.

use rusqlite::{Row, Transaction, params};

use crate::clock::Nanos;

/// How many devices a user has at most; the oldest gives way.
const MOST: u32 = 25;

/// One device.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) id: String,
    pub(crate) user_id: String,
    pub(crate) push_provider: String,
    pub(crate) push_provider_name: Option<String>,
    pub(crate) hardware_id: Option<String>,
    pub(crate) voip: Option<bool>,
    pub(crate) created_at: Nanos,
}

const COLUMNS: &str = "id, user_id, push_provider, push_provider_name, hardware_id, voip, created_at";

fn read(row: &Row<'_>) -> rusqlite::Result<Device> {
    Ok(Device {
        id: row.get(0)?,
        user_id: row.get(1)?,
        push_provider: row.get(2)?,
        push_provider_name: row.get(3)?,
        hardware_id: row.get(4)?,
        voip: row.get(5)?,
        created_at: row.get(6)?,
    })
}

/// The devices of a user, the newest first.
pub(crate) fn of_user(tx: &Transaction<'_>, user: &str) -> rusqlite::Result<Vec<Device>> {
    tx.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM devices WHERE user_id = ?1 ORDER BY created_at DESC, rowid DESC"
    ))?
    .query_map([user], read)?
    .collect()
}

/// Adds the device, unless the user has it already. It is no longer another user's.
pub(crate) fn add(tx: &Transaction<'_>, device: &Device) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM devices WHERE id = ?1 AND user_id <> ?2")?
        .execute([&device.id, &device.user_id])?;
    insert(tx, device, "IGNORE")?;
    tx.prepare_cached(
        "DELETE FROM devices WHERE user_id = ?1 AND rowid NOT IN
        (SELECT rowid FROM devices WHERE user_id = ?1 ORDER BY created_at DESC, rowid DESC LIMIT ?2)",
    )?
    .execute(params![device.user_id, MOST])?;
    Ok(())
}

/// Writes the device as it is, in the place of the one that has its id and user.
pub(crate) fn save(tx: &Transaction<'_>, device: &Device) -> rusqlite::Result<()> {
    insert(tx, device, "REPLACE")
}

fn insert(tx: &Transaction<'_>, device: &Device, or: &str) -> rusqlite::Result<()> {
    tx.prepare_cached(&format!(
        "INSERT OR {or} INTO devices ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
    ))?
    .execute(params![
        device.id,
        device.user_id,
        device.push_provider,
        device.push_provider_name,
        device.hardware_id,
        device.voip,
        device.created_at
    ])?;
    Ok(())
}

/// Removes a device of a user; whether there was one.
pub(crate) fn remove(tx: &Transaction<'_>, user: &str, id: &str) -> rusqlite::Result<bool> {
    let removed = tx
        .prepare_cached("DELETE FROM devices WHERE user_id = ?1 AND id = ?2")?
        .execute([user, id])?;
    Ok(removed > 0)
}
