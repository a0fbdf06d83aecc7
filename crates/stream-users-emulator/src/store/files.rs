//! Files that users have uploaded: who, where and with which message; what is in them is not kept.

use rusqlite::{Transaction, params};

use crate::clock::Nanos;

/// One upload.
#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) url: String,
    pub(crate) user_id: String,
    pub(crate) name: Option<String>,
    pub(crate) mime_type: Option<String>,
    /// In bytes.
    pub(crate) size: i64,
    /// The message that it was sent with.
    pub(crate) message_id: Option<String>,
    pub(crate) created_at: Nanos,
}

/// All uploads, the oldest first.
pub(crate) fn all(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Upload>> {
    tx.prepare_cached(
        "SELECT url, user_id, name, mime_type, size, message_id, created_at FROM files ORDER BY created_at, rowid",
    )?
    .query_map([], |row| {
        Ok(Upload {
            url: row.get(0)?,
            user_id: row.get(1)?,
            name: row.get(2)?,
            mime_type: row.get(3)?,
            size: row.get(4)?,
            message_id: row.get(5)?,
            created_at: row.get(6)?,
        })
    })?
    .collect()
}

pub(crate) fn save(tx: &Transaction<'_>, upload: &Upload) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT OR REPLACE INTO files (url, user_id, name, mime_type, size, message_id, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        upload.url,
        upload.user_id,
        upload.name,
        upload.mime_type,
        upload.size,
        upload.message_id,
        upload.created_at
    ])?;
    Ok(())
}

/// Removes everything that the user has uploaded.
pub(crate) fn remove_of(tx: &Transaction<'_>, user: &str) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM files WHERE user_id = ?1")?
        .execute([user])?;
    Ok(())
}
