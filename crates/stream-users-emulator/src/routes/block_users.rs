//! `POST /api/v2/users/block`: blocks a user for another user.

use rusqlite::Transaction;
use serde_json::json;
use stream_users_model::operation;

use super::Route;
use super::shared::acting_user;
use crate::call::{Answer, Call, body};
use crate::read::{Fields, Problems};
use crate::refusal::Refusal;
use crate::store::{blocks, users};

pub(super) const ROUTE: Route = Route {
    operation: &operation::BLOCK_USERS,
    handler: block_users,
};

fn block_users(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let mut problems = Problems::default();
    let mut fields = Fields::new("", &call.body);
    let blocked = fields.required("blocked_user_id", &mut problems).to_owned();
    let user = acting_user(call, tx, &mut fields, &mut problems)?;
    fields.finish(call.strict(), &mut problems);
    problems.check()?;
    check_block(tx, &user, &blocked)?;
    if call.app.settings.refuse_repeated_block && blocks::find(tx, &user, &blocked)?.is_some() {
        return Err(Refusal::input(format!("the user {blocked} is already blocked")));
    }
    blocks::add(tx, &user, &blocked, call.now)?;
    let created_at = blocks::find(tx, &user, &blocked)?.unwrap_or(call.now);
    Ok(body([
        ("blocked_by_user_id", json!(user)),
        ("blocked_user_id", json!(blocked)),
        ("created_at", call.viewer().time(created_at)),
    ]))
}

/// Refuses a block of oneself, and of a user that is not there.
pub(super) fn check_block(tx: &Transaction<'_>, user: &str, blocked: &str) -> Result<(), Refusal> {
    if user == blocked {
        return Err(Refusal::input("user cannot block themselves"));
    }
    users::existing(tx, blocked).map(|_| ())
}
