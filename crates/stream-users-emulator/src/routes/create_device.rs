//! `POST /api/v2/devices`: adds a device that receives push notifications for a user.

use rusqlite::Transaction;
use serde_json::Map;
use stream_users_model::Operation;
use stream_users_model::operation::{Caller, Method};

use super::Route;
use super::shared::{acting_user, ensure_acting_user};
use crate::call::{Answer, Call};
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
    let id = fields.required("id", &mut problems).to_owned();
    let hardware_id = fields.string("hardware_id", &mut problems).map(str::to_owned);
    for (name, text) in [("id", Some(&id)), ("hardware_id", hardware_id.as_ref())] {
        if text.is_some_and(|text| text.len() > LONGEST_ID) {
            problems.say(name, &format!("must be {LONGEST_ID} or less"));
        }
    }
    fields.required("push_provider", &mut problems);
    let provider = fields.one_of("push_provider", &PROVIDERS, &mut problems);
    let push_provider_name = fields
        .string("push_provider_name", &mut problems)
        .map(str::to_owned);
    let voip = fields.boolean("voip_token", &mut problems);
    ensure_acting_user(call, tx, &mut fields, &mut problems)?;
    let user_id = acting_user(call, tx, &mut fields, &mut problems)?;
    fields.finish(call.strict(), &mut problems);
    problems.check()?;
    let device = Device {
        id,
        user_id,
        push_provider: provider.unwrap_or_default().to_owned(),
        push_provider_name,
        hardware_id,
        voip,
        created_at: call.now,
    };
    devices::add(tx, &device)?;
    Ok(Map::new())
}
