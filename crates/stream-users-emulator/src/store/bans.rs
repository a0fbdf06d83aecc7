//! Bans of users in the whole app: a user has one or none.

use rusqlite::{Transaction, params};

use crate::clock::Nanos;

/// Bans the user, in place of a ban that there may be. One that is to end in the past ends at once.
pub(crate) fn ban(
    tx: &Transaction<'_>,
    id: &str,
    shadow: bool,
    expires: Option<Nanos>,
    now: Nanos,
) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE users SET banned = ?2, shadow_banned = ?3, ban_expires = ?4 WHERE id = ?1")?
        .execute(params![id, !shadow, shadow, expires])?;
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
    Ok(ended > 0)
}

/// Ends the bans whose time is over.
pub(crate) fn end_expired(tx: &Transaction<'_>, now: Nanos) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE users SET banned = 0, shadow_banned = 0, ban_expires = NULL WHERE ban_expires <= ?1",
    )?
    .execute([now])?;
    Ok(())
}
