//! Planting again what was exported, what the state shows and what was deleted.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use stream_users_emulator::Emulator;

use crate::deletion_table::{chat, chat_with};
use crate::seeds::{full, plant};
use crate::stream::Stream;

/// What a file of an export holds.
fn export(stream: &Stream, ids: &[&str]) -> String {
    let task = stream.finish(stream.post("/api/v2/export/users", json!({ "user_ids": ids })));
    assert_eq!(task["status"], "completed", "{task}");
    let url = task["result"]["url"].as_str().unwrap();
    let response = stream.send_raw(Request::get(url).body(Bytes::new()).unwrap());
    assert_eq!(response.status(), 200);
    String::from_utf8(response.body().to_vec()).unwrap()
}

/// A user, with the ids of those whom it mutes rather than with all that is known of them.
fn flat(mut user: Value) -> Value {
    for mute in user["mutes"].as_array_mut().unwrap() {
        let target = mute["target"]["id"].clone();
        mute.as_object_mut().unwrap().remove("user");
        mute["target"] = target;
    }
    user
}

#[test]
fn what_was_exported_can_be_planted_and_gives_the_same_users() {
    let first = chat();
    let text = export(&first, &["ada", "bob", "eve"]);
    let second = Stream::new();
    plant(&second, &text).unwrap();
    for id in ["ada", "bob", "eve"] {
        assert_eq!(flat(second.user(id)), flat(first.user(id)), "{id}");
        let belongings = |stream: &Stream| {
            let answer = stream.get(&format!("/api/v2/users/{id}/export")).ok(200);
            let list = |name: &str, fields: &[&str]| -> Vec<Value> {
                let pick = |item: &Value| fields.iter().map(|field| item[*field].clone()).collect();
                answer[name].as_array().unwrap().iter().map(pick).collect()
            };
            (
                list(
                    "messages",
                    &["id", "cid", "text", "type", "attachments", "custom", "created_at"],
                ),
                list("reactions", &["message_id", "type", "score", "created_at"]),
            )
        };
        assert_eq!(belongings(&second), belongings(&first), "{id}");
    }
    // And again, with what others have left out: reactions to messages and channels that nobody has exported.
    assert_eq!(export(&second, &["ada", "bob", "eve"]), text);
    let third = Stream::new();
    plant(&third, &export(&first, &["ada"])).unwrap();
    assert_eq!(third.find(&json!({})), ["ada"]);
    assert_eq!(third.user("ada")["blocked_user_ids"], json!(["eve"]));
}

#[test]
fn what_the_state_shows_can_be_planted() {
    // Nothing comes due while this runs.
    let hour = Duration::from_hours(1);
    let first = chat_with(Stream::with(Emulator::builder().task_latency(hour)));
    plant(
        &first,
        &format!(
            "{}\n{}\n",
            json!({ "type": "role", "data": { "name": "speaker" } }),
            json!({ "id": "deactivated", "deactivated_at": 1, "push_notifications": { "disabled": true } })
        ),
    )
    .unwrap();
    for (id, mode) in [("ada", "hard"), ("bob", "pruning"), ("eve", "soft")] {
        let body = json!({ "user_ids": [id], "user": mode, "messages": "hard", "conversations": "hard" });
        first.post("/api/v2/users/delete", body).ok(201);
        first.0.advance_clock(hour);
    }
    plant(&first, &full().to_string()).unwrap();
    // One task is not done yet.
    let body = json!({ "user_ids": ["deactivated"], "restore_messages": true });
    let started = first.post("/api/v2/users/reactivate", body).ok(201);
    let state = first.0.state().unwrap();
    for over_http in [true, false] {
        let second = Stream::new();
        // As `GET` answers it, on one line; and as one might keep it, on many.
        if over_http {
            second.post("/_emulator/seed", state.clone()).ok(200);
        } else {
            plant(&second, &serde_json::to_string_pretty(&state).unwrap()).unwrap();
        }
        assert_eq!(second.0.state().unwrap(), state);
        // The clock of the first one is hours ahead.
        second.0.advance_clock(Duration::from_hours(5));
        let task = second.get(&format!("/api/v2/tasks/{}", started["task_id"].as_str().unwrap()));
        assert_eq!(task.ok(200)["status"], "completed");
        assert_eq!(second.user("deactivated").get("deactivated_at"), None);
    }
}

#[test]
fn a_seed_may_bring_a_deleted_id_back() {
    let stream = chat();
    let hard = json!({ "user_ids": ["ada"], "user": "hard", "messages": "hard", "conversations": "hard" });
    stream.finish(stream.post("/api/v2/users/delete", hard));
    plant(&stream, r#"{"id":"ada","name":"Ada again"}"#).unwrap();
    assert_eq!(stream.user("ada")["name"], "Ada again");
    assert_eq!(stream.0.state().unwrap()["deleted_ids"], json!({}));
    // With `deleted_at` it is a user that was deleted softly.
    plant(
        &stream,
        r#"{"id":"ada","name":"Ada again","deleted_at":"2026-01-01T00:00:00Z"}"#,
    )
    .unwrap();
    assert_eq!(stream.find(&json!({ "id": "ada" })), Vec::<String>::new());
    stream
        .post("/api/v2/users/restore", json!({ "user_ids": ["ada"] }))
        .ok(201);
    assert_eq!(stream.user("ada")["name"], "Ada again");
}
