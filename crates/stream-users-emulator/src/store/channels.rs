//! Channels and calls with their members: just as much as deleting, deactivating and exporting users act on. Both are
//! stored in the same way, in tables of their own.

use rusqlite::{Row, Transaction, params};
use serde_json::{Map, Value};

use super::users::json_column;
use crate::clock::Nanos;

/// Whether channels or calls are meant: the tables that hold them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    table: &'static str,
    members: &'static str,
}

pub(crate) const CHANNELS: Kind = Kind {
    table: "channels",
    members: "channel_members",
};
pub(crate) const CALLS: Kind = Kind {
    table: "calls",
    members: "call_members",
};

/// A channel or a call.
#[derive(Debug, Default)]
pub(crate) struct Channel {
    pub(crate) cid: String,
    pub(crate) created_by_id: Option<String>,
    pub(crate) created_at: Nanos,
    pub(crate) updated_at: Nanos,
    pub(crate) deleted_at: Option<Nanos>,
    /// Whether a deactivation deleted it, so that a reactivation may bring it back.
    pub(crate) by_deactivation: bool,
    pub(crate) custom: Map<String, Value>,
}

const COLUMNS: &str = "cid, created_by_id, created_at, updated_at, deleted_at, by_deactivation, custom";

fn read(row: &Row<'_>) -> rusqlite::Result<Channel> {
    Ok(Channel {
        cid: row.get(0)?,
        created_by_id: row.get(1)?,
        created_at: row.get(2)?,
        updated_at: row.get(3)?,
        deleted_at: row.get(4)?,
        by_deactivation: row.get(5)?,
        custom: json_column(row, 6)?,
    })
}

/// All of the kind, the deleted ones too, by cid.
pub(crate) fn all(tx: &Transaction<'_>, kind: Kind) -> rusqlite::Result<Vec<Channel>> {
    let table = kind.table;
    tx.prepare_cached(&format!("SELECT {COLUMNS} FROM {table} ORDER BY cid"))?
        .query_map([], read)?
        .collect()
}

/// The channel of this cid.
pub(crate) fn find(tx: &Transaction<'_>, cid: &str) -> rusqlite::Result<Option<Channel>> {
    let mut statement = tx.prepare_cached(&format!("SELECT {COLUMNS} FROM channels WHERE cid = ?1"))?;
    let mut rows = statement.query_map([cid], read)?;
    rows.next().transpose()
}

pub(crate) fn save(tx: &Transaction<'_>, kind: Kind, channel: &Channel) -> rusqlite::Result<()> {
    let table = kind.table;
    tx.prepare_cached(&format!(
        "INSERT OR REPLACE INTO {table} ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
    ))?
    .execute(params![
        channel.cid,
        channel.created_by_id,
        channel.created_at,
        channel.updated_at,
        channel.deleted_at,
        channel.by_deactivation,
        serde_json::json!(channel.custom).to_string()
    ])?;
    Ok(())
}

/// The ids of the members, in the order in which they joined.
pub(crate) fn members(tx: &Transaction<'_>, kind: Kind, cid: &str) -> rusqlite::Result<Vec<String>> {
    let members = kind.members;
    tx.prepare_cached(&format!(
        "SELECT user_id FROM {members} WHERE cid = ?1 ORDER BY rowid"
    ))?
    .query_map([cid], |row| row.get(0))?
    .collect()
}

pub(crate) fn add_member(
    tx: &Transaction<'_>,
    kind: Kind,
    cid: &str,
    user: &str,
    now: Nanos,
) -> rusqlite::Result<()> {
    let members = kind.members;
    tx.prepare_cached(&format!(
        "INSERT OR IGNORE INTO {members} (cid, user_id, created_at) VALUES (?1, ?2, ?3)"
    ))?
    .execute(params![cid, user, now])?;
    Ok(())
}

/// Ends all memberships of a channel or a call.
pub(crate) fn clear(tx: &Transaction<'_>, kind: Kind, cid: &str) -> rusqlite::Result<()> {
    let members = kind.members;
    tx.prepare_cached(&format!("DELETE FROM {members} WHERE cid = ?1"))?
        .execute([cid])?;
    Ok(())
}

/// Those of exactly two members, one of whom is the user: conversations and one-to-one calls.
pub(crate) fn of_two(tx: &Transaction<'_>, kind: Kind, user: &str) -> rusqlite::Result<Vec<String>> {
    let members = kind.members;
    tx.prepare_cached(&format!(
        "SELECT mine.cid FROM {members} AS mine
        WHERE mine.user_id = ?1
            AND (SELECT count(*) FROM {members} AS other WHERE other.cid = mine.cid) = 2"
    ))?
    .query_map([user], |row| row.get(0))?
    .collect()
}

/// Marks it as deleted. What a deactivation has deleted is then deleted for another reason too.
pub(crate) fn mark_deleted(tx: &Transaction<'_>, kind: Kind, cid: &str, now: Nanos) -> rusqlite::Result<()> {
    let table = kind.table;
    tx.prepare_cached(&format!(
        "UPDATE {table} SET deleted_at = COALESCE(deleted_at, ?2), by_deactivation = 0 WHERE cid = ?1"
    ))?
    .execute(params![cid, now])?;
    Ok(())
}

/// What goes with a channel, and the channel itself at last.
pub(super) const REMOVE: [&str; 6] = [
    "UPDATE files SET message_id = NULL WHERE message_id IN (SELECT id FROM messages WHERE cid = ?1)",
    "DELETE FROM messages WHERE cid = ?1",
    "DELETE FROM channel_mutes WHERE cid = ?1",
    "DELETE FROM hidden_channels WHERE cid = ?1",
    "DELETE FROM channel_members WHERE cid = ?1",
    "DELETE FROM channels WHERE cid = ?1",
];

/// Removes the channel with its members, messages and everything that hangs on them.
pub(crate) fn remove(tx: &Transaction<'_>, cid: &str) -> rusqlite::Result<()> {
    super::messages::remove_attached(tx, "cid", cid)?;
    for sql in REMOVE {
        tx.prepare_cached(sql)?.execute([cid])?;
    }
    Ok(())
}

/// Removes the call with its members.
pub(crate) fn remove_call(tx: &Transaction<'_>, cid: &str) -> rusqlite::Result<()> {
    for sql in [
        "DELETE FROM call_members WHERE cid = ?1",
        "DELETE FROM calls WHERE cid = ?1",
    ] {
        tx.prepare_cached(sql)?.execute([cid])?;
    }
    Ok(())
}

pub(crate) fn end_memberships(tx: &Transaction<'_>, kind: Kind, user: &str) -> rusqlite::Result<()> {
    let members = kind.members;
    tx.prepare_cached(&format!("DELETE FROM {members} WHERE user_id = ?1"))?
        .execute([user])?;
    Ok(())
}

/// Gives what `from` made to `to`, whose own reactivation is not to bring it back.
pub(crate) fn change_owner(
    tx: &Transaction<'_>,
    kind: Kind,
    from: &str,
    to: &str,
    now: Nanos,
) -> rusqlite::Result<()> {
    let table = kind.table;
    tx.prepare_cached(&format!(
        "UPDATE {table} SET created_by_id = ?2, updated_at = ?3, by_deactivation = 0 WHERE created_by_id = ?1"
    ))?
    .execute(params![from, to, now])?;
    Ok(())
}
