//! What several routes do in the same way.

use rusqlite::Transaction;
use serde_json::{Map, Value, json};
use stream_users_model::ErrorCode;

use super::upsert_users::upsert;
use crate::auth::Caller;
use crate::call::{Call, body};
use crate::events::{Event, emit};
use crate::read::{DEEPEST, Fields, Problems, UserRequest, can_be_kept, check_id};
use crate::refusal::Refusal;
use crate::store::roles;
use crate::store::tasks;
use crate::store::unique_names;
use crate::store::users::{self, User};
use crate::surface::full_users;

/// The largest user, as JSON, in bytes.
const LARGEST_USER: usize = 5 * 1024;

/// Refuses a role that is not defined.
pub(super) fn check_role(tx: &Transaction<'_>, role: &str) -> Result<(), Refusal> {
    if roles::exists(tx, role)? {
        Ok(())
    } else {
        Err(Refusal::input(format!(
            "role \"{role}\" provided but not defined"
        )))
    }
}

/// Refuses roles in teams that are not defined.
pub(super) fn check_roles(tx: &Transaction<'_>, roles: Option<&Map<String, Value>>) -> Result<(), Refusal> {
    let mut roles = roles.into_iter().flat_map(Map::values).filter_map(Value::as_str);
    roles.try_for_each(|role| check_role(tx, role))
}

/// Refuses a user who has a role in a team that it is not in.
pub(super) fn check_teams_role(user: &User) -> Result<(), Refusal> {
    let mut teams = user.teams_role.iter().flat_map(Map::keys);
    if let Some(team) = teams.find(|team| !user.teams.contains(team)) {
        let id = &user.id;
        return Err(Refusal::input(format!(
            "users[{id}].teams_role names the team \"{team}\" that the user is not in"
        )));
    }
    Ok(())
}

/// Refuses a user that is too large or whose custom data cannot be queried.
pub(super) fn check_user(user: &User) -> Result<(), Refusal> {
    check_custom(&format!("users[{}]", user.id), &user.custom)?;
    if size(user) > LARGEST_USER {
        return Err(Refusal::new(
            http::StatusCode::PAYLOAD_TOO_LARGE,
            ErrorCode::PAYLOAD_TOO_BIG,
            format!("users[{}] is larger than 5 KB", user.id),
        ));
    }
    Ok(())
}

/// How long a user is as JSON: everything that a request can set and that has no size of its own.
fn size(user: &User) -> usize {
    #[derive(serde::Serialize)]
    struct Measured<'a> {
        id: &'a str,
        name: Option<&'a str>,
        image: Option<&'a str>,
        role: &'a str,
        language: &'a str,
        teams: &'a [String],
        teams_role: Option<&'a Map<String, Value>>,
        privacy_settings: Option<&'a Map<String, Value>>,
        push_notifications: Option<&'a Map<String, Value>>,
        custom: &'a Map<String, Value>,
    }
    let mut length = Length(0);
    let measured = Measured {
        id: &user.id,
        name: user.name.as_deref(),
        image: user.image.as_deref(),
        role: &user.role,
        language: &user.language,
        teams: &user.teams,
        teams_role: user.teams_role.as_ref(),
        privacy_settings: user.privacy_settings.as_ref(),
        push_notifications: user.push_notifications.as_ref(),
        custom: &user.custom,
    };
    // Nothing of this can fail to be JSON.
    serde_json::to_writer(&mut length, &measured).map_or(usize::MAX, |()| length.0)
}

/// Counts what is written to it.
struct Length(usize);

impl std::io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Refuses custom data, of what stands at `at`, that cannot be queried.
pub(super) fn check_custom(at: &str, custom: &Map<String, Value>) -> Result<(), Refusal> {
    if custom.iter().all(|(key, value)| can_be_kept(key, value)) {
        return Ok(());
    }
    Err(Refusal::input(format!(
        "{at}.custom is nested deeper than {DEEPEST} levels or has a key with a NUL character"
    )))
}

