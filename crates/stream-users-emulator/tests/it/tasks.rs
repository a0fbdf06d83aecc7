use std::time::Duration;

use serde_json::json;
use stream_users_emulator::Emulator;

use crate::stream::{Stream, TASK};

#[test]
fn a_task_is_pending_runs_and_completes() {
    let stream = Stream::with(Emulator::builder().task_latency(Duration::from_secs(100)));
    stream.upsert([json!({ "id": "ada" })]);
    let started = stream
        .post("/api/v2/users/delete", json!({ "user_ids": ["ada"] }))
        .ok(201);
    let id = started["task_id"].as_str().unwrap();
    assert_eq!(id.len(), 36);
    let task = || stream.get(&format!("/api/v2/tasks/{id}")).ok(200);
    let pending = task();
    assert_eq!(
        (&pending["task_id"], &pending["status"]),
        (&json!(id), &json!("pending"))
    );
    assert_eq!(pending["created_at"], pending["updated_at"]);
    assert_eq!((pending.get("result"), pending.get("error")), (None, None));
    stream.0.advance_clock(Duration::from_mins(1));
    let running = task();
    assert_eq!(running["status"], "running");
    assert!(running["updated_at"].as_i64() > running["created_at"].as_i64());
    stream.0.advance_clock(Duration::from_mins(1));
    let completed = task();
    assert_eq!(completed["status"], "completed");
    assert_eq!(completed["result"], json!({ "ada": { "status": "ok" } }));
    assert_eq!(completed.get("error"), None);
    assert_eq!(
        completed["updated_at"].as_i64().unwrap() - completed["created_at"].as_i64().unwrap(),
        100_000_000_000
    );
    assert_eq!(completed["updated_at"], task()["updated_at"]);
}

#[test]
fn an_unknown_task_is_not_found() {
    Stream::new().get("/api/v2/tasks/nope").fails(
        404,
        16,
        "GetTask failed with error: \"Can't find task with id \"nope\"\"",
    );
}

#[test]
fn tasks_without_latency_are_done_at_once() {
    let stream = Stream::with(Emulator::builder().task_latency(Duration::ZERO));
    stream.upsert([json!({ "id": "ada" })]);
    let started = stream
        .post("/api/v2/users/deactivate", json!({ "user_ids": ["ada"] }))
        .ok(201);
    let path = format!("/api/v2/tasks/{}", started["task_id"].as_str().unwrap());
    assert_eq!(stream.get(&path).ok(200)["status"], "completed");
}

#[test]
fn a_result_stays_as_it_was_when_the_task_finished() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada", "name": "Ada" }), json!({ "id": "bob" })]);
    let started = stream
        .post("/api/v2/users/deactivate", json!({ "user_ids": ["ada", "bob"] }))
        .ok(201);
    let path = format!("/api/v2/tasks/{}", started["task_id"].as_str().unwrap());
    stream.0.advance_clock(TASK);
    let result = stream.get(&path).ok(200)["result"].clone();
    assert_eq!(
        (&result["users"][0]["name"], &result["users"][1]["id"]),
        (&json!("Ada"), &json!("bob"))
    );
    assert!(result["users"][0]["deactivated_at"].is_i64());
    stream.post("/api/v2/users/ada/reactivate", json!({})).ok(201);
    assert_eq!(stream.get(&path).ok(200)["result"], result);
    let hard = json!({ "user_ids": ["ada"], "user": "hard", "messages": "hard", "conversations": "hard" });
    stream.finish(stream.post("/api/v2/users/delete", hard));
    assert_eq!(stream.get(&path).ok(200)["result"], result);
}
