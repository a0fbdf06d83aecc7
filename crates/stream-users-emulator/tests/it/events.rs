//! Which operation tells of what, and what it says.

use serde_json::{Value, json};
use stream_users_emulator::{Emulator, WebhookForm};

use crate::stream::Stream;

fn types(stream: &Stream) -> Vec<String> {
    let events = stream.events().into_iter();
    events
        .map(|event| event["type"].as_str().unwrap().to_owned())
        .collect()
}

fn nanos() -> Stream {
    Stream::with(Emulator::builder().settings(|settings| settings.webhook_form = WebhookForm::Nanos))
}

/// The keys that a schema of the contract requires, and those that it also allows.
type Keys = (&'static [&'static str], &'static [&'static str]);

const COMMON_USER: Keys = (
    &[
        "id",
        "custom",
        "language",
        "role",
        "teams",
        "created_at",
        "updated_at",
        "banned",
        "online",
        "blocked_user_ids",
    ],
    &[
        "avg_response_time",
        "deactivated_at",
        "deleted_at",
        "image",
        "last_active",
        "name",
        "revoke_tokens_issued_before",
        "teams_role",
    ],
);
const PRIVACY: [&str; 2] = ["invisible", "privacy_settings"];
const UPDATED: Keys = (&["type", "created_at", "custom", "user"], &[]);
const ACTIVATED: Keys = (&["type", "created_at", "custom", "user"], &["created_by"]);
const DELETED: Keys = (
    &[
        "type",
        "created_at",
        "custom",
        "user",
        "delete_messages",
        "delete_conversation",
        "delete_user",
        "hard_delete",
        "mark_messages_deleted",
        "delete_conversation_channels",
    ],
    &[],
);
const EXPORTED: Keys = (
    &[
        "url",
        "task_id",
        "started_at",
        "finished_at",
        "type",
        "created_at",
        "custom",
    ],
    &[],
);

#[track_caller]
fn assert_follows(object: &Value, (required, allowed): Keys) {
    let keys: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    for key in required {
        assert!(keys.contains(key), "{key} is missing: {object}");
    }
    for key in keys.iter().filter(|key| **key != "request_info") {
        assert!(
            required.contains(key) || allowed.contains(key),
            "{key} is unknown: {object}"
        );
    }
}

#[test]
fn writing_users_tells_of_those_that_changed() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada", "name": "Ada" }), json!({ "id": "bob" })]);
    assert_eq!(types(&stream), ["user.updated", "user.updated"]);
    // The same again changes nothing.
    stream.upsert([
        json!({ "id": "ada", "name": "Ada" }),
        json!({ "id": "bob", "name": "Bob" }),
    ]);
    let events = stream.events();
    assert_eq!(events.len(), 3);
    assert_eq!(events[2]["user"]["name"], "Bob");
    let set = |value: &str| json!({ "users": [{ "id": "ada", "set": { "color": value } }] });
    stream.call("PATCH", "/api/v2/users", set("red")).ok(200);
    stream.call("PATCH", "/api/v2/users", set("red")).ok(200);
    assert_eq!(stream.events().len(), 4);
    assert_eq!(stream.events()[3]["user"]["color"], "red");
    stream
        .post("/api/v2/guest", json!({ "user": { "id": "visitor" } }))
        .ok(201);
    assert_eq!(stream.events()[4]["user"]["role"], "guest");
}

#[test]
fn what_is_refused_is_not_told() {
    let stream = Stream::new();
    let users = json!({ "users": { "ada": { "id": "ada" }, "bob": { "id": "bob", "role": "nobody" } } });
    stream.post("/api/v2/users", users).fails(
        400,
        4,
        "UpdateUsers failed with error: \"role \"nobody\" provided but not defined\"",
    );
    assert_eq!(stream.events(), Vec::<Value>::new());
}

