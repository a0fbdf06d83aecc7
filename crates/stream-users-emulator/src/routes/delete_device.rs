//! `DELETE /api/v2/devices`: removes a device of a user.

use rusqlite::Transaction;
use serde_json::Map;
use stream_users_model::Operation;
use stream_users_model::operation::{Caller, Method};

use super::Route;
use super::shared::acting_user_of_query;
use crate::call::{Answer, Call};
use crate::read::Problems;
use crate::refusal::Refusal;
use crate::store::devices;

const OPERATION: Operation =
    Operation::new("delete_device", "DeleteDevice", Method::Delete, "/api/v2/devices")
        .with_query(&["id", "user_id"])
        .caller(Caller::User);

pub(super) const ROUTE: Route = Route {
    operation: &OPERATION,
    handler: delete_device,
};

fn delete_device(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let mut problems = Problems::default();
    let id = call.query.text("id").unwrap_or_default();
    if id.is_empty() {
        problems.say("id", "is a required field");
    }
    problems.check()?;
    let user = acting_user_of_query(call, tx)?;
    if devices::remove(tx, &user, id)? {
        return Ok(Map::new());
    }
    Err(Refusal::not_found(format!(
        "the user {user} has no device \"{id}\""
    )))
}
