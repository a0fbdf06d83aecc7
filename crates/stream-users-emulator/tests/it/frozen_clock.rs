//! A clock that stands still until it is moved, and the date of answers, which is the clock's.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use stream_users_emulator::{Emulator, EmulatorBuilder, Error, Fault, RateLimits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::data_dir::Directory;
use crate::receiver::Receiver;
use crate::socket::{request, upsert, within};
use crate::stream::Stream;

const MINUTE: Duration = Duration::from_mins(1);

/// 2027-01-15T08:00:00Z, the start of a minute.
fn start() -> SystemTime {
    UNIX_EPOCH + Duration::from_hours(500_000)
}

fn frozen() -> EmulatorBuilder {
    Emulator::builder().frozen_clock(start())
}

#[test]
fn a_frozen_clock_moves_only_when_it_is_moved() {
    let stream = Stream::with(frozen());
    let clock = || stream.get("/_emulator/clock").ok(200);
    assert_eq!(stream.0.now(), start());
    let shown = clock();
    assert_eq!(
        (&shown["now"], &shown["time"], &shown["frozen"]),
        (
            &json!(1_800_000_000_000_000_000_i64),
            &json!("2027-01-15T08:00:00Z"),
            &json!(true)
        )
    );
    let user = stream.upsert([json!({ "id": "ada" })]);
    assert_eq!(user["users"]["ada"]["created_at"], shown["now"]);
    stream.0.advance_clock(Duration::from_millis(1_500));
    assert_eq!(stream.0.now(), start() + Duration::from_millis(1_500));
    stream
        .post("/_emulator/clock", json!({ "advance": "500ms" }))
        .ok(200);
    assert_eq!(clock()["time"], "2027-01-15T08:00:02Z");
    stream.0.set_clock(start() + MINUTE).unwrap();
    assert_eq!(clock()["time"], "2027-01-15T08:01:00Z");
    assert!(matches!(stream.0.set_clock(start()), Err(Error::Clock(_))));
    stream.0.reset().unwrap();
    assert_eq!(stream.0.now(), start() + MINUTE);
    // As far as it goes.
    stream.0.advance_clock(Duration::MAX);
    assert_eq!(clock()["time"], "2200-01-01T00:00:00Z");
}

#[test]
fn a_clock_can_be_frozen_and_let_go_at_any_time() {
    let stream = Stream::new();
    let freeze = |frozen: bool| {
        stream
            .post("/_emulator/clock", json!({ "freeze": frozen }))
            .ok(200)
    };
    assert_eq!(stream.get("/_emulator/clock").ok(200)["frozen"], false);
    let stopped = freeze(true);
    assert_eq!(stopped["frozen"], true);
    assert_eq!(freeze(true)["now"], stopped["now"]);
    let then = stream.0.now();
    while SystemTime::now() < then + Duration::from_millis(2) {
        std::thread::yield_now();
    }
    assert_eq!(stream.0.now(), then);
    stream.0.advance_clock(60 * MINUTE);
    stream.0.unfreeze_clock();
    // It goes on from where it stood, neither back nor to the machine's time.
    let at = stream.0.now();
    assert!(at >= then + 60 * MINUTE, "{at:?}");
    while stream.0.now() < at + Duration::from_millis(1) {
        std::thread::yield_now();
    }
    stream.0.freeze_clock();
    assert_eq!(stream.0.now(), stream.0.now());
    assert_eq!(
        stream.post("/_emulator/clock", json!({ "freeze": 1 })).status,
        400
    );
}

#[test]
fn a_frozen_clock_does_not_go_back_when_the_emulator_starts_again() {
    let directory = Directory::new("frozen");
    let open = |builder: EmulatorBuilder| Stream::with(builder.data_dir(&directory.0));
    let first = open(frozen());
    first.0.advance_clock(3 * MINUTE);
    drop(first);
    let second = open(frozen());
    assert_eq!(second.0.now(), start() + 3 * MINUTE);
    drop(second);
    let third = open(Emulator::builder().frozen_clock(start() + 5 * MINUTE));
    assert_eq!(third.0.now(), start() + 5 * MINUTE);
    third.0.advance_clock(MINUTE);
    drop(third);
    // One that runs is not before what was stored either.
    let running = open(Emulator::builder());
    assert!(running.0.now() >= start() + 6 * MINUTE);
}

#[test]
fn a_clock_cannot_stand_where_there_is_no_time() {
    for at in [
        UNIX_EPOCH - Duration::from_secs(1),
        UNIX_EPOCH + Duration::from_secs(7_258_118_401),
    ] {
        let error = Emulator::builder().frozen_clock(at).build().unwrap_err();
        assert!(matches!(error, Error::Clock(_)), "{error}");
        assert!(error.to_string().contains("from 1970 up to 2200"), "{error}");
    }
}

