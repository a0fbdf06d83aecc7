//! `POST /api/v2/users/restore`: brings softly deleted users back, all of them or none.

use rusqlite::Transaction;
use serde_json::Map;
use stream_users_model::operation;

use super::Route;
use crate::call::{Answer, Call};
use crate::read::{Fields, Problems, user_ids};
use crate::store::deletion;

pub(super) const ROUTE: Route = Route {
    operation: &operation::RESTORE_USERS,
    handler: restore_users,
};

fn restore_users(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let mut problems = Problems::default();
    let mut fields = Fields::new("", &call.body);
    let ids = user_ids(call.operation, &mut fields, &mut problems);
    fields.finish(call.strict(), &mut problems);
    problems.check()?;
    for id in &ids {
        deletion::restore(tx, id, call.now)?;
    }
    Ok(Map::new())
}
