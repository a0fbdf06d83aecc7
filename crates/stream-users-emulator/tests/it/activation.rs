use serde_json::{Value, json};
use stream_users_emulator::Emulator;

use crate::stream::Stream;

fn chat() -> Stream {
    let stream = Stream::new();
    stream
        .0
        .seed(&json!({
            "users": [{ "id": "ada", "name": "Ada" }, { "id": "bob" }],
            "channels": [
                { "cid": "messaging:general", "created_by_id": "ada", "members": ["ada", "bob"] },
                { "cid": "messaging:bobs", "created_by_id": "bob", "members": ["ada", "bob"] },
                { "cid": "messaging:earlier", "created_by_id": "ada", "deleted_at": "2026-01-01T00:00:00Z" },
            ],
            "messages": [
                { "id": "kept", "cid": "messaging:general", "user_id": "ada", "text": "hi" },
                { "id": "hint", "cid": "messaging:general", "user_id": "ada", "text": "Ada is here", "type": "system" },
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

/// What a deactivation takes along, one user's and many users', and what a reactivation brings back.
#[test]
fn takes_along_what_it_is_told_and_brings_just_that_back() {
    let types = |kept, hint| json!({ "kept": kept, "hint": hint, "earlier": "deleted", "bobs": "regular" });
    let (before, after) = (types("regular", "system"), types("deleted", "deleted"));
    for bulk in [false, true] {
        for (messages, channels) in [(false, false), (true, false), (false, true), (true, true)] {
            let stream = chat();
            let act = |what: &str, body: Value| {
                if bulk {
                    let mut body = body;
                    body["user_ids"] = json!(["ada"]);
                    let task = stream.finish(stream.post(&format!("/api/v2/users/{what}"), body));
                    assert_eq!(task["status"], "completed");
                } else {
                    stream.post(&format!("/api/v2/users/ada/{what}"), body).ok(201);
                }
            };
            let deleted = |cid: &str| {
                let state = stream.0.state().unwrap();
                let channels = state["channels"].as_array().unwrap();
                let channel = channels.iter().find(|channel| channel["cid"] == cid).unwrap();
                channel["deleted_at"].is_i64()
            };
            let case = format!("bulk {bulk}, messages {messages}, channels {channels}");
            act(
                "deactivate",
                json!({ "mark_messages_deleted": messages, "mark_channels_deleted": channels }),
            );
            assert_eq!(
                message_types(&stream),
                if messages { after.clone() } else { before.clone() },
                "{case}"
            );
            // One user at a time has no such option.
            assert_eq!(deleted("messaging:general"), channels && bulk, "{case}");
            assert!(!deleted("messaging:bobs"), "{case}");
            assert_eq!(stream.0.state().unwrap()["messages"][0]["text"], "hi", "{case}");
            act("reactivate", json!({}));
            assert_eq!(
                message_types(&stream),
                if messages { after.clone() } else { before.clone() },
                "{case}"
            );
            assert_eq!(deleted("messaging:general"), channels && bulk, "{case}");
            act("deactivate", json!({}));
            act(
                "reactivate",
                json!({ "restore_messages": true, "restore_channels": true }),
            );
            assert_eq!(message_types(&stream), before, "{case}");
            assert!(!deleted("messaging:general"), "{case}");
            assert!(deleted("messaging:earlier"), "{case}");
        }
    }
}

#[test]
fn what_a_deletion_has_deleted_too_is_not_brought_back() {
    let stream = chat();
    let body = json!({ "user_ids": ["ada"], "mark_messages_deleted": true, "mark_channels_deleted": true });
    stream.finish(stream.post("/api/v2/users/deactivate", body));
    let body = json!({ "user_ids": ["ada"], "messages": "soft", "conversations": "soft" });
    stream.finish(stream.post("/api/v2/users/delete", body));
    let body = json!({ "user_ids": ["ada"] });
    stream.post("/api/v2/users/restore", body).ok(201);
    // Who was deactivated still is.
    assert!(stream.user("ada")["deactivated_at"].is_i64());
    let body = json!({ "user_ids": ["ada"], "restore_messages": true, "restore_channels": true });
    stream.finish(stream.post("/api/v2/users/reactivate", body));
    assert_eq!(message_types(&stream)["kept"], "deleted");
    let state = stream.0.state().unwrap();
    assert!(
        state["channels"]
            .as_array()
            .unwrap()
            .iter()
            .any(|channel| { channel["cid"] == "messaging:general" && channel["deleted_at"].is_i64() })
    );
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
    let body = json!({ "user_ids": ["ada", "bob"], "restore_messages": true, "restore_channels": true });
    let task = stream.finish(stream.post("/api/v2/users/reactivate", body));
    assert_eq!(task["result"]["users"][0].get("deactivated_at"), None);
    assert_eq!(stream.find(&json!({})).len(), 2);
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

#[test]
fn a_name_that_is_too_large_is_refused() {
    let stream = chat();
    stream.post("/api/v2/users/ada/deactivate", json!({})).ok(201);
    let name = json!({ "name": "x".repeat(5 * 1024) });
    stream.post("/api/v2/users/ada/reactivate", name).fails(
        413,
        22,
        "ReactivateUser failed with error: \"users[ada] is larger than 5 KB\"",
    );
    assert!(stream.user("ada")["deactivated_at"].is_i64());
}

/// What is inherited is not the heir's to bring back.
#[test]
fn a_reactivation_brings_back_nothing_that_was_inherited() {
    let stream = Stream::new();
    let seed = json!({
        "users": [{ "id": "ada" }, { "id": "bob" }],
        "channels": [{ "cid": "messaging:alone", "created_by_id": "ada", "members": ["ada"] }],
    });
    stream.0.seed(&seed).unwrap();
    let user_ids = json!({ "user_ids": ["ada"], "mark_channels_deleted": true });
    stream.finish(stream.post("/api/v2/users/deactivate", user_ids));
    let deletion = json!({
        "user_ids": ["ada"], "user": "hard", "messages": "hard", "conversations": "hard", "new_channel_owner_id": "bob",
    });
    stream.finish(stream.post("/api/v2/users/delete", deletion));
    stream.post("/api/v2/users/bob/deactivate", json!({})).ok(201);
    let user_ids = json!({ "user_ids": ["bob"], "restore_channels": true });
    stream.finish(stream.post("/api/v2/users/reactivate", user_ids));
    let channel = stream.0.state().unwrap()["channels"][0].clone();
    assert_eq!(channel["created_by_id"], "bob");
    assert!(channel["deleted_at"].is_i64());
}
