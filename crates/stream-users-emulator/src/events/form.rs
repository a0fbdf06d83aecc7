//! Events in the forms in which they are sent: to webhooks as a server sees them, over a connection as its user may see
//! them. What an event says is in [`events`](super), who is told in [`audience`](super::audience).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::read::{RESERVED, USER_FIELDS};
use crate::store::outbox::Stored;
use crate::surface::{Surface, hide_private};

/// An event as a webhook is sent it.
pub(crate) fn on_surface(event: Stored, surface: Surface) -> Value {
    let mut body = event.body;
    if let Value::Object(map) = &mut body {
        if surface == Surface::V1 {
            as_older_event(map, &event.kind);
            // What the contract does not have, and the documentation of webhooks does.
            if event.kind == "user.updated" {
                map.insert("members".into(), json!([]));
            }
        }
        if let Some(info) = event.request_info {
            map.insert("request_info".into(), info);
        }
    }
    body
}

/// An event as it is sent over a connection of `viewer`, the id of a user who is mentioned in it, or of others. `hidden`
/// are the ids of those in it who are invisible.
pub(super) fn over_connection(
    event: &Stored,
    surface: Surface,
    viewer: Option<&str>,
    hidden: &BTreeSet<String>,
) -> Value {
    let mut body = event.body.clone();
    if let Value::Object(map) = &mut body {
        for user in users_of(map) {
            let id = user.get("id").and_then(Value::as_str).unwrap_or_default();
            if viewer != Some(id) {
                let is_hidden = hidden.contains(id);
                hide_private(user, is_hidden);
            }
        }
        if surface == Surface::V1 {
            as_older_event(map, &event.kind);
        }
    }
    body
}

/// The ids of the users who are mentioned in an event.
pub(super) fn mentioned(event: &Stored) -> BTreeSet<String> {
    let mut body = event.body.clone();
    let users = body.as_object_mut().map(users_of).unwrap_or_default();
    let ids = users.into_iter().filter_map(|user| user.get("id")?.as_str());
    ids.map(str::to_owned).collect()
}

/// The fields of an event that hold a user.
const USERS: [&str; 3] = ["user", "created_by", "target_user"];
/// The field of an event that holds users.
const LIST: &str = "target_users";

fn users_of(event: &mut Map<String, Value>) -> Vec<&mut Map<String, Value>> {
    let mut users = Vec::new();
    for (key, value) in event {
        match value {
            Value::Object(user) if USERS.contains(&key.as_str()) => users.push(user),
            Value::Array(list) if key == LIST => {
                users.extend(list.iter_mut().filter_map(Value::as_object_mut));
            }
            _ => {}
        }
    }
    users
}

/// Turns an event of this type from the form of `/api/v2` into the older one.
fn as_older_event(event: &mut Map<String, Value>, kind: &str) {
    older(event, &[]);
    if kind == "user.messages.deleted" {
        let hard = event.get("hard_delete") == Some(&json!(true));
        event.insert("soft_delete".into(), json!(!hard));
    }
}

/// What holds a time in an event, a user or a channel.
const TIMES: [&str; 10] = [
    "created_at",
    "deactivated_at",
    "deleted_at",
    "expiration",
    "finished_at",
    "last_active",
    "last_message_at",
    "revoke_tokens_issued_before",
    "started_at",
    "updated_at",
];

/// The fields that a user may have.
const USER: [&[&str]; 2] = [&USER_FIELDS, &RESERVED];

/// Turns an event, a user or a channel from the form of `/api/v2` into the older one. Custom data may have none of the
/// names in `fields`.
fn older(object: &mut Map<String, Value>, fields: &[&[&str]]) {
    let custom = object.remove("custom");
    for (key, value) in object.iter_mut() {
        match (key.as_str(), value) {
            (key, value) if TIMES.contains(&key) => {
                if let Some(time) = value.as_i64() {
                    *value = Surface::V1.time(time);
                }
            }
            (key, Value::Object(user)) if USERS.contains(&key) => older(user, &USER),
            (LIST, Value::Array(users)) => {
                users
                    .iter_mut()
                    .filter_map(Value::as_object_mut)
                    .for_each(|user| older(user, &USER));
            }
            ("channel", Value::Object(channel)) => older(channel, &[]),
            _ => {}
        }
    }
    if let Some(Value::Object(custom)) = custom {
        Surface::V1.custom(object, &custom, fields);
    }
}
