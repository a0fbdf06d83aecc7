//! Flags: users who report messages to the moderators.

use rusqlite::{Transaction, params};

use crate::clock::Nanos;

/// One flag of a message.
#[derive(Debug)]
pub(crate) struct Flag {
    pub(crate) message_id: String,
    /// Who has flagged it.
    pub(crate) user_id: String,
    pub(crate) reason: Option<String>,
    pub(crate) created_at: Nanos,
}

/// All flags, the oldest first.
pub(crate) fn all(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Flag>> {
    tx.prepare_cached("SELECT message_id, user_id, reason, created_at FROM flags ORDER BY created_at, rowid")?
        .query_map([], |row| {
            Ok(Flag {
                message_id: row.get(0)?,
                user_id: row.get(1)?,
                reason: row.get(2)?,
                created_at: row.get(3)?,
            })
        })?
        .collect()
}

pub(crate) fn save(tx: &Transaction<'_>, flag: &Flag) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT OR REPLACE INTO flags (message_id, user_id, reason, created_at) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![
        flag.message_id,
        flag.user_id,
        flag.reason,
        flag.created_at
    ])?;
    Ok(())
}

/// Removes the flags that the user has raised.
pub(crate) fn remove_of(tx: &Transaction<'_>, user: &str) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM flags WHERE user_id = ?1")?
        .execute([user])?;
    Ok(())
}
