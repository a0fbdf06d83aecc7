//! Endpoints that older clients alone call.

use serde_json::{Value, json};

use crate::stream::Stream;

fn chat() -> Stream {
    let stream = Stream::new();
    stream
        .0
        .seed(&json!({
            "users": [{ "id": "ada", "custom": { "color": "red" } }, { "id": "bob" }, { "id": "eve" }],
            "channels": [
                { "cid": "messaging:pair", "created_by_id": "ada", "members": ["ada", "bob"] },
                { "cid": "messaging:group", "created_by_id": "bob", "members": ["ada", "bob", "eve"] },
            ],
            "messages": [
                { "id": "m1", "cid": "messaging:group", "user_id": "ada", "text": "indeed" },
                { "id": "m2", "cid": "messaging:group", "user_id": "bob", "text": "funny" },
            ],
            "reactions": [{ "message_id": "m2", "user_id": "ada", "type": "haha" }],
        }))
        .unwrap();
    stream
}

/// Deletes ada; the user that was answered.
#[track_caller]
fn delete(stream: &Stream, query: &str) -> Value {
    let answer = stream
        .call("DELETE", &format!("/users/ada{query}"), Value::Null)
        .ok(200);
    assert!(
        answer["user"]["deleted_at"].as_str().unwrap().ends_with('Z'),
        "{answer}"
    );
    assert!(stream.find(&json!({ "id": "ada" })).is_empty());
    let body = json!({ "users": { "ada": { "id": "ada" } } });
    stream.post("/users", body).fails(
        404,
        16,
        "UpdateUsers failed with error: \"the user ada was deleted\"",
    );
    answer["user"].clone()
}

fn message(stream: &Stream, id: &str) -> Option<Value> {
    let state = stream.0.state().unwrap();
    let found = state["messages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|message| message["id"] == id);
    found.cloned()
}

fn channels(stream: &Stream) -> Vec<(String, bool)> {
    let state = stream.0.state().unwrap();
    let list = state["channels"].as_array().unwrap();
    let mut channels: Vec<(String, bool)> = list
        .iter()
        .map(|channel| {
            (
                channel["cid"].as_str().unwrap().to_owned(),
                channel["deleted_at"].is_null(),
            )
        })
        .collect();
    channels.sort();
    channels
}

#[test]
fn a_deletion_is_soft_and_leaves_everything_else() {
    for query in [
        "",
        "?mark_messages_deleted=false",
        "?hard_delete=False&delete_conversation_channels=0",
    ] {
        let stream = chat();
        let user = delete(&stream, query);
        assert_eq!((&user["id"], &user["color"]), (&json!("ada"), &json!("red")));
        assert_eq!(message(&stream, "m1").unwrap()["deleted_at"], Value::Null);
        assert_eq!(channels(&stream).len(), 2);
        // At once: nothing is left to a task.
        assert_eq!(stream.0.state().unwrap()["tasks"], json!([]));
        stream
            .post("/users/restore", json!({ "user_ids": ["ada"] }))
            .ok(201);
        assert_eq!(stream.find(&json!({ "color": "red" })), ["ada"]);
    }
}

#[test]
fn a_soft_deletion_marks_messages_and_conversations() {
    let stream = chat();
    delete(
        &stream,
        "?mark_messages_deleted=true&delete_conversation_channels=True",
    );
    let marked = message(&stream, "m1").unwrap();
    assert_eq!(
        (&marked["type"], &marked["text"]),
        (&json!("deleted"), &json!("indeed"))
    );
    assert!(!marked["deleted_at"].is_null());
    assert_eq!(
        channels(&stream),
        [
            ("messaging:group".to_owned(), true),
            ("messaging:pair".to_owned(), false)
        ]
    );
}

#[test]
fn a_hard_deletion_empties_messages_and_removes_reactions_and_conversations() {
    let stream = chat();
    delete(
        &stream,
        "?hard_delete=true&mark_messages_deleted=true&delete_conversation_channels=true",
    );
    let emptied = message(&stream, "m1").unwrap();
    assert_eq!(
        (&emptied["type"], &emptied["text"]),
        (&json!("deleted"), &json!(""))
    );
    assert_eq!(stream.0.state().unwrap()["reactions"], json!([]));
    assert_eq!(channels(&stream), [("messaging:group".to_owned(), true)]);
    let state = stream.0.state().unwrap();
    assert!(
        state["users"]
            .as_array()
            .unwrap()
            .iter()
            .all(|user| user["id"] != "ada")
    );
    let events = stream.events();
    let told = |name: &str| events.iter().find(|event| event["type"] == name).unwrap();
    assert_eq!(told("channel.deleted")["cid"], "messaging:pair");
    let deleted = told("user.deleted");
    assert_eq!(deleted["user"]["id"], "ada");
    for flag in [
        "hard_delete",
        "mark_messages_deleted",
        "delete_conversation_channels",
    ] {
        assert_eq!(deleted[flag], true, "{flag}");
    }
}

#[test]
fn a_deletion_needs_a_server_a_user_and_flags_that_can_be_read() {
    let stream = chat();
    stream.call_as("ada", "DELETE", "/users/ada", Value::Null).fails(
        403,
        17,
        "DeleteUser failed with error: \"this operation can only be called server side\"",
    );
    let refused = |path: &str| stream.call("DELETE", path, Value::Null);
    refused("/users/nobody").fails(
        404,
        16,
        "DeleteUser failed with error: \"the user nobody does not exist\"",
    );
    refused("/users/ada?hard_delete=perhaps").fails(
        400,
        4,
        "DeleteUser failed with error: \"field `hard_delete` contains type string. expecting boolean\"",
    );
    delete(&stream, "");
    refused("/users/ada").fails(
        404,
        16,
        "DeleteUser failed with error: \"the user ada was deleted\"",
    );
}

#[test]
fn greets_whoever_has_a_key() {
    let stream = Stream::new();
    let anonymous = stream.send(stream.request("GET", "/hi", None, None)).ok(200);
    assert_eq!(
        anonymous.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["duration"]
    );
    stream.get("/hi").ok(200);
    stream.call_as("ada", "GET", "/hi", Value::Null).ok(200);
}

#[test]
fn there_is_never_anything_to_catch_up_on() {
    let stream = Stream::new();
    let body = json!({ "channel_cids": ["messaging:x"], "last_sync_at": "2020-05-06T15:05:01.207Z" });
    for path in ["/sync?with_inaccessible_cids=true", "/api/v2/chat/sync"] {
        let answer = stream.call_as("ada", "POST", path, body.clone()).ok(201);
        assert_eq!(answer["events"], json!([]));
    }
    for (body, problem) in [
        (
            json!({}),
            "channel_cids is a required field, last_sync_at is a required field",
        ),
        (
            json!({ "channel_cids": [], "last_sync_at": 1 }),
            "channel_cids is a required field",
        ),
        (
            json!({ "channel_cids": ["messaging:x"] }),
            "last_sync_at is a required field",
        ),
        (
            json!({ "channel_cids": ["messaging:x"], "last_sync_at": "yesterday" }),
            "field `last_sync_at` contains type string. expecting date",
        ),
        (
            json!({ "channel_cids": vec!["messaging:x"; 256], "last_sync_at": 1 }),
            "channel_cids must be 255 or less",
        ),
    ] {
        stream.call_as("ada", "POST", "/sync", body).fails(
            400,
            4,
            &format!("Sync failed with error: \"{problem}\""),
        );
    }
}
