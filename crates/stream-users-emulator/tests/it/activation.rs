use serde_json::{Value, json};
use stream_users_emulator::Emulator;

use crate::stream::Stream;

fn chat() -> Stream {
    let stream = Stream::new();
    stream
        .0
        .seed(&json!({
            "users": [{ "id": "ada", "name": "Ada" }, { "id": "bob" }],
            "channels": [{ "cid": "messaging:general", "created_by_id": "ada", "members": ["ada", "bob"] }],
            "messages": [
                { "id": "kept", "cid": "messaging:general", "user_id": "ada", "text": "hi" },
                { "id": "earlier", "cid": "messaging:general", "user_id": "ada", "type": "deleted",
                  "deleted_at": "2026-01-01T00:00:00Z" },
                { "id": "bobs", "cid": "messaging:general", "user_id": "bob", "text": "ho" },
            ],
        }))
        .unwrap();
    stream
}

fn message_types(stream: &Stream) -> Value {
    let state = stream.0.state().unwrap();
    state["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| {
            (
                message["id"].as_str().unwrap().to_owned(),
                message["type"].clone(),
            )
        })
        .collect()
}

#[test]
fn deactivates_and_reactivates_one_user() {
    let stream = chat();
    let user = stream
        .post("/api/v2/users/ada/deactivate", json!({ "reason": "x" }))
        .ok(201)["user"]
        .clone();
    assert!(user["deactivated_at"].is_i64());
    assert_eq!(user["name"], "Ada");
    assert_eq!(message_types(&stream)["kept"], "regular");
    let user = stream
        .post("/api/v2/users/ada/reactivate", json!({ "name": "Ada II" }))
        .ok(201)["user"]
        .clone();
    assert_eq!(user.get("deactivated_at"), None);
    assert_eq!(user["name"], "Ada II");
    assert_eq!(stream.user("ada")["name"], "Ada II");
}

#[test]
fn takes_messages_along_and_brings_just_those_back() {
    let stream = chat();
    stream
        .post(
            "/api/v2/users/ada/deactivate",
            json!({ "mark_messages_deleted": true }),
        )
        .ok(201);
    let deleted = json!({ "kept": "deleted", "earlier": "deleted", "bobs": "regular" });
    assert_eq!(message_types(&stream), deleted);
    assert_eq!(stream.0.state().unwrap()["messages"][0]["text"], "hi");
    stream
        .post(
            "/api/v2/users/ada/reactivate",
            json!({ "restore_messages": true }),
        )
        .ok(201);
    let restored = json!({ "kept": "regular", "earlier": "deleted", "bobs": "regular" });
    assert_eq!(message_types(&stream), restored);
}

#[test]
fn refuses_the_wrong_state() {
    let stream = chat();
    stream.post("/api/v2/users/ada/reactivate", json!({})).fails(
        400,
        4,
        "ReactivateUser failed with error: \"user ada is not deactivated\"",
    );
    stream.post("/api/v2/users/nobody/deactivate", json!({})).fails(
        404,
        16,
        "DeactivateUser failed with error: \"the user nobody does not exist\"",
    );
    stream.post("/api/v2/users/ada/deactivate", Value::Null).ok(201);
    stream.post("/api/v2/users/ada/deactivate", json!({})).fails(
        400,
        4,
        "DeactivateUser failed with error: \"user ada is already deactivated\"",
    );
    let lenient = Emulator::builder().settings(|settings| settings.refuse_repeated_deactivation = false);
    let lenient = Stream::with(lenient);
    lenient.upsert([json!({ "id": "ada" })]);
    lenient.post("/api/v2/users/ada/deactivate", json!({})).ok(201);
    lenient.post("/api/v2/users/ada/deactivate", json!({})).ok(201);
}

#[test]
fn deactivates_and_reactivates_many_users() {
    let stream = chat();
    let body =
        json!({ "user_ids": ["ada", "bob"], "mark_messages_deleted": true, "mark_channels_deleted": true });
    let started = stream.post("/api/v2/users/deactivate", body);
    assert_eq!(stream.find(&json!({})).len(), 2, "the task has not run yet");
    let task = stream.finish(started);
    assert_eq!(task["status"], "completed");
    for user in task["result"]["users"].as_array().unwrap() {
        assert!(user["deactivated_at"].is_i64());
    }
    assert!(stream.find(&json!({})).is_empty());
    assert!(stream.0.state().unwrap()["channels"][0]["deleted_at"].is_i64());
    let body = json!({ "user_ids": ["ada", "bob"], "restore_messages": true, "restore_channels": true });
    let task = stream.finish(stream.post("/api/v2/users/reactivate", body));
    assert_eq!(task["result"]["users"][0].get("deactivated_at"), None);
    assert_eq!(stream.find(&json!({})).len(), 2);
    assert!(stream.0.state().unwrap()["channels"][0]["deleted_at"].is_null());
    assert_eq!(message_types(&stream)["kept"], "regular");
}

#[test]
fn a_batch_with_an_unknown_user_fails_as_a_task() {
    let stream = chat();
    let body = json!({ "user_ids": ["ada", "nobody"] });
    let task = stream.finish(stream.post("/api/v2/users/deactivate", body));
    assert_eq!(task["status"], "failed");
    assert_eq!(
        task["error"],
        json!({ "type": "ValidationError", "description": "the user nobody does not exist" })
    );
    assert_eq!(task.get("result"), None);
    // Reactivating users that are active is no failure.
    let task = stream.finish(stream.post("/api/v2/users/reactivate", json!({ "user_ids": ["bob"] })));
    assert_eq!(task["status"], "completed");
}

#[test]
fn refuses_batches_that_are_empty_or_too_large() {
    let stream = chat();
    let many: Vec<String> = (0..101).map(|n| format!("u{n}")).collect();
    for (path, id, most) in [
        ("/api/v2/users/deactivate", "DeactivateUsers", 100),
        ("/api/v2/users/reactivate", "ReactivateUsers", 100),
        ("/api/v2/users/delete", "DeleteUsers", 100),
        ("/api/v2/users/restore", "RestoreUsers", 100),
        ("/api/v2/export/users", "ExportUsers", 25),
    ] {
        let required = format!("{id} failed with error: \"user_ids is a required field\"");
        stream.post(path, json!({})).fails(400, 4, &required);
        stream
            .post(path, json!({ "user_ids": [] }))
            .fails(400, 4, &required);
        let large = format!("{id} failed with error: \"user_ids must be {most} or less\"");
        stream
            .post(path, json!({ "user_ids": many }))
            .fails(400, 4, &large);
    }
}
