//! What a developer sees of the emulator and does to it: its clock, its log of requests, the active users.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use stream_users_emulator::{Emulator, EmulatorBuilder, Error};

use crate::data_dir::Directory;
use crate::stream::{Stream, sign};

/// Nanoseconds since the epoch.
fn nanos(time: SystemTime) -> i64 {
    i64::try_from(time.duration_since(UNIX_EPOCH).unwrap().as_nanos()).unwrap()
}

const HOUR: i64 = 3_600_000_000_000;

#[test]
fn the_clock_moves_forward() {
    let stream = Stream::new();
    let clock = stream.get("/_emulator/clock").ok(200);
    assert_eq!(clock["ahead_ms"], 0);
    let start = clock["now"].as_i64().unwrap();
    assert!((nanos(SystemTime::now()) - start).abs() < HOUR);
    let mut before = start;
    for (change, by) in [
        (json!({ "advance": "90s" }), 90_000_000_000),
        (json!({ "advance": "2h 30m" }), 2 * HOUR + HOUR / 2),
        (json!({ "advance_ms": 1500 }), 1_500_000_000),
        (json!({ "set": before + 10 * HOUR }), 0),
    ] {
        let clock = stream.post("/_emulator/clock", change).ok(200);
        let now = clock["now"].as_i64().unwrap();
        assert!(now >= before + by && now < before + by + 10 * HOUR, "{clock}");
        before = now;
    }
    assert!(before >= start + 10 * HOUR);
    let clock = stream
        .post("/_emulator/clock", json!({ "set": "2100-02-03T04:05:06Z" }))
        .ok(200);
    let text = clock["time"].as_str().unwrap();
    assert!(text.starts_with("2100-02-03T04:05:"), "{text}");
    let then = UNIX_EPOCH + Duration::from_secs(4_105_310_706);
    assert!(stream.0.now() >= then);
    let user = stream.upsert([json!({ "id": "ada" })]);
    assert!(user["users"]["ada"]["created_at"].as_i64().unwrap() >= nanos(then));
}

#[test]
fn the_clock_never_goes_back() {
    let stream = Stream::new();
    for (change, expected) in [
        (json!({ "set": "2001-01-01T00:00:00Z" }), "it only goes forward"),
        (json!({ "set": "2200-01-02T00:00:00Z" }), "it goes up to 2200"),
        (json!({ "set": "tomorrow" }), "RFC 3339"),
        (json!({ "advance": "-5s" }), "such as 500ms"),
        (json!({ "advance": "1 fortnight" }), "such as 500ms"),
        (json!({ "advance": 5 }), "the body is not valid"),
        (json!({ "advance_ms": u64::MAX }), "it goes up to 2200"),
        (
            json!({ "to": 5 }),
            "expected one of `advance`, `advance_ms`, `set`",
        ),
        (json!({}), "the body is not valid"),
    ] {
        let refused = stream.post("/_emulator/clock", change);
        assert_eq!((refused.status, &refused.body["code"]), (400, &json!(4)));
        let message = refused.body["message"].as_str().unwrap();
        assert!(message.contains(expected), "{message}");
    }
    assert!(matches!(stream.0.set_clock(UNIX_EPOCH), Err(Error::Clock(_))));
    assert_eq!(stream.get("/_emulator/clock").ok(200)["ahead_ms"], 0);
    // As far as it goes, and everything works there.
    stream.0.advance_clock(Duration::MAX);
    stream.upsert([json!({ "id": "ada" })]);
    let task = stream.post("/api/v2/users/delete", json!({ "user_ids": ["ada"] }));
    assert_eq!(stream.finish(task)["status"], "pending");
}

#[test]
fn the_clock_is_kept_in_the_data() {
    let directory = Directory::new("clock");
    let open = || Stream::with(Emulator::builder().data_dir(&directory.0));
    let stream = open();
    stream.0.advance_clock(Duration::from_hours(50));
    stream.0.reset().unwrap();
    let then = stream.0.now();
    drop(stream);
    assert!(open().0.now() >= then);
}

/// What stands in the builder is there before anybody asks.
#[test]
fn data_to_start_with() {
    let directory = Directory::new("start");
    std::fs::create_dir_all(&directory.0).unwrap();
    let file = directory.0.join("seed.ndjson");
    std::fs::write(&file, "{\"id\":\"bob\"}\n{\"id\":\"cyd\"}\n").unwrap();
    let builder = Emulator::builder().seed(json!({ "users": [{ "id": "ada" }] }));
    let stream = Stream::with(builder.seed_file(&file));
    for id in ["ada", "bob", "cyd"] {
        assert_eq!(stream.user(id)["id"], id);
    }
    let refused = |builder: EmulatorBuilder| builder.build().unwrap_err();
    let nowhere = directory.0.join("nowhere");
    for (file, text) in [(&nowhere, ""), (&file, "{")] {
        if !text.is_empty() {
            std::fs::write(file, text).unwrap();
        }
        let error = refused(Emulator::builder().seed_file(file));
        assert_eq!(error.to_string(), format!("cannot plant {}", file.display()));
        assert!(std::error::Error::source(&error).is_some());
    }
}

/// Active users of the current month: all, users, guests.
fn active(stream: &Stream) -> [i64; 3] {
    let usage = stream.get("/_emulator/usage").ok(200);
    ["monthly_active_users", "users", "guests"].map(|name| usage[name].as_i64().unwrap())
}

