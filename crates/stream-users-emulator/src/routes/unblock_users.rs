//! `POST /api/v2/users/unblock`: takes a block back.

use rusqlite::Transaction;
use serde_json::Map;
use stream_users_model::operation;

use super::Route;
use super::shared::acting_user;
use crate::call::{Answer, Call};
use crate::read::{Fields, Problems};
use crate::refusal::Refusal;
use crate::store::blocks;

pub(super) const ROUTE: Route = Route {
    operation: &operation::UNBLOCK_USERS,
    handler: unblock_users,
};

fn unblock_users(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let mut problems = Problems::default();
    let mut fields = Fields::new("", &call.body);
    let blocked = fields.required("blocked_user_id", &mut problems).to_owned();
    let user = acting_user(call, tx, &mut fields, &mut problems)?;
    fields.finish(call.strict(), &mut problems);
    problems.check()?;
    if !blocks::remove(tx, &user, &blocked)? && call.app.settings.refuse_unblock_of_unblocked {
        return Err(Refusal::not_found(format!("the user {blocked} is not blocked")));
    }
    Ok(Map::new())
}
