//! Clients that begin a request and do not end it.

use std::time::{Duration, Instant};

use stream_users_emulator::Emulator;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::socket::{request, send_raw, within};

pub(crate) const HALF_A_HEAD: &str = "GET /nowhere HTTP/1.1\r\nhost";
pub(crate) const HALF_A_BODY: &str =
    "POST /api/v2/users HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{\"users\":";

/// A connection that has been used before, so that the emulator serves it, and on which only this is sent then.
pub(crate) async fn stall(address: &str, half: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut first = [0; 12];
    stream
        .write_all(b"HEAD /nowhere HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    within(stream.read_exact(&mut first)).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 404");
    stream.write_all(half.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn half_a_request_does_not_hold_a_shutdown_up() {
    for half in [HALF_A_HEAD, HALF_A_BODY] {
        let emulator = Emulator::start().await.unwrap();
        let mut stalled = stall(&emulator.address().to_string(), half).await;
        // Gives the emulator the time to read what was sent.
        send_raw(&emulator, request(&emulator, "GET /nowhere", b"")).await;
        let began = Instant::now();
        within(emulator.shutdown()).await;
        assert!(began.elapsed() < Duration::from_secs(30));
        let mut rest = Vec::new();
        within(stalled.read_to_end(&mut rest)).await.ok();
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_said_to() {
    let emulator = Emulator::start().await.unwrap();
    let line = format!("POST /api/v2/users?api_key={}", emulator.api_key());
    let whole = request(&emulator, &line, br#"{"users":{}}"#);
    let mut stream = TcpStream::connect(emulator.address()).await.unwrap();
    stream.write_all(&whole[..whole.len() - 1]).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    within(stream.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(answer.contains("request body is not complete"), "{answer}");
}

/// The clock stands still but for the emulator's wait, which is over at once.
#[tokio::test(start_paused = true)]
async fn a_body_that_takes_too_long_is_refused() {
    let emulator = Emulator::start().await.unwrap();
    let line = format!("POST /api/v2/users?api_key={}", emulator.api_key());
    let whole = request(&emulator, &line, br#"{"users":{}}"#);
    let mut stream = TcpStream::connect(emulator.address()).await.unwrap();
    stream.write_all(&whole[..whole.len() - 1]).await.unwrap();
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    tokio::time::timeout(Duration::from_hours(1), read)
        .await
        .unwrap()
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("\"code\":23"), "{answer}");
}
