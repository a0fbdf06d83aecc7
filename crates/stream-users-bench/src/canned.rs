//! The answers of the service, ready to be sent. Their users carry every field of the service's interface.

use std::time::{SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderValue, header};
use serde_json::{Value, json};

use crate::{TASK_ID, USER_ID, people};

/// 2018-10-05, in the nanoseconds that the service's paths of version 2 answer with.
const THEN: i64 = 1_538_713_200_000_000_000;

/// What the service says of its quota; nobody counts.
const QUOTA: &str = "1000000";

/// Sets the headers of every answer: what it is, and what is left of the quota.
pub fn head(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("x-ratelimit-limit", HeaderValue::from_static(QUOTA));
    headers.insert("x-ratelimit-remaining", HeaderValue::from_static(QUOTA));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let next_minute = now.as_secs() / 60 * 60 + 60;
    headers.insert("x-ratelimit-reset", HeaderValue::from(next_minute));
}

/// The answer to `query_users`.
#[must_use]
pub fn queried(users: usize) -> String {
    queried_page(0, users)
}

/// The answer to `query_users` that begins with the user of this number.
#[must_use]
pub fn queried_page(first: usize, users: usize) -> String {
    json!({
        "duration": "12.34ms",
        "users": (first..first + users).map(full_user).collect::<Vec<_>>(),
    })
    .to_string()
}

/// The answer to `upsert_users`.
#[must_use]
pub fn upserted(users: usize) -> String {
    upserted_page(0, users)
}

/// The answer to `upsert_users` for users from this number on.
#[must_use]
pub fn upserted_page(first: usize, users: usize) -> String {
    let by_id: serde_json::Map<String, Value> = (first..first + users)
        .map(|number| (people::id(number), full_user(number)))
        .collect();
    json!({
        "duration": "23.45ms",
        "membership_deletion_task_id": "",
        "users": by_id,
    })
    .to_string()
}

/// The answer to `get_task`.
#[must_use]
pub fn task() -> String {
    json!({
        "duration": "1.23ms",
        "task_id": TASK_ID,
        "status": "completed",
        "created_at": THEN,
        "updated_at": THEN + 1_000_000,
        "result": { "status": "ok" },
    })
    .to_string()
}

/// The answer to `deactivate_user`.
#[must_use]
pub fn deactivated() -> String {
    let mut user = user(42);
    user["id"] = json!(USER_ID);
    user["deactivated_at"] = json!(THEN);
    json!({ "duration": "3.21ms", "user": user }).to_string()
}

/// A user as `query_users` and `upsert_users` answer with: the fields of chat besides those of every user.
fn full_user(number: usize) -> Value {
    let mut full = user(number);
    if let (Value::Object(full), Value::Object(chat)) = (&mut full, chat(number)) {
        full.extend(chat);
    }
    full
}

fn user(number: usize) -> Value {
    json!({
        "id": people::id(number),
        "name": people::name(number),
        "image": people::image(number),
        "role": "user",
        "language": "en",
        "teams": [people::team(number)],
        "teams_role": { people::team(number): "admin" },
        "custom": people::profile(number),
        "privacy_settings": {
            "typing_indicators": { "enabled": true },
            "read_receipts": { "enabled": false },
            "delivery_receipts": { "enabled": true },
        },
        "online": number.is_multiple_of(5),
        "invisible": false,
        "banned": false,
        "ban_expires": THEN,
        "shadow_banned": false,
        "bypass_moderation": false,
        "blocked_user_ids": [people::id(number + 1)],
        "devices": devices(number),
        "push_notifications": { "disabled": false, "disabled_until": THEN },
        "avg_response_time": 120,
        "revoke_tokens_issued_before": THEN,
        "last_active": THEN + 123_456_789,
        "created_at": THEN,
        "updated_at": THEN + 1_000_000_000,
        "deactivated_at": null,
        "deleted_at": null,
    })
}

fn chat(number: usize) -> Value {
    let mutes = if number.is_multiple_of(10) {
        vec![json!({
            "user": nested_user(number),
            "target": nested_user(number + 1),
            "created_at": THEN,
            "updated_at": THEN,
            "expires": THEN + 3_600_000_000_000_i64,
        })]
    } else {
        Vec::new()
    };
    json!({
        "mutes": mutes,
        "channel_mutes": [],
        "total_unread_count": number,
        "unread_count": number,
        "unread_channels": 1,
        "unread_threads": 0,
        "latest_hidden_channels": [],
    })
}

/// A device for every second user.
fn devices(number: usize) -> Vec<Value> {
    if !number.is_multiple_of(2) {
        return Vec::new();
    }
    vec![json!({
        "id": format!("device-{number:06}-c0ffee"),
        "push_provider": "firebase",
        "push_provider_name": "default",
        "user_id": people::id(number),
        "created_at": THEN,
        "disabled": false,
        "voip": false,
    })]
}

/// A user in a mute, who has no custom data.
fn nested_user(number: usize) -> Value {
    json!({
        "id": people::id(number),
        "name": people::name(number),
        "role": "user",
        "language": "en",
        "teams": [],
        "custom": {},
        "online": false,
        "invisible": false,
        "banned": false,
        "shadow_banned": false,
        "blocked_user_ids": [],
        "created_at": THEN,
        "updated_at": THEN,
    })
}
