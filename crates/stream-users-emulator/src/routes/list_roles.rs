//! `GET /api/v2/roles`: the roles that users may have.

use rusqlite::Transaction;
use serde_json::{Value, json};
use stream_users_model::Operation;
use stream_users_model::operation::Method;

use super::Route;
use crate::call::{Answer, Call, body};
use crate::clock::Nanos;
use crate::store::roles;

const LIST_ROLES: Operation = Operation::new("list_roles", "ListRoles", Method::Get, "/api/v2/roles");

pub(super) const ROUTE: Route = Route {
    operation: &LIST_ROLES,
    handler: list_roles,
};

fn list_roles(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let built_in = roles::BUILT_IN.map(|name| role_json(call, name, None));
    let added = roles::added(tx)?;
    let added = added
        .iter()
        .map(|role| role_json(call, &role.name, Some((role.created_at, role.updated_at))));
    Ok(body([("roles", built_in.into_iter().chain(added).collect())]))
}

/// The contract's `Role`. `times` are those of a role that was added: its creation and its last change. A built-in one
/// has been there since the epoch.
pub(super) fn role_json(call: &Call<'_>, name: &str, times: Option<(Nanos, Nanos)>) -> Value {
    let (created_at, updated_at) = times.unwrap_or_default();
    let scopes: &[&str] = if call.app_settings.is_granted(name) {
        &[".app"]
    } else {
        &[]
    };
    json!({
        "name": name,
        "custom": times.is_some(),
        "scopes": scopes,
        "created_at": call.surface.time(created_at),
        "updated_at": call.surface.time(updated_at),
    })
}