#[test]
fn who_connects_is_active_and_who_is_only_there_is_not() {
    let stream = Stream::new();
    let anonymous = |path: &str, body: Value| stream.send(stream.request("POST", path, None, Some(body)));
    stream.upsert([json!({ "id": "ada" }), json!({ "id": "bob" })]);
    assert_eq!(active(&stream), [0, 0, 0]);
    let blocks = "/api/v2/users/block";
    for _ in 0..2 {
        stream.call_as("ada", "GET", blocks, Value::Null).ok(200);
    }
    assert_eq!(active(&stream), [1, 1, 0]);
    // What is refused counts nobody, and neither does a token for somebody who is not there.
    stream.call_as("bob", "GET", "/api/v2/users", Value::Null);
    stream.call_as("nobody", "GET", blocks, Value::Null);
    assert_eq!(active(&stream), [1, 1, 0]);
    let guest = anonymous("/api/v2/guest", json!({ "user": { "id": "eve" } })).ok(201);
    assert_eq!(active(&stream), [2, 1, 1]);
    let id = guest["user"]["id"].as_str().unwrap();
    stream.call_as(id, "GET", blocks, Value::Null).ok(200);
    assert_eq!(active(&stream), [2, 1, 1]);
    // A deleted user was active even so.
    stream
        .post("/api/v2/users/delete", json!({ "user_ids": ["ada"] }))
        .ok(201);
    assert_eq!(active(&stream), [2, 1, 1]);
    stream.0.reset().unwrap();
    assert_eq!(active(&stream), [0, 0, 0]);
}

#[test]
fn months_are_counted_each_and_kept() {
    let directory = Directory::new("usage");
    let open = || Stream::with(Emulator::builder().data_dir(&directory.0));
    let stream = open();
    let at = |time: &str| stream.post("/_emulator/clock", json!({ "set": time })).ok(200);
    let connect = |id: &str| {
        let token = sign(
            stream.0.api_secret(),
            &json!({ "alg": "HS256" }),
            &json!({ "user_id": id }),
        );
        let request = stream.request("GET", "/api/v2/users/block", Some(&token), None);
        stream.send(request).ok(200);
    };
    stream.upsert([json!({ "id": "ada" }), json!({ "id": "bob" })]);
    at("2098-11-30T23:59:00Z");
    connect("ada");
    connect("bob");
    at("2098-12-01T00:00:00Z");
    connect("bob");
    at("2099-03-01T00:00:00Z");
    drop(stream);
    let usage = open().get("/_emulator/usage").ok(200);
    let month = |month: &str, users: i64| json!({ "month": month, "monthly_active_users": users, "users": users, "guests": 0 });
    assert_eq!(
        usage["months"],
        json!([month("2099-03", 0), month("2098-12", 1), month("2098-11", 2)])
    );
    assert_eq!((&usage["month"], &usage["users"]), (&json!("2099-03"), &json!(0)));
}

#[test]
fn the_log_says_who_sent_what() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" })]);
    let token = stream.token(&json!({ "user_id": "ada" }));
    let path = format!("/api/v2/users/block?authorization={token}&%74oken=t&connection_id=c");
    let mut request = stream.request("GET", &path, Some(&token), None);
    let headers = request.headers_mut();
    headers.insert("x-stream-client", "stream-chat-js-v9-browser".parse().unwrap());
    headers.insert("cookie", "session".parse().unwrap());
    headers.append("x-stream-ext", "a".parse().unwrap());
    headers.append("x-stream-ext", "b".parse().unwrap());
    stream.send(request).ok(200);
    stream.get("/api/v2/tasks/x");
    stream.call("POST", "/api/v2/nowhere", json!({ "a": 1 }));
    let log = stream.get("/_emulator/requests").ok(200)["requests"].take();
    assert!(!log.to_string().contains(&token), "{log}");
    assert_eq!(
        (&log[0]["caller"], &log[0]["user_id"]),
        (&json!("server"), &Value::Null)
    );
    assert_eq!(
        log[0]["body_bytes"],
        crate::socket::upsert("ada").to_string().len()
    );
    let entry = &log[1];
    assert_eq!(
        (&entry["caller"], &entry["user_id"]),
        (&json!("user"), &json!("ada"))
    );
    assert_eq!(
        entry["headers"],
        json!({ "stream-auth-type": "jwt", "x-stream-client": "stream-chat-js-v9-browser", "x-stream-ext": "a, b" })
    );
    let key = stream.0.api_key();
    assert_eq!(
        entry["query"],
        format!("authorization=redacted&%74oken=redacted&connection_id=c&api_key={key}")
    );
    assert_eq!((&entry["status"], &entry["code"]), (&json!(200), &Value::Null));
    assert_eq!(entry["operation"], "get_blocked_users");
    assert!(entry["duration_ms"].as_f64().unwrap() > 0.0);
    assert_eq!(
        (&entry["faults"], &entry["latency_ms"]),
        (&json!([]), &json!(0.0))
    );
    let now = nanos(SystemTime::now());
    assert!((now - entry["time"].as_i64().unwrap()).abs() < HOUR);
    assert_eq!((&log[2]["status"], &log[2]["code"]), (&json!(404), &json!(16)));
    assert_eq!(
        (&log[3]["operation"], &log[3]["code"]),
        (&Value::Null, &json!(16))
    );
    stream.call("DELETE", "/_emulator/requests", Value::Null).ok(200);
    assert_eq!(stream.0.requests(), []);
}

#[test]
fn pages_of_other_machines_do_not_reach_it() {
    let stream = Stream::new();
    for (origin, status) in [
        ("http://localhost:3000", 200),
        ("http://127.0.0.1:8080", 200),
        ("http://[::1]:8080", 200),
        ("http://app.localhost", 200),
        ("https://example.com", 404),
        ("http://localhost.example.com", 404),
        ("null", 404),
    ] {
        let mut request = stream.request("GET", "/_emulator/state", None, None);
        request.headers_mut().insert("origin", origin.parse().unwrap());
        assert_eq!(stream.send(request).status, status, "{origin}");
    }
}
