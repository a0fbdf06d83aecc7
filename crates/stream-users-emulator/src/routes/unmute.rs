//! `POST /api/v2/moderation/unmute`: ends mutes.

use rusqlite::Transaction;
use stream_users_model::Operation;
use stream_users_model::operation::{Caller as Allowed, Method};

use super::Route;
use super::mute::{Targets, non_existing};
use super::shared::acting_user;
use crate::call::{Answer, Call};
use crate::events::{Event, emit};
use crate::read::{Fields, Problems};
use crate::store::{blocks, users};

const OPERATION: Operation = Operation::new("unmute", "Unmute", Method::Post, "/api/v2/moderation/unmute")
    .with_body()
    .with_fields(&[("target_ids", true), ("user_id", false), ("user", false)])
    .caller(Allowed::User);

pub(super) const ROUTE: Route = Route {
    operation: &OPERATION,
    handler: unmute,
};

fn unmute(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let mut problems = Problems::default();
    let mut fields = Fields::new("", &call.body);
    let request = Targets::read(&mut fields, &mut problems);
    let muting = acting_user(call, tx, &mut fields, &mut problems)?;
    fields.finish(call.strict(), &mut problems);
    problems.check()?;
    let user = users::existing(tx, &muting)?;
    let (mut targets, unknown) = request.find(tx)?;
    let mut ended = Vec::new();
    for target in targets.drain(..) {
        if blocks::remove_mute(tx, &muting, &target.id, call.now)? {
            ended.push(target);
        }
    }
    if !ended.is_empty() {
        let event = Event::UserUnmuted {
            user: &user,
            targets: &ended,
        };
        emit(tx, &event, call.now)?;
    }
    Ok(non_existing(&unknown))
}
