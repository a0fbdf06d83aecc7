//! What must be true of everything that is stored, whatever was asked of the emulator.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use stream_users_model::User;

use crate::answer::Answer;
use crate::client::{Client, Sender};
use crate::generate::encoded;

/// The largest user, as the service documents it, in bytes of its JSON without what the service adds.
const LARGEST_USER: usize = 5 * 1024;
/// Room for what the size of a user does not count: names of fields that are written though they are empty.
const ROOM: usize = 256;

/// Holds what must stay true from one check to the next.
#[derive(Debug, Default)]
pub(crate) struct Invariants {
    /// Ids that no user can have any more.
    gone: BTreeSet<String>,
    /// Whether a seed was planted, which may hold what no request can make.
    seeded: bool,
}

impl Invariants {
    /// Notes what an answered request has done to what must be true.
    pub(crate) fn after(&mut self, method: &str, answer: &Answer) {
        if method != "POST" || answer.status >= 300 {
            return;
        }
        match answer.path.split('?').next() {
            Some("/_emulator/reset") => *self = Self::default(),
            Some("/_emulator/seed") => {
                self.gone.clear();
                self.seeded = true;
            }
            _ => {}
        }
    }

    /// Holds all of it.
    pub(crate) fn check(&mut self, client: &Client) {
        client.service.clear_faults();
        let state = client.service.state().expect("the state can be read");
        let deleted = state["deleted_ids"]
            .as_object()
            .expect("deleted_ids is an object");
        let users = state["users"].as_array().expect("users is a list");
        let mut alive = BTreeSet::new();
        for user in users {
            let id = user["id"].as_str().expect("an id is a text");
            let decoded: Result<User, _> = serde_json::from_value(user.clone());
            assert!(decoded.is_ok(), "{:?}: {user}", decoded.err());
            assert!(
                self.seeded || size(user) <= LARGEST_USER + ROOM,
                "{id} is too large: {user}"
            );
            let is_deleted = user.get("deleted_at").is_some_and(|time| !time.is_null());
            assert_eq!(
                is_deleted,
                deleted.contains_key(id),
                "{id} is deleted and alive: {state}"
            );
            if !is_deleted {
                assert!(alive.insert(id), "{id} is there twice: {state}");
                find(client, id);
            }
        }
        for id in &self.gone {
            assert!(!alive.contains(id.as_str()), "{id} has come back: {state}");
        }
        let for_good = deleted.iter().filter(|(_, mode)| **mode != json!("soft"));
        self.gone.extend(for_good.map(|(id, _)| id.clone()));
    }
}

/// Holds that a query for a live user finds it, and it alone.
fn find(client: &Client, id: &str) {
    let payload = json!({ "filter_conditions": { "id": id }, "include_deactivated_users": true });
    let target = format!("/api/v2/users?payload={}", encoded(&payload.to_string()));
    let answer = client
        .send(&Sender::Server, "GET", &target, b"")
        .expect("the target is one");
    if answer.status == 429 {
        return;
    }
    let found = answer.json();
    let ids: Vec<&Value> = found
        .get("users")
        .and_then(Value::as_array)
        .map(|users| users.iter().map(|user| &user["id"]).collect())
        .unwrap_or_default();
    if ids != [&json!(id)] {
        answer.fail("a user is not found");
    }
}

/// The size of what a request can set.
fn size(user: &Value) -> usize {
    let names = [
        "id",
        "name",
        "image",
        "role",
        "language",
        "teams",
        "teams_role",
        "privacy_settings",
        "custom",
    ];
    let set: Map<String, Value> = names
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), user.get(name)?.clone())))
        .collect();
    Value::Object(set).to_string().len()
}
