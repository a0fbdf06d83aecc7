//! `POST /api/v2/moderation/unban`, and `DELETE /moderation/ban` for older clients: ends a ban.

use rusqlite::Transaction;
use serde_json::Map;
use stream_users_model::Operation;
use stream_users_model::operation::{Caller as Allowed, Method};

use super::Route;
use super::moderation::{acting_moderator, refuse_channel, target};
use crate::call::{Answer, Call};
use crate::events::{Event, emit};
use crate::permissions;
use crate::read::{Fields, Problems};
use crate::store::{bans, users};

const OPERATION: Operation = Operation::new("unban", "Unban", Method::Post, "/api/v2/moderation/unban")
    .with_query(&["channel_cid", "created_by", "target_user_id"])
    .with_body()
    .with_fields(&[("unbanned_by_id", false), ("unbanned_by", false)])
    .caller(Allowed::User);

const OLDER: Operation = Operation::new("delete_ban", "Unban", Method::Delete, "/moderation/ban")
    .with_query(&["id", "shadow", "target_user_id", "type"])
    .caller(Allowed::User);

pub(super) const ROUTE: Route = Route {
    operation: &OPERATION,
    handler: unban,
};

pub(super) const OLDER_ROUTE: Route = Route {
    operation: &OLDER,
    handler: unban,
};

fn unban(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    permissions::check_ban(call, tx)?;
    let mut problems = Problems::default();
    let mut fields = Fields::new("", &call.body);
    for name in ["channel_cid", "type", "id"] {
        refuse_channel(name, call.query.text(name), &mut problems);
    }
    let id = call.query.text("target_user_id").unwrap_or_default();
    if id.is_empty() {
        problems.say("target_user_id", "is a required field");
    }
    // There is one ban at most, so that nothing depends on which kind is to end.
    call.query.flag("shadow", &mut problems);
    let named = ["created_by", "banned_by_id", "user_id"];
    let named = named.into_iter().find_map(|name| call.query.text(name));
    let by = acting_moderator(
        call,
        &mut fields,
        &["unbanned_by_id"],
        &["unbanned_by"],
        &mut problems,
    )
    .or(named);
    fields.finish(call.strict(), &mut problems);
    problems.check()?;
    let before = target(tx, id)?;
    let created_by = by.map(|by| users::existing(tx, by)).transpose()?;
    if bans::unban(tx, id)? {
        let event = Event::UserUnbanned {
            user: &target(tx, id)?,
            created_by: created_by.as_ref(),
            shadow: before.shadow_banned,
        };
        emit(tx, &event, call.now)?;
    }
    Ok(Map::new())
}
