//! What clients can do to the emulator by how they connect, and how often.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use stream_users_emulator::{Cut, Emulator};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::client::{Client, newer};
use crate::socket::within;
use crate::stream::{Stream, encode};

fn handshake(path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
}

/// The answer to the upgrade cannot be sent to such a client.
#[tokio::test]
async fn whoever_is_gone_before_the_upgrade_takes_no_place() {
    let emulator = Emulator::builder()
        .settings(|settings| settings.max_live_connections = 1)
        .start()
        .await
        .unwrap();
    for _ in 0..20 {
        let mut stream = TcpStream::connect(emulator.address()).await.unwrap();
        stream.set_zero_linger().unwrap();
        stream
            .write_all(handshake(&newer(&emulator)).as_bytes())
            .await
            .unwrap();
        drop(stream);
    }
    within(async { while Client::newer(&emulator, "ada").await.1["type"] != "connection.ok" {} }).await;
}

/// Each ping is answered, and what a client does not read must not pile up.
#[tokio::test]
async fn whoever_pings_without_reading_is_not_listened_to() {
    const MOST: usize = 64 << 20;
    let emulator = Emulator::start().await.unwrap();
    let (mut client, _) = Client::newer(&emulator, "ada").await;
    // Masked, 125 bytes.
    let ping = [&[0x89, 0xfd, 0, 0, 0, 0][..], &[b'x'; 125]].concat();
    let many = ping.repeat(1_000);
    let stream = client.0.get_mut();
    let mut sent = 0;
    while timeout(Duration::from_secs(2), stream.write_all(&many))
        .await
        .is_ok()
    {
        sent += many.len();
        assert!(sent < MOST, "the pongs of {sent} bytes of pings wait somewhere");
    }
    // It can be cut off all the same.
    assert_eq!(emulator.cut_connections(Cut::reset()).unwrap(), 1);
    within(async { while stream.write_all(&many).await.is_ok() {} }).await;
}

#[test]
fn those_who_connect_during_a_reset_are_online() {
    let stream = Stream::with(Emulator::builder());
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for user in ["ada", "bob"] {
            let (stream, over) = (&stream, &over);
            scope.spawn(move || {
                let hello = json!({ "user_id": user, "user_details": { "id": user } });
                let path = format!("/longpoll?json={}", encode(&hello.to_string()));
                while !over.load(Ordering::Relaxed) {
                    stream.call_as(user, "GET", &path, Value::Null).ok(200);
                }
            });
        }
        for _ in 0..200 {
            stream.0.reset().unwrap();
            let connections = stream.0.connections();
            let state = stream.0.state().unwrap();
            let is_online = |id: &str| {
                let users = state["users"].as_array().unwrap();
                users
                    .iter()
                    .any(|user| user["id"] == id && user["online"] == true)
            };
            if !connections.iter().all(|one| is_online(&one.user_id)) {
                over.store(true, Ordering::Relaxed);
                panic!("{connections:?}\n{state}");
            }
        }
        over.store(true, Ordering::Relaxed);
    });
}
