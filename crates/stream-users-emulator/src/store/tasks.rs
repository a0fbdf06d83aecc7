//! Tasks: what was asked, when it is due, and what came of it. What a task does is in [`jobs`](crate::jobs).
//!
//! The state of a task follows from the clock: it is pending for the first half of its time, then it runs. The first
//! request after its time does the work, unless an emulator that listens has done it before.

use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde_json::Value;
use stream_users_model::TaskStatus;

use super::users::json_column;
use crate::clock::{Nanos, nanos};

/// How many tasks are kept. Older ones that are over make room for new ones.
const MOST: i64 = 10_000;

#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) created_at: Nanos,
    pub(crate) running_at: Nanos,
    pub(crate) due_at: Nanos,
    /// What was asked, as JSON text.
    pub(crate) input: String,
    pub(crate) done: bool,
    pub(crate) result: Option<Value>,
    pub(crate) error: Option<Value>,
    /// The error with which it fails in place of doing its work.
    pub(crate) fault: Option<Value>,
}

impl Task {
    pub(crate) fn status(&self, now: Nanos) -> TaskStatus {
        match (self.done, &self.error) {
            (true, None) => TaskStatus::Completed,
            (true, Some(_)) => TaskStatus::Failed,
            (false, _) if now >= self.running_at => TaskStatus::Running,
            (false, _) => TaskStatus::Pending,
        }
    }

    /// When the task last changed its state.
    pub(crate) fn updated_at(&self, now: Nanos) -> Nanos {
        if self.done {
            self.due_at
        } else if now >= self.running_at {
            self.running_at
        } else {
            self.created_at
        }
    }
}

const TASK: &str = "id, kind, created_at, running_at, due_at, input, done, result, error, fault FROM tasks";

fn json(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<Value>> {
    if row.get_ref(index)? == ValueRef::Null {
        return Ok(None);
    }
    json_column(row, index).map(Some)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Task> {
    Ok(Task {
        id: row.get(0)?,
        kind: row.get(1)?,
        created_at: row.get(2)?,
        running_at: row.get(3)?,
        due_at: row.get(4)?,
        input: row.get(5)?,
        done: row.get(6)?,
        result: json(row, 7)?,
        error: json(row, 8)?,
        fault: json(row, 9)?,
    })
}

/// Starts a task and gives its id. With a `fault` it fails when its time has come.
pub(crate) fn start(
    tx: &Transaction<'_>,
    kind: &str,
    input: &Value,
    latency: Duration,
    fault: Option<Value>,
    now: Nanos,
) -> rusqlite::Result<String> {
    let task = Task {
        id: uuid::Uuid::new_v4().to_string(),
        kind: kind.to_owned(),
        created_at: now,
        running_at: now.saturating_add(nanos(latency / 2)),
        due_at: now.saturating_add(nanos(latency)),
        input: input.to_string(),
        done: false,
        result: None,
        error: None,
        fault,
    };
    save(tx, &task)?;
    tx.prepare_cached("DELETE FROM tasks WHERE rowid <= (SELECT max(rowid) FROM tasks) - ?1 AND done = 1")?
        .execute([MOST])?;
    Ok(task.id)
}

pub(crate) fn save(tx: &Transaction<'_>, task: &Task) -> rusqlite::Result<()> {
    let text = |value: &Option<Value>| value.as_ref().map(Value::to_string);
    tx.prepare_cached(
        "INSERT OR REPLACE INTO tasks (id, kind, created_at, running_at, due_at, input, done, result, error, fault)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        task.id,
        task.kind,
        task.created_at,
        task.running_at,
        task.due_at,
        task.input,
        task.done,
        text(&task.result),
        text(&task.error),
        text(&task.fault)
    ])?;
    Ok(())
}

pub(crate) fn find(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<Option<Task>> {
    tx.prepare_cached(&format!("SELECT {TASK} WHERE id = ?1"))?
        .query_row([id], read)
        .optional()
}

/// The tasks whose time has come, in the order of their times.
pub(crate) fn due(tx: &Transaction<'_>, now: Nanos) -> rusqlite::Result<Vec<Task>> {
    tx.prepare_cached(&format!(
        "SELECT {TASK} WHERE done = 0 AND due_at <= ?1 ORDER BY due_at, rowid"
    ))?
    .query_map([now], read)?
    .collect()
}

/// When the time of the next task comes.
pub(crate) fn next_due(tx: &Transaction<'_>) -> rusqlite::Result<Option<Nanos>> {
    tx.prepare_cached("SELECT min(due_at) FROM tasks WHERE done = 0")?
        .query_row([], |row| row.get(0))
}

pub(crate) fn all(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Task>> {
    tx.prepare_cached(&format!("SELECT {TASK} ORDER BY created_at, rowid"))?
        .query_map([], read)?
        .collect()
}

/// Notes what came of a task.
pub(crate) fn finish(tx: &Transaction<'_>, id: &str, outcome: &Result<Value, Value>) -> rusqlite::Result<()> {
    let (result, error) = match outcome {
        Ok(result) => (Some(result.to_string()), None),
        Err(error) => (None, Some(error.to_string())),
    };
    tx.prepare_cached("UPDATE tasks SET done = 1, result = ?2, error = ?3 WHERE id = ?1")?
        .execute(params![id, result, error])?;
    Ok(())
}
