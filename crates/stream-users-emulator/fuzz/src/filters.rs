//! Sends payloads of user queries: never an answer but 200 or a refusal, and the same users whichever way the same is
//! asked.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use stream_users_emulator::Emulator;

use crate::answer::Answer;
use crate::client::{self, Client, Sender};

/// The longest payload that is sent, in bytes.
const LONGEST: usize = 16 << 10;

/// An emulator with users who differ in everything that a filter can see. No query changes it.
static USERS: LazyLock<Client> = LazyLock::new(|| {
    let client = Client::new(Emulator::builder());
    let users = json!({
        "users": [
            { "id": "ada", "name": "Ada Lovelace", "role": "admin", "teams": ["red"], "language": "en",
              "custom": { "k": 1, "score": 10, "list": ["a", 1, null], "email": "ada@example.org" },
              "created_at": "2020-01-01T00:00:00Z", "last_active": "2026-01-02T03:04:05Z" },
            { "id": "bob", "name": "Curiosity Rover", "teams": ["red", "blue"], "banned": true,
              "custom": { "k": "1", "score": 9.5, "username": "rover_curiosity" } },
            { "id": "cyd", "custom": { "k": { "l": { "m": true } }, "score": "10", "list": [] } },
            { "id": "dan", "name": "", "shadow_banned": true, "custom": { "k": null, "username": "" } },
            { "id": "eve", "name": "Ève 😀", "role": "guest", "language": "nl", "bypass_moderation": true,
              "custom": { "k": false, "score": -1e300 }, "deactivated_at": "2025-01-01T00:00:00Z" },
            { "id": "FOX", "name": "100% '\"\\_", "custom": { "k": [1, [2]], "": "", "a b": 1 } },
        ],
        "blocks": [{ "user_id": "ada", "blocked_user_id": "bob" }],
        "mutes": [{ "user_id": "ada", "target_id": "cyd" }],
    });
    client.service.seed(&users).expect("the seed is one");
    client
});

/// Sends a payload and holds its answer, and those of the same query in other words, against what they must be.
pub fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    if text.len() > LONGEST {
        return;
    }
    let answer = query(&Sender::Server, text);
    query(&Sender::User("ada"), text);
    query(&Sender::Anonymous, text);
    let Ok(Value::Object(payload)) = serde_json::from_str(text) else {
        return;
    };
    if answer.status != 200 {
        return;
    }
    let ids = ids(&answer);
    let limit = payload
        .get("limit")
        .and_then(Value::as_u64)
        .filter(|limit| *limit > 0);
    if ids.len() as u64 > limit.unwrap_or(30) {
        answer.fail("more users than were asked for");
    }
    for operator in ["$and", "$or"] {
        same(&payload, operator, &ids);
    }
}

/// Holds that a filter finds the same alone and as the only one of a list.
fn same(payload: &Map<String, Value>, operator: &str, expected: &[Value]) {
    let Some(filter) = payload.get("filter_conditions") else {
        return;
    };
    let mut wrapped = payload.clone();
    wrapped.insert("filter_conditions".to_owned(), json!({ operator: [filter] }));
    let answer = query(&Sender::Server, &Value::Object(wrapped).to_string());
    // It is one level deeper, which may be one too many.
    if answer.status == 200 && ids(&answer) != expected {
        answer.fail(&format!(
            "not what the filter without {operator} finds, which is {expected:?}"
        ));
    }
}

fn query(sender: &Sender<'_>, payload: &str) -> Answer {
    let mut target = String::from("/api/v2/users?payload=");
    for byte in payload.bytes() {
        if byte.is_ascii_alphanumeric() {
            target.push(char::from(byte));
        } else {
            client::encode(byte, &mut target);
        }
    }
    let answer = USERS
        .send(sender, "GET", &target, b"")
        .expect("the target is one");
    answer.check();
    if !matches!(answer.status, 200 | 400 | 403 | 404) {
        answer.fail("a status that no query has");
    }
    answer
}

fn ids(answer: &Answer) -> Vec<Value> {
    let users = answer.json().remove("users");
    match users {
        Some(Value::Array(users)) => users.into_iter().map(|mut user| user["id"].take()).collect(),
        _ => answer.fail("no users"),
    }
}
