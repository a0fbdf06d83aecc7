use std::time::Duration;

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use stream_users_emulator::{Emulator, Fault};

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

/// Starts a task of each kind for Ada, and gives what each is called and what it has come to.
fn one_of_each(stream: &Stream) -> [(&'static str, Value); 4] {
    [
        ("deactivate_users", "/api/v2/users/deactivate"),
        ("reactivate_users", "/api/v2/users/reactivate"),
        ("export_users", "/api/v2/export/users"),
        ("delete_users", "/api/v2/users/delete"),
    ]
    .map(|(name, path)| {
        let started = stream.post(path, json!({ "user_ids": ["ada"] }));
        (name, stream.finish(started))
    })
}

#[test]
fn each_kind_has_a_result_of_its_own() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" })]);
    for (name, task) in one_of_each(&stream) {
        assert_eq!(task["status"], "completed", "{name}: {task}");
        assert_eq!(task.get("error"), None, "{name}");
        let result = &task["result"];
        match name {
            "delete_users" => assert_eq!(*result, json!({ "ada": { "status": "ok" } })),
            "export_users" => {
                let url = result["url"].as_str().unwrap();
                assert!(url.contains("/exports/users/"), "{url}");
            }
            _ => {
                let users = result["users"].as_array().unwrap();
                assert_eq!(users.len(), 1);
                assert_eq!(users[0]["id"], "ada");
                let deactivated = users[0]["deactivated_at"].is_i64();
                assert_eq!(deactivated, name == "deactivate_users", "{name}");
            }
        }
    }
}

#[test]
fn each_kind_can_be_made_to_fail() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" }), json!({ "id": "bob" })]);
    let fault = Fault::failed_task("RateLimitError", "too much to do");
    for (name, _) in one_of_each(&Stream::new()) {
        stream.0.fault(name, fault.clone()).unwrap();
    }
    for (name, task) in one_of_each(&stream) {
        assert_eq!(task["status"], "failed", "{name}");
        assert_eq!(
            task["error"],
            json!({ "type": "RateLimitError", "description": "too much to do" }),
            "{name}"
        );
        assert_eq!(task.get("result"), None, "{name}");
    }
    assert_eq!(stream.0.faults(), []);
    // The work was not done, but for what a deletion does before its task runs.
    let state = stream.0.state().unwrap();
    let ada = &state["users"][0];
    assert_eq!(
        (&ada["id"], ada.get("deactivated_at"), ada["deleted_at"].is_i64()),
        (&json!("ada"), None, true)
    );
    // The next one is as ever.
    let body = json!({ "user_ids": ["bob"] });
    let task = stream.finish(stream.post("/api/v2/users/deactivate", body));
    assert_eq!(task["status"], "completed");
}

#[test]
fn tasks_can_be_made_to_fail_over_http() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" })]);
    let fault = json!({
        "operation": "DeactivateUsers",
        "task": { "type": "InternalError", "description": "the worker is gone" },
    });
    stream.post("/_emulator/faults", fault.clone()).ok(200);
    let waiting = stream.get("/_emulator/faults").ok(200);
    assert_eq!(waiting["faults"][0]["task"], fault["task"]);
    let body = json!({ "user_ids": ["ada"] });
    let task = stream.finish(stream.post("/api/v2/users/deactivate", body));
    assert_eq!(task["error"], fault["task"]);
    // It has a type and a description of its own if it is given none.
    let fault = json!({ "operation": "DeactivateUsers", "task": {} });
    stream.post("/_emulator/faults", fault).ok(200);
    let body = json!({ "user_ids": ["ada"] });
    let task = stream.finish(stream.post("/api/v2/users/deactivate", body));
    assert_eq!(
        task["error"],
        json!({ "type": "InjectedFault", "description": "injected fault" })
    );
}

#[test]
fn who_cannot_be_dealt_with_keeps_nobody_else_from_it() {
    let stream = Stream::new();
    stream.upsert([
        json!({ "id": "ada" }),
        json!({ "id": "bob" }),
        json!({ "id": "eve" }),
    ]);
    stream.finish(stream.post("/api/v2/users/delete", json!({ "user_ids": ["bob"] })));
    let body = json!({ "user_ids": ["ada", "bob", "nobody", "eve"] });
    let task = stream.finish(stream.post("/api/v2/users/deactivate", body));
    assert_eq!(task["status"], "failed");
    // The first of them is told.
    assert_eq!(
        task["error"],
        json!({ "type": "ValidationError", "description": "the user bob was deleted" })
    );
    for id in ["ada", "eve"] {
        assert!(stream.user(id)["deactivated_at"].is_i64(), "{id}");
    }
    let body = json!({ "user_ids": ["nobody", "eve", "bob"] });
    let task = stream.finish(stream.post("/api/v2/users/delete", body));
    assert_eq!(
        (&task["status"], &task["result"]),
        (
            &json!("completed"),
            &json!({
                "nobody": { "status": "error", "error": "the user nobody does not exist" },
                "eve": { "status": "ok" },
                "bob": { "status": "ok" },
            })
        )
    );
}

/// What is due has happened before what is planted, whether or not anybody has asked in between.
#[test]
fn what_is_due_is_done_before_a_seed_is_planted() {
    let stream = Stream::new();
    let seed = json!({
        "users": [{ "id": "ada" }],
        "channels": [{ "cid": "messaging:x", "members": ["ada"] }],
        "messages": [{ "id": "m", "cid": "messaging:x", "user_id": "ada", "text": "hi" }],
    });
    let deletion = json!({ "user_ids": ["ada"], "messages": "hard" });
    for plant in [
        |stream: &Stream, seed: &Value| stream.0.seed(seed),
        |stream: &Stream, seed: &Value| stream.0.seed_from(seed.to_string().as_bytes()),
    ] {
        plant(&stream, &seed).unwrap();
        stream.post("/api/v2/users/delete", deletion.clone()).ok(201);
        stream.0.advance_clock(TASK);
        plant(&stream, &seed).unwrap();
        assert_eq!(stream.0.state().unwrap()["messages"][0]["text"], "hi");
    }
}

#[test]
fn the_newest_tasks_are_kept() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" })]);
    let tasks: Vec<Value> = (0..10_001)
        .map(|n| json!({ "task_id": format!("t{n}"), "kind": "delete_users", "done": n > 0, "due_at": i64::MAX }))
        .collect();
    stream.0.seed(&json!({ "tasks": tasks })).unwrap();
    let body = json!({ "user_ids": ["ada"] });
    stream.post("/api/v2/users/deactivate", body).ok(201);
    let status = |id: &str| stream.get(&format!("/api/v2/tasks/{id}")).status;
    // The oldest is not done, so that it is kept.
    assert_eq!(["t0", "t1", "t2", "t10000"].map(status), [200, 404, 200, 200]);
}

#[test]
fn the_newest_files_of_exports_are_kept() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" })]);
    let export = || {
        let task = stream.finish(stream.post("/api/v2/export/users", json!({ "user_ids": ["ada"] })));
        task["result"]["url"].as_str().unwrap().to_owned()
    };
    let urls: Vec<String> = (0..101).map(|_| export()).collect();
    let status = |url: &String| {
        let request = Request::get(url).body(Bytes::new()).unwrap();
        stream.send_raw(request).status().as_u16()
    };
    assert_eq!([&urls[0], &urls[1], &urls[100]].map(status), [403, 200, 200]);
}
