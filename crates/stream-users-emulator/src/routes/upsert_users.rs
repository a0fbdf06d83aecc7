//! `POST /api/v2/users`: creates users, or replaces those that exist.

use std::collections::HashSet;

use rusqlite::Transaction;
use stream_users_model::{UserId, operation};

use super::Route;
use super::block_users::check_block;
use super::shared::{check_role, check_roles, check_teams_role, check_user, save_if_changed, users_answer};
use crate::auth::Caller;
use crate::call::{Answer, Call};
use crate::clock::Nanos;
use crate::permissions;
use crate::read::{Fields, Problems, UserRequest, check_batch, check_id};
use crate::refusal::Refusal;
use crate::store::users::{self, User};
use crate::store::{blocks, roles};

pub(super) const ROUTE: Route = Route {
    operation: &operation::UPSERT_USERS,
    handler: upsert_users,
};

fn upsert_users(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let mut problems = Problems::default();
    let mut fields = Fields::new("", &call.body);
    let map = fields.object("users", &mut problems);
    let count = map.map_or(0, serde_json::Map::len);
    check_batch(call.operation, count, &mut problems);
    let mut requests = Vec::new();
    for (key, value) in map.into_iter().flatten() {
        let at = format!("users[{key}]");
        // What is wrong with a user names its key, which may be as long as the body.
        if key.len() > UserId::MAX_LEN {
            check_id(&format!("{at}.id"), key, &mut problems);
            continue;
        }
        let Some(map) = value.as_object() else {
            problems.say(&at, "must be an object");
            continue;
        };
        let request = UserRequest::read(&at, map, call.surface, call.strict(), &mut problems);
        if !request.id.is_empty() && request.id != *key {
            problems.say(&format!("{at}.id"), "must be equal to its key");
        }
        requests.push(request);
    }
    fields.finish(call.strict(), &mut problems);
    problems.check()?;
    let (mut written, mut blocks) = (Vec::with_capacity(requests.len()), Vec::new());
    for mut request in requests {
        let blocked = request.blocked_user_ids.take();
        let user = upsert(call, tx, request)?;
        blocks.extend(blocked.map(|blocked| (user.id.clone(), blocked)));
        written.push(user);
    }
    // A user may block one that the same request makes.
    for (id, blocked) in &blocks {
        set_blocked(tx, id, blocked, call.now)?;
    }
    users_answer(call, tx, &written)
}

/// Writes one user, whom the caller may write.
pub(super) fn upsert(
    call: &Call<'_>,
    tx: &Transaction<'_>,
    mut request: UserRequest,
) -> Result<User, Refusal> {
    permissions::check_update(call, tx, &request.id)?;
    let before = users::usable(tx, &request.id)?;
    check_caller(call, tx, &mut request, before.as_ref())?;
    if let Some(role) = &request.role {
        check_role(tx, role)?;
    }
    check_roles(tx, request.teams_role.as_ref())?;
    let known = before.clone().unwrap_or_else(|| User::new(&request.id, call.now));
    let mut user = replace(call, known, request);
    // Older clients write roles of users who are in no team at all, and the service takes them.
    if !user.teams.is_empty() {
        check_teams_role(&user)?;
    }
    check_user(&user)?;
    save_if_changed(call, tx, before.as_ref(), &mut user)?;
    Ok(user)
}

/// Makes the user block these users and no others.
fn set_blocked(tx: &Transaction<'_>, id: &str, blocked: &[String], now: Nanos) -> Result<(), Refusal> {
    let wanted: HashSet<&String> = blocked.iter().collect();
    for known in blocks::ids_of_user(tx, id)? {
        if !wanted.contains(&known) {
            blocks::remove(tx, id, &known)?;
        }
    }
    for other in blocked {
        check_block(tx, id, other)?;
        blocks::add(tx, id, other, now)?;
    }
    Ok(())
}

/// Refuses what the caller may not change of a user that it may write. A client that names no teams, or no roles in
/// teams, says nothing of them.
fn check_caller(
    call: &Call<'_>,
    tx: &Transaction<'_>,
    request: &mut UserRequest,
    before: Option<&User>,
) -> Result<(), Refusal> {
    if call.caller == Caller::Server {
        return Ok(());
    }
    let role = before.map_or(roles::DEFAULT, |user| &user.role);
    if request.role.as_ref().is_some_and(|wanted| wanted != role) {
        permissions::check_role_update(call, tx)?;
    }
    request.teams = request.teams.take().filter(|teams| !teams.is_empty());
    request.teams_role = request.teams_role.take().filter(|roles| !roles.is_empty());
    let teams = before.map(|user| user.teams.as_slice()).unwrap_or_default();
    let roles = before.and_then(|user| user.teams_role.as_ref());
    if request
        .teams
        .as_deref()
        .is_some_and(|wanted| !same(wanted, teams))
        || (request.teams_role.is_some() && request.teams_role.as_ref() != roles)
    {
        permissions::check_teams_update(call, tx)?;
    }
    Ok(())
}

/// Whether two lists without doubles hold the same teams, in whatever order.
fn same(some: &[String], others: &[String]) -> bool {
    some.len() == others.len() && some.iter().all(|team| others.contains(team))
}

/// The user as the request describes it. What the request cannot say stays as it was; so do the role and the teams of which
/// a client says nothing, because they are not for a client to change.
fn replace(call: &Call<'_>, known: User, request: UserRequest) -> User {
    let settings = &call.app.settings;
    let by_client = call.caller != Caller::Server;
    let role = request.role.unwrap_or_else(|| {
        if by_client || settings.upsert_keeps_role {
            known.role.clone()
        } else {
            roles::DEFAULT.to_owned()
        }
    });
    let keeps = by_client || settings.upsert_keeps_teams;
    let changes_teams = request.teams.is_some();
    let teams = request
        .teams
        .unwrap_or_else(|| if keeps { known.teams.clone() } else { Vec::new() });
    let teams_role = request.teams_role.or_else(|| {
        let mut roles = known.teams_role.clone().filter(|_| keeps)?;
        roles.retain(|team, _| !changes_teams || teams.contains(team));
        Some(roles)
    });
    let mut privacy = request.privacy_settings;
    if settings.upsert_merges_privacy_settings {
        let mut merged = known.privacy_settings.clone().unwrap_or_default();
        merged.extend(privacy.unwrap_or_default());
        privacy = Some(merged).filter(|merged| !merged.is_empty());
    }
    User {
        name: request.name,
        image: request.image,
        role,
        language: request.language.unwrap_or_default(),
        invisible: request.invisible.unwrap_or(false),
        teams,
        teams_role: teams_role.filter(|roles| !roles.is_empty()),
        privacy_settings: privacy,
        custom: request.custom,
        ..known
    }
}
