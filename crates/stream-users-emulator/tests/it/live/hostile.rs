//! Clients that send what no client sends.

use serde_json::json;
use stream_users_emulator::Emulator;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use super::client::{Client, Closed, newer, token};
use crate::socket::{request, send_raw, within};
use crate::stream::Stream;

#[tokio::test]
async fn what_is_no_json_is_told_so() {
    let emulator = Emulator::start().await.unwrap();
    for garbage in [
        Message::text("garbage"),
        Message::text(""),
        Message::binary(vec![0xff, 0xfe, 0]),
        Message::text("[".repeat(10_000)),
    ] {
        let (mut client, _) = Client::newer(&emulator, "ada").await;
        client.send(garbage).await;
        Client::refused(&client.json().await, 400, 4, "invalid json data");
        assert_eq!(client.next().await, Err(Closed::Code(1007, String::new())));
    }
}

#[tokio::test]
async fn what_is_too_large_is_told_so() {
    let emulator = Emulator::start().await.unwrap();
    let large = || Message::text(" ".repeat(70_000));
    let (mut client, _) = Client::newer(&emulator, "ada").await;
    client.send(large()).await;
    Client::refused(&client.json().await, 413, 22, "message is too large");
    assert!(client.next().await.is_err());
    let mut client = Client::open(&emulator, &newer(&emulator)).await;
    client.send(large()).await;
    Client::refused(&client.json().await, 413, 22, "message is too large");
    // What is under the limit, and a user who is.
    let mut client = Client::open(&emulator, &newer(&emulator)).await;
    let hello =
        json!({ "token": token(&emulator, "ada"), "user_details": { "id": "ada" }, "x": "x".repeat(60_000) });
    client.say(hello.to_string()).await;
    assert_eq!(client.json().await["type"], "connection.ok");
}

/// A pong repeats what a client has sent, which may look like an answer of HTTP.
#[tokio::test]
async fn a_ping_may_look_like_an_answer() {
    let emulator = Emulator::start().await.unwrap();
    let (mut client, _) = Client::newer(&emulator, "ada").await;
    let answer = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
    client.send(Message::Ping(answer.into())).await;
    let pong = within(futures_util::StreamExt::next(&mut client.0)).await;
    assert_eq!(pong.unwrap().unwrap(), Message::Pong(answer.into()));
    // Once.
    client.say(json!({ "type": "health.check" }).to_string()).await;
    let next = within(futures_util::StreamExt::next(&mut client.0)).await;
    assert!(next.unwrap().unwrap().is_text());
}

#[tokio::test]
async fn what_is_no_frame_ends_the_connection() {
    let emulator = Emulator::start().await.unwrap();
    let handshake = format!(
        "GET {} HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        newer(&emulator)
    );
    let masked = |first: u8, length: u8| [first, length | 0x80, 0, 0, 0, 0].to_vec();
    for frames in [
        vec![0xff; 100],
        // Not masked.
        vec![0x81, 2, b'{', b'}'],
        // Reserved bits, a reserved kind, a control frame in pieces, a continuation of nothing.
        masked(0xf1, 0),
        masked(0x83, 0),
        masked(0x09, 0),
        masked(0x80, 0),
        // A close frame of one byte, and one with a code that cannot be sent.
        [masked(0x88, 1), vec![0]].concat(),
        [masked(0x88, 2), vec![0, 5]].concat(),
        // A length that nobody has.
        [vec![0x81, 0xff], vec![0x7f; 8], vec![0; 4]].concat(),
        b"GET / HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(),
    ] {
        let mut stream = TcpStream::connect(emulator.address()).await.unwrap();
        stream.write_all(handshake.as_bytes()).await.unwrap();
        stream.write_all(&frames).await.unwrap();
        let mut answer = Vec::new();
        // It may be reset, because what it has sent is not read.
        within(stream.read_to_end(&mut answer)).await.ok();
        assert!(answer.starts_with(b"HTTP/1.1 101"), "{frames:?}: {answer:?}");
        assert!(emulator.connections().is_empty());
    }
}

#[tokio::test]
async fn a_request_that_asks_for_no_websocket_is_refused_over_http() {
    let emulator = Emulator::start().await.unwrap();
    let line = format!("GET {}", newer(&emulator));
    let (status, answer) = send_raw(&emulator, request(&emulator, &line, b"")).await;
    assert_eq!(status, 400, "{answer}");
    assert!(
        answer.contains("Connect failed with error: \\\"this is a WebSocket"),
        "{answer}"
    );
    let unversioned = "GET /connect HTTP/1.1\r\nhost: x\r\nconnection: Upgrade, close\r\nupgrade: websocket\r\n\
         sec-websocket-version: 8\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let (status, answer) = send_raw(&emulator, unversioned.as_bytes().to_vec()).await;
    assert_eq!(status, 401, "{answer}");
    let (status, _) = send_raw(&emulator, request(&emulator, "POST /connect", b"")).await;
    assert_eq!(status, 404);
}

/// Lets `user` be told something of this size.
fn tell(stream: &Stream, user: &str, number: usize, size: usize) {
    let event =
        json!({ "event": { "type": "news", "custom": { "number": number, "text": "x".repeat(size) } } });
    stream
        .post(&format!("/api/v2/chat/users/{user}/event"), event)
        .ok(201);
}

#[tokio::test]
async fn whoever_does_not_read_is_cut_off_and_holds_nobody_up() {
    let emulator = Emulator::builder()
        .settings(|settings| settings.waiting_events = 4)
        .start()
        .await
        .unwrap();
    let stream = Stream(emulator.service());
    let (mut slow, _) = Client::newer(&emulator, "ada").await;
    let (mut quick, _) = Client::newer(&emulator, "bob").await;
    let mut told = 0;
    within(async {
        // What fits into the buffers of the system is not refused.
        while emulator.connections().len() == 2 {
            tell(&stream, "ada", told, 200_000);
            told += 1;
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(told > 4, "{told}");
    tell(&stream, "bob", 0, 10);
    assert_eq!(quick.ping().await[0]["custom"]["number"], 0);
    // What it is told before the end is in order.
    let mut number = 0;
    while let Ok(text) = slow.next().await {
        let event: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(event["custom"]["number"], number);
        number += 1;
    }
    assert!(number < told);
}
