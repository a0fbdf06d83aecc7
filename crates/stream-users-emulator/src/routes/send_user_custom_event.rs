//! `POST /api/v2/chat/users/{user_id}/event`: tells of something that the app has made up.

use rusqlite::Transaction;
use serde_json::Map;
use stream_users_model::Operation;
use stream_users_model::operation::Method;

use super::Route;
use super::shared::check_custom;
use crate::call::{Answer, Call};
use crate::events::{Event, emit};
use crate::read::{Fields, Problems};
use crate::store::users;
use crate::surface::Surface;

const OPERATION: Operation = Operation::new(
    "send_user_custom_event",
    "SendUserCustomEvent",
    Method::Post,
    "/api/v2/chat/users/{user_id}/event",
)
.with_body()
.with_fields(&[("event", true)]);

pub(super) const ROUTE: Route = Route {
    operation: &OPERATION,
    handler: send_user_custom_event,
};

fn send_user_custom_event(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let mut problems = Problems::default();
    let mut fields = Fields::new("", &call.body);
    let event = fields.object("event", &mut problems);
    if event.is_none() && problems.list().is_empty() {
        problems.say("event", "is a required field");
    }
    fields.finish(call.strict(), &mut problems);
    let empty = Map::new();
    let event = event.unwrap_or(&empty);
    let mut fields = Fields::new("event", event);
    let (mut kind, mut custom) = ("", Map::new());
    if problems.list().is_empty() {
        kind = fields.required("type", &mut problems);
        if kind.contains('.') {
            problems.say(
                "event.type",
                "must not contain a dot: such types are those of the service",
            );
        }
        if call.surface == Surface::V2 {
            custom = fields
                .object("custom", &mut problems)
                .cloned()
                .unwrap_or_default();
            fields.finish(call.strict(), &mut problems);
        } else {
            custom.clone_from(event);
            custom.remove("type");
        }
    }
    problems.check()?;
    check_custom("event", &custom)?;
    let user = users::existing(tx, &call.id)?;
    let event = Event::Custom {
        kind,
        user: &user,
        custom: &custom,
    };
    emit(tx, &event, call.now)?;
    Ok(Map::new())
}