/// Thirty minutes of the documented quotas, each of them used up to the last request and refilled by the next minute.
#[test]
fn windows_are_stepped_through_without_drift() {
    let stream = Stream::with(frozen().rate_limits(RateLimits::Documented));
    let export = || stream.get("/api/v2/users/nobody/export");
    for window in 1..=30_u64 {
        let reset = (1_800_000_000 + 60 * window).to_string();
        for left in (0..60).rev() {
            let answer = export();
            assert_eq!(answer.status, 404);
            assert_eq!(answer.header("x-ratelimit-remaining"), left.to_string());
            assert_eq!(answer.header("x-ratelimit-reset"), reset);
        }
        // The last moment of the window is still in it, and the first of the next one is not.
        stream
            .0
            .advance_clock(MINUTE.saturating_sub(Duration::from_micros(1)));
        let refused = export();
        assert_eq!((refused.status, refused.header("retry-after")), (429, "1"));
        stream.0.advance_clock(Duration::from_micros(1));
    }
    assert_eq!(stream.0.now(), start() + 30 * MINUTE);
}

#[test]
fn tasks_wait_for_a_frozen_clock() {
    let stream = Stream::with(frozen());
    stream.upsert([json!({ "id": "ada" })]);
    let task = stream
        .post("/api/v2/users/delete", json!({ "user_ids": ["ada"] }))
        .ok(201);
    let path = format!("/api/v2/tasks/{}", task["task_id"].as_str().unwrap());
    let status = || stream.get(&path).ok(200)["status"].clone();
    for expected in ["pending", "running"] {
        assert_eq!([(); 3].map(|()| status()), [expected; 3]);
        stream.0.advance_clock(Duration::from_millis(25));
    }
    assert_eq!(status(), "completed");
}

/// What is done while nobody asks is done when the clock is moved, and no sooner.
#[tokio::test]
async fn webhooks_wait_for_a_frozen_clock() {
    let mut receiver = Receiver::new(&[500]).await;
    let builder = frozen().webhook(receiver.url());
    let emulator = builder.task_latency(MINUTE).start().await.unwrap();
    let stream = Stream(emulator.service());
    stream.upsert([json!({ "id": "ada" })]);
    assert_eq!(receiver.next().await.attempt(), 1);
    let tried = || stream.0.events().unwrap()["events"][0]["deliveries"][0]["attempts"] == 1;
    within(async {
        while !tried() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(receiver.is_empty());
    emulator.advance_clock(Duration::from_secs(1));
    assert_eq!(receiver.next().await.attempt(), 2);
    // A task that nobody reads.
    stream
        .post("/api/v2/export/users", json!({ "user_ids": ["ada"] }))
        .ok(201);
    emulator.advance_clock(MINUTE);
    assert_eq!(receiver.next().await.json()["type"], "export.users.success");
}

/// What every answer is dated.
fn dated(stream: &Stream, method: &str, path: &str, body: Value) -> String {
    stream.call(method, path, body).header("date").to_owned()
}

#[test]
fn every_answer_is_dated_by_the_emulators_clock() {
    let stream = Stream::with(frozen());
    let is_dated = |expected: &str| {
        for (method, path, body) in [
            ("POST", "/api/v2/users", upsert("ada")),
            ("GET", "/api/v2/tasks/nothing", Value::Null),
            ("GET", "/nowhere", Value::Null),
            ("PUT", "/api/v2/app", Value::Null),
            ("GET", "/exports/users/nothing.jsonl", Value::Null),
            ("GET", "/_emulator/state", Value::Null),
        ] {
            assert_eq!(dated(&stream, method, path, body), expected, "{method} {path}");
        }
        // A question of a browser.
        let preflight = Request::options("http://stream.test/api/v2/users")
            .header("origin", "http://localhost:3000")
            .header("access-control-request-method", "POST")
            .body(Bytes::new())
            .unwrap();
        assert_eq!(stream.send_raw(preflight).headers()["date"], expected);
        stream
            .0
            .fault("*", Fault::error(503, -1, "").and(Fault::not_json()))
            .unwrap();
        let answer = stream.send_raw(stream.request("GET", "/api/v2/app", None, None));
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["date"]),
            (503, &expected.parse().unwrap())
        );
    };
    is_dated("Fri, 15 Jan 2027 08:00:00 GMT");
    // Parts of a second are left out, as they are everywhere else.
    stream.0.advance_clock(Duration::from_millis(86_400_999));
    is_dated("Sat, 16 Jan 2027 08:00:00 GMT");
}

#[tokio::test]
async fn over_a_socket_there_is_one_date_and_it_is_the_clocks() {
    let emulator = frozen().start().await.unwrap();
    emulator.advance_clock(60 * MINUTE);
    let line = format!("POST /api/v2/users?api_key={}", emulator.api_key());
    let whole = request(&emulator, &line, upsert("ada").to_string().as_bytes());
    for asked in [whole, b"this is no HTTP\r\n\r\n".to_vec()] {
        let mut stream = TcpStream::connect(emulator.address()).await.unwrap();
        stream.write_all(&asked).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        within(stream.read_to_end(&mut answer)).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let dates: Vec<&str> = answer
            .lines()
            .filter(|line| line.to_lowercase().starts_with("date:"))
            .collect();
        assert_eq!(dates, ["date: Fri, 15 Jan 2027 09:00:00 GMT"], "{answer}");
    }
}
