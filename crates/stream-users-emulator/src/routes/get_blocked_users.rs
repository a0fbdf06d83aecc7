//! `GET /api/v2/users/block`: whom a user has blocked.

use rusqlite::Transaction;
use serde_json::{Value, json};
use stream_users_model::operation;

use super::Route;
use super::shared::acting_user_of_query;
use crate::call::{Answer, Call, body};
use crate::store::{blocks, users};
use crate::surface::user;

pub(super) const ROUTE: Route = Route {
    operation: &operation::GET_BLOCKED_USERS,
    handler: get_blocked_users,
};

fn get_blocked_users(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let id = acting_user_of_query(call, tx)?;
    let viewer = call.viewer();
    let mut list = Vec::new();
    for block in blocks::of_user(tx, &id)? {
        let (owner, blocked) = (
            users::find(tx, &block.user_id)?,
            users::find(tx, &block.blocked_user_id)?,
        );
        let (Some(owner), Some(blocked)) = (owner, blocked) else {
            continue;
        };
        list.push(json!({
            "user_id": block.user_id,
            "blocked_user_id": block.blocked_user_id,
            "created_at": viewer.time(block.created_at),
            "user": user(tx, &owner, viewer)?,
            "blocked_user": user(tx, &blocked, viewer)?,
        }));
    }
    Ok(body([("blocks", Value::Array(list))]))
}
