//! `PATCH /api/v2/users`: sets and unsets single fields of users. Custom fields stand at the top level of `set`.

use rusqlite::Transaction;
use serde_json::{Map, Value};
use stream_users_model::operation;

use super::Route;
use super::shared::{check_role, check_roles, check_teams_role, check_user, save_if_changed, users_answer};
use crate::auth::Caller;
use crate::call::{Answer, Call};
use crate::permissions;
use crate::read::{
    DEEPEST, Fields, Problems, RESERVED, USER_FIELDS, check_batch, check_id, parse_revocation,
    read_privacy_settings, read_teams, read_teams_role,
};
use crate::refusal::Refusal;
use crate::store::roles;
use crate::store::users::{self, User};

pub(super) const ROUTE: Route = Route {
    operation: &operation::UPDATE_USERS_PARTIAL,
    handler: update_users_partial,
};

/// What is asked for one user.
struct Update<'a> {
    id: String,
    set: Option<&'a Map<String, Value>>,
    unset: Vec<String>,
}

fn update_users_partial(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let mut problems = Problems::default();
    let mut fields = Fields::new("", &call.body);
    let list = fields.array("users", &mut problems);
    let count = list.map_or(0, Vec::len);
    check_batch(call.operation, count, &mut problems);
    let mut updates = Vec::new();
    for (index, value) in list.into_iter().flatten().enumerate() {
        let at = format!("users[{index}]");
        match value.as_object() {
            Some(map) => updates.push(read(&at, map, call.strict(), &mut problems)),
            None => problems.say(&at, "must be an object"),
        }
    }
    fields.finish(call.strict(), &mut problems);
    problems.check()?;
    let mut written: Vec<User> = Vec::with_capacity(updates.len());
    for update in &updates {
        let user = apply(call, tx, update)?;
        written.retain(|earlier| earlier.id != user.id);
        written.push(user);
    }
    users_answer(call, tx, &written)
}

fn read<'a>(at: &str, map: &'a Map<String, Value>, strict: bool, problems: &mut Problems) -> Update<'a> {
    let mut fields = Fields::new(at, map);
    let before = problems.list().len();
    let id = fields.string("id", problems).unwrap_or_default().to_owned();
    if problems.list().len() == before {
        check_id(&fields.path("id"), &id, problems);
    }
    // An id that cannot be one may be as long as the body.
    let named = format!("users[{id}]");
    let at = if problems.list().len() == before {
        &named
    } else {
        at
    };
    let set = fields.object("set", problems);
    let unset = fields.strings("unset", problems).unwrap_or_default();
    fields.finish(strict, problems);
    for key in set.into_iter().flat_map(Map::keys).chain(&unset) {
        check_key(at, key, problems);
    }
    Update { id, set, unset }
}

/// A key may not start or end with a dot, and may hold neither two dots in a row nor a space, nor lead
/// deeper than custom data may be nested, nor into a field that has no inside.
fn check_key(at: &str, key: &str, problems: &mut Problems) {
    let root = root(key);
    let has_inside = !USER_FIELDS.contains(&root) || matches!(root, "privacy_settings" | "teams_role");
    if key.split('.').any(str::is_empty)
        || key.contains(char::is_whitespace)
        || key.split('.').count() > DEEPEST
        || (key != root && !has_inside)
    {
        problems.add(
            format!("{at}.{key}"),
            format!("{at} contains the invalid key \"{key}\""),
        );
    } else if RESERVED.contains(&root) || matches!(key, "id" | "blocked_user_ids") {
        problems.say(&format!("{at}.{key}"), "is a reserved field");
    }
}

fn apply(call: &Call<'_>, tx: &Transaction<'_>, update: &Update<'_>) -> Result<User, Refusal> {
    let settings = &call.app.settings;
    let keys = update.set.into_iter().flat_map(Map::keys).chain(&update.unset);
    check_caller(call, tx, &update.id, keys)?;
    let Some(before) = users::usable(tx, &update.id)? else {
        let refusal = Refusal::unknown_user(&update.id);
        let not_found = settings.partial_update_of_unknown_is_not_found;
        return Err(if not_found {
            refusal
        } else {
            Refusal::input(refusal.text)
        });
    };
    let mut user = before.clone();
    let mut problems = Problems::default();
    for (key, value) in update.set.into_iter().flatten() {
        set(&mut user, key, value, &mut problems);
    }
    for key in &update.unset {
        unset(&mut user, key, &mut problems);
    }
    problems.check()?;
    if user.role != before.role {
        check_role(tx, &user.role)?;
    }
    let sets_roles = update
        .set
        .is_some_and(|set| set.keys().any(|key| root(key) == "teams_role"));
    if sets_roles {
        check_roles(tx, user.teams_role.as_ref())?;
        check_teams_role(&user)?;
    } else if let Some(roles) = user.teams_role.as_mut().filter(|_| user.teams != before.teams) {
        roles.retain(|team, _| user.teams.contains(team));
    }
    user.teams_role = user.teams_role.take().filter(|roles| !roles.is_empty());
    check_user(&user)?;
    save_if_changed(call, tx, Some(&before), &mut user)?;
    Ok(user)
}

