//! Who is online, and whom others were told of as such.

use rusqlite::{Transaction, params};

use crate::clock::Nanos;

/// Nobody is online: no connection outlives the emulator.
pub(crate) fn forget(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    tx.execute("UPDATE users SET online = 0 WHERE online", [])?;
    tx.execute("DELETE FROM seen_online", [])?;
    Ok(())
}

/// The user has connected.
pub(crate) fn came(tx: &Transaction<'_>, id: &str, now: Nanos) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE users SET online = 1, last_active = ?2 WHERE id = ?1")?
        .execute(params![id, now])?;
    Ok(())
}

/// The user is connected.
pub(crate) fn online(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE users SET online = 1 WHERE id = ?1 AND NOT online")?
        .execute([id])?;
    Ok(())
}

/// The user has no connection any more; whether it was online.
pub(crate) fn left(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<bool> {
    let changed = tx
        .prepare_cached("UPDATE users SET online = 0 WHERE id = ?1 AND online")?
        .execute([id])?;
    Ok(changed > 0)
}

/// The user was active at this time.
pub(crate) fn active(tx: &Transaction<'_>, id: &str, at: Nanos) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE users SET last_active = ?2 WHERE id = ?1")?
        .execute(params![id, at])?;
    Ok(())
}

/// Notes whether others see the user online; whether that is new.
pub(crate) fn seen(tx: &Transaction<'_>, id: &str, online: bool) -> rusqlite::Result<bool> {
    let sql = if online {
        "INSERT OR IGNORE INTO seen_online (user_id) VALUES (?1)"
    } else {
        "DELETE FROM seen_online WHERE user_id = ?1"
    };
    Ok(tx.prepare_cached(sql)?.execute([id])? > 0)
}
