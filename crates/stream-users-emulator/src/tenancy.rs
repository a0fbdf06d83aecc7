//! Which users a client of a multi-tenant app may look for.

use rusqlite::Transaction;
use serde_json::{Map, Value, json};

use crate::app_settings::PermissionVersion;
use crate::auth::Caller;
use crate::call::Call;
use crate::refusal::Refusal;
use crate::store::users;

/// What has to be true besides the conditions of a query, or why the conditions are refused.
///
/// With the first version of permissions the conditions have to name teams of the caller. With the second, those that
/// do not mention teams are limited to the caller's; a caller without teams finds users without teams.
pub(crate) fn limit(
    call: &Call<'_>,
    tx: &Transaction<'_>,
    conditions: &Map<String, Value>,
) -> Result<Option<Map<String, Value>>, Refusal> {
    let settings = call.app_settings;
    if !settings.multi_tenant_enabled || settings.disable_permissions_checks {
        return Ok(None);
    }
    let own = match &call.caller {
        Caller::Server => return Ok(None),
        Caller::Anonymous => Vec::new(),
        Caller::User(id) => users::find(tx, id)?.map(|user| user.teams).unwrap_or_default(),
    };
    if settings.permission_version == PermissionVersion::V1 {
        return check(conditions, &own).map(|()| None);
    }
    if mentions_teams(conditions) {
        return Ok(None);
    }
    let teams = if own.is_empty() {
        Value::Null
    } else {
        json!({ "$in": own })
    };
    Ok(Some(Map::from_iter([("teams".to_owned(), teams)])))
}

/// Refuses conditions that do not limit the query to the teams of the caller.
fn check(conditions: &Map<String, Value>, own: &[String]) -> Result<(), Refusal> {
    let mut tests = Vec::new();
    required(conditions, &mut tests);
    if tests.is_empty() {
        return Err(Refusal::not_allowed(
            "you must include a team filter to use this endpoint client-side",
        ));
    }
    if tests.into_iter().all(|test| is_within(test, own)) {
        return Ok(());
    }
    Err(Refusal::not_allowed(
        "you must filter on teams that are from the same user",
    ))
}

/// The tests of teams that each user who is found has passed.
fn required<'a>(conditions: &'a Map<String, Value>, tests: &mut Vec<&'a Value>) {
    tests.extend(conditions.get("teams"));
    let inner = conditions.get("$and").and_then(Value::as_array);
    for conditions in inner.into_iter().flatten().filter_map(Value::as_object) {
        required(conditions, tests);
    }
}

/// Whether whoever passes the test is in one of the teams, or in none if there are no teams.
fn is_within(test: &Value, own: &[String]) -> bool {
    match test {
        Value::Null => own.is_empty(),
        Value::String(team) => own.contains(team),
        Value::Array(teams) => teams.iter().all(|team| is_within(team, own)),
        Value::Object(operators) => {
            !operators.is_empty() && operators.values().all(|test| is_within(test, own))
        }
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn mentions_teams(conditions: &Map<String, Value>) -> bool {
    conditions.iter().any(|(key, value)| {
        let mut inner = value
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_object);
        key == "teams" || (key.starts_with('$') && inner.any(mentions_teams))
    })
}
