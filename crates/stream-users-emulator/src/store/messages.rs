//! Messages and reactions: just as much as deleting, deactivating and exporting users act on.

use rusqlite::{Row, Transaction, params};
use serde_json::{Map, Value};

use super::users::json_column;
use crate::clock::Nanos;

#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) cid: String,
    pub(crate) user_id: String,
    pub(crate) text: String,
    pub(crate) kind: String,
    pub(crate) created_at: Nanos,
    pub(crate) updated_at: Nanos,
    pub(crate) deleted_at: Option<Nanos>,
    /// What type it was before a deactivation deleted it; nothing if none did.
    pub(crate) type_before: Option<String>,
    pub(crate) attachments: Vec<Value>,
    pub(crate) custom: Map<String, Value>,
}

#[derive(Debug)]
pub(crate) struct Reaction {
    pub(crate) message_id: String,
    pub(crate) user_id: String,
    pub(crate) kind: String,
    pub(crate) score: i64,
    pub(crate) created_at: Nanos,
    pub(crate) updated_at: Nanos,
    pub(crate) custom: Map<String, Value>,
}

const MESSAGE: &str = "id, cid, user_id, text, type, created_at, updated_at, deleted_at, type_before, attachments, \
    custom FROM messages";
const REACTION: &str = "message_id, user_id, type, score, created_at, updated_at, custom FROM reactions";

fn read_message(row: &Row<'_>) -> rusqlite::Result<Message> {
    Ok(Message {
        id: row.get(0)?,
        cid: row.get(1)?,
        user_id: row.get(2)?,
        text: row.get(3)?,
        kind: row.get(4)?,
        created_at: row.get(5)?,
        updated_at: row.get(6)?,
        deleted_at: row.get(7)?,
        type_before: row.get(8)?,
        attachments: json_column(row, 9)?,
        custom: json_column(row, 10)?,
    })
}

fn read_reaction(row: &Row<'_>) -> rusqlite::Result<Reaction> {
    Ok(Reaction {
        message_id: row.get(0)?,
        user_id: row.get(1)?,
        kind: row.get(2)?,
        score: row.get(3)?,
        created_at: row.get(4)?,
        updated_at: row.get(5)?,
        custom: json_column(row, 6)?,
    })
}

/// All messages, the deleted ones too, the oldest first.
pub(crate) fn all(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Message>> {
    tx.prepare_cached(&format!("SELECT {MESSAGE} ORDER BY created_at, rowid"))?
        .query_map([], read_message)?
        .collect()
}

pub(crate) fn find(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<Option<Message>> {
    let mut statement = tx.prepare_cached(&format!("SELECT {MESSAGE} WHERE id = ?1"))?;
    let mut rows = statement.query_map([id], read_message)?;
    rows.next().transpose()
}

/// The user's messages, the deleted ones too, the oldest first, at most `most`.
pub(crate) fn of_user(tx: &Transaction<'_>, user: &str, most: usize) -> rusqlite::Result<Vec<Message>> {
    tx.prepare_cached(&format!(
        "SELECT {MESSAGE} WHERE user_id = ?1 ORDER BY created_at, rowid LIMIT ?2"
    ))?
    .query_map(params![user, limit(most)], read_message)?
    .collect()
}

fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

pub(crate) fn save(tx: &Transaction<'_>, message: &Message) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT OR REPLACE INTO messages (id, cid, user_id, text, type, created_at, updated_at, deleted_at,
            type_before, attachments, custom)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        message.id,
        message.cid,
        message.user_id,
        message.text,
        message.kind,
        message.created_at,
        message.updated_at,
        message.deleted_at,
        message.type_before,
        serde_json::json!(message.attachments).to_string(),
        serde_json::json!(message.custom).to_string()
    ])?;
    Ok(())
}

