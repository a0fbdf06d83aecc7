//! `POST /api/v2/guest`: creates a guest and the token to act as it. No token is needed for it.

use rusqlite::Transaction;
use serde_json::json;
use stream_users_model::operation;

use super::Route;
use super::shared::{check_user, save_if_changed};
use crate::auth::user_token;
use crate::call::{Answer, Call, body};
use crate::read::{Fields, Problems, UserRequest, check_id};
use crate::refusal::Refusal;
use crate::settings::GuestIds;
use crate::store::users::{self, User};
use crate::surface::{Viewer, user};
use crate::usage;

pub(super) const ROUTE: Route = Route {
    operation: &operation::CREATE_GUEST,
    handler: create_guest,
};

fn create_guest(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let settings = &call.app.settings;
    if call.app_settings.guest_user_creation_disabled {
        return Err(Refusal::not_allowed("guest user creation is disabled"));
    }
    if call.app_settings.multi_tenant_enabled {
        return Err(Refusal::not_allowed(
            "guest users cannot be created in a multi-tenant app",
        ));
    }
    let mut problems = Problems::default();
    let mut fields = Fields::new("", &call.body);
    let request = if let Some(map) = fields.object("user", &mut problems) {
        UserRequest::read("user", map, call.surface, call.strict(), &mut problems)
    } else {
        if problems.list().is_empty() {
            problems.say("user", "is a required field");
        }
        UserRequest::default()
    };
    fields.finish(call.strict(), &mut problems);
    problems.check()?;
    let id = match &settings.guest_ids {
        GuestIds::Generated => format!("guest-{}-{}", uuid::Uuid::new_v4(), request.id),
        GuestIds::Prefix(prefix) => format!("{prefix}{}", request.id),
    };
    // What stands before the id may make it too long.
    let mut problems = Problems::default();
    check_id("user.id", &id, &mut problems);
    problems.check()?;
    let known = users::usable(tx, &id)?;
    if known.as_ref().is_some_and(|user| user.role != "guest") {
        return Err(Refusal::not_allowed(format!(
            "the user {id} exists and is not a guest"
        )));
    }
    let mut guest = User {
        name: request.name,
        image: request.image,
        role: "guest".to_owned(),
        language: request.language.unwrap_or_default(),
        invisible: request.invisible.unwrap_or(false),
        privacy_settings: request.privacy_settings,
        custom: request.custom,
        ..known.clone().unwrap_or_else(|| User::new(&id, call.now))
    };
    check_user(&guest)?;
    save_if_changed(call, tx, known.as_ref(), &mut guest)?;
    usage::record(tx, &guest.id, call.now)?;
    let token = user_token(call.app, &guest.id)?;
    // Whoever made the guest is shown it in full.
    Ok(body([
        ("user", user(tx, &guest, Viewer::server(call.surface))?),
        ("access_token", json!(token)),
    ]))
}
