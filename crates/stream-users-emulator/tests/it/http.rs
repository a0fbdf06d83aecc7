//! HTTP itself, over raw sockets: what is kept alive and what is closed, what cannot be read, and clients that stall.

use std::io::Read;
use std::time::Duration;

use flate2::read::GzDecoder;
use serde_json::{Value, json};
use stream_users_emulator::Emulator;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::socket::{request, send_raw, upsert, within};
use crate::stream::sign;

/// One answer off a connection.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    /// The envelope of an error, whole, of this status and code.
    #[track_caller]
    fn refused(&self, status: u16, code: i64) {
        assert_eq!(self.status, status, "{self:?}");
        let body: Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(
            (&body["code"], &body["StatusCode"]),
            (&json!(code), &json!(status))
        );
        let texts = ["message", "more_info", "duration"];
        assert!(texts.iter().all(|key| body[key].is_string()), "{body}");
        assert_eq!(body["details"], json!([]));
        let json = "application/json; charset=utf-8";
        assert_eq!(self.header("content-type"), Some(json));
        let limits = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"];
        assert!(limits.iter().all(|name| self.header(name).is_some()), "{self:?}");
    }
}

async fn connect(emulator: &Emulator) -> TcpStream {
    TcpStream::connect(emulator.address()).await.unwrap()
}

/// Reads one answer, which has to say how long it is.
async fn read(stream: &mut TcpStream) -> Answer {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(within(stream.read_u8()).await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let mut answer = Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        body: Vec::new(),
        head,
    };
    let length = answer
        .header("content-length")
        .map_or(0, |length| length.parse().unwrap());
    answer.body.resize(length, 0);
    within(stream.read_exact(&mut answer.body)).await.unwrap();
    answer
}

/// Whether the emulator has closed the connection.
async fn is_closed(stream: &mut TcpStream) -> bool {
    matches!(within(stream.read(&mut [0])).await, Ok(0) | Err(_))
}

async fn send(emulator: &Emulator, bytes: &[u8]) -> Answer {
    let mut stream = connect(emulator).await;
    stream.write_all(bytes).await.unwrap();
    read(&mut stream).await
}

/// The headers of a server's request, each with its end of line.
fn authorized(emulator: &Emulator) -> String {
    let token = sign(emulator.api_secret(), &json!({ "alg": "HS256" }), &json!({}));
    format!("host: x\r\nauthorization: {token}\r\nstream-auth-type: jwt\r\n")
}

fn path(emulator: &Emulator, path: &str) -> String {
    format!("{path}?api_key={}", emulator.api_key())
}

#[tokio::test]
async fn what_http_refuses_is_in_the_envelope() {
    let emulator = Emulator::start().await.unwrap();
    let many = "x: 1\r\n".repeat(200);
    let long = "x".repeat(70_000);
    for (request, status, code) in [
        ("hello\r\n\r\n".to_owned(), 400, 4),
        ("GET /users\r\n\r\n".to_owned(), 400, 4),
        ("GET / HTTP/1.1\r\nhost : x\r\n\r\n".to_owned(), 400, 4),
        ("GET / HTTP/1.1\r\nhost: x\r\n folded\r\n\r\n".to_owned(), 400, 4),
        ("GET / HTTP/1.1\r\nbad\0name: x\r\n\r\n".to_owned(), 400, 4),
        ("GET / HTTP/3.0\r\n\r\n".to_owned(), 400, 4),
        (format!("GET /{long} HTTP/1.1\r\n\r\n"), 414, 4),
        (format!("GET / HTTP/1.1\r\n{many}\r\n"), 431, 24),
        (
            format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", long.repeat(10)),
            431,
            24,
        ),
    ] {
        let mut stream = connect(&emulator).await;
        stream.write_all(request.as_bytes()).await.unwrap();
        let answer = read(&mut stream).await;
        let line: String = request.chars().take(60).collect();
        answer.refused(status, code);
        assert_eq!(answer.header("connection"), Some("close"), "{line}");
        stream.shutdown().await.ok();
        assert!(is_closed(&mut stream).await, "{line}");
    }
    // After an answer on the same connection.
    let mut stream = connect(&emulator).await;
    stream
        .write_all(b"GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\nhello\r\n\r\n")
        .await
        .unwrap();
    read(&mut stream).await.refused(404, 16);
    read(&mut stream).await.refused(400, 4);
}

