//! What is to be sent to whom, and what came of it. The deliveries to one URL are made one after the other, in the
//! order of their events.

use rusqlite::{Transaction, params};
use serde_json::{Value, json};

use super::outbox::{self, Stored};
use crate::clock::Nanos;

/// One event that is to be sent to one URL.
#[derive(Debug)]
pub(crate) struct Delivery {
    /// The same for all attempts.
    pub(crate) id: String,
    pub(crate) url: String,
    /// How many attempts have failed.
    pub(crate) attempts: u32,
    pub(crate) event: Stored,
}

/// What an attempt came to.
#[derive(Debug)]
pub(crate) enum Outcome {
    Status(u16),
    Failure(String),
}

/// Adds a delivery that may be made at once, or one that has failed already for a reason.
pub(crate) fn add(
    tx: &Transaction<'_>,
    event: i64,
    url: &str,
    failed: Option<&str>,
    now: Nanos,
) -> rusqlite::Result<()> {
    let id = uuid::Uuid::new_v4().to_string();
    tx.prepare_cached(
        "INSERT INTO deliveries (id, event_id, url, due_at, state, error)
        VALUES (?1, ?2, ?3, ?4, iif(?5 IS NULL, 'pending', 'failed'), ?5)",
    )?
    .execute(params![id, event, url, now, failed])?;
    Ok(())
}

/// The next delivery to each URL whose time has come, and when the time of the next other one comes.
pub(crate) fn due(tx: &Transaction<'_>, now: Nanos) -> rusqlite::Result<(Vec<Delivery>, Option<Nanos>)> {
    let (mut due, mut next) = (Vec::new(), None);
    let mut last = String::new();
    while let Some(url) = url_after(tx, &last)? {
        let (due_at, delivery) = first(tx, &url)?;
        if due_at <= now {
            due.push(delivery);
        } else {
            next = Some(next.map_or(due_at, |next: Nanos| next.min(due_at)));
        }
        last = url;
    }
    Ok((due, next))
}

/// The first URL after this one to which something is still to be sent. Few URLs have many deliveries, so that they are
/// looked up one by one.
fn url_after(tx: &Transaction<'_>, last: &str) -> rusqlite::Result<Option<String>> {
    tx.prepare_cached("SELECT min(url) FROM deliveries WHERE state = 'pending' AND url > ?1")?
        .query_row([last], |row| row.get(0))
}

fn first(tx: &Transaction<'_>, url: &str) -> rusqlite::Result<(Nanos, Delivery)> {
    tx.prepare_cached(&format!(
        "SELECT {}, d.due_at, d.id, d.url, d.attempts FROM deliveries AS d JOIN events AS e ON e.id = d.event_id
        WHERE d.state = 'pending' AND d.url = ?1 ORDER BY d.event_id LIMIT 1",
        outbox::STORED
    ))?
    .query_row([url], |row| {
        let delivery = Delivery {
            id: row.get(5)?,
            url: row.get(6)?,
            attempts: row.get(7)?,
            event: outbox::read(row)?,
        };
        Ok((row.get(4)?, delivery))
    })
}

/// Notes what an attempt came to. It may be made again at `again_at`; if it may not, it is over.
pub(crate) fn attempted(
    tx: &Transaction<'_>,
    id: &str,
    outcome: &Outcome,
    delivered: bool,
    again_at: Option<Nanos>,
) -> rusqlite::Result<()> {
    let state = match (delivered, again_at) {
        (true, _) => "delivered",
        (false, Some(_)) => "pending",
        (false, None) => "failed",
    };
    let (status, error) = match outcome {
        Outcome::Status(status) => (Some(*status), None),
        Outcome::Failure(text) => (None, Some(text)),
    };
    tx.prepare_cached(
        "UPDATE deliveries SET state = ?2, status = ?3, error = ?4, attempts = attempts + 1,
            due_at = COALESCE(?5, due_at)
        WHERE id = ?1",
    )?
    .execute(params![id, state, status, error, again_at])?;
    Ok(())
}

/// The deliveries of one event, as they are shown.
pub(crate) fn of_event(tx: &Transaction<'_>, event: i64) -> rusqlite::Result<Vec<Value>> {
    tx.prepare_cached(
        "SELECT id, url, state, attempts, status, error FROM deliveries WHERE event_id = ?1 ORDER BY rowid",
    )?
    .query_map([event], |row| {
        Ok(json!({
            "webhook_id": row.get::<_, String>(0)?,
            "url": row.get::<_, String>(1)?,
            "state": row.get::<_, String>(2)?,
            "attempts": row.get::<_, i64>(3)?,
            "status": row.get::<_, Option<i64>>(4)?,
            "error": row.get::<_, Option<String>>(5)?,
        }))
    })?
    .collect()
}
