//! Bans of users in the whole app: a user has one or none. That there is one, its kind and its end stand with the user;
//! the rest is here.

use rusqlite::types::Value as Bound;
use rusqlite::{Transaction, params, params_from_iter};

use crate::clock::Nanos;

/// What is known of a ban besides what its user says.
#[derive(Debug)]
pub(crate) struct Ban {
    pub(crate) user_id: String,
    /// When it began; for a ban that was planted, when its user was last changed.
    pub(crate) created_at: Nanos,
    pub(crate) banned_by_id: Option<String>,
    pub(crate) reason: Option<String>,
}

/// A ban to be.
#[derive(Debug)]
pub(crate) struct NewBan<'a> {
    pub(crate) user_id: &'a str,
    pub(crate) shadow: bool,
    pub(crate) expires: Option<Nanos>,
    pub(crate) banned_by_id: Option<&'a str>,
    pub(crate) reason: Option<&'a str>,
}

/// Bans the user, in place of a ban that there may be. One that is to end in the past ends at once.
pub(crate) fn ban(tx: &Transaction<'_>, ban: &NewBan<'_>, now: Nanos) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE users SET banned = ?2, shadow_banned = ?3, ban_expires = ?4 WHERE id = ?1")?
        .execute(params![ban.user_id, !ban.shadow, ban.shadow, ban.expires])?;
    tx.prepare_cached(
        "INSERT OR REPLACE INTO bans (user_id, created_at, banned_by_id, reason) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![ban.user_id, now, ban.banned_by_id, ban.reason])?;
    end_expired(tx, now)
}

/// Ends the ban of the user; whether there was one.
pub(crate) fn unban(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<bool> {
    let ended = tx
        .prepare_cached(
            "UPDATE users SET banned = 0, shadow_banned = 0, ban_expires = NULL
            WHERE id = ?1 AND (banned OR shadow_banned)",
        )?
        .execute([id])?;
    forget(tx, id)?;
    Ok(ended > 0)
}

/// Ends the bans whose time is over.
pub(crate) fn end_expired(tx: &Transaction<'_>, now: Nanos) -> rusqlite::Result<()> {
    let ended: Vec<String> = tx
        .prepare_cached(
            "UPDATE users SET banned = 0, shadow_banned = 0, ban_expires = NULL WHERE ban_expires <= ?1
            RETURNING id",
        )?
        .query_map([now], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    ended.iter().try_for_each(|id| forget(tx, id))
}

fn forget(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM bans WHERE user_id = ?1")?
        .execute([id])?;
    Ok(())
}

/// When a ban began, in SQL over [`find`]'s tables.
pub(crate) const CREATED_AT: &str = "COALESCE(b.created_at, u.updated_at)";

/// The bans of users who are not deleted, for which the condition holds: SQL over `users AS u` and `bans AS b`, of which
/// the second may be missing, with its values and those of `LIMIT` and `OFFSET` after them.
pub(crate) fn find(
    tx: &Transaction<'_>,
    condition: &str,
    descending: bool,
    values: Vec<Bound>,
) -> rusqlite::Result<Vec<Ban>> {
    let direction = if descending { "DESC" } else { "ASC" };
    tx.prepare_cached(&format!(
        "SELECT u.id, {CREATED_AT}, b.banned_by_id, b.reason FROM users AS u LEFT JOIN bans AS b ON b.user_id = u.id
        WHERE (u.banned OR u.shadow_banned) AND u.deleted_at IS NULL AND {condition}
        ORDER BY {CREATED_AT} {direction}, u.id {direction} LIMIT ? OFFSET ?"
    ))?
    .query_map(params_from_iter(values), |row| {
        Ok(Ban {
            user_id: row.get(0)?,
            created_at: row.get(1)?,
            banned_by_id: row.get(2)?,
            reason: row.get(3)?,
        })
    })?
    .collect()
}
