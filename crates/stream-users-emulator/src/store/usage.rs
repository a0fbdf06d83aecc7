//! Who was active in which month, for the number of monthly active users. It is kept when a user is deleted.

use rusqlite::{Transaction, params};

use crate::usage::MonthlyUsage;

/// Counts a user in for the month, once. One who does not exist is not counted.
pub(crate) fn record(tx: &Transaction<'_>, month: &str, user_id: &str) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT OR IGNORE INTO active_users (month, user_id, guest)
         SELECT ?1, id, role = 'guest' FROM users WHERE id = ?2",
    )?
    .execute(params![month, user_id])?;
    Ok(())
}

/// Every month in which somebody was active, the newest first.
pub(crate) fn months(tx: &Transaction<'_>) -> rusqlite::Result<Vec<MonthlyUsage>> {
    let mut statement = tx.prepare_cached(
        "SELECT month, SUM(NOT guest), SUM(guest) FROM active_users GROUP BY month ORDER BY month DESC",
    )?;
    let months = statement.query_map([], |row| {
        Ok(MonthlyUsage {
            month: row.get(0)?,
            users: row.get(1)?,
            guests: row.get(2)?,
        })
    })?;
    months.collect()
}
