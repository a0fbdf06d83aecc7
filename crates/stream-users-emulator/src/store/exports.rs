//! The files that exports of users have written.

use rusqlite::{OptionalExtension, Transaction};

/// How many files are kept, the newest.
const MOST: i64 = 100;

pub(crate) fn save(tx: &Transaction<'_>, task: &str, signature: &str, content: &str) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT OR REPLACE INTO exports (task_id, signature, content) VALUES (?1, ?2, ?3)")?
        .execute([task, signature, content])?;
    tx.prepare_cached("DELETE FROM exports WHERE rowid <= (SELECT max(rowid) FROM exports) - ?1")?
        .execute([MOST])?;
    Ok(())
}

/// The file of this task, if the signature is the one that its address carries.
pub(crate) fn find(tx: &Transaction<'_>, task: &str, signature: &str) -> rusqlite::Result<Option<String>> {
    tx.prepare_cached("SELECT content FROM exports WHERE task_id = ?1 AND signature = ?2")?
        .query_row([task, signature], |row| row.get(0))
        .optional()
}
