//! `POST /api/v2/users/{user_id}/reactivate`: brings one deactivated user back at once.

use rusqlite::Transaction;
use stream_users_model::operation;

use super::Route;
use super::shared::check_user;
use crate::call::{Answer, Call, body};
use crate::events::{Event, emit};
use crate::read::{Fields, Problems};
use crate::refusal::Refusal;
use crate::store::activation::{self, Reactivation};
use crate::store::unique_names;
use crate::store::users;
use crate::surface::user;

pub(super) const ROUTE: Route = Route {
    operation: &operation::REACTIVATE_USER,
    handler: reactivate_user,
};

fn reactivate_user(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let mut problems = Problems::default();
    let mut fields = Fields::new("", &call.body);
    let created_by_id = fields.string("created_by_id", &mut problems);
    let name = fields
        .string("name", &mut problems)
        .filter(|name| !name.is_empty());
    let how = Reactivation {
        restore_messages: fields.boolean("restore_messages", &mut problems).unwrap_or(false),
        restore_channels: false,
    };
    fields.finish(call.strict(), &mut problems);
    problems.check()?;
    let before = users::existing(tx, &call.id)?;
    if before.deactivated_at.is_none() {
        return Err(Refusal::input(format!("user {} is not deactivated", call.id)));
    }
    unique_names::check_return(tx, call.app_settings.unique_names, &before, name)?;
    let mut row = activation::reactivate(tx, &call.id, how, call.now)?;
    if let Some(name) = name {
        row.name = Some(name.to_owned());
        check_user(&row)?;
        users::save(tx, &row)?;
    }
    let event = Event::UserReactivated {
        user: &row,
        created_by_id,
    };
    emit(tx, &event, call.now)?;
    Ok(body([("user", user(tx, &row, call.viewer())?)]))
}
