//! Long polling, over a socket and without one.

use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use stream_users_emulator::{Cut, Emulator, EmulatorService};
use tower_service::Service;

use super::client::token;
use crate::socket::{try_send, within};
use crate::stream::{Stream, encode};

/// An emulator without a socket, whose polls do not wait.
fn prompt() -> Stream {
    Stream::with(Emulator::builder().settings(|settings| settings.long_poll_wait = Duration::ZERO))
}

const SURFACES: [&str; 2] = ["", "/api/v2"];

fn hello(user: &str) -> String {
    encode(&json!({ "user_id": user, "user_details": { "id": user } }).to_string())
}

/// Connects `ada`; the id of the connection.
fn connect(stream: &Stream, surface: &str) -> String {
    let path = format!("{surface}/longpoll?json={}", hello("ada"));
    let answer = stream.call_as("ada", "GET", &path, Value::Null).ok(200);
    let event = &answer["event"];
    let kind = if surface.is_empty() {
        "health.check"
    } else {
        "connection.ok"
    };
    assert_eq!(
        (&event["type"], &event["me"]["id"]),
        (&json!(kind), &json!("ada")),
        "{answer}"
    );
    event["connection_id"].as_str().unwrap().to_owned()
}

#[test]
fn connects_polls_and_ends_without_a_socket() {
    let stream = prompt();
    for surface in SURFACES {
        let id = connect(&stream, surface);
        assert_eq!(id.len(), 36);
        let connections = stream.0.connections();
        assert_eq!((connections[0].transport, &connections[0].id), ("longpoll", &id));
        let path = format!("{surface}/longpoll?connection_id={id}");
        let polled = stream.call_as("ada", "GET", &path, Value::Null).ok(200);
        assert_eq!(polled["events"], json!([]));
        let closed = stream.call_as("ada", "GET", &format!("{path}&close=true"), Value::Null);
        assert_eq!(closed.ok(200)["events"], json!([]));
        assert!(stream.0.connections().is_empty());
        stream.call_as("ada", "GET", &path, Value::Null).fails(
            400,
            46,
            "LongPoll failed with error: \"connection id not found\"",
        );
        assert_eq!(stream.user("ada")["online"], false);
    }
    assert_eq!(stream.0.usage().unwrap()[0].users, 1);
}

#[test]
fn who_is_refused_is_refused_over_http() {
    let stream = prompt();
    let id = connect(&stream, "");
    let path = format!("/longpoll?connection_id={id}");
    let unknown = "LongPoll failed with error: \"connection id not found\"";
    stream
        .call_as("bob", "GET", &path, Value::Null)
        .fails(400, 46, unknown);
    stream.get(&path).fails(400, 46, unknown);
    stream
        .send(stream.request("GET", &path, Some("x.y.z"), None))
        .fails(
            401,
            43,
            "LongPoll failed with error: \"Token signature is invalid\"",
        );
    stream.call_as("ada", "GET", "/longpoll", Value::Null).fails(
        400,
        4,
        "LongPoll failed with error: \"invalid json data\"",
    );
    stream
        .call_as(
            "bob",
            "GET",
            &format!("/longpoll?json={}", hello("ada")),
            Value::Null,
        )
        .fails(
            403,
            17,
            "LongPoll failed with error: \"user_id does not match the user of the token\"",
        );
    // Nobody in particular, and a token that stands in the introduction.
    let answer = stream
        .send(stream.request("GET", &format!("/longpoll?json={}", hello("x")), None, None))
        .ok(200);
    let own = answer["event"]["connection_id"].as_str().unwrap();
    assert_eq!(answer["event"]["me"]["role"], "anonymous");
    stream
        .send(stream.request("GET", &format!("/longpoll?connection_id={own}"), None, None))
        .ok(200);
    stream
        .send(stream.request("GET", &path, None, None))
        .fails(400, 46, unknown);
    let token = stream.token(&json!({ "user_id": "eve" }));
    let hello = encode(&json!({ "token": token, "user_details": { "id": "eve" } }).to_string());
    let uri = format!("/api/v2/longpoll?api_key={}&json={hello}", stream.0.api_key());
    let answer = stream
        .send(Request::builder().uri(uri).body(Bytes::new()).unwrap())
        .ok(200);
    assert_eq!(answer["event"]["me"]["id"], "eve");
    let last = stream.0.requests().pop().unwrap();
    assert!(last.query.ends_with("&json=redacted"), "{}", last.query);
    assert_eq!(
        (last.operation, last.user_id.as_deref()),
        (Some("longpoll"), Some("eve"))
    );
}