/// Writes the user, and says so, if the request has changed it; `before` is how it was, if it was.
pub(super) fn save_if_changed(
    call: &Call<'_>,
    tx: &Transaction<'_>,
    before: Option<&User>,
    user: &mut User,
) -> Result<(), Refusal> {
    if before != Some(&*user) {
        unique_names::check(tx, call.app_settings.unique_names, before, user)?;
        user.updated_at = call.now;
        users::save(tx, user)?;
        emit(tx, &Event::UserUpdated(user), call.now)?;
    }
    Ok(())
}

/// The answer of the operations that write users.
pub(super) fn users_answer(
    call: &Call<'_>,
    tx: &Transaction<'_>,
    written: &[User],
) -> Result<Map<String, Value>, Refusal> {
    let shown = full_users(tx, written, call.viewer(), call.now)?;
    let ids = written.iter().map(|user| user.id.clone());
    let map: Map<String, Value> = ids.zip(shown).collect();
    Ok(body([
        ("users", Value::Object(map)),
        ("membership_deletion_task_id", json!("")),
    ]))
}

/// Who acts: the token's user, or for a server whoever the body names in `user_id`, or describes in `user`, who is made if
/// there is no such user yet.
pub(super) fn acting_user(
    call: &Call<'_>,
    tx: &Transaction<'_>,
    fields: &mut Fields<'_>,
    problems: &mut Problems,
) -> Result<String, Refusal> {
    let id = fields.string("user_id", problems).filter(|id| !id.is_empty());
    let user = fields.object("user", problems);
    if let Caller::User(own) = &call.caller {
        let named = id.or_else(|| user?.get("id")?.as_str());
        if named.is_some_and(|named| named != own) {
            return Err(Refusal::another_user());
        }
        users::usable(tx, own)?.ok_or_else(|| Refusal::unknown_user(own))?;
        return Ok(own.clone());
    }
    match (id, user) {
        (Some(_), Some(_)) => Err(Refusal::user_twice()),
        (Some(id), None) => {
            users::usable(tx, id)?.ok_or_else(|| Refusal::unknown_user(id))?;
            Ok(id.to_owned())
        }
        (None, Some(map)) => {
            let request = UserRequest::read("user", map, call.surface, call.strict(), problems);
            let id = request.id.clone();
            if problems.list().is_empty() && users::usable(tx, &id)?.is_none() {
                upsert(call, tx, request)?;
            }
            Ok(id)
        }
        (None, None) => Err(missing_acting_user()),
    }
}

/// Makes the user who is about to act, if there is none of its id: the token's, or the one that a server names in
/// `user_id`.
pub(super) fn ensure_acting_user(
    call: &Call<'_>,
    tx: &Transaction<'_>,
    fields: &mut Fields<'_>,
    problems: &mut Problems,
) -> Result<(), Refusal> {
    let named = fields.string("user_id", problems).filter(|id| !id.is_empty());
    let id = match &call.caller {
        Caller::User(own) => Some(own.as_str()),
        Caller::Server | Caller::Anonymous => named,
    };
    let Some(id) = id.filter(|_| problems.list().is_empty()) else {
        return Ok(());
    };
    if users::usable(tx, id)?.is_none() {
        check_id("user_id", id, problems);
        save_if_changed(call, tx, None, &mut User::new(id, call.now))?;
    }
    Ok(())
}

/// Who acts where the query names it: the token's user, or for a server the parameter `user_id`.
pub(super) fn acting_user_of_query(call: &Call<'_>, tx: &Transaction<'_>) -> Result<String, Refusal> {
    if let Caller::User(own) = &call.caller {
        return Ok(own.clone());
    }
    let id = call.query.text("user_id").ok_or_else(missing_acting_user)?;
    users::usable(tx, id)?.ok_or_else(|| Refusal::unknown_user(id))?;
    Ok(id.to_owned())
}

fn missing_acting_user() -> Refusal {
    Refusal::input("either user or user_id must be provided when using server side auth.")
}

/// Starts a task of the operation's kind and answers with its id.
pub(super) fn start_task(
    call: &Call<'_>,
    tx: &Transaction<'_>,
    input: &Value,
) -> Result<Map<String, Value>, Refusal> {
    let id = tasks::start(
        tx,
        call.operation.name,
        input,
        call.app.settings.task_latency,
        call.task_fault.map(|fault| json!(fault)),
        call.now,
    )?;
    call.app.wake.notify_one();
    Ok(body([("task_id", json!(id))]))
}
