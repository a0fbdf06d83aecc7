//! The emulator behind a socket, and many writers at once.

use std::future::Future;
use std::io;
use std::time::Duration;

use serde_json::{Value, json};
use stream_users_emulator::Emulator;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::stream::sign;

/// What has to come to an end; a test that would hang fails instead.
pub(crate) async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_mins(1), work)
        .await
        .unwrap_or_else(|_| panic!("took longer than a minute"))
}

/// Sends one request over a connection of its own; the status and the body of the answer.
pub(crate) async fn send(
    address: &str,
    secret: &str,
    method: &str,
    path: &str,
    body: &Value,
) -> (u16, Value) {
    within(try_send(address, secret, method, path, body))
        .await
        .unwrap()
}

/// The same for a server that may be gone before it has answered.
pub(crate) async fn try_send(
    address: &str,
    secret: &str,
    method: &str,
    path: &str,
    body: &Value,
) -> io::Result<(u16, Value)> {
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
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .ok_or(io::ErrorKind::UnexpectedEof)?;
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Ok((
        status,
        serde_json::from_str(body).unwrap_or(Value::String(body.to_owned())),
    ))
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
    within(emulator.shutdown()).await;
    assert!(TcpStream::connect(&address).await.is_err());
    assert_eq!(service.state().unwrap()["users"][0]["id"], "ada");
}

/// Sends these bytes over a connection of its own and reads while it writes; the status and the rest of the answer.
pub(crate) async fn send_raw(emulator: &Emulator, request: Vec<u8>) -> (u16, String) {
    let stream = TcpStream::connect(emulator.address()).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    let writing = tokio::spawn(async move { writer.write_all(&request).await.map(|()| writer) });
    let mut answer = Vec::new();
    within(reader.read_to_end(&mut answer)).await.unwrap();
    writing.await.unwrap().unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer)
}

/// A request with a token of a server.
pub(crate) fn request(emulator: &Emulator, line: &str, body: &[u8]) -> Vec<u8> {
    let token = sign(emulator.api_secret(), &json!({ "alg": "HS256" }), &json!({}));
    let head = format!(
        "{line} HTTP/1.1\r\nhost: x\r\nauthorization: {token}\r\nstream-auth-type: jwt\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

#[tokio::test]
async fn what_no_client_sends_is_answered() {
    let emulator = Emulator::start().await.unwrap();
    let key = emulator.api_key();
    let not_found =
        |name: &str, text: &str| format!("\"message\":\"{name} failed with error: \\\"{text}\\\"\"");
    let export = |id: &str| not_found("ExportUser", &format!("the user {id} does not exist"));
    for (line, status, expected) in [
        ("GET /api/v2/users/../export?", 404, export("..")),
        ("GET /api/v2/users/./export?", 404, export(".")),
        ("GET /api/v2/users//export?", 404, export("")),
        ("GET /api/v2/users/%2E%2E/export?", 404, export("..")),
        ("GET /api/v2/users/a%2Fb/export?", 404, export("a/b")),
        ("GET /api/v2/users/a@b/export?", 404, export("a@b")),
        ("GET http://elsewhere/api/v2/users/../export?", 404, export("..")),
        (
            "GET /api/v2/users/x/../../tasks/x?",
            404,
            not_found("Request", "Not Found"),
        ),
        ("OPTIONS /api/v2/users?", 404, not_found("Request", "Not Found")),
        ("BREW /api/v2/users?", 404, not_found("Request", "Not Found")),
    ] {
        let (found, answer) = send_raw(
            &emulator,
            request(&emulator, &format!("{line}api_key={key}"), b""),
        )
        .await;
        assert_eq!(found, status, "{line}: {answer}");
        assert!(answer.contains(&expected), "{line}: {answer}");
    }
    for line in ["OPTIONS *", "CONNECT x:80"] {
        let (status, answer) = send_raw(&emulator, request(&emulator, line, b"")).await;
        assert_eq!(status, 404, "{line}: {answer}");
    }
    // What is no HTTP, or a line that is longer than any, is refused before there is a request.
    let long = format!("GET /api/v2/users?payload={}", "1,".repeat(100_000));
    assert_eq!(send_raw(&emulator, request(&emulator, &long, b"")).await.0, 414);
    assert_eq!(send_raw(&emulator, b"hello\r\n\r\n".to_vec()).await.0, 400);
    let line = format!("POST /api/v2/users?api_key={key}");
    let (status, answer) = send_raw(&emulator, request(&emulator, &line, &vec![b'['; 10 << 20])).await;
    assert_eq!(status, 413, "{answer}");
    assert!(answer.contains("\"code\":22"), "{answer}");
    let (status, _) = send_raw(
        &emulator,
        request(&emulator, &line, upsert("ada").to_string().as_bytes()),
    )
    .await;
    assert_eq!(status, 201);
}

const TASKS: usize = 16;
const EACH: usize = 20;

/// Holds that every task's upserts are there: its own users, and its field of the user that all of them write.
fn assert_all_applied(state: &Value) {
    let users = state["users"].as_array().unwrap();
    assert_eq!(users.len(), TASKS * EACH + 1);
    let shared = users.iter().find(|user| user["id"] == "shared").unwrap();
    for task in 0..TASKS {
        assert_eq!(shared["custom"][format!("t{task}")], json!(EACH - 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_writes_over_sockets_are_all_applied() {
    let emulator = std::sync::Arc::new(Emulator::start().await.unwrap());
    emulator.seed(&json!({ "users": [{ "id": "shared" }] })).unwrap();
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let emulator = emulator.clone();
            tokio::spawn(async move {
                let (address, secret) = (emulator.address().to_string(), emulator.api_secret());
                let path = format!("/api/v2/users?api_key={}", emulator.api_key());
                for n in 0..EACH {
                    let (status, _) =
                        send(&address, secret, "POST", &path, &upsert(&format!("u{task}-{n}"))).await;
                    assert_eq!(status, 201);
                    let change = json!({ "users": [{ "id": "shared", "set": { format!("t{task}"): n } }] });
                    assert_eq!(send(&address, secret, "PATCH", &path, &change).await.0, 200);
                }
            })
        })
        .collect();
    for task in tasks {
        within(task).await.unwrap();
    }
    assert_all_applied(&emulator.state().unwrap());
}

#[test]
fn concurrent_writes_through_the_service_are_all_applied() {
    let stream = crate::stream::Stream::new();
    stream.upsert([json!({ "id": "shared" })]);
    std::thread::scope(|scope| {
        for task in 0..TASKS {
            let stream = &stream;
            scope.spawn(move || {
                for n in 0..EACH {
                    stream
                        .post("/api/v2/users", upsert(&format!("u{task}-{n}")))
                        .ok(201);
                    let change = json!({ "users": [{ "id": "shared", "set": { format!("t{task}"): n } }] });
                    stream.call("PATCH", "/api/v2/users", change).ok(200);
                }
            });
        }
    });
    assert_all_applied(&stream.0.state().unwrap());
}

#[tokio::test]
async fn stops_when_dropped() {
    let emulator = Emulator::start().await.unwrap();
    let address = emulator.address();
    drop(emulator);
    // The server hears of it as soon as it gets a turn.
    within(async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_a_shutdown_up() {
    let emulator = Emulator::start().await.unwrap();
    let mut idle = TcpStream::connect(emulator.address()).await.unwrap();
    idle.write_all(b"GET /_emulator/requests HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut first = [0; 12];
    within(idle.read_exact(&mut first)).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    within(emulator.shutdown()).await;
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
