//! `GET /connect` and `GET /api/v2/connect`: where WebSockets begin. What a WebSocket is and does stands in
//! [`live`](crate::live); here is what connecting does to a user, and what is said to a request that asks for none.

use rusqlite::Transaction;
use stream_users_model::Operation;
use stream_users_model::operation::{Caller, Method};

use super::shared::{check_user, save_if_changed};
use super::{Route, create_device};
use crate::call::{Answer, Call};
use crate::read::{Fields, Problems, RESERVED, UserRequest};
use crate::refusal::Refusal;
use crate::store::devices::{self, Device};
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

/// The products of the service.
const PRODUCTS: [&str; 3] = ["chat", "video", "feeds"];
/// How many custom fields of members may be asked for.
const MOST_INCLUDED: usize = 8;

/// What a client says when it connects.
struct Introduction {
    user: UserRequest,
    device: Option<Device>,
}

/// Writes the user `own` who connects: what the client says of it is added to what is known, and the rest stays as it is.
/// It is online from now on, which is no change of the user.
pub(crate) fn merge(call: &Call<'_>, tx: &Transaction<'_>, own: &str) -> Result<User, Refusal> {
    let Introduction { user: said, device } = read(call, own)?;
    let mut before = users::usable(tx, own)?;
    let mut user = before.clone().unwrap_or_else(|| User::new(own, call.now));
    for user in before.iter_mut().chain([&mut user]) {
        user.online = true;
        user.last_active = Some(call.now);
    }
    check_teams(&user, &said)?;
    // The role is not a client's to say.
    user.name = said.name.or(user.name);
    user.image = said.image.or(user.image);
    user.language = said.language.unwrap_or(user.language);
    user.invisible = said.invisible.unwrap_or(user.invisible);
    if let Some(settings) = said.privacy_settings {
        user.privacy_settings.get_or_insert_default().extend(settings);
    }
    user.custom.extend(said.custom);
    check_user(&user)?;
    save_if_changed(call, tx, before.as_ref(), &mut user)?;
    if let Some(device) = device {
        let user_id = own.to_owned();
        devices::add(tx, &Device { user_id, ..device })?;
    }
    Ok(user)
}

/// Reads what the client says of itself, who has to be the user of the token.
fn read(call: &Call<'_>, own: &str) -> Result<Introduction, Refusal> {
    let mut problems = Problems::default();
    let mut fields = Fields::new("", &call.body);
    let named = fields
        .string("user_id", &mut problems)
        .filter(|id| !id.is_empty());
    let details = fields.object(DETAILS, &mut problems);
    if details.is_none() && named.is_none() && problems.list().is_empty() {
        problems.say(DETAILS, "is a required field");
        return Err(Refusal::problems(problems));
    }
    let products = fields.strings("products", &mut problems).unwrap_or_default();
    if products
        .iter()
        .any(|product| !PRODUCTS.contains(&product.as_str()))
    {
        problems.say("products", "must be one of [chat video feeds]");
    }
    let included = fields.strings("member_custom_include", &mut problems);
    if included.is_some_and(|included| included.len() > MOST_INCLUDED) {
        problems.say(
            "member_custom_include",
            &format!("must be {MOST_INCLUDED} or less"),
        );
    }
    let device = fields.object("device", &mut problems).map(|device| {
        let mut fields = Fields::new("device", device);
        create_device::read(&mut fields, call.now, &mut problems)
    });
    let mut details = details.cloned().unwrap_or_default();
    if let Some(named) = named {
        details.entry("id").or_insert_with(|| named.into());
    }
    let ignored = |name: &str| RESERVED.contains(&name) && !REFUSED.contains(&name);
    details.retain(|name, _| !ignored(name));
    let user = UserRequest::read(DETAILS, &details, call.surface, call.strict(), &mut problems);
    problems.check()?;
    if user.id != own || named.is_some_and(|named| named != own) {
        return Err(Refusal::another_user());
    }
    Ok(Introduction { user, device })
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