/// Two lengths of one body are how a request is smuggled past a proxy.
#[tokio::test]
async fn bodies_of_two_lengths_smuggle_nothing() {
    let emulator = Emulator::start().await.unwrap();
    let line = format!(
        "POST {} HTTP/1.1\r\n{}",
        path(&emulator, "/api/v2/users"),
        authorized(&emulator)
    );
    for headers in [
        "content-length: 5\r\ncontent-length: 6\r\n",
        "content-length: 5, 6\r\n",
        "content-length: +5\r\n",
        "content-length: -1\r\n",
        "content-length: 0x5\r\n",
        "content-length: 99999999999999999999\r\n",
        "content-length: \r\n",
        "transfer-encoding: gzip\r\n",
        "transfer-encoding: chunked, gzip\r\n",
        "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n",
    ] {
        let answer = send(&emulator, format!("{line}{headers}\r\nabcdef").as_bytes()).await;
        assert!([400, 431].contains(&answer.status), "{headers}: {answer:?}");
    }
    assert_eq!(emulator.requests(), []);
    // Of both, the chunks count, and what follows is no request: the connection is closed.
    let body = upsert("ada").to_string();
    let chunks = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    for headers in [
        "content-length: 3\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 3\r\n",
    ] {
        let mut stream = connect(&emulator).await;
        let next = "GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n";
        stream
            .write_all(format!("{line}{headers}\r\n{chunks}{next}").as_bytes())
            .await
            .unwrap();
        assert_eq!(read(&mut stream).await.status, 201, "{headers}");
        assert!(is_closed(&mut stream).await, "{headers}");
    }
    let seen = emulator.requests();
    assert!(
        seen.iter().all(|request| request.path == "/api/v2/users"),
        "{seen:?}"
    );
}

#[tokio::test]
async fn bodies_in_chunks_are_taken() {
    let emulator = Emulator::start().await.unwrap();
    let body = upsert("ada").to_string();
    let (first, second) = body.split_at(5);
    let chunks = format!(
        "5;a=b\r\n{first}\r\n{:X}\r\n{second}\r\n0\r\ntrailer: x\r\n\r\n",
        second.len()
    );
    let head = format!(
        "POST {} HTTP/1.1\r\n{}transfer-encoding: chunked\r\n\r\n",
        path(&emulator, "/api/v2/users"),
        authorized(&emulator)
    );
    assert_eq!(
        send(&emulator, format!("{head}{chunks}").as_bytes()).await.status,
        201
    );
    for broken in [
        "zz\r\nabc\r\n0\r\n\r\n",
        "3\r\nabcdef\r\n0\r\n\r\n",
        "ffffffffffffffffff\r\nabc\r\n",
    ] {
        send(&emulator, format!("{head}{broken}").as_bytes())
            .await
            .refused(400, 4);
    }
}

