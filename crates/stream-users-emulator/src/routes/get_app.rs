//! `GET /api/v2/app`: the app's settings.

use rusqlite::Transaction;
use serde_json::Value;
use stream_users_model::Operation;
use stream_users_model::operation::{Caller as Allowed, Method};

use super::Route;
use crate::app_settings;
use crate::auth::Caller;
use crate::call::{Answer, Call, body};

const GET_APP: Operation =
    Operation::new("get_app", "GetApp", Method::Get, "/api/v2/app").caller(Allowed::User);

pub(super) const ROUTE: Route = Route {
    operation: &GET_APP,
    handler: get_app,
};

fn get_app(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let start = &call.app.settings.app;
    let app = match call.caller {
        Caller::Server => app_settings::for_servers(tx, start, call.surface)?,
        Caller::User(_) | Caller::Anonymous => app_settings::for_clients(tx, start, call.surface)?,
    };
    Ok(body([("app", Value::Object(app))]))
}