/// Without a runtime a poll waits, too, and is woken up by what happens.
#[test]
fn a_poll_without_a_runtime_waits_for_what_happens() {
    let stream = Stream::new();
    let id = connect(&stream, "");
    let token = stream.token(&json!({ "user_id": "ada" }));
    let request = || {
        stream.request(
            "GET",
            &format!("/longpoll?connection_id={id}"),
            Some(&token),
            None,
        )
    };
    let mut first = stream.0.clone().call(request());
    let mut context = Context::from_waker(Waker::noop());
    assert!(first.as_mut().poll(&mut context).is_pending());
    // Another poll takes its place.
    let mut second = stream.0.clone().call(request());
    assert!(second.as_mut().poll(&mut context).is_pending());
    let Poll::Ready(answer) = first.as_mut().poll(&mut context) else {
        panic!("the first poll has to be answered")
    };
    assert_eq!(answer.unwrap().status(), 200);
    stream.0.cut_connections(Cut::hang_up()).unwrap();
    let Poll::Ready(answer) = second.as_mut().poll(&mut context) else {
        panic!("the second poll has to be answered")
    };
    assert_eq!(answer.unwrap().status(), 400);
    // A reset is no answer.
    let id = connect(&stream, "");
    let path = format!("/longpoll?connection_id={id}");
    let mut poll = stream
        .0
        .clone()
        .call(stream.request("GET", &path, Some(&token), None));
    assert!(poll.as_mut().poll(&mut context).is_pending());
    stream.0.cut_connections(Cut::reset()).unwrap();
    let Poll::Ready(answer) = poll.as_mut().poll(&mut context) else {
        panic!("the poll has to come to its end")
    };
    answer.unwrap_err();
}

async fn over_socket(emulator: &Emulator, path: &str) -> (u16, Value) {
    let (address, token) = (emulator.address().to_string(), token(emulator, "ada"));
    let joint = if path.contains('?') { '&' } else { '?' };
    let key = emulator.api_key();
    let path = format!("{path}{joint}api_key={key}&authorization={token}&stream-auth-type=jwt");
    // The headers say the same as a server would, and the query goes before them.
    try_send(&address, emulator.api_secret(), "GET", &path, &Value::Null)
        .await
        .unwrap()
}