fn root(key: &str) -> &str {
    key.split('.').next().unwrap_or_default()
}

/// Refuses what the caller may not change.
fn check_caller<'a>(
    call: &Call<'_>,
    tx: &Transaction<'_>,
    id: &str,
    keys: impl Iterator<Item = &'a String>,
) -> Result<(), Refusal> {
    if call.caller == Caller::Server {
        return Ok(());
    }
    permissions::check_update(call, tx, id)?;
    for key in keys {
        match root(key) {
            "role" => permissions::check_role_update(call, tx)?,
            "teams" | "teams_role" => permissions::check_teams_update(call, tx)?,
            "revoke_tokens_issued_before" => permissions::check_revocation(call, tx)?,
            _ => {}
        }
    }
    Ok(())
}

/// Sets one field. Null clears a built-in field and is a value of a custom one.
fn set(user: &mut User, key: &str, value: &Value, problems: &mut Problems) {
    let path = format!("users[{}].{key}", user.id);
    let text = |problems: &mut Problems| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        _ => {
            problems.wrong_type(&path, value, "string");
            None
        }
    };
    match key {
        "name" => user.name = text(problems),
        "image" => user.image = text(problems),
        "language" => user.language = text(problems).unwrap_or_default(),
        "role" => {
            user.role = text(problems)
                .filter(|role| !role.is_empty())
                .unwrap_or_else(|| roles::DEFAULT.to_owned());
        }
        "invisible" => match value {
            Value::Bool(flag) => user.invisible = *flag,
            Value::Null => user.invisible = false,
            _ => problems.wrong_type(&path, value, "boolean"),
        },
        "revoke_tokens_issued_before" => {
            user.revoke_tokens_issued_before = parse_revocation(value);
            if !value.is_null() && user.revoke_tokens_issued_before.is_none() {
                problems.wrong_type(&path, value, "date");
            }
        }
        "teams" => {
            let teams = if value.is_null() {
                None
            } else {
                read_teams(&path, value, problems)
            };
            user.teams = teams.unwrap_or_default();
        }
        _ => set_inside(user, key, &path, value, problems),
    }
}

/// Sets a field that may be a path into an object: privacy settings, roles in teams (whose names may hold dots), custom
/// data.
fn set_inside(user: &mut User, key: &str, path: &str, value: &Value, problems: &mut Problems) {
    let (root, rest) = key.split_once('.').unwrap_or((key, ""));
    match root {
        "privacy_settings" => {
            let mut settings = Value::Object(user.privacy_settings.take().unwrap_or_default());
            match (rest, value) {
                ("", Value::Null) => return,
                ("", value) => merge(&mut settings, value),
                (rest, value) => put(&mut settings, rest, value),
            }
            user.privacy_settings =
                read_privacy_settings(path, &settings, problems).filter(|settings| !settings.is_empty());
        }
        "teams_role" => match (rest, value) {
            ("", Value::Null) => user.teams_role = None,
            ("", value) => user.teams_role = read_teams_role(path, value, problems),
            (team, Value::String(_)) => {
                let roles = user.teams_role.get_or_insert_default();
                roles.insert(team.to_owned(), value.clone());
            }
            (_, value) => problems.wrong_type(path, value, "string"),
        },
        _ => {
            let mut custom = Value::Object(std::mem::take(&mut user.custom));
            put(&mut custom, key, value);
            if let Value::Object(map) = custom {
                user.custom = map;
            }
        }
    }
}

/// Removes one field. Where the key is a path, the objects around it stay, empty or not.
fn unset(user: &mut User, key: &str, problems: &mut Problems) {
    let (root, rest) = key.split_once('.').unwrap_or((key, ""));
    match (root, rest) {
        (
            "name"
            | "image"
            | "language"
            | "role"
            | "invisible"
            | "teams"
            | "revoke_tokens_issued_before"
            | "privacy_settings"
            | "teams_role",
            "",
        ) => set(user, key, &Value::Null, problems),
        ("privacy_settings", rest) => {
            let mut settings = user.privacy_settings.take().unwrap_or_default();
            remove_from(Some(&mut settings), rest);
            // A setting that says nothing is none.
            settings.retain(|_, setting| setting.get("enabled").is_some());
            user.privacy_settings = Some(settings).filter(|settings| !settings.is_empty());
        }
        ("teams_role", team) => {
            user.teams_role.as_mut().and_then(|roles| roles.remove(team));
        }
        _ => remove_from(Some(&mut user.custom), key),
    }
}

/// Lays one object over another, deeply.
fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}

/// Puts a value at a dotted path; what is in the way and no object is replaced by one.
fn put(object: &mut Value, path: &str, value: &Value) {
    let mut at = object;
    for key in path.split('.') {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        let Value::Object(map) = at else { return };
        at = map.entry(key.to_owned()).or_insert(Value::Null);
    }
    *at = value.clone();
}

/// Removes what is at a dotted path, if anything is.
fn remove_from(map: Option<&mut Map<String, Value>>, path: &str) {
    let Some(map) = map else { return };
    match path.split_once('.') {
        None => {
            map.remove(path);
        }
        Some((key, rest)) => remove_from(map.get_mut(key).and_then(Value::as_object_mut), rest),
    }
}
