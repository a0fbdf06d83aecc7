//! Everything that is stored, for tests that want to see what a request has done. Times are integers of
//! nanoseconds. It is a document that can be [planted](super::seed) again.

use rusqlite::Transaction;
use serde_json::{Map, Value, json};

use super::channels::{self, CALLS, CHANNELS, Kind};
use super::{blocks, files, flags, locations, messages, roles, tasks, users};
use crate::clock::Nanos;
use crate::surface::{Surface, Viewer, full_user, location};

pub(crate) fn dump(tx: &Transaction<'_>, now: Nanos) -> rusqlite::Result<Value> {
    Ok(json!({
        "roles": roles_json(tx)?,
        "users": users_json(tx, now)?,
        "deleted_ids": deleted_ids(tx)?,
        "blocks": blocks_json(tx)?,
        "channels": channels_json(tx, CHANNELS)?,
        "messages": messages_json(tx)?,
        "reactions": reactions_json(tx)?,
        "flags": flags_json(tx)?,
        "files": files_json(tx)?,
        "calls": channels_json(tx, CALLS)?,
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
        .map(|user| {
            let mut value = full_user(tx, user, Viewer::server(Surface::V2), now)?;
            // No answer that holds a full user shows it.
            if let Some(settings) = &user.push_notifications {
                value["push_notifications"] = json!(settings);
            }
            Ok(value)
        })
        .collect()
}

/// From each id that was deleted to the mode of its deletion.
fn deleted_ids(tx: &Transaction<'_>) -> rusqlite::Result<Map<String, Value>> {
    tx.prepare_cached("SELECT id, mode FROM deleted_ids")?
        .query_map([], |row| Ok((row.get(0)?, Value::String(row.get(1)?))))?
        .collect()
}

fn blocks_json(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Value>> {
    let write = |row: blocks::Block| {
        json!({
            "user_id": row.user_id,
            "blocked_user_id": row.blocked_user_id,
            "created_at": row.created_at,
        })
    };
    Ok(blocks::all(tx)?.into_iter().map(write).collect())
}

fn channels_json(tx: &Transaction<'_>, kind: Kind) -> rusqlite::Result<Vec<Value>> {
    channels::all(tx, kind)?
        .iter()
        .map(|channel| {
            Ok(json!({
                "cid": channel.cid,
                "created_by_id": channel.created_by_id,
                "members": channels::members(tx, kind, &channel.cid)?,
                "created_at": channel.created_at,
                "updated_at": channel.updated_at,
                "deleted_at": channel.deleted_at,
                "by_deactivation": channel.by_deactivation,
                "custom": channel.custom,
            }))
        })
        .collect()
}

fn flags_json(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Value>> {
    let write = |row: flags::Flag| {
        json!({
            "message_id": row.message_id,
            "user_id": row.user_id,
            "reason": row.reason,
            "created_at": row.created_at,
        })
    };
    Ok(flags::all(tx)?.into_iter().map(write).collect())
}

fn files_json(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Value>> {
    let write = |row: files::Upload| {
        json!({
            "url": row.url,
            "user_id": row.user_id,
            "name": row.name,
            "mime_type": row.mime_type,
            "size": row.size,
            "message_id": row.message_id,
            "created_at": row.created_at,
        })
    };
    Ok(files::all(tx)?.into_iter().map(write).collect())
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
            "type_before": row.type_before,
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
            "updated_at": row.updated_at,
            "custom": row.custom,
        })
    };
    Ok(messages::all_reactions(tx)?.into_iter().map(write).collect())
}

/// With all that it takes to go on with them elsewhere. The files of exports are not part of it.
fn tasks_json(tx: &Transaction<'_>, now: Nanos) -> rusqlite::Result<Vec<Value>> {
    let write = |task: tasks::Task| {
        json!({
            "task_id": task.id,
            "kind": task.kind,
            "status": task.status(now).as_str(),
            "created_at": task.created_at,
            "running_at": task.running_at,
            "due_at": task.due_at,
            "done": task.done,
            "input": serde_json::from_str::<Value>(&task.input).unwrap_or_default(),
            "result": task.result,
            "error": task.error,
            "fault": task.fault,
        })
    };
    Ok(tasks::all(tx)?.into_iter().map(write).collect())
}

fn roles_json(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Value>> {
    let write = |role: roles::Role| {
        json!({
            "name": role.name,
            "created_at": role.created_at,
            "updated_at": role.updated_at,
        })
    };
    Ok(roles::added(tx)?.into_iter().map(write).collect())
}
