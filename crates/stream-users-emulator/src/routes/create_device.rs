//! `POST /api/v2/devices`: adds a device that receives push notifications for a user.

use rusqlite::Transaction;
use serde_json::Map;
use stream_users_model::Operation;
use stream_users_model::operation::{Caller, Method};

use super::Route;
use super::shared::{acting_user, ensure_acting_user};
use crate::call::{Answer, Call};
use crate::clock::Nanos;
use crate::read::{Fields, Problems};
use crate::store::devices::{self, Device};

const OPERATION: Operation = Operation::new("create_device", "CreateDevice", Method::Post, "/api/v2/devices")
    .with_body()
    .with_fields(&[
        ("id", true),
        ("push_provider", true),
        ("push_provider_name", false),
        ("hardware_id", false),
        ("voip_token", false),
        ("user_id", false),
        ("user", false),
    ])
    .caller(Caller::User);

pub(super) const ROUTE: Route = Route {
    operation: &OPERATION,
    handler: create_device,
};

const PROVIDERS: [&str; 4] = ["firebase", "apn", "huawei", "xiaomi"];
/// How long the ids of a device may be, in bytes.
const LONGEST_ID: usize = 255;

fn create_device(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let mut problems = Problems::default();
    let mut fields = Fields::new("", &call.body);
    let device = read(&mut fields, call.now, &mut problems);
    ensure_acting_user(call, tx, &mut fields, &mut problems)?;
    let user_id = acting_user(call, tx, &mut fields, &mut problems)?;
    fields.finish(call.strict(), &mut problems);
    problems.check()?;
    devices::add(tx, &Device { user_id, ..device })?;
    Ok(Map::new())
}

/// Reads a device that is nobody's yet.
pub(super) fn read(fields: &mut Fields<'_>, now: Nanos, problems: &mut Problems) -> Device {
    let id = fields.required("id", problems).to_owned();
    let hardware_id = fields.string("hardware_id", problems).map(str::to_owned);
    for (name, text) in [("id", Some(&id)), ("hardware_id", hardware_id.as_ref())] {
        if text.is_some_and(|text| text.len() > LONGEST_ID) {
            problems.say(&fields.path(name), &format!("must be {LONGEST_ID} or less"));
        }
    }
    fields.required("push_provider", problems);
    let provider = fields.one_of("push_provider", &PROVIDERS, problems);
    Device {
        id,
        user_id: String::new(),
        push_provider: provider.unwrap_or_default().to_owned(),
        push_provider_name: fields.string("push_provider_name", problems).map(str::to_owned),
        hardware_id,
        voip: fields.boolean("voip_token", problems),
        created_at: now,
    }
}
