//! Faults of connecting: refusals in a message, answers in place of the upgrade, connections that are dropped.

use std::time::{Duration, Instant};

use serde_json::json;
use stream_users_emulator::{Emulator, Fault};
use tokio_tungstenite::tungstenite::Error;

use super::client::{Client, Closed, newer, older, token};

#[tokio::test]
async fn an_error_is_told_in_a_message() {
    let emulator = Emulator::start().await.unwrap();
    emulator
        .fault("connect", Fault::error(503, -1, "try later").times(2))
        .unwrap();
    let (mut client, first) = Client::newer(&emulator, "ada").await;
    Client::refused(&first, 503, -1, "try later");
    assert_eq!(client.next().await, Err(Closed::Code(1008, String::new())));
    let (_, first) = Client::older(&emulator, "ada").await;
    Client::refused(&first, 503, -1, "try later");
    let (_client, first) = Client::newer(&emulator, "ada").await;
    assert_eq!(first["type"], "connection.ok");
    let logged = emulator.requests();
    let seen: Vec<_> = logged
        .iter()
        .map(|request| (request.status, request.code, request.faults.clone()))
        .collect();
    assert_eq!(
        seen,
        [
            (101, Some(-1), vec!["error"]),
            (101, Some(-1), vec!["error"]),
            (101, None, vec![])
        ]
    );
}

#[tokio::test]
async fn another_answer_takes_the_place_of_the_upgrade() {
    let emulator = Emulator::start().await.unwrap();
    let page = http::Response::builder()
        .status(502)
        .header("content-type", "text/html")
        .body("<html></html>")
        .unwrap();
    emulator.fault("Connect", Fault::answer(page)).unwrap();
    let refused = Client::try_open(&emulator, &newer(&emulator))
        .await
        .err()
        .unwrap();
    let Error::Http(answer) = refused else {
        panic!("{refused}")
    };
    assert_eq!(
        (
            answer.status().as_u16(),
            answer.headers()["content-type"].to_str().unwrap()
        ),
        (502, "text/html")
    );
    emulator
        .fault("connect", Fault::drop_connection_before())
        .unwrap();
    assert!(Client::try_open(&emulator, &newer(&emulator)).await.is_err());
    assert!(emulator.connections().is_empty());
    assert_eq!(emulator.faults(), []);
}

#[tokio::test]
async fn the_first_answer_is_spoilt_or_does_not_come() {
    let emulator = Emulator::start().await.unwrap();
    let hello = json!({ "user_id": "ada", "user_details": { "id": "ada" } });
    let path = older(&emulator, &token(&emulator, "ada"), "jwt", &hello);
    emulator.fault("connect", Fault::drop_connection_after()).unwrap();
    let mut client = Client::open(&emulator, &path).await;
    assert_eq!(client.next().await, Err(Closed::Socket));
    // The work was done.
    assert_eq!(emulator.state().unwrap()["users"][0]["id"], "ada");
    for (fault, expected) in [
        (Fault::not_json(), "<html>"),
        (Fault::invalid_json(), "{"),
        (Fault::cut_body(), "{"),
        (Fault::error(502, -1, "").and(Fault::not_json()), "<html>"),
    ] {
        let cut = fault == Fault::cut_body();
        emulator.fault("connect", fault).unwrap();
        let mut client = Client::open(&emulator, &path).await;
        let text = client.next().await.unwrap();
        assert!(text.starts_with(expected), "{text}");
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_err());
        if cut {
            assert_eq!(client.next().await, Err(Closed::Socket));
        }
    }
}

#[tokio::test]
async fn connecting_takes_its_time() {
    let emulator = Emulator::start().await.unwrap();
    emulator
        .fault("*", Fault::latency(Duration::from_millis(30)))
        .unwrap();
    let began = Instant::now();
    let (_client, _) = Client::newer(&emulator, "ada").await;
    assert!(began.elapsed() >= Duration::from_millis(30));
    assert_eq!(emulator.requests()[0].faults, ["latency"]);
}