async fn connected(emulator: &Emulator) -> String {
    let (status, answer) = over_socket(emulator, &format!("/longpoll?json={}", hello("ada"))).await;
    assert_eq!(status, 200, "{answer}");
    answer["event"]["connection_id"].as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_poll_waits_twenty_seconds() {
    let emulator = Emulator::start().await.unwrap();
    let id = connected(&emulator).await;
    let began = tokio::time::Instant::now();
    let (status, answer) = over_socket(&emulator, &format!("/longpoll?connection_id={id}")).await;
    assert_eq!((status, &answer["events"]), (200, &json!([])));
    assert_eq!(began.elapsed().as_secs(), 20);
    // Whoever would be refused does not wait for it.
    let (status, _) = over_socket(&emulator, "/longpoll?connection_id=x").await;
    assert_eq!((status, began.elapsed().as_secs()), (400, 20));
}

#[tokio::test(start_paused = true)]
async fn whoever_does_not_poll_is_gone() {
    let emulator = Emulator::start().await.unwrap();
    let id = connected(&emulator).await;
    let began = tokio::time::Instant::now();
    for _ in 0..5 {
        tokio::time::sleep(Duration::from_secs(30)).await;
        over_socket(&emulator, &format!("/longpoll?connection_id={id}")).await;
    }
    assert_eq!(emulator.connections().len(), 1);
    let last = began.elapsed();
    while !emulator.connections().is_empty() {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let passed = began.elapsed().saturating_sub(last).as_secs();
    assert!((60..=62).contains(&passed), "{passed}");
    assert_eq!(Stream(emulator.service()).user("ada")["online"], false);
}

/// Waits until a poll does.
async fn polled(emulator: &EmulatorService) {
    within(async {
        while !emulator.connections().iter().any(|connection| connection.polling) {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_shutdown_answers_polls() {
    let emulator = Emulator::start().await.unwrap();
    let id = connected(&emulator).await;
    let service = emulator.service();
    let (address, token, key) = (
        emulator.address().to_string(),
        token(&emulator, "ada"),
        emulator.api_key(),
    );
    let path =
        format!("/longpoll?connection_id={id}&api_key={key}&authorization={token}&stream-auth-type=jwt");
    let poll = tokio::spawn(async move { try_send(&address, "x", "GET", &path, &Value::Null).await });
    polled(&service).await;
    let began = std::time::Instant::now();
    within(emulator.shutdown()).await;
    assert!(began.elapsed() < Duration::from_secs(3));
    let (status, answer) = poll.await.unwrap().unwrap();
    assert_eq!((status, &answer["events"]), (200, &json!([])));
}

#[tokio::test]
async fn a_silent_connection_answers_no_poll() {
    let emulator = Emulator::builder()
        .settings(|settings| settings.long_poll_wait = Duration::from_millis(1))
        .start()
        .await
        .unwrap();
    let id = connected(&emulator).await;
    emulator.cut_connections(Cut::silence()).unwrap();
    let path = format!("/longpoll?connection_id={id}");
    let polling = over_socket(&emulator, &path);
    let ending = async {
        polled(&emulator).await;
        emulator.cut_connections(Cut::close(1000, "")).unwrap();
    };
    let ((status, answer), ()) = within(async { tokio::join!(polling, ending) }).await;
    assert_eq!((status, &answer["code"]), (400, &json!(46)));
}

#[test]
fn what_happens_between_polls_is_kept_up_to_a_bound() {
    let stream = Stream::with(Emulator::builder().settings(|settings| {
        settings.long_poll_wait = Duration::ZERO;
        settings.waiting_events = 3;
    }));
    let tell = |number: u32| {
        let event = json!({ "event": { "type": "news", "custom": { "number": number } } });
        stream.post("/api/v2/chat/users/ada/event", event).ok(201);
    };
    for surface in SURFACES {
        let id = connect(&stream, surface);
        let path = format!("{surface}/longpoll?connection_id={id}");
        let poll = || stream.call_as("ada", "GET", &path, Value::Null);
        poll().ok(200);
        (1..=3).for_each(tell);
        assert_eq!(stream.0.connections()[0].waiting, 3);
        let events = poll().ok(200)["events"].clone();
        let numbers: Vec<&Value> = events
            .as_array()
            .unwrap()
            .iter()
            .map(|event| {
                if surface.is_empty() {
                    &event["number"]
                } else {
                    &event["custom"]["number"]
                }
            })
            .collect();
        assert_eq!(numbers, [1, 2, 3], "{events}");
        assert_eq!(poll().ok(200)["events"], json!([]));
        (1..=4).for_each(tell);
        poll().fails(400, 46, "LongPoll failed with error: \"connection id not found\"");
        assert!(stream.0.connections().is_empty());
    }
}

#[tokio::test]
async fn an_event_ends_a_poll() {
    let emulator = Emulator::start().await.unwrap();
    let id = connected(&emulator).await;
    let path = format!("/longpoll?connection_id={id}");
    let telling = async {
        polled(&emulator).await;
        let event = json!({ "event": { "type": "news" } });
        Stream(emulator.service())
            .post("/api/v2/chat/users/ada/event", event)
            .ok(201);
    };
    let began = std::time::Instant::now();
    let ((status, answer), ()) = within(async { tokio::join!(over_socket(&emulator, &path), telling) }).await;
    assert_eq!(
        (status, &answer["events"][0]["type"]),
        (200, &json!("news")),
        "{answer}"
    );
    assert!(began.elapsed() < Duration::from_secs(15));
}
