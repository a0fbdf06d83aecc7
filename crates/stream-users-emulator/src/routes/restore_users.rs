//! `POST /api/v2/users/restore`: brings softly deleted users back, all of them or none.

use http::Method;
use rusqlite::Transaction;
use serde_json::Map;

use super::Route;
use crate::auth::Allowed;
use crate::call::{Answer, Call};
use crate::read::{Fields, Problems, user_ids};
use crate::store::deletion;

pub(super) const ROUTE: Route = Route {
    name: "restore_users",
    id: "RestoreUsers",
    method: Method::POST,
    path: "/api/v2/users/restore",
    allowed: Allowed::Server,
    body: true,
    handler: restore_users,
};

fn restore_users(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let mut problems = Problems::default();
    let mut fields = Fields::new("", &call.body);
    let ids = user_ids(&mut fields, 100, &mut problems);
    fields.finish(call.strict(), &mut problems);
    problems.check()?;
    for id in &ids {
        deletion::restore(tx, id, call.now)?;
    }
    Ok(Map::new())
}
