//! What holds for every operation: the envelope, paths, bodies, the log.

use std::io::Read;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::stream::{Answer, Stream, encode};

#[test]
fn errors_have_all_their_fields() {
    let stream = Stream::new();
    for (method, path, status) in [
        ("GET", "/api/v2/tasks/x", 404),
        ("GET", "/exports/users/x", 403),
        ("GET", "/exports/users/%ff", 403),
        ("POST", "/exports/users/x", 404),
        ("POST", "/_emulator/seed", 400),
        ("POST", "/_emulator/state", 404),
    ] {
        let answer = stream.call(method, path, json!([]));
        assert_eq!(answer.status, status, "{method} {path}");
        assert_is_an_envelope(&answer);
    }
}

fn assert_is_an_envelope(answer: &Answer) {
    let mut keys: Vec<&String> = answer.body.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(
        keys,
        [
            "StatusCode",
            "code",
            "details",
            "duration",
            "message",
            "more_info"
        ]
    );
    assert_eq!(answer.body["details"], json!([]));
    assert_eq!(
        answer.body["more_info"],
        "https://getstream.io/chat/docs/api_errors_response"
    );
    assert!(answer.body["duration"].as_str().unwrap().ends_with("ms"));
    assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
    for name in ["limit", "remaining", "reset"] {
        assert_ne!(answer.header(&format!("x-ratelimit-{name}")), "");
    }
}

#[test]
fn unknown_paths_and_methods_are_not_found() {
    let stream = Stream::new();
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/api/v2/nowhere"),
        ("DELETE", "/api/v2/users"),
        ("GET", "/api/v2/users/"),
        ("GET", "/api/v2/users/x/../block"),
        ("GET", "/api/v2/users/%2E%2E"),
        ("GET", "/api/v2/users/a/b/export"),
        ("GET", "/api/v2//users"),
        ("GET", "/api/v2/tasks/"),
        ("GET", "/api/v2/tasks/../users"),
        ("PUT", "/api/v2/guest"),
        ("POST", "/api/v2/users/ada"),
        ("GET", "/api/v2/users/delete"),
        ("GET", "/_emulator/nowhere"),
    ] {
        stream
            .call(method, path, Value::Null)
            .fails(404, 16, "Request failed with error: \"Not Found\"");
    }
    let head = stream.send_raw(stream.request("HEAD", "/api/v2/tasks/x", None, None));
    assert_eq!(head.status(), 404);
}

#[test]
fn ids_in_paths_are_decoded_after_routing() {
    let stream = Stream::new();
    for (sent, id) in [
        ("a%2Fb", "a/b"),
        ("a%20b+c", "a b+c"),
        ("a@b", "a@b"),
        ("a%40b", "a@b"),
        ("%E2%82%AC", "€"),
        ("..%2Fdelete", "../delete"),
        ("a%252Fb", "a%2Fb"),
        ("", ""),
        ("..", ".."),
        (".", "."),
        ("%2e%2e", ".."),
        ("%2E%2E", ".."),
        ("%2E", "."),
        ("%00", "\u{0}"),
        ("%FF", "\u{FFFD}"),
        ("%zz", "%zz"),
        ("delete", "delete"),
        ("block", "block"),
    ] {
        let path = format!("/api/v2/users/{sent}/export");
        stream.get(&path).fails(
            404,
            16,
            &format!("ExportUser failed with error: \"the user {id} does not exist\""),
        );
        assert_eq!(stream.0.requests().last().unwrap().path, path);
    }
    stream.upsert([json!({ "id": "a@b" })]);
    stream.post("/api/v2/users/a@b/deactivate", json!({})).ok(201);
    stream.post("/api/v2/users/a%40b/reactivate", json!({})).ok(201);
}

