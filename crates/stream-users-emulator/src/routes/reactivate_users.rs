//! `POST /api/v2/users/reactivate`: starts a task that brings many deactivated users back.

use rusqlite::Transaction;
use serde_json::json;
use stream_users_model::operation;

use super::Route;
use super::shared::start_task;
use crate::call::{Answer, Call};
use crate::read::{Fields, Problems, user_ids};

pub(super) const ROUTE: Route = Route {
    operation: &operation::REACTIVATE_USERS,
    handler: reactivate_users,
};

fn reactivate_users(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let mut problems = Problems::default();
    let mut fields = Fields::new("", &call.body);
    let input = json!({
        "user_ids": user_ids(call.operation, &mut fields, &mut problems),
        "created_by_id": fields.string("created_by_id", &mut problems),
        "restore_messages": fields.boolean("restore_messages", &mut problems),
        "restore_channels": fields.boolean("restore_channels", &mut problems),
    });
    fields.finish(call.strict(), &mut problems);
    problems.check()?;
    start_task(call, tx, &input)
}
