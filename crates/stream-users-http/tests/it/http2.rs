//! A server that speaks HTTP/2 and behaves badly, frame by frame.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::*;

/// What a server does once it was asked.
type Answer = fn(&mut TcpStream) -> io::Result<()>;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GO_AWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;
const END_STREAM: u8 = 1;
const ACK: u8 = 1;

/// `:status: 200`, an index of HPACK's static table.
const STATUS_200: [u8; 1] = [0x88];

fn frame(to: &mut TcpStream, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> io::Result<()> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    to.write_all(&length[1..])?;
    to.write_all(&[kind, flags])?;
    to.write_all(&stream.to_be_bytes())?;
    to.write_all(payload)
}

/// A header `x-a` of 100 bytes, as it is, in no table.
fn header() -> Vec<u8> {
    [&[0, 3][..], b"x-a", &[100], &[b'a'; 100]].concat()
}

/// A server that writes this once it has the head of the first request of a connection, and then nothing.
fn server(answer: impl Fn(&mut TcpStream) -> io::Result<()> + Clone + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, answer) = (stream.unwrap(), answer.clone());
            thread::spawn(move || {
                speak(&mut stream).and_then(|()| answer(&mut stream)).ok();
                while stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {}
            });
        }
    });
    url
}

/// Begins a connection, up to the head of its first request.
fn speak(stream: &mut TcpStream) -> io::Result<()> {
    frame(stream, SETTINGS, 0, 0, &[])?;
    stream.read_exact(&mut [0; b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".len()])?;
    read_until(stream, &[HEADERS])
}

/// Reads frames until there was one of each of these kinds.
fn read_until(stream: &mut TcpStream, kinds: &[u8]) -> io::Result<()> {
    let mut missing = kinds.to_vec();
    while !missing.is_empty() {
        let (kind, _) = read_frame(stream)?;
        missing.retain(|missing| *missing != kind);
    }
    Ok(())
}

/// The kind of the next frame and what is in it. Settings are acknowledged.
fn read_frame(stream: &mut TcpStream) -> io::Result<(u8, Vec<u8>)> {
    let mut head = [0; 9];
    stream.read_exact(&mut head)?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; length.try_into().unwrap()];
    stream.read_exact(&mut payload)?;
    if (head[3], head[4]) == (SETTINGS, 0) {
        frame(stream, SETTINGS, ACK, 0, &[])?;
    }
    Ok((head[3], payload))
}

fn read_ping(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    loop {
        if let (PING, payload) = read_frame(stream)? {
            return Ok(payload);
        }
    }
}

fn large_head(to: &mut TcpStream) -> io::Result<()> {
    let headers = header().repeat(100);
    frame(to, HEADERS, 0, 1, &[&STATUS_200[..], &headers].concat())?;
    for last in [0, 0, END_HEADERS] {
        frame(to, CONTINUATION, last, 1, &headers)?;
    }
    Ok(())
}

fn endless_head(to: &mut TcpStream) -> io::Result<()> {
    frame(to, HEADERS, 0, 1, &STATUS_200)?;
    let headers = header().repeat(100);
    loop {
        frame(to, CONTINUATION, 0, 1, &headers)?;
    }
}

fn reset(to: &mut TcpStream) -> io::Result<()> {
    frame(to, HEADERS, END_HEADERS, 1, &STATUS_200)?;
    // Refused, though the answer has begun.
    frame(to, RESET, 0, 1, &7_u32.to_be_bytes())
}

fn gone(to: &mut TcpStream) -> io::Result<()> {
    frame(to, GO_AWAY, 0, 0, &[0; 8])
}

fn more_than_was_asked_for(to: &mut TcpStream) -> io::Result<()> {
    frame(to, HEADERS, END_HEADERS, 1, &STATUS_200)?;
    loop {
        frame(to, DATA, 0, 1, &[b' '; 16_384])?;
    }
}

fn an_answer_to_nobody(to: &mut TcpStream) -> io::Result<()> {
    frame(to, DATA, 0, 1_000_001, b"{}")
}

#[tokio::test]
async fn a_server_that_misbehaves_is_an_error() {
    use TransportErrorKind::{Interrupted, Timeout, TooLarge};
    let builder = || builder().http2_prior_knowledge();
    let cases: [(&str, Answer, TransportErrorKind); 6] = [
        ("a large head", large_head, Interrupted),
        ("a head without end", endless_head, Interrupted),
        ("a reset", reset, Interrupted),
        ("gone", gone, Interrupted),
        ("more than was asked for", more_than_was_asked_for, TooLarge),
        ("an answer to nobody", an_answer_to_nobody, Interrupted),
    ];
    for (name, answer, expected) in cases {
        let transport = builder().max_response_bytes(1_000_000).build().unwrap();
        let error = transport.send(get(server(answer))).await.unwrap_err();
        assert_eq!(error.kind(), expected, "{name}: {error:?}");
        let is_told = error.to_string().contains("its headers are larger than 16 KiB");
        assert_eq!(is_told, name == "a large head", "{name}: {error:?}");
    }
    let transport = builder()
        .read_timeout(Duration::from_millis(100))
        .build()
        .unwrap();
    assert_eq!(kind(&transport, get(server(|_| Ok(())))).await, Timeout);
}

/// The stream of a request that was given up is reset, and its connection carries the next request.
#[tokio::test]
async fn a_dropped_request_is_reset_and_its_connection_lives_on() {
    let (asked, mut was_asked) = tokio::sync::mpsc::unbounded_channel();
    let url = server(move |to| {
        asked.send(()).ok();
        read_until(to, &[RESET, HEADERS])?;
        frame(to, HEADERS, END_HEADERS | END_STREAM, 3, &STATUS_200)
    });
    let builder = builder()
        .http2_prior_knowledge()
        .read_timeout(Duration::from_secs(30));
    let transport = builder.build().unwrap();
    tokio::select! {
        answer = transport.send(get(&url)) => panic!("the server does not answer: {answer:?}"),
        _ = was_asked.recv() => {}
    }
    assert_eq!(transport.send(get(&url)).await.unwrap().status(), 200);
}

/// A server may send all of an answer of two megabytes at once: it waits for no word of the client's, and so for no way there
/// and back.
#[tokio::test]
async fn an_answer_of_two_megabytes_needs_no_word_in_between() {
    const PIECES: usize = 128;
    let url = server(|to| {
        frame(to, HEADERS, END_HEADERS, 1, &STATUS_200)?;
        for piece in 1..=PIECES {
            let flags = if piece == PIECES { END_STREAM } else { 0 };
            frame(to, DATA, flags, 1, &[b' '; 16_384])?;
        }
        Ok(())
    });
    let transport = builder().http2_prior_knowledge().build().unwrap();
    let answer = transport.send(get(url)).await.unwrap();
    assert_eq!(answer.body().len(), 2 << 20);
}

/// What a balancer does that has forgotten a connection: nothing. One call notices, and the next has a new connection.
#[tokio::test]
async fn a_connection_that_has_fallen_silent_is_given_up_for_a_new_one() {
    let connections = Arc::new(AtomicUsize::new(0));
    let made = Arc::clone(&connections);
    let url = server(move |to| {
        let first = made.fetch_add(1, Ordering::SeqCst) == 0;
        frame(to, HEADERS, END_HEADERS | END_STREAM, 1, &STATUS_200)?;
        // What comes next on the first connection is read, and that is all.
        if first { Ok(()) } else { read_until(to, &[GO_AWAY]) }
    });
    let transport = builder()
        .http2_prior_knowledge()
        .http2_keep_alive_interval(Duration::from_millis(10))
        .http2_keep_alive_timeout(Duration::from_millis(100))
        .read_timeout(None)
        .build()
        .unwrap();
    assert_eq!(transport.send(get(&url)).await.unwrap().status(), 200);
    assert_eq!(kind(&transport, get(&url)).await, TransportErrorKind::Timeout);
    assert_eq!(transport.send(get(&url)).await.unwrap().status(), 200);
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

/// Without pings the call would wait; with them, one that takes its time is not disturbed as long as pings are answered.
#[tokio::test]
async fn an_answer_that_takes_its_time_is_waited_for_while_pings_are_answered() {
    let url = server(|to| {
        for _ in 0..3 {
            let payload = read_ping(to)?;
            frame(to, PING, ACK, 0, &payload)?;
        }
        frame(to, HEADERS, END_HEADERS | END_STREAM, 1, &STATUS_200)
    });
    let transport = builder()
        .http2_prior_knowledge()
        .http2_keep_alive_interval(Duration::from_millis(1))
        .http2_keep_alive_timeout(Duration::from_secs(30))
        .build()
        .unwrap();
    assert_eq!(transport.send(get(&url)).await.unwrap().status(), 200);
}
