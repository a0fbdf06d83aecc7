//! `POST /api/v2/roles`: adds a role that users may have.

use rusqlite::Transaction;
use stream_users_model::Operation;
use stream_users_model::operation::Method;

use super::Route;
use super::list_roles::role_json;
use crate::call::{Answer, Call, body};
use crate::read::{Fields, Problems};
use crate::refusal::Refusal;
use crate::store::roles;

const CREATE_ROLE: Operation =
    Operation::new("create_role", "CreateRole", Method::Post, "/api/v2/roles").with_body();

pub(super) const ROUTE: Route = Route {
    operation: &CREATE_ROLE,
    handler: create_role,
};

/// The longest name of a role, in characters.
const LONGEST: usize = 64;

fn create_role(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let mut problems = Problems::default();
    let mut fields = Fields::new("", &call.body);
    let name = fields.required("name", &mut problems);
    if name.chars().count() > LONGEST {
        problems.say("name", &format!("must be {LONGEST} or less"));
    }
    fields.finish(call.strict(), &mut problems);
    problems.check()?;
    if roles::exists(tx, name)? {
        return Err(Refusal::input(format!("role \"{name}\" already exists")));
    }
    roles::add(tx, name, call.now)?;
    Ok(body([(
        "role",
        role_json(call, name, Some((call.now, call.now))),
    )]))
}
