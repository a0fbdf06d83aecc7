//! The command: its first line, its options, how it ends.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::socket::{Directory, send, upsert};

async fn command(arguments: &[&str]) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_stream-users-emulator"))
        .args(arguments)
        .env("STREAM_API_KEY", "key")
        .env("STREAM_API_SECRET", "secret")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.next_line().await.unwrap().unwrap();
    let address = line.strip_prefix("listening on http://").unwrap().to_owned();
    (child, address)
}

#[tokio::test]
async fn the_command_keeps_what_it_has_acknowledged_when_it_is_killed() {
    let directory = Directory::new("kill");
    let data = directory.0.to_str().unwrap();
    let (mut child, address) = command(&["--data", data]).await;
    let (status, _) = send(
        &address,
        "secret",
        "POST",
        "/api/v2/users?api_key=key",
        &upsert("ada"),
    )
    .await;
    assert_eq!(status, 201);
    child.kill().await.unwrap();
    let (_child, address) = command(&["--data", data]).await;
    let (_, state) = send(&address, "secret", "GET", "/_emulator/state", &Value::Null).await;
    assert_eq!(state["users"][0]["id"], "ada");
}

#[cfg(unix)]
#[tokio::test]
async fn the_command_takes_a_seed_and_stops_on_sigterm() {
    let directory = Directory::new("seed");
    std::fs::create_dir_all(&directory.0).unwrap();
    let file = directory.0.join("seed.json");
    std::fs::write(
        &file,
        json!({ "users": [{ "id": "ada", "role": "speaker" }] }).to_string(),
    )
    .unwrap();
    let arguments = [
        "--seed",
        file.to_str().unwrap(),
        "--role",
        "speaker",
        "--task-latency",
        "1s",
    ];
    let (mut child, address) = command(&arguments).await;
    let (_, state) = send(&address, "secret", "GET", "/_emulator/state", &Value::Null).await;
    assert_eq!(state["users"][0]["role"], "speaker");
    let id = child.id().unwrap().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .await
            .unwrap()
            .success()
    );
    assert!(child.wait().await.unwrap().success());
}
