//! `GET /api/v2/devices`: the devices of a user, the newest first.

use rusqlite::Transaction;
use serde_json::Value;
use stream_users_model::Operation;
use stream_users_model::operation::{Caller, Method};

use super::Route;
use super::shared::acting_user_of_query;
use crate::call::{Answer, Call, body};
use crate::store::devices;
use crate::surface::device;

const OPERATION: Operation = Operation::new("list_devices", "ListDevices", Method::Get, "/api/v2/devices")
    .with_query(&["user_id"])
    .caller(Caller::User);

pub(super) const ROUTE: Route = Route {
    operation: &OPERATION,
    handler: list_devices,
};

fn list_devices(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let id = acting_user_of_query(call, tx)?;
    let list: Vec<Value> = devices::of_user(tx, &id)?
        .iter()
        .map(|row| device(row, call.viewer()))
        .collect();
    Ok(body([("devices", Value::Array(list))]))
}
