//! Everything that is stored, for tests that want to see what a request has done. Times are integers of
//! nanoseconds.

use rusqlite::Transaction;
use serde_json::{Map, Value, json};

use super::{blocks, channels, locations, messages, tasks, users};
use crate::clock::Nanos;
use crate::surface::{Surface, Viewer, full_user, location};

pub(crate) fn dump(tx: &Transaction<'_>, now: Nanos) -> rusqlite::Result<Value> {
    Ok(json!({
        "users": users_json(tx, now)?,
        "deleted_ids": deleted_ids(tx)?,
        "blocks": blocks_json(tx)?,
        "channels": channels_json(tx)?,
        "messages": messages_json(tx)?,
        "reactions": reactions_json(tx)?,
        "live_locations": locations::all(tx)?
            .iter()
            .map(|row| Value::Object(location(row, Viewer::server(Surface::V2))))
            .collect::<Vec<_>>(),
        "tasks": tasks_json(tx, now)?,
    }))
}

fn users_json(tx: &Transaction<'_>, now: Nanos) -> rusqlite::Result<Vec<Value>> {
    users::select(tx, "ORDER BY u.created_at, u.id", &[])?
        .iter()
        .map(|user| full_user(tx, user, Viewer::server(Surface::V2), now))
        .collect()
}

/// From each id that was deleted to the mode of its deletion.
fn deleted_ids(tx: &Transaction<'_>) -> rusqlite::Result<Map<String, Value>> {
    tx.prepare_cached("SELECT id, mode FROM deleted_ids")?
        .query_map([], |row| Ok((row.get(0)?, Value::String(row.get(1)?))))?
        .collect()
}

fn blocks_json(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Value>> {
    let mut all = Vec::new();
    for user in users::select(tx, "ORDER BY u.id", &[])? {
        for block in blocks::of_user(tx, &user.id)? {
            all.push(json!({
                "user_id": block.user_id,
                "blocked_user_id": block.blocked_user_id,
                "created_at": block.created_at,
            }));
        }
    }
    Ok(all)
}

fn channels_json(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Value>> {
    channels::all(tx)?
        .iter()
        .map(|channel| {
            Ok(json!({
                "cid": channel.cid,
                "created_by_id": channel.created_by_id,
                "members": channels::members(tx, &channel.cid)?,
                "created_at": channel.created_at,
                "updated_at": channel.updated_at,
                "deleted_at": channel.deleted_at,
                "custom": channel.custom,
            }))
        })
        .collect()
}

fn messages_json(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Value>> {
    let write = |row: messages::Message| {
        json!({
            "id": row.id,
            "cid": row.cid,
            "user_id": row.user_id,
            "type": row.kind,
            "text": row.text,
            "attachments": row.attachments,
            "custom": row.custom,
            "created_at": row.created_at,
            "updated_at": row.updated_at,
            "deleted_at": row.deleted_at,
        })
    };
    Ok(messages::all(tx)?.into_iter().map(write).collect())
}

fn reactions_json(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Value>> {
    let write = |row: messages::Reaction| {
        json!({
            "message_id": row.message_id,
            "user_id": row.user_id,
            "type": row.kind,
            "score": row.score,
            "created_at": row.created_at,
            "custom": row.custom,
        })
    };
    Ok(messages::all_reactions(tx)?.into_iter().map(write).collect())
}

fn tasks_json(tx: &Transaction<'_>, now: Nanos) -> rusqlite::Result<Vec<Value>> {
    let write = |task: tasks::Task| {
        json!({
            "task_id": task.id,
            "kind": task.kind,
            "status": task.status(now).as_str(),
            "created_at": task.created_at,
        })
    };
    Ok(tasks::all(tx)?.into_iter().map(write).collect())
}
