//! `POST /api/v2/chat/sync`: what has happened in channels since a client was last there. Events of channels are not
//! kept, so that nothing ever has.

use rusqlite::Transaction;
use serde_json::json;
use stream_users_model::Operation;
use stream_users_model::operation::{Caller, Method};

use super::Route;
use crate::call::{Answer, Call, body};
use crate::read::{Fields, Problems, check_batch};

const OPERATION: Operation = Operation::new("sync", "Sync", Method::Post, "/api/v2/chat/sync")
    .with_body()
    .with_fields(&[("channel_cids", true), ("last_sync_at", true)])
    .batch("channel_cids", 255)
    .caller(Caller::User);

pub(super) const ROUTE: Route = Route {
    operation: &OPERATION,
    handler: sync,
};

fn sync(call: &Call<'_>, _: &Transaction<'_>) -> Answer {
    let mut problems = Problems::default();
    let mut fields = Fields::new("", &call.body);
    let count = fields
        .strings("channel_cids", &mut problems)
        .map_or(0, |cids| cids.len());
    check_batch(call.operation, count, &mut problems);
    let complete = fields.value("last_sync_at").is_some();
    fields.time("last_sync_at", &mut problems);
    if !complete {
        problems.say("last_sync_at", "is a required field");
    }
    fields.finish(call.strict(), &mut problems);
    problems.check()?;
    Ok(body([("events", json!([]))]))
}