#[tokio::test]
async fn a_client_that_asks_first_is_told_to_go_on() {
    let emulator = Emulator::start().await.unwrap();
    let body = upsert("ada").to_string();
    let mut stream = connect(&emulator).await;
    let head = format!(
        "POST {} HTTP/1.1\r\n{}content-length: {}\r\nexpect: 100-continue\r\n\r\n",
        path(&emulator, "/api/v2/users"),
        authorized(&emulator),
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(read(&mut stream).await.status, 100);
    stream.write_all(body.as_bytes()).await.unwrap();
    assert_eq!(read(&mut stream).await.status, 201);
}

#[tokio::test]
async fn connections_are_kept_unless_they_are_not_to_be() {
    let emulator = Emulator::start().await.unwrap();
    let mut stream = connect(&emulator).await;
    for _ in 0..3 {
        stream
            .write_all(b"GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .unwrap();
        read(&mut stream).await.refused(404, 16);
    }
    // Several that are sent at once are answered in their order.
    let tasks = ["a", "b"].map(|id| {
        let path = path(&emulator, &format!("/api/v2/tasks/{id}"));
        format!("GET {path} HTTP/1.1\r\n{}\r\n", authorized(&emulator))
    });
    stream.write_all(tasks.concat().as_bytes()).await.unwrap();
    for id in ["a", "b"] {
        let answer = read(&mut stream).await;
        let body = String::from_utf8(answer.body).unwrap();
        assert!(
            body.contains(&format!(r#"Can't find task with id \"{id}\""#)),
            "{body}"
        );
    }
    for request in [
        "GET /nowhere HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        "GET /nowhere HTTP/1.0\r\n\r\n",
    ] {
        let mut stream = connect(&emulator).await;
        stream.write_all(request.as_bytes()).await.unwrap();
        read(&mut stream).await.refused(404, 16);
        assert!(is_closed(&mut stream).await, "{request}");
    }
    let mut stream = connect(&emulator).await;
    for _ in 0..2 {
        stream
            .write_all(b"GET /nowhere HTTP/1.0\r\nconnection: keep-alive\r\n\r\n")
            .await
            .unwrap();
        read(&mut stream).await.refused(404, 16);
    }
}

/// As `printf ... | nc` does it.
#[tokio::test]
async fn a_client_that_sends_nothing_more_is_still_answered() {
    let emulator = Emulator::start().await.unwrap();
    for line in ["GET /api/v2/tasks/x", "GET /nowhere"] {
        let mut stream = connect(&emulator).await;
        let asking = format!(
            "{} HTTP/1.1\r\n{}\r\n",
            path(&emulator, line),
            authorized(&emulator)
        );
        stream.write_all(asking.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        read(&mut stream).await.refused(404, 16);
        assert!(is_closed(&mut stream).await, "{line}");
    }
}

#[tokio::test]
async fn paths_are_those_that_there_are() {
    let emulator = Emulator::start().await.unwrap();
    let key = emulator.api_key();
    for target in [
        "/",
        "//",
        "/api/v2",
        "/api/v2/",
        "/api/v2/users/",
        "/api/v2//users",
        "//api/v2/users",
        "/api//v2/users",
        "/users/",
        "/API/V2/users",
        "/api/v2/users%2F",
        "/api/v2/users%3Fapi_key=x",
        "/_emulator",
        "/_emulator/",
        "/_emulator/nothing",
    ] {
        let line = format!(
            "GET {target}?api_key={key} HTTP/1.1\r\n{}\r\n",
            authorized(&emulator)
        );
        send(&emulator, line.as_bytes()).await.refused(404, 16);
    }
    let line = format!(
        "GET http://{}/api/v2/tasks/x?api_key={key} HTTP/1.1\r\n",
        emulator.address()
    );
    let answer = send(
        &emulator,
        format!("{line}{}\r\n", authorized(&emulator)).as_bytes(),
    )
    .await;
    answer.refused(404, 16);
    assert!(
        String::from_utf8(answer.body)
            .unwrap()
            .contains("Can't find task")
    );
    // Of two of a kind the first counts.
    let line = format!("GET /api/v2/tasks/x?api_key={key}&api_key=other&&=&user_id HTTP/1.1\r\n");
    let twice = format!(
        "{line}{}stream-auth-type: anonymous\r\n\r\n",
        authorized(&emulator)
    );
    send(&emulator, twice.as_bytes()).await.refused(404, 16);
    let line = format!("GET /api/v2/tasks/x?api_key=other&api_key={key} HTTP/1.1\r\n");
    send(
        &emulator,
        format!("{line}{}\r\n", authorized(&emulator)).as_bytes(),
    )
    .await
    .refused(401, 2);
}

#[tokio::test]
async fn a_body_for_nobody_is_read_before_it_is_refused() {
    let emulator = Emulator::start().await.unwrap();
    let (status, answer) = send_raw(
        &emulator,
        request(&emulator, "POST /nowhere", &vec![b'x'; 20 << 20]),
    )
    .await;
    assert_eq!(status, 404);
    assert!(answer.contains("\"code\":16"), "{answer}");
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_ask() {
    let emulator = Emulator::start().await.unwrap();
    let line = format!(
        "GET {} HTTP/1.1\r\n{}",
        path(&emulator, "/api/v2/rate_limits"),
        authorized(&emulator)
    );
    let plain = send(&emulator, format!("{line}\r\n").as_bytes()).await;
    assert_eq!(plain.header("content-encoding"), None);
    let mut stream = connect(&emulator).await;
    let asking = format!("{line}accept-encoding: gzip, deflate\r\nconnection: close\r\n\r\n");
    stream
        .write_all(asking.replace("HTTP/1.1", "HTTP/1.0").as_bytes())
        .await
        .unwrap();
    let answer = read(&mut stream).await;
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    let mut compressed = Vec::new();
    within(stream.read_to_end(&mut compressed)).await.unwrap();
    let mut body = String::new();
    GzDecoder::new(compressed.as_slice())
        .read_to_string(&mut body)
        .unwrap();
    let body: Value = serde_json::from_str(&body).unwrap();
    assert!(body["server_side"]["GetRateLimits"]["remaining"].is_i64());
}

#[tokio::test]
async fn pages_in_browsers_may_call_it() {
    let emulator = Emulator::start().await.unwrap();
    let ask = |headers: &str| format!("OPTIONS /api/v2/users?api_key=x HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
    let preflight = "origin: http://localhost:3000\r\naccess-control-request-method: POST\r\n\
                     access-control-request-headers: authorization,stream-auth-type,x-stream-client\r\n";
    let allowed = send(&emulator, ask(preflight).as_bytes()).await;
    assert_eq!(allowed.status, 200);
    assert_eq!(allowed.header("access-control-allow-origin"), Some("*"));
    assert_eq!(
        allowed.header("access-control-allow-headers"),
        Some("authorization,stream-auth-type,x-stream-client")
    );
    let methods = allowed.header("access-control-allow-methods").unwrap();
    assert!(
        ["GET", "POST", "PUT", "PATCH", "DELETE"]
            .iter()
            .all(|method| methods.contains(method))
    );
    assert_eq!(emulator.requests(), []);
    // Without a question OPTIONS is a method like any other that there is not.
    send(&emulator, ask("origin: http://localhost:3000\r\n").as_bytes())
        .await
        .refused(404, 16);
    send(&emulator, ask("").as_bytes()).await.refused(404, 16);
    let page = send(
        &emulator,
        b"GET /api/v2/users HTTP/1.1\r\norigin: http://a.test\r\n\r\n",
    )
    .await;
    page.refused(401, 2);
    assert_eq!(page.header("access-control-allow-origin"), Some("*"));
    assert_eq!(page.header("access-control-expose-headers"), Some("*"));
    let server = send(&emulator, b"GET /api/v2/users HTTP/1.1\r\n\r\n").await;
    assert_eq!(server.header("access-control-allow-origin"), None);
}

/// A page may let its own name lead to this machine; what it then asks of its own origin has no `Origin`.
#[tokio::test]
async fn pages_that_take_this_machine_for_theirs_do_not_reach_it() {
    let emulator = Emulator::start().await.unwrap();
    let port = emulator.address().port();
    let ask = |line: &str, host: &str| format!("GET {line} HTTP/1.1\r\nhost: {host}\r\n\r\n");
    for host in [
        "evil.test",
        "localhost.evil.test:80",
        "127.0.0.1.evil.test",
        "a@b",
        "",
    ] {
        send(&emulator, ask("/_emulator/state", host).as_bytes())
            .await
            .refused(404, 16);
    }
    send(
        &emulator,
        ask("http://evil.test/_emulator/state", "localhost").as_bytes(),
    )
    .await
    .refused(404, 16);
    for host in [
        &format!("localhost:{port}"),
        "127.0.0.1",
        "0.0.0.0:1",
        "[::1]:80",
        "app.localhost",
        "stream",
    ] {
        let answer = send(&emulator, ask("/_emulator/state", host).as_bytes()).await;
        assert_eq!(answer.status, 200, "{host}");
    }
    let without = send(&emulator, b"GET /_emulator/state HTTP/1.0\r\n\r\n").await;
    assert_eq!(without.status, 200);
}

#[tokio::test]
async fn connections_are_as_many_as_there_may_be() {
    let emulator = Emulator::builder().max_connections(2).start().await.unwrap();
    let ask = b"GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n";
    let mut kept = Vec::new();
    for _ in 0..2 {
        let mut stream = connect(&emulator).await;
        stream.write_all(ask).await.unwrap();
        read(&mut stream).await.refused(404, 16);
        kept.push(stream);
    }
    let mut third = connect(&emulator).await;
    third.write_all(ask).await.unwrap();
    kept[0].write_all(ask).await.unwrap();
    read(&mut kept[0]).await.refused(404, 16);
    // The third was sent before what was answered meanwhile.
    assert_eq!(emulator.requests().len(), 3);
    kept.pop();
    read(&mut third).await.refused(404, 16);
}

#[tokio::test]
async fn connections_may_be_as_many_as_there_are_numbers() {
    let emulator = Emulator::builder()
        .max_connections(usize::MAX)
        .start()
        .await
        .unwrap();
    send(&emulator, b"GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .refused(404, 16);
}

/// The time of the runtime stands still but for the emulator's waits, which are over at once.
#[tokio::test(start_paused = true)]
async fn clients_that_stall_are_cut_off() {
    let emulator = Emulator::start().await.unwrap();
    let mut stream = connect(&emulator).await;
    stream.write_all(b"GET /nowhere HTTP/1.1\r\nhost").await.unwrap();
    let mut rest = Vec::new();
    let cut = tokio::time::timeout(Duration::from_hours(1), stream.read_to_end(&mut rest));
    cut.await.unwrap().ok();
    // One that takes nothing of an answer that is longer than what the system keeps for it.
    let name = "x".repeat(4_000);
    let users: Vec<Value> = (0..5_000)
        .map(|n| json!({ "id": format!("u{n}"), "name": name }))
        .collect();
    emulator.seed(&json!({ "users": users })).unwrap();
    let mut stream = connect(&emulator).await;
    stream
        .write_all(b"GET /_emulator/state HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    tokio::time::sleep(Duration::from_mins(5)).await;
    let mut taken = Vec::new();
    tokio::time::timeout(Duration::from_hours(1), stream.read_to_end(&mut taken))
        .await
        .unwrap()
        .ok();
    assert!(taken.len() < 20_000_000, "{}", taken.len());
}
