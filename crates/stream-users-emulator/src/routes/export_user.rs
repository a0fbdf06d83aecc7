//! `GET /api/v2/users/{user_id}/export`: one user with all messages and reactions, at once.

use rusqlite::Transaction;
use serde_json::Value;
use stream_users_model::operation;

use super::Route;
use crate::call::{Answer, Call, body};
use crate::jobs;
use crate::store::users;
use crate::surface::{message, reaction, user};

pub(super) const ROUTE: Route = Route {
    operation: &operation::EXPORT_USER,
    handler: export_user,
};

fn export_user(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let row = users::existing(tx, &call.id)?;
    let viewer = call.viewer();
    let (messages, reactions) = jobs::belongings(tx, &call.id)?;
    let messages: Vec<Value> = messages
        .iter()
        .map(|row| message(tx, row, viewer))
        .collect::<rusqlite::Result<_>>()?;
    let reactions: Vec<Value> = reactions
        .iter()
        .map(|row| reaction(tx, row, viewer))
        .collect::<rusqlite::Result<_>>()?;
    Ok(body([
        ("user", user(tx, &row, viewer)?),
        ("messages", Value::Array(messages)),
        ("reactions", Value::Array(reactions)),
    ]))
}