/// All reactions, the oldest first.
pub(crate) fn all_reactions(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Reaction>> {
    tx.prepare_cached(&format!("SELECT {REACTION} ORDER BY created_at, rowid"))?
        .query_map([], read_reaction)?
        .collect()
}

/// The reactions to a message, the oldest first.
pub(crate) fn reactions_to(tx: &Transaction<'_>, message: &str) -> rusqlite::Result<Vec<Reaction>> {
    tx.prepare_cached(&format!(
        "SELECT {REACTION} WHERE message_id = ?1 ORDER BY created_at, rowid"
    ))?
    .query_map([message], read_reaction)?
    .collect()
}

/// The user's reactions, the oldest first, at most `most`.
pub(crate) fn reactions_of_user(
    tx: &Transaction<'_>,
    user: &str,
    most: usize,
) -> rusqlite::Result<Vec<Reaction>> {
    tx.prepare_cached(&format!(
        "SELECT {REACTION} WHERE user_id = ?1 ORDER BY created_at, rowid LIMIT ?2"
    ))?
    .query_map(params![user, limit(most)], read_reaction)?
    .collect()
}

pub(crate) fn save_reaction(tx: &Transaction<'_>, reaction: &Reaction) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT OR REPLACE INTO reactions (message_id, user_id, type, score, created_at, updated_at, custom)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        reaction.message_id,
        reaction.user_id,
        reaction.kind,
        reaction.score,
        reaction.created_at,
        reaction.updated_at,
        serde_json::json!(reaction.custom).to_string()
    ])?;
    Ok(())
}

/// Deletes the user's messages with a mode: `soft`, `pruning` or `hard`.
pub(crate) fn delete(tx: &Transaction<'_>, user: &str, mode: &str, now: Nanos) -> rusqlite::Result<()> {
    match mode {
        "hard" => hard_delete(tx, user),
        "pruning" => prune(tx, user, now),
        _ => soft_delete(tx, user, now),
    }
}

/// Marks the user's messages as deleted and keeps what they say and what hangs on them.
pub(crate) fn soft_delete(tx: &Transaction<'_>, user: &str, now: Nanos) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE messages SET type = 'deleted', deleted_at = ?2, updated_at = ?2
        WHERE user_id = ?1 AND deleted_at IS NULL",
    )?
    .execute(params![user, now])?;
    // What a deactivation has deleted is then deleted for another reason too.
    tx.prepare_cached(
        "UPDATE messages SET type_before = NULL WHERE user_id = ?1 AND type_before IS NOT NULL",
    )?
    .execute([user])?;
    Ok(())
}

/// Marks the messages of a user who is deactivated as deleted, so that [`restore`] can bring them back.
pub(crate) fn delete_by_deactivation(tx: &Transaction<'_>, user: &str, now: Nanos) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE messages SET type_before = type, type = 'deleted', deleted_at = ?2, updated_at = ?2
        WHERE user_id = ?1 AND deleted_at IS NULL",
    )?
    .execute(params![user, now])?;
    Ok(())
}

/// Brings back what [`delete_by_deactivation`] has deleted.
pub(crate) fn restore(tx: &Transaction<'_>, user: &str, now: Nanos) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE messages SET type = type_before, type_before = NULL, deleted_at = NULL, updated_at = ?2
        WHERE user_id = ?1 AND type_before IS NOT NULL",
    )?
    .execute(params![user, now])?;
    Ok(())
}

/// Marks the user's messages as deleted, empties them and removes what hangs on them.
pub(crate) fn prune(tx: &Transaction<'_>, user: &str, now: Nanos) -> rusqlite::Result<()> {
    remove_attached(tx, "user_id", user)?;
    tx.prepare_cached(
        "UPDATE messages SET type = 'deleted', deleted_at = COALESCE(deleted_at, ?2), updated_at = ?2,
            type_before = NULL, text = '', attachments = '[]', custom = '{}'
        WHERE user_id = ?1",
    )?
    .execute(params![user, now])?;
    Ok(())
}

/// Removes the user's messages with everything that hangs on them.
pub(crate) fn hard_delete(tx: &Transaction<'_>, user: &str) -> rusqlite::Result<()> {
    remove_attached(tx, "user_id", user)?;
    for sql in [
        "UPDATE files SET message_id = NULL WHERE message_id IN (SELECT id FROM messages WHERE user_id = ?1)",
        "DELETE FROM messages WHERE user_id = ?1",
    ] {
        tx.prepare_cached(sql)?.execute([user])?;
    }
    Ok(())
}

/// Removes the reactions to the messages whose `column` has this value, their flags and the locations shared with
/// them.
pub(super) fn remove_attached(
    tx: &Transaction<'_>,
    column: &'static str,
    value: &str,
) -> rusqlite::Result<()> {
    for table in ["reactions", "flags", "live_locations"] {
        tx.prepare_cached(&format!(
            "DELETE FROM {table} WHERE message_id IN (SELECT id FROM messages WHERE {column} = ?1)"
        ))?
        .execute([value])?;
    }
    Ok(())
}

/// Removes the reactions that the user gave.
pub(crate) fn remove_reactions_of(tx: &Transaction<'_>, user: &str) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM reactions WHERE user_id = ?1")?
        .execute([user])?;
    Ok(())
}
