//! `POST /api/v2/users/{user_id}/deactivate`: deactivates one user at once.

use rusqlite::Transaction;
use stream_users_model::operation;

use super::Route;
use crate::call::{Answer, Call, body};
use crate::events::{Event, emit};
use crate::read::{Fields, Problems};
use crate::refusal::Refusal;
use crate::store::activation::{self, Deactivation};
use crate::store::users;
use crate::surface::user;

pub(super) const ROUTE: Route = Route {
    operation: &operation::DEACTIVATE_USER,
    handler: deactivate_user,
};

fn deactivate_user(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let mut problems = Problems::default();
    let mut fields = Fields::new("", &call.body);
    let created_by_id = fields.string("created_by_id", &mut problems);
    // Older clients say why; nothing comes of it.
    fields.value("reason");
    let how = Deactivation {
        mark_messages_deleted: fields
            .boolean("mark_messages_deleted", &mut problems)
            .unwrap_or(false),
        mark_channels_deleted: false,
    };
    fields.finish(call.strict(), &mut problems);
    problems.check()?;
    let before = users::existing(tx, &call.id)?;
    if before.deactivated_at.is_some() && call.app.settings.refuse_repeated_deactivation {
        return Err(Refusal::input(format!("user {} is already deactivated", call.id)));
    }
    let row = activation::deactivate(tx, &call.id, how, call.now)?;
    if before.deactivated_at.is_none() {
        let event = Event::UserDeactivated {
            user: &row,
            created_by_id,
        };
        emit(tx, &event, call.now)?;
    }
    Ok(body([("user", user(tx, &row, call.viewer())?)]))
}
