//! The emulator behind a socket, and its data in a directory.

use std::path::PathBuf;

use serde_json::{Value, json};
use stream_users_emulator::Emulator;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::stream::sign;

/// Sends one request over a connection of its own; the status and the body of the answer.
pub(crate) async fn send(
    address: &str,
    secret: &str,
    method: &str,
    path: &str,
    body: &Value,
) -> (u16, Value) {
    let token = sign(secret, &json!({ "alg": "HS256" }), &json!({}));
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: {token}\r\nstream-auth-type: jwt\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (
        status,
        serde_json::from_str(body).unwrap_or(Value::String(body.to_owned())),
    )
}

pub(crate) fn upsert(id: &str) -> Value {
    json!({ "users": { id: { "id": id } } })
}

#[tokio::test]
async fn serves_and_shuts_down() {
    let emulator = Emulator::builder()
        .api_key("key")
        .api_secret("secret")
        .start()
        .await
        .unwrap();
    let address = emulator.base_url().strip_prefix("http://").unwrap().to_owned();
    let (status, _) = send(
        &address,
        "secret",
        "POST",
        "/api/v2/users?api_key=key",
        &upsert("ada"),
    )
    .await;
    assert_eq!(status, 201);
    assert_eq!(emulator.state().unwrap()["users"][0]["id"], "ada");
    let (status, _) = send(&address, "secret", "GET", "/_emulator/state", &Value::Null).await;
    assert_eq!(status, 200);
    let service = emulator.service();
    emulator.shutdown().await;
    assert!(TcpStream::connect(&address).await.is_err());
    assert_eq!(service.state().unwrap()["users"][0]["id"], "ada");
}

#[tokio::test]
async fn stops_when_dropped() {
    let emulator = Emulator::start().await.unwrap();
    let address = emulator.address();
    drop(emulator);
    // The server hears of it as soon as it gets a turn.
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_a_shutdown_up() {
    let emulator = Emulator::start().await.unwrap();
    let mut idle = TcpStream::connect(emulator.address()).await.unwrap();
    idle.write_all(b"GET /_emulator/requests HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut first = [0; 12];
    idle.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    emulator.shutdown().await;
}

#[tokio::test]
async fn an_address_in_use_is_an_error() {
    let emulator = Emulator::start().await.unwrap();
    let error = Emulator::builder()
        .listen(emulator.address())
        .start()
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot listen on {}", emulator.address())
    );
}

/// A directory that is removed when the test ends.
pub(crate) struct Directory(pub(crate) PathBuf);

impl Directory {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("stream-users-emulator-{name}-{}", std::process::id()));
        std::fs::remove_dir_all(&path).ok();
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

#[test]
fn data_survives_a_restart() {
    let directory = Directory::new("restart");
    let open = || crate::stream::Stream::with(Emulator::builder().data_dir(&directory.0));
    let first = open();
    first.upsert([json!({ "id": "ada", "custom": { "k": [1, 2.0] } })]);
    let task = first
        .post("/api/v2/users/delete", json!({ "user_ids": ["ada"] }))
        .ok(201);
    drop(first);
    let second = open();
    assert!(second.find(&json!({})).is_empty());
    second.0.advance_clock(crate::stream::TASK);
    let path = format!("/api/v2/tasks/{}", task["task_id"].as_str().unwrap());
    assert_eq!(second.get(&path).ok(200)["status"], "completed");
    second
        .post("/api/v2/users/restore", json!({ "user_ids": ["ada"] }))
        .ok(201);
    assert_eq!(second.user("ada")["custom"], json!({ "k": [1, 2.0] }));
}
