//! What has happened to users, written in the transaction in which it happened: an event is here exactly if its write
//! was kept. What an event says is in [`events`](crate::events), where it goes in [`webhooks`](crate::webhooks).
//!
//! The oldest events make room for new ones, delivered or not, so that a receiver that is gone costs no memory.

use rusqlite::{OptionalExtension, Row, Transaction};
use serde_json::Value;

use super::users::json_column;

/// An event as it is kept.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) id: i64,
    pub(crate) kind: String,
    pub(crate) body: Value,
    pub(crate) request_info: Option<Value>,
}

/// The columns that [`read`] reads, of a table named `e`.
pub(super) const STORED: &str = "e.id, e.type, e.body, \
    (SELECT request_info FROM publications WHERE last >= e.id ORDER BY last LIMIT 1)";

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let request_info: Option<String> = row.get(3)?;
    Ok(Stored {
        id: row.get(0)?,
        kind: row.get(1)?,
        body: json_column(row, 2)?,
        request_info: request_info.and_then(|text| serde_json::from_str(&text).ok()),
    })
}

/// Adds an event that nobody is told of yet.
pub(crate) fn add(tx: &Transaction<'_>, kind: &str, body: &str) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO events (type, body, bytes) VALUES (?1, ?2,
            COALESCE((SELECT bytes FROM events ORDER BY id DESC LIMIT 1), 0) + length(CAST(?2 AS BLOB)))",
    )?
    .execute([kind, body])?;
    Ok(())
}

/// Ids and types of the events that were added in this transaction, the oldest first.
pub(crate) fn unpublished(tx: &Transaction<'_>) -> rusqlite::Result<Vec<(i64, String)>> {
    tx.prepare_cached(
        "SELECT id, type FROM events WHERE id > (SELECT COALESCE(MAX(last), 0) FROM publications) ORDER BY id",
    )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// The event of this id.
pub(crate) fn find(tx: &Transaction<'_>, id: i64) -> rusqlite::Result<Stored> {
    tx.prepare_cached(&format!("SELECT {STORED} FROM events AS e WHERE e.id = ?1"))?
        .query_row([id], read)
}

/// Notes that everybody who is to be told of those events is known, and which request has caused them.
pub(crate) fn publish(tx: &Transaction<'_>, request_info: Option<&str>) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT INTO publications (last, request_info) SELECT MAX(id), ?1 FROM events")?
        .execute([request_info])?;
    Ok(())
}

/// Removes the oldest events until there are at most `most`, of at most `most_bytes` together.
pub(crate) fn trim(tx: &Transaction<'_>, most: usize, most_bytes: i64) -> rusqlite::Result<()> {
    let newest: Option<(i64, i64)> = tx
        .prepare_cached("SELECT id, bytes FROM events ORDER BY id DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((id, bytes)) = newest else { return Ok(()) };
    let by_count = id.saturating_sub(i64::try_from(most).unwrap_or(i64::MAX));
    let by_size: Option<i64> = tx
        .prepare_cached("SELECT id - 1 FROM events WHERE bytes > ?1 ORDER BY id LIMIT 1")?
        .query_row([bytes.saturating_sub(most_bytes)], |row| row.get(0))
        .optional()?;
    let last = by_count.max(by_size.unwrap_or(i64::MIN));
    for sql in [
        "DELETE FROM deliveries WHERE event_id <= ?1",
        "DELETE FROM events WHERE id <= ?1",
        "DELETE FROM publications WHERE last <= ?1",
    ] {
        tx.prepare_cached(sql)?.execute([last])?;
    }
    Ok(())
}

/// The last events, the oldest first, at most `most`.
pub(crate) fn recent(tx: &Transaction<'_>, most: usize) -> rusqlite::Result<Vec<Stored>> {
    let mut events: Vec<Stored> = tx
        .prepare_cached(&format!(
            "SELECT {STORED} FROM events AS e ORDER BY e.id DESC LIMIT ?1"
        ))?
        .query_map([i64::try_from(most).unwrap_or(i64::MAX)], read)?
        .collect::<rusqlite::Result<_>>()?;
    events.reverse();
    Ok(events)
}
