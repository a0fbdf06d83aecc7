//! Who blocks whom, and who mutes whom.

use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::channel_marks;
use crate::clock::Nanos;

/// One block. The time is when it began.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) user_id: String,
    pub(crate) blocked_user_id: String,
    pub(crate) created_at: Nanos,
}

/// One mute of a user by another.
#[derive(Debug)]
pub(crate) struct Mute {
    pub(crate) user_id: String,
    pub(crate) target_id: String,
    pub(crate) created_at: Nanos,
    pub(crate) updated_at: Nanos,
    pub(crate) expires: Option<Nanos>,
}

/// When the block began, if there is one.
pub(crate) fn find(tx: &Transaction<'_>, user: &str, blocked: &str) -> rusqlite::Result<Option<Nanos>> {
    tx.prepare_cached("SELECT created_at FROM blocks WHERE user_id = ?1 AND blocked_user_id = ?2")?
        .query_row([user, blocked], |row| row.get(0))
        .optional()
}

/// Blocks, and hides the channels of these two alone for the one who blocks.
pub(crate) fn add(tx: &Transaction<'_>, user: &str, blocked: &str, now: Nanos) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT OR IGNORE INTO blocks (user_id, blocked_user_id, created_at) VALUES (?1, ?2, ?3)",
    )?
    .execute(params![user, blocked, now])?;
    channel_marks::hide_between(tx, user, blocked)
}

/// Writes the block as it is, and nothing else.
pub(crate) fn save(
    tx: &Transaction<'_>,
    user: &str,
    blocked: &str,
    created_at: Nanos,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT OR REPLACE INTO blocks (user_id, blocked_user_id, created_at) VALUES (?1, ?2, ?3)",
    )?
    .execute(params![user, blocked, created_at])?;
    Ok(())
}

/// Ends the block and shows those channels again; whether there was a block.
pub(crate) fn remove(tx: &Transaction<'_>, user: &str, blocked: &str) -> rusqlite::Result<bool> {
    let ended = tx
        .prepare_cached("DELETE FROM blocks WHERE user_id = ?1 AND blocked_user_id = ?2")?
        .execute([user, blocked])?;
    if ended > 0 {
        channel_marks::show_between(tx, user, blocked)?;
    }
    Ok(ended > 0)
}

fn read_block(row: &Row<'_>) -> rusqlite::Result<Block> {
    Ok(Block {
        user_id: row.get(0)?,
        blocked_user_id: row.get(1)?,
        created_at: row.get(2)?,
    })
}

/// All blocks, those of deleted users too, the oldest first.
pub(crate) fn all(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Block>> {
    tx.prepare_cached("SELECT user_id, blocked_user_id, created_at FROM blocks ORDER BY created_at, rowid")?
        .query_map([], read_block)?
        .collect()
}

/// Whom the user blocks, the newest first. Deleted users are left out.
pub(crate) fn of_user(tx: &Transaction<'_>, user: &str) -> rusqlite::Result<Vec<Block>> {
    tx.prepare_cached(
        "SELECT user_id, blocked_user_id, created_at FROM blocks
        WHERE user_id = ?1 AND blocked_user_id NOT IN (SELECT id FROM deleted_ids)
        ORDER BY created_at DESC, rowid DESC",
    )?
    .query_map([user], read_block)?
    .collect()
}

/// The ids of [`of_user`], the oldest first.
pub(crate) fn ids_of_user(tx: &Transaction<'_>, user: &str) -> rusqlite::Result<Vec<String>> {
    tx.prepare_cached(
        "SELECT blocked_user_id FROM blocks
        WHERE user_id = ?1 AND blocked_user_id NOT IN (SELECT id FROM deleted_ids)
        ORDER BY created_at, rowid",
    )?
    .query_map([user], |row| row.get(0))?
    .collect()
}

/// Whom the user mutes at `now`.
pub(crate) fn mutes_of_user(tx: &Transaction<'_>, user: &str, now: Nanos) -> rusqlite::Result<Vec<Mute>> {
    tx.prepare_cached(
        "SELECT user_id, target_id, created_at, updated_at, expires FROM mutes
        WHERE user_id = ?1 AND (expires IS NULL OR expires > ?2)
            AND target_id NOT IN (SELECT id FROM deleted_ids)
        ORDER BY created_at, rowid",
    )?
    .query_map(params![user, now], read_mute)?
    .collect()
}

fn read_mute(row: &Row<'_>) -> rusqlite::Result<Mute> {
    Ok(Mute {
        user_id: row.get(0)?,
        target_id: row.get(1)?,
        created_at: row.get(2)?,
        updated_at: row.get(3)?,
        expires: row.get(4)?,
    })
}

/// The mute of one user by another at `now`, if there is one.
pub(crate) fn find_mute(
    tx: &Transaction<'_>,
    user: &str,
    target: &str,
    now: Nanos,
) -> rusqlite::Result<Option<Mute>> {
    tx.prepare_cached(
        "SELECT user_id, target_id, created_at, updated_at, expires FROM mutes
        WHERE user_id = ?1 AND target_id = ?2 AND (expires IS NULL OR expires > ?3)",
    )?
    .query_row(params![user, target, now], read_mute)
    .optional()
}

/// Ends a mute; whether there was one at `now`.
pub(crate) fn remove_mute(
    tx: &Transaction<'_>,
    user: &str,
    target: &str,
    now: Nanos,
) -> rusqlite::Result<bool> {
    let was = find_mute(tx, user, target, now)?.is_some();
    tx.prepare_cached("DELETE FROM mutes WHERE user_id = ?1 AND target_id = ?2")?
        .execute([user, target])?;
    Ok(was)
}

pub(crate) fn save_mute(tx: &Transaction<'_>, mute: &Mute) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT OR REPLACE INTO mutes VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            mute.user_id,
            mute.target_id,
            mute.created_at,
            mute.updated_at,
            mute.expires
        ])?;
    Ok(())
}