/// The keys of a user.updated that was captured from the service.
#[test]
fn the_usual_form_is_the_older_one() {
    let stream = Stream::new();
    let token = stream.token(&json!({ "user_id": "ada" }));
    let body =
        json!({ "users": { "ada": { "id": "ada", "custom": { "color": "red", "created_at": "x" } } } });
    let mut request = stream.request("POST", "/api/v2/users", Some(&token), Some(body));
    for (name, value) in [
        ("user-agent", "node"),
        ("x-stream-client", "stream-node-1"),
        ("x-stream-ext", "device=7"),
    ] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let answered = stream.send(request).ok(201);
    let event = stream.events().remove(0);
    let keys: Vec<&str> = event.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["created_at", "members", "request_info", "type", "user"]);
    assert_eq!(event["members"], json!([]));
    assert_eq!(
        event["request_info"],
        json!({ "type": "client", "ip": null, "user_agent": "node", "sdk": "stream-node-1", "ext": "device=7" })
    );
    let user = &event["user"];
    let keys: Vec<&str> = user.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "banned",
            "blocked_user_ids",
            "color",
            "created_at",
            "id",
            "invisible",
            "language",
            "online",
            "role",
            "teams",
            "updated_at"
        ]
    );
    let nanos = answered["users"]["ada"]["created_at"].as_i64().unwrap();
    let created: jiff::Timestamp = user["created_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(created.as_nanosecond(), i128::from(nanos));
}

#[test]
fn the_newer_form_follows_the_contract() {
    let stream = nanos();
    stream.upsert([
        json!({ "id": "ada", "name": "Ada", "invisible": true, "custom": { "color": "red" },
                "privacy_settings": { "read_receipts": { "enabled": false } } }),
        json!({ "id": "eve" }),
    ]);
    let by = json!({ "created_by_id": "eve" });
    stream.post("/api/v2/users/ada/deactivate", by.clone()).ok(201);
    stream.post("/api/v2/users/ada/reactivate", by).ok(201);
    stream
        .post("/api/v2/users/delete", json!({ "user_ids": ["ada"] }))
        .ok(201);
    let events = stream.events();
    let expected = [
        ("user.updated", UPDATED),
        ("user.updated", UPDATED),
        ("user.deactivated", ACTIVATED),
        ("user.reactivated", ACTIVATED),
        ("user.deleted", DELETED),
    ];
    assert_eq!(events.len(), expected.len());
    for (event, (kind, keys)) in events.iter().zip(expected) {
        assert_eq!(event["type"], kind);
        assert!(event["created_at"].is_i64());
        assert_follows(event, keys);
        let mut user = event["user"].clone();
        if kind == "user.updated" {
            user.as_object_mut()
                .unwrap()
                .retain(|key, _| !PRIVACY.contains(&key.as_str()));
        }
        assert_follows(&user, COMMON_USER);
    }
    assert_eq!(events[0]["user"]["custom"], json!({ "color": "red" }));
    assert_eq!(events[0]["user"]["invisible"], true);
    for event in &events[2..4] {
        assert_follows(&event["created_by"], COMMON_USER);
        assert_eq!(event["created_by"]["id"], "eve");
    }
    assert!(events[2]["user"]["deactivated_at"].is_i64());
    assert!(events[4]["user"]["deleted_at"].is_i64());
}

#[test]
fn tasks_tell_when_they_are_done() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" }), json!({ "id": "bob" })]);
    stream.post("/api/v2/users/bob/deactivate", json!({})).ok(201);
    let started = stream.post(
        "/api/v2/users/deactivate",
        json!({ "user_ids": ["ada", "bob"], "created_by_id": "bob" }),
    );
    assert_eq!(types(&stream)[2..], ["user.deactivated"]);
    stream.finish(started);
    // Who is deactivated already is not told of again.
    assert_eq!(types(&stream)[2..], ["user.deactivated", "user.deactivated"]);
    let event = stream.events().remove(3);
    assert_eq!(
        (&event["user"]["id"], &event["created_by"]["id"]),
        (&json!("ada"), &json!("bob"))
    );
    assert_eq!(event.get("request_info"), None);
    stream.finish(stream.post("/api/v2/users/reactivate", json!({ "user_ids": ["ada", "bob"] })));
    assert_eq!(types(&stream)[4..], ["user.reactivated", "user.reactivated"]);
}

