//! `PUT /api/v2/users/live_locations`: moves or ends a live location.

use rusqlite::Transaction;
use stream_users_model::operation;

use super::Route;
use super::shared::acting_user_of_query;
use crate::call::{Answer, Call};
use crate::read::{Fields, Problems};
use crate::refusal::Refusal;
use crate::store::locations;
use crate::surface::shared_location;

pub(super) const ROUTE: Route = Route {
    operation: &operation::UPDATE_LIVE_LOCATION,
    handler: update_live_location,
};

fn update_live_location(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let user = acting_user_of_query(call, tx)?;
    let mut problems = Problems::default();
    let mut fields = Fields::new("", &call.body);
    let message_id = fields.required("message_id", &mut problems).to_owned();
    let latitude = within(&mut fields, "latitude", 90.0, &mut problems);
    let longitude = within(&mut fields, "longitude", 180.0, &mut problems);
    let end_at = fields.time("end_at", &mut problems);
    // Older clients send it; it cannot be changed.
    fields.string("created_by_device_id", &mut problems);
    fields.finish(call.strict(), &mut problems);
    problems.check()?;
    let mut location = locations::find(tx, &message_id)?.ok_or_else(|| {
        Refusal::not_found(format!(
            "live location of message \"{message_id}\" does not exist"
        ))
    })?;
    if location.user_id != user {
        return Err(Refusal::not_allowed(
            "only the user who shares a live location can update it",
        ));
    }
    location.latitude = latitude.unwrap_or(location.latitude);
    location.longitude = longitude.unwrap_or(location.longitude);
    location.end_at = end_at.or(location.end_at);
    location.updated_at = call.now;
    locations::save(tx, &location)?;
    Ok(shared_location(tx, &location, call.viewer())?)
}

/// A coordinate between `-most` and `most` degrees.
fn within(fields: &mut Fields<'_>, name: &'static str, most: f64, problems: &mut Problems) -> Option<f64> {
    let degrees = fields.number(name, problems)?;
    if degrees > most {
        problems.say(name, &format!("must be {most} or less"));
    } else if degrees < -most {
        problems.say(name, &format!("must be -{most} or greater"));
    }
    Some(degrees)
}
