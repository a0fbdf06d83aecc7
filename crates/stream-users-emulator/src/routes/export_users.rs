//! `POST /api/v2/export/users`: starts a task that writes users with their messages and reactions to a file.

use rusqlite::Transaction;
use serde_json::json;
use stream_users_model::operation;

use super::Route;
use super::shared::start_task;
use crate::call::{Answer, Call};
use crate::read::{Fields, Problems, user_ids};

pub(super) const ROUTE: Route = Route {
    operation: &operation::EXPORT_USERS,
    handler: export_users,
};

fn export_users(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let mut problems = Problems::default();
    let mut fields = Fields::new("", &call.body);
    let ids = user_ids(call.operation, &mut fields, &mut problems);
    fields.finish(call.strict(), &mut problems);
    problems.check()?;
    start_task(call, tx, &json!({ "user_ids": ids, "origin": call.origin }))
}