#[test]
fn deletions_tell_what_they_take_along() {
    let stream = Stream::new();
    stream
        .0
        .seed(&json!({
            "users": [{ "id": "ada" }, { "id": "bob" }, { "id": "eve" }, { "id": "max" }],
            "channels": [
                { "cid": "messaging:pair", "members": ["ada", "bob"], "custom": { "topic": "x" } },
                { "cid": "messaging:gone", "members": ["ada", "eve"], "deleted_at": "2026-01-01T00:00:00Z" },
                { "cid": "messaging:group", "members": ["ada", "bob", "eve"] },
            ],
        }))
        .unwrap();
    let flags = |event: &Value| {
        json!([
            event["hard_delete"],
            event["mark_messages_deleted"],
            event["delete_conversation_channels"],
            event["delete_user"],
            event["delete_messages"],
            event["delete_conversation"],
        ])
    };
    stream.finish(stream.post("/api/v2/users/delete", json!({ "user_ids": ["max"] })));
    let body = json!({ "user_ids": ["ada"], "user": "hard", "messages": "hard", "conversations": "hard" });
    let started = stream.post("/api/v2/users/delete", body);
    assert_eq!(
        types(&stream),
        ["user.deleted", "user.deleted"],
        "the user is told of at once"
    );
    stream.finish(started);
    assert_eq!(
        types(&stream),
        ["user.deleted", "user.deleted", "channel.deleted"]
    );
    let events = stream.events();
    assert_eq!(flags(&events[0]), json!([false, false, false, "soft", "", ""]));
    assert_eq!(
        flags(&events[1]),
        json!([true, true, true, "hard", "hard", "hard"])
    );
    let channel = &events[2];
    assert_eq!(
        (&channel["cid"], &channel["channel_type"], &channel["channel_id"]),
        (&json!("messaging:pair"), &json!("messaging"), &json!("pair"))
    );
    assert_eq!(channel["channel"]["topic"], "x");
    assert!(channel["channel"]["deleted_at"].is_string());
    // A deletion that is no stronger than the one before says nothing.
    stream.finish(stream.post("/api/v2/users/delete", json!({ "user_ids": ["max"] })));
    assert_eq!(stream.events().len(), 3);
}

#[test]
fn exports_tell_where_the_file_is_or_why_there_is_none() {
    let stream = nanos();
    stream.upsert([json!({ "id": "ada" })]);
    let task = stream.finish(stream.post("/api/v2/export/users", json!({ "user_ids": ["ada"] })));
    let failed = stream.finish(stream.post("/api/v2/export/users", json!({ "user_ids": ["nobody"] })));
    let events = stream.events();
    assert_follows(&events[1], EXPORTED);
    assert_eq!(events[1]["type"], "export.users.success");
    assert_eq!(events[1]["url"], task["result"]["url"]);
    assert_eq!(events[1]["task_id"], task["task_id"]);
    assert!(events[1]["started_at"].as_i64() <= events[1]["finished_at"].as_i64());
    assert_eq!(events[2]["type"], "export.users.error");
    assert_eq!(events[2]["task_id"], failed["task_id"]);
    assert_eq!(events[2]["error"], "the user nobody does not exist");
}

#[test]
fn the_newest_events_are_kept() {
    let few =
        |kept: usize| Stream::with(Emulator::builder().settings(move |settings| settings.events_kept = kept));
    let stream = few(2);
    for id in ["a", "b", "c"] {
        stream.upsert([json!({ "id": id })]);
    }
    let ids: Vec<Value> = stream
        .events()
        .iter()
        .map(|event| event["user"]["id"].clone())
        .collect();
    assert_eq!(ids, ["b", "c"]);
    stream.0.reset().unwrap();
    assert_eq!(stream.events(), Vec::<Value>::new());
    let none = few(0);
    none.upsert([json!({ "id": "a" })]);
    assert_eq!(none.events(), Vec::<Value>::new());
}
