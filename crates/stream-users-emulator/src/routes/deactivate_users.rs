//! `POST /api/v2/users/deactivate`: starts a task that deactivates many users.

use rusqlite::Transaction;
use serde_json::json;
use stream_users_model::operation;

use super::Route;
use super::shared::start_task;
use crate::call::{Answer, Call};
use crate::read::{Fields, Problems, user_ids};

pub(super) const ROUTE: Route = Route {
    operation: &operation::DEACTIVATE_USERS,
    handler: deactivate_users,
};

fn deactivate_users(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let mut problems = Problems::default();
    let mut fields = Fields::new("", &call.body);
    let input = json!({
        "user_ids": user_ids(call.operation, &mut fields, &mut problems),
        "created_by_id": fields.string("created_by_id", &mut problems),
        "mark_messages_deleted": fields.boolean("mark_messages_deleted", &mut problems),
        "mark_channels_deleted": fields.boolean("mark_channels_deleted", &mut problems),
    });
    fields.finish(call.strict(), &mut problems);
    problems.check()?;
    start_task(call, tx, &input)
}
