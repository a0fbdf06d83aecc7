//! `POST /api/v2/export/users`: starts a task that writes users with their messages and reactions to a file.

use http::Method;
use rusqlite::Transaction;
use serde_json::json;

use super::Route;
use super::shared::start_task;
use crate::auth::Allowed;
use crate::call::{Answer, Call};
use crate::jobs::kind;
use crate::read::{Fields, Problems, user_ids};

pub(super) const ROUTE: Route = Route {
    name: "export_users",
    id: "ExportUsers",
    method: Method::POST,
    path: "/api/v2/export/users",
    allowed: Allowed::Server,
    body: true,
    handler: export_users,
};

fn export_users(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let mut problems = Problems::default();
    let mut fields = Fields::new("", &call.body);
    let ids = user_ids(&mut fields, 25, &mut problems);
    fields.finish(call.strict(), &mut problems);
    problems.check()?;
    start_task(call, tx, kind::EXPORT, &json!({ "user_ids": ids }))
}
