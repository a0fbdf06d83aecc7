//! `GET /connect` and `GET /api/v2/connect`: where WebSockets begin. What a WebSocket is and does stands in
//! [`live`](crate::live); here is what connecting does to a user, and what is said to a request that asks for none.

use rusqlite::Transaction;
use serde_json::{Map, Value};
use stream_users_model::Operation;
use stream_users_model::operation::{Caller, Method};

use super::Route;
use super::shared::{check_user, save_if_changed};
use crate::call::{Answer, Call};
use crate::read::{Problems, RESERVED, UserRequest};
use crate::refusal::Refusal;
use crate::store::users::{self, User};

/// Connecting, over a WebSocket.
pub(crate) const CONNECT: Operation =
    Operation::new("connect", "Connect", Method::Get, "/api/v2/connect").caller(Caller::Anyone);

pub(super) const ROUTE: Route = Route {
    operation: &CONNECT,
    handler: connect,
};

fn connect(_: &Call<'_>, _: &Transaction<'_>) -> Answer {
    Err(Refusal::input(
        "this is a WebSocket and the request asks for none; it needs the headers of RFC 6455 and a socket, or use longpoll",
    ))
}

/// The reserved fields that a client may not send when it connects. Others come with users that the service has
/// answered, guests above all, and mean nothing.
const REFUSED: [&str; 6] = [
    "created_at",
    "updated_at",
    "deleted_at",
    "deactivated_at",
    "last_active",
    "online",
];

/// Where the user stands in what a client says.
const DETAILS: &str = "user_details";

/// Writes the user `own` who connects: what the client says of it is added to what is known, and the rest stays as it is.
/// It is online from now on, which is no change of the user.
pub(crate) fn merge(call: &Call<'_>, tx: &Transaction<'_>, own: &str) -> Result<User, Refusal> {
    let details = details(call, own)?;
    let mut problems = Problems::default();
    let ignored = |name: &str| RESERVED.contains(&name) && !REFUSED.contains(&name);
    let details = details.into_iter().filter(|(name, _)| !ignored(name)).collect();
    let request = UserRequest::read(DETAILS, &details, call.surface, call.strict(), &mut problems);
    problems.check()?;
    let mut before = users::usable(tx, own)?;
    let mut user = before.clone().unwrap_or_else(|| User::new(own, call.now));
    for user in before.iter_mut().chain([&mut user]) {
        user.online = true;
        user.last_active = Some(call.now);
    }
    check_teams(&user, &request)?;
    // The role is not a client's to say.
    user.name = request.name.or(user.name);
    user.image = request.image.or(user.image);
    user.language = request.language.unwrap_or(user.language);
    user.invisible = request.invisible.unwrap_or(user.invisible);
    if let Some(settings) = request.privacy_settings {
        user.privacy_settings.get_or_insert_default().extend(settings);
    }
    user.custom.extend(request.custom);
    check_user(&user)?;
    save_if_changed(call, tx, before.as_ref(), &mut user)?;
    Ok(user)
}

/// What the client says of itself, with the id of the token's user, whom it has to be.
fn details(call: &Call<'_>, own: &str) -> Result<Map<String, Value>, Refusal> {
    let mut problems = Problems::default();
    let mut fields = crate::read::Fields::new("", &call.body);
    let named = fields
        .string("user_id", &mut problems)
        .filter(|id| !id.is_empty());
    let details = fields.object(DETAILS, &mut problems);
    if details.is_none() && named.is_none() && problems.list().is_empty() {
        problems.say(DETAILS, "is a required field");
    }
    problems.check()?;
    let mut details = details.cloned().unwrap_or_default();
    if let Some(named) = named {
        let id = details.entry("id").or_insert_with(|| named.into());
        if named != own || id != own {
            return Err(Refusal::another_user());
        }
    }
    if details
        .get("id")
        .and_then(Value::as_str)
        .is_some_and(|id| id != own)
    {
        return Err(Refusal::another_user());
    }
    Ok(details)
}

/// Refuses a user who is to be in other teams than it is.
fn check_teams(user: &User, request: &UserRequest) -> Result<(), Refusal> {
    let teams = request.teams.as_deref().unwrap_or_default();
    let same = teams.len() == user.teams.len() && teams.iter().all(|team| user.teams.contains(team));
    let roles = request.teams_role.as_ref().filter(|roles| !roles.is_empty());
    if (teams.is_empty() || same) && (roles.is_none() || roles == user.teams_role.as_ref()) {
        return Ok(());
    }
    Err(Refusal::input("user teams cannot be changed at connection time"))
}
