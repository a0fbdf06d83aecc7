//! `DELETE /api/v2/roles/{name}`: removes a role that was added and that nobody has.

use rusqlite::Transaction;
use serde_json::Map;
use stream_users_model::Operation;
use stream_users_model::operation::Method;

use super::Route;
use crate::call::{Answer, Call};
use crate::refusal::Refusal;
use crate::store::roles;

const DELETE_ROLE: Operation = Operation::new(
    "delete_role",
    "DeleteRole",
    Method::Delete,
    "/api/v2/roles/{name}",
);

pub(super) const ROUTE: Route = Route {
    operation: &DELETE_ROLE,
    handler: delete_role,
};

fn delete_role(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let name = &call.id;
    if roles::BUILT_IN.contains(&name.as_str()) {
        return Err(Refusal::input(format!(
            "role \"{name}\" is a built-in role and cannot be deleted"
        )));
    }
    if !roles::exists(tx, name)? {
        return Err(Refusal::input(format!("role \"{name}\" does not exist")));
    }
    if let Some(id) = roles::holder(tx, name)? {
        return Err(Refusal::input(format!(
            "role \"{name}\" cannot be deleted, at least one user is using this role (ie. \"{id}\")"
        )));
    }
    roles::remove(tx, name)?;
    Ok(Map::new())
}
