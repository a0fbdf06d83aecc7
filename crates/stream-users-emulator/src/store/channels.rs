//! Channels and their members: just as much as deleting, deactivating and exporting users act on.

use rusqlite::{Row, Transaction, params};
use serde_json::{Map, Value};

use super::users::json_column;
use crate::clock::Nanos;

#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) cid: String,
    pub(crate) created_by_id: Option<String>,
    pub(crate) created_at: Nanos,
    pub(crate) updated_at: Nanos,
    pub(crate) deleted_at: Option<Nanos>,
    pub(crate) custom: Map<String, Value>,
}

const COLUMNS: &str = "cid, created_by_id, created_at, updated_at, deleted_at, custom";

fn read(row: &Row<'_>) -> rusqlite::Result<Channel> {
    Ok(Channel {
        cid: row.get(0)?,
        created_by_id: row.get(1)?,
        created_at: row.get(2)?,
        updated_at: row.get(3)?,
        deleted_at: row.get(4)?,
        custom: json_column(row, 5)?,
    })
}

/// All channels, the deleted ones too, by cid.
pub(crate) fn all(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Channel>> {
    tx.prepare_cached(&format!("SELECT {COLUMNS} FROM channels ORDER BY cid"))?
        .query_map([], read)?
        .collect()
}

pub(crate) fn find(tx: &Transaction<'_>, cid: &str) -> rusqlite::Result<Option<Channel>> {
    let mut statement = tx.prepare_cached(&format!("SELECT {COLUMNS} FROM channels WHERE cid = ?1"))?;
    let mut rows = statement.query_map([cid], read)?;
    rows.next().transpose()
}

pub(crate) fn save(tx: &Transaction<'_>, channel: &Channel) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT OR REPLACE INTO channels (cid, created_by_id, created_at, updated_at, deleted_at, custom)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        channel.cid,
        channel.created_by_id,
        channel.created_at,
        channel.updated_at,
        channel.deleted_at,
        serde_json::json!(channel.custom).to_string()
    ])?;
    Ok(())
}

/// The ids of the members, in the order in which they joined.
pub(crate) fn members(tx: &Transaction<'_>, cid: &str) -> rusqlite::Result<Vec<String>> {
    tx.prepare_cached("SELECT user_id FROM channel_members WHERE cid = ?1 ORDER BY rowid")?
        .query_map([cid], |row| row.get(0))?
        .collect()
}

pub(crate) fn add_member(tx: &Transaction<'_>, cid: &str, user: &str, now: Nanos) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT OR IGNORE INTO channel_members (cid, user_id, created_at) VALUES (?1, ?2, ?3)",
    )?
    .execute(params![cid, user, now])?;
    Ok(())
}

/// The channels of exactly two members, one of whom is the user.
pub(crate) fn conversations(tx: &Transaction<'_>, user: &str) -> rusqlite::Result<Vec<String>> {
    tx.prepare_cached(
        "SELECT mine.cid FROM channel_members AS mine
        WHERE mine.user_id = ?1
            AND (SELECT count(*) FROM channel_members AS other WHERE other.cid = mine.cid) = 2",
    )?
    .query_map([user], |row| row.get(0))?
    .collect()
}

pub(crate) fn mark_deleted(tx: &Transaction<'_>, cid: &str, now: Nanos) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE channels SET deleted_at = ?2, by_deactivation = 0 WHERE cid = ?1 AND deleted_at IS NULL",
    )?
    .execute(params![cid, now])?;
    Ok(())
}

/// Removes the channel with its members, messages, reactions and locations.
pub(crate) fn remove(tx: &Transaction<'_>, cid: &str) -> rusqlite::Result<()> {
    for sql in [
        "DELETE FROM reactions WHERE message_id IN (SELECT id FROM messages WHERE cid = ?1)",
        "DELETE FROM live_locations WHERE cid = ?1",
        "DELETE FROM messages WHERE cid = ?1",
        "DELETE FROM channel_members WHERE cid = ?1",
        "DELETE FROM channels WHERE cid = ?1",
    ] {
        tx.prepare_cached(sql)?.execute([cid])?;
    }
    Ok(())
}

pub(crate) fn end_memberships(tx: &Transaction<'_>, user: &str) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM channel_members WHERE user_id = ?1")?
        .execute([user])?;
    Ok(())
}

/// Gives the channels that `from` made to `to`.
pub(crate) fn change_owner(tx: &Transaction<'_>, from: &str, to: &str, now: Nanos) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE channels SET created_by_id = ?2, updated_at = ?3 WHERE created_by_id = ?1")?
        .execute(params![from, to, now])?;
    Ok(())
}
