//! `POST /api/v2/moderation/ban`: bans a user in the whole app, for some time or for good.

use rusqlite::Transaction;
use serde_json::Map;
use stream_users_model::operation::{Caller as Allowed, Method};
use stream_users_model::{DeletionMode, Operation};

use super::Route;
use super::moderation::{acting_moderator, end_of, refuse_channel, target};
use crate::call::{Answer, Call};
use crate::events::{Event, emit};
use crate::permissions;
use crate::read::{Fields, Problems};
use crate::store::bans::{self, NewBan};
use crate::store::{messages, users};

const OPERATION: Operation = Operation::new("ban", "Ban", Method::Post, "/api/v2/moderation/ban")
    .with_body()
    .with_fields(&[
        ("target_user_id", true),
        ("banned_by_id", false),
        ("banned_by", false),
        ("channel_cid", false),
        ("delete_messages", false),
        ("ip_ban", false),
        ("reason", false),
        ("shadow", false),
        ("timeout", false),
    ])
    .caller(Allowed::User);

pub(super) const ROUTE: Route = Route {
    operation: &OPERATION,
    handler: ban,
};

fn ban(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    permissions::check_ban(call, tx)?;
    let mut problems = Problems::default();
    let mut fields = Fields::new("", &call.body);
    let id = fields.required("target_user_id", &mut problems);
    for name in ["channel_cid", "type", "id"] {
        refuse_channel(name, fields.string(name, &mut problems), &mut problems);
    }
    let delete = fields.one_of("delete_messages", DeletionMode::VALUES, &mut problems);
    let reason = fields.string("reason", &mut problems);
    let shadow = fields.boolean("shadow", &mut problems).unwrap_or(false);
    let expires = end_of(call, &mut fields, &mut problems);
    for ignored in ["ip_ban", "ban_from_future_channels", "delete_reactions"] {
        fields.boolean(ignored, &mut problems);
    }
    let by = acting_moderator(
        call,
        &mut fields,
        &["banned_by_id", "user_id"],
        &["banned_by", "user"],
        &mut problems,
    );
    fields.finish(call.strict(), &mut problems);
    problems.check()?;
    target(tx, id)?;
    let created_by = by.map(|by| users::existing(tx, by)).transpose()?;
    let new = NewBan {
        user_id: id,
        shadow,
        expires,
        banned_by_id: by,
        reason,
    };
    bans::ban(tx, &new, call.now)?;
    // As the ban has made it.
    let user = target(tx, id)?;
    let event = Event::UserBanned {
        user: &user,
        created_by: created_by.as_ref(),
        reason,
        expiration: expires,
        shadow,
    };
    emit(tx, &event, call.now)?;
    if let Some(mode) = delete {
        messages::delete(tx, id, mode, call.now)?;
        emit(tx, &Event::UserMessagesDeleted { user: &user, mode }, call.now)?;
    }
    Ok(Map::new())
}
