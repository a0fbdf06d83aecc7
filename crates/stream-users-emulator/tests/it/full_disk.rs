//! A disk that has no more room: writes are refused, reads go on, and nothing that was acknowledged is lost.

use std::process::Stdio;

use serde_json::{Map, Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::command::command;
use crate::data_dir::Directory;
use crate::socket::{send, within};
use crate::stream::encode;

/// Starts the command, with these options too, in a shell that lets no file grow beyond 512 KiB.
async fn limited(data: &str, options: &[&str]) -> (Child, String) {
    let mut child = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 1024; exec \"$@\"", "sh"])
        .args([env!("CARGO_BIN_EXE_stream-users-emulator"), "--data", data])
        .args(options)
        .env("STREAM_API_KEY", "key")
        .env("STREAM_API_SECRET", "secret")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = within(lines.next_line()).await.unwrap().unwrap();
    let address = line.strip_prefix("listening on http://").unwrap().to_owned();
    (child, address)
}

const PATH: &str = "/api/v2/users?api_key=key";
const SIZE: usize = 20;

fn batch(number: usize) -> Value {
    let user = |index: usize| {
        let id = format!("u{number}-{index}");
        (
            id.clone(),
            json!({ "id": id, "custom": { "text": "x".repeat(500) } }),
        )
    };
    json!({ "users": (0..SIZE).map(user).collect::<Map<String, Value>>() })
}

/// How many users of the batch there are.
async fn count(address: &str, number: usize) -> usize {
    let ids: Vec<String> = (0..SIZE).map(|index| format!("u{number}-{index}")).collect();
    let payload = json!({ "filter_conditions": { "id": { "$in": ids } }, "limit": 100 });
    let path = format!("{PATH}&payload={}", encode(&payload.to_string()));
    let (status, answer) = send(address, "secret", "GET", &path, &Value::Null).await;
    assert_eq!(status, 200, "{answer}");
    answer["users"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_full_disk_is_an_error_and_no_loss() {
    let directory = Directory::new("full");
    let data = directory.0.to_str().unwrap();
    let (mut child, address) = limited(data, &[]).await;
    let mut acknowledged = 0;
    let refusal = loop {
        let (status, answer) = send(&address, "secret", "POST", PATH, &batch(acknowledged)).await;
        if status != 201 {
            break answer;
        }
        acknowledged += 1;
        assert!(acknowledged < 1_000, "the limit does not hold");
    };
    assert!(acknowledged > 0);
    assert_eq!(
        (&refusal["StatusCode"], &refusal["code"]),
        (&json!(500), &json!(-1)),
        "{refusal}"
    );
    for field in ["message", "duration", "more_info", "details"] {
        assert!(refusal.get(field).is_some(), "{refusal}");
    }
    let message = refusal["message"].as_str().unwrap();
    assert!(
        message.contains("the data directory cannot be read or written"),
        "{message}"
    );
    // Reads go on, of what was acknowledged and of nothing else.
    for number in 0..acknowledged {
        assert_eq!(count(&address, number).await, SIZE);
    }
    assert_eq!(count(&address, acknowledged).await, 0);
    // It is still full.
    let (status, _) = send(&address, "secret", "POST", PATH, &batch(acknowledged)).await;
    assert_eq!(status, 500);
    child.kill().await.unwrap();
    let (_child, address) = command(&["--data", data]).await;
    for number in 0..acknowledged {
        assert_eq!(count(&address, number).await, SIZE);
    }
    assert_eq!(count(&address, acknowledged).await, 0);
    let (status, answer) = send(&address, "secret", "POST", PATH, &batch(acknowledged)).await;
    assert_eq!(status, 201, "{answer}");
}

#[tokio::test]
async fn a_task_that_is_due_while_the_disk_is_full_is_done_later() {
    let directory = Directory::new("full-task");
    let data = directory.0.to_str().unwrap();
    let (mut child, address) = limited(data, &["--task-latency", "60m"]).await;
    let (status, _) = send(&address, "secret", "POST", PATH, &batch(0)).await;
    assert_eq!(status, 201);
    let ids: Vec<String> = (0..SIZE).map(|index| format!("u0-{index}")).collect();
    let body = json!({ "user_ids": ids });
    let path = "/api/v2/users/deactivate?api_key=key";
    let (status, started) = send(&address, "secret", "POST", path, &body).await;
    assert_eq!(status, 201);
    // Small writes, until there is no room for the smallest.
    for number in 0.. {
        let id = format!("small-{number}");
        let users = json!({ "users": { (id.clone()): { "id": id } } });
        let (status, _) = send(&address, "secret", "POST", PATH, &users).await;
        if status != 201 {
            break;
        }
        assert!(number < 10_000, "the limit does not hold");
    }
    let advance = json!({ "advance": "2h" });
    // It is moved, whether or not that can be kept.
    send(&address, "secret", "POST", "/_emulator/clock", &advance).await;
    let task = format!(
        "/api/v2/tasks/{}?api_key=key",
        started["task_id"].as_str().unwrap()
    );
    let (status, answer) = send(&address, "secret", "GET", &task, &Value::Null).await;
    assert_eq!((status, &answer["status"]), (200, &json!("running")), "{answer}");
    assert_eq!(count(&address, 0).await, SIZE);
    child.kill().await.unwrap();
    let (_child, address) = command(&["--data", data]).await;
    let (status, _) = send(&address, "secret", "POST", "/_emulator/clock", &advance).await;
    assert_eq!(status, 200);
    let (_, answer) = send(&address, "secret", "GET", &task, &Value::Null).await;
    assert_eq!(answer["status"], "completed", "{answer}");
    assert_eq!(count(&address, 0).await, 0);
}
