//! `GET /hi`: what older clients call first, to have a connection when they need one.

use rusqlite::Transaction;
use serde_json::Map;
use stream_users_model::Operation;
use stream_users_model::operation::{Caller, Method};

use super::Route;
use crate::call::{Answer, Call};

const OPERATION: Operation = Operation::new("hi", "Hi", Method::Get, "/hi").caller(Caller::Anyone);

pub(super) const ROUTE: Route = Route {
    operation: &OPERATION,
    handler: hi,
};

#[expect(clippy::unnecessary_wraps, reason = "all routes have the same type")]
fn hi(_: &Call<'_>, _: &Transaction<'_>) -> Answer {
    Ok(Map::new())
}
