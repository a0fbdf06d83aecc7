//! `PATCH /api/v2/app`: changes settings of the app.

use rusqlite::Transaction;
use serde_json::Map;
use stream_users_model::Operation;
use stream_users_model::operation::Method;

use super::Route;
use crate::app_settings;
use crate::call::{Answer, Call};
use crate::live::closing;
use crate::read::Problems;

const UPDATE_APP: Operation =
    Operation::new("update_app", "UpdateApp", Method::Patch, "/api/v2/app").with_body();

pub(super) const ROUTE: Route = Route {
    operation: &UPDATE_APP,
    handler: update_app,
};

fn update_app(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let mut problems = Problems::default();
    let changes = app_settings::read(&call.body, call.now, &mut problems);
    problems.check()?;
    app_settings::save(tx, &call.app.settings.app, &changes)?;
    if changes.contains_key("revoke_tokens_issued_before") {
        closing::check_all(tx, call.app, call.app.hub.all())?;
    }
    Ok(Map::new())
}