#[test]
fn compresses_only_when_asked() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" })]);
    let path = format!("/api/v2/users?payload={}", encode(r#"{"filter_conditions":{}}"#));
    let token = stream.token(&json!({}));
    let mut request = stream.request("GET", &path, Some(&token), None);
    assert!(
        stream
            .send_raw(request.clone())
            .headers()
            .get("content-encoding")
            .is_none()
    );
    request
        .headers_mut()
        .insert("accept-encoding", "gzip".parse().unwrap());
    let response = stream.send_raw(request);
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let mut text = String::new();
    flate2::read::GzDecoder::new(&response.body()[..])
        .read_to_string(&mut text)
        .unwrap();
    let body: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(body["users"][0]["id"], "ada");
}

#[test]
fn logs_requests() {
    let stream = Stream::new();
    stream.get("/api/v2/tasks/a%2Fb?x=%20");
    stream.get("/nowhere");
    let log = stream.get("/_emulator/requests").ok(200);
    let first = &log["requests"][0];
    assert_eq!(
        (&first["method"], &first["path"]),
        (&json!("GET"), &json!("/api/v2/tasks/a%2Fb"))
    );
    assert_eq!(
        first["query"],
        json!(format!("x=%20&api_key={}", stream.0.api_key()))
    );
    assert_eq!(
        (&first["operation"], &first["status"]),
        (&json!("get_task"), &json!(404))
    );
    assert_eq!(log["requests"][1]["operation"], Value::Null);
    assert_eq!(log["requests"].as_array().unwrap().len(), 2);
}

#[test]
fn forgets_requests_when_they_are_many_bytes() {
    let stream = Stream::new();
    let path = format!("/{}", "x".repeat(60_000));
    for _ in 0..300 {
        stream.get(&path);
    }
    stream.get("/last");
    let log = stream.0.requests();
    let bytes: usize = log.iter().map(|request| request.path.len()).sum();
    assert!((15 << 20..=16 << 20).contains(&bytes), "{bytes}");
    assert_eq!(log.last().unwrap().path, "/last");
}

#[test]
fn seeds_dumps_and_resets_over_http() {
    let stream = Stream::new();
    stream
        .post("/_emulator/seed", json!({ "users": [{ "id": "ada" }] }))
        .ok(200);
    assert_eq!(stream.get("/_emulator/state").ok(200)["users"][0]["id"], "ada");
    let refused = stream.post(
        "/_emulator/seed",
        json!({ "users": [{ "id": "bob" }, { "nmae": 1 }] }),
    );
    refused.fails(
        400,
        4,
        "Request failed with error: \"the seed is not valid: line 1: users[1].id is a required field, line 1: \
         users[1].nmae is not a known field\"",
    );
    assert_eq!(stream.find(&json!({})), ["ada"]);
    stream.post("/_emulator/reset", Value::Null).ok(200);
    assert!(stream.find(&json!({})).is_empty());
}

#[test]
fn answers_its_own_endpoints_to_this_machine_only() {
    let stream = Stream::new();
    let from = |peer: &str| {
        let mut request = stream.request("GET", "/_emulator/state", None, None);
        *request.uri_mut() = "http://localhost/_emulator/state".parse().unwrap();
        let peer: std::net::SocketAddr = peer.parse().unwrap();
        request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
        stream.send(request).status
    };
    assert_eq!(
        (from("127.0.0.1:1"), from("[::1]:1"), from("[::ffff:127.0.0.1]:1")),
        (200, 200, 200)
    );
    assert_eq!((from("192.0.2.1:1"), from("[2001:db8::1]:1")), (404, 404));
}

#[test]
fn says_no_secret() {
    let emulator = stream_users_emulator::Emulator::builder().api_secret("hush");
    assert!(!format!("{emulator:?}").contains("hush"));
    assert!(!format!("{:?}", emulator.build().unwrap()).contains("hush"));
}

#[test]
fn the_service_can_be_shared_and_cloned() {
    fn takes<S>(_: S)
    where
        S: tower_service::Service<http::Request<Bytes>, Response = http::Response<Bytes>>
            + Clone
            + Send
            + Sync
            + std::fmt::Debug
            + 'static,
        S::Error: std::error::Error + Send + Sync,
        S::Future: Send,
    {
    }
    takes(Stream::new().0);
}
