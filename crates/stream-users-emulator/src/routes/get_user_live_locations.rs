//! `GET /api/v2/users/live_locations`: the live locations that a user shares now.

use rusqlite::Transaction;
use serde_json::Value;
use stream_users_model::operation;

use super::Route;
use super::shared::acting_user_of_query;
use crate::call::{Answer, Call, body};
use crate::store::locations;
use crate::surface::shared_location;

pub(super) const ROUTE: Route = Route {
    operation: &operation::GET_USER_LIVE_LOCATIONS,
    handler: get_user_live_locations,
};

fn get_user_live_locations(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let id = acting_user_of_query(call, tx)?;
    let list = locations::live_of_user(tx, &id, call.now)?
        .iter()
        .map(|row| shared_location(tx, row, call.viewer()).map(Value::Object))
        .collect::<rusqlite::Result<Vec<Value>>>()?;
    Ok(body([("active_live_locations", Value::Array(list))]))
}
