//! Messages, reactions and channels as they are answered.

use rusqlite::Transaction;
use serde_json::{Map, Value, json};

use super::{Viewer, optional, user};
use crate::store::channels::{self, CHANNELS, Channel};
use crate::store::messages::{self, Message, Reaction};
use crate::store::users;

/// The user of this id, if it still is there.
fn author(tx: &Transaction<'_>, id: &str, viewer: Viewer<'_>) -> rusqlite::Result<Option<Value>> {
    users::find(tx, id)?.map(|row| user(tx, &row, viewer)).transpose()
}

pub(crate) fn message(tx: &Transaction<'_>, row: &Message, viewer: Viewer<'_>) -> rusqlite::Result<Value> {
    let reactions = messages::reactions_to(tx, &row.id)?;
    let (mut counts, mut scores) = (Map::new(), Map::new());
    for reaction in &reactions {
        let of = |map: &Map<String, Value>| map.get(&reaction.kind).and_then(Value::as_i64).unwrap_or(0);
        let (count, score) = (of(&counts) + 1, of(&scores) + reaction.score);
        counts.insert(reaction.kind.clone(), json!(count));
        scores.insert(reaction.kind.clone(), json!(score));
    }
    let latest: Vec<Value> = reactions
        .iter()
        .rev()
        .take(10)
        .map(|row| reaction(tx, row, viewer))
        .collect::<rusqlite::Result<_>>()?;
    let mut value = json!({
        "id": row.id,
        "cid": row.cid,
        "text": row.text,
        "html": "",
        "type": row.kind,
        "attachments": row.attachments,
        "created_at": viewer.time(row.created_at),
        "updated_at": viewer.time(row.updated_at),
        "latest_reactions": latest,
        "own_reactions": [],
        "reaction_counts": counts,
        "reaction_groups": {},
        "reaction_scores": scores,
        "mentioned_users": [],
        "mentioned_channel": false,
        "mentioned_here": false,
        "restricted_visibility": [],
        "reply_count": 0,
        "deleted_reply_count": 0,
        "pinned": false,
        "shadowed": false,
        "silent": false,
    });
    if let Value::Object(map) = &mut value {
        optional(map, "user", author(tx, &row.user_id, viewer)?);
        optional(map, "deleted_at", row.deleted_at.map(|time| viewer.time(time)));
        viewer.surface.custom(map, &row.custom, &[]);
    }
    Ok(value)
}

pub(crate) fn reaction(tx: &Transaction<'_>, row: &Reaction, viewer: Viewer<'_>) -> rusqlite::Result<Value> {
    let mut value = json!({
        "message_id": row.message_id,
        "user_id": row.user_id,
        "type": row.kind,
        "score": row.score,
        "created_at": viewer.time(row.created_at),
        "updated_at": viewer.time(row.updated_at),
    });
    if let Value::Object(map) = &mut value {
        optional(map, "user", author(tx, &row.user_id, viewer)?);
        viewer.surface.custom(map, &row.custom, &[]);
    }
    Ok(value)
}

pub(crate) fn channel(tx: &Transaction<'_>, row: &Channel, viewer: Viewer<'_>) -> rusqlite::Result<Value> {
    let (kind, id) = row.cid.split_once(':').unwrap_or(("", &row.cid));
    let mut value = json!({
        "id": id,
        "type": kind,
        "cid": row.cid,
        "created_at": viewer.time(row.created_at),
        "updated_at": viewer.time(row.updated_at),
        "frozen": false,
        "disabled": false,
        "member_count": channels::members(tx, CHANNELS, &row.cid)?.len(),
    });
    if let Value::Object(map) = &mut value {
        if let Some(owner) = &row.created_by_id {
            optional(map, "created_by", author(tx, owner, viewer)?);
        }
        optional(map, "deleted_at", row.deleted_at.map(|time| viewer.time(time)));
        viewer.surface.custom(map, &row.custom, &[]);
    }
    Ok(value)
}
