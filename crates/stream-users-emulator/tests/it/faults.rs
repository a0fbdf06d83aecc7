//! What a developer lets go wrong, through the service and over a socket.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use stream_users_emulator::{ConnectionDropped, Emulator, Error, Fault};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tower_service::Service;

use crate::socket::{request, send_raw, upsert, within};
use crate::stream::Stream;

fn upsert_request(stream: &Stream, id: &str) -> Request<Bytes> {
    let token = stream.token(&json!({}));
    stream.request("POST", "/api/v2/users", Some(&token), Some(upsert(id)))
}

fn stored(stream: &Stream) -> Vec<String> {
    let state = stream.0.state().unwrap();
    let users = state["users"].as_array().unwrap();
    users
        .iter()
        .map(|user| user["id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn an_error_is_answered_once_and_nothing_is_done() {
    let stream = Stream::new();
    stream
        .0
        .fault("upsert_users", Fault::error(503, -1, "try later").retry_after(7))
        .unwrap();
    stream.get("/api/v2/tasks/x").fails(
        404,
        16,
        "GetTask failed with error: \"Can't find task with id \"x\"\"",
    );
    let refused = stream.send(upsert_request(&stream, "ada"));
    assert_eq!(refused.header("retry-after"), "7");
    assert_eq!(refused.header("x-ratelimit-limit"), "1000000");
    refused.fails(503, -1, "UpdateUsers failed with error: \"try later\"");
    assert_eq!(stored(&stream), [""; 0]);
    stream.send(upsert_request(&stream, "ada")).ok(201);
    assert_eq!(stream.0.faults(), []);
}

#[test]
fn a_rate_limit_needs_no_retry_after() {
    let stream = Stream::new();
    stream.0.fault("UpdateUsers", Fault::rate_limited()).unwrap();
    let refused = stream.send(upsert_request(&stream, "ada"));
    assert_eq!((refused.status, refused.header("retry-after")), (429, ""));
    assert_eq!(refused.header("x-ratelimit-remaining"), "0");
    assert_eq!(refused.body["code"], 9);
    assert!(
        refused.body["message"]
            .as_str()
            .unwrap()
            .contains("Too many requests")
    );
}

#[test]
fn faults_count_and_end_when_they_are_cleared() {
    let stream = Stream::new();
    let stream = &stream;
    let status = || stream.get("/api/v2/tasks/x").status;
    stream
        .0
        .fault("get_task", Fault::error(500, -1, "a").times(2))
        .unwrap();
    stream
        .0
        .fault("*", Fault::error(502, -1, "b").until_cleared())
        .unwrap();
    assert_eq!([(); 4].map(|()| status()), [500, 500, 502, 502]);
    // What matches no operation suffers what stands for all of them.
    assert_eq!(stream.get("/nowhere").status, 502);
    assert_eq!(stream.0.faults().len(), 1);
    stream.0.clear_faults();
    assert_eq!(status(), 404);
    stream
        .0
        .fault("*", Fault::rate_limited().until_cleared())
        .unwrap();
    stream.0.reset().unwrap();
    assert_eq!(status(), 404);
}

#[test]
fn a_connection_is_dropped_before_or_after_the_work() {
    let stream = Stream::new();
    for (fault, id, expected) in [
        (Fault::drop_connection_before(), "ada", [].as_slice()),
        (Fault::drop_connection_after(), "bob", &["bob"]),
    ] {
        stream.0.fault("upsert_users", fault).unwrap();
        let answer = stream.try_send(upsert_request(&stream, id));
        assert_eq!(answer.unwrap_err(), stream_users_emulator_dropped());
        assert_eq!(stored(&stream), expected);
    }
    let logged = stream.0.requests();
    let seen: Vec<(u16, &[&str])> = logged
        .iter()
        .map(|request| (request.status, request.faults.as_slice()))
        .collect();
    assert_eq!(seen, [(0, ["drop_before"].as_slice()), (0, &["drop_after"])]);
}

/// The error, which only the service can make.
fn stream_users_emulator_dropped() -> ConnectionDropped {
    let stream = Stream::new();
    stream.0.fault("*", Fault::drop_connection_before()).unwrap();
    stream.try_send(upsert_request(&stream, "x")).unwrap_err()
}

#[test]
fn bodies_are_spoilt_after_the_work() {
    let stream = Stream::new();
    for fault in [Fault::cut_body(), Fault::invalid_json(), Fault::not_json()] {
        stream.0.fault("upsert_users", fault).unwrap();
    }
    let cut = stream.try_send(upsert_request(&stream, "ada"));
    assert_eq!(cut.unwrap_err(), stream_users_emulator_dropped());
    let invalid = stream.send_raw(upsert_request(&stream, "bob"));
    assert_eq!(invalid.status(), 201);
    serde_json::from_slice::<Value>(invalid.body()).unwrap_err();
    let page = stream.send_raw(upsert_request(&stream, "cyd"));
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    assert_eq!(page.body()[..1], *b"<");
    assert_eq!(stored(&stream).len(), 3);
    // An error of a proxy.
    stream
        .0
        .fault("*", Fault::error(502, -1, "").and(Fault::not_json()))
        .unwrap();
    let page = stream.send_raw(upsert_request(&stream, "dot"));
    assert_eq!((page.status().as_u16(), page.body()[0]), (502, b'<'));
    assert_eq!(stored(&stream).len(), 3);
}

fn teapot() -> http::Response<Vec<u8>> {
    http::Response::builder()
        .status(418)
        .header("x-leaf", "green")
        .header("x-leaf", "black")
        .header("location", "https://elsewhere.example/")
        .body(b"short \xff stout".repeat(1000))
        .unwrap()
}

#[test]
fn an_answer_is_given_as_it_is_and_nothing_is_done() {
    let stream = Stream::new();
    stream.0.fault("upsert_users", Fault::answer(teapot())).unwrap();
    let mut request = upsert_request(&stream, "ada");
    request
        .headers_mut()
        .insert("accept-encoding", "gzip".parse().unwrap());
    let answer = stream.send_raw(request);
    assert_eq!(answer.status(), 418);
    assert_eq!(answer.headers(), teapot().headers());
    assert!(answer.body() == teapot().body());
    assert_eq!(stored(&stream), [""; 0]);
    let logged = &stream.0.requests()[0];
    assert_eq!(
        (logged.status, logged.faults.as_slice()),
        (418, ["answer"].as_slice())
    );
    // Half of it, and in place of what no operation is.
    let cut = Fault::answer(teapot()).and(Fault::cut_body());
    stream.0.fault("*", cut.times(1)).unwrap();
    assert_eq!(
        stream
            .try_send(stream.request("GET", "/nowhere", None, None))
            .unwrap_err(),
        stream_users_emulator_dropped()
    );
}

#[test]
fn a_fault_for_a_path_is_for_nothing_else() {
    let stream = Stream::new();
    let refused = |status| Fault::error(status, -1, "not this one");
    stream
        .0
        .fault("get_task", refused(500).for_path("/api/v2/tasks/a%2Fb"))
        .unwrap();
    stream.0.fault("*", refused(502).for_path("/nowhere")).unwrap();
    assert_eq!(stream.get("/api/v2/tasks/x").status, 404);
    assert_eq!(stream.get("/api/v2/tasks/a%2Fb?with=query").status, 500);
    assert_eq!(stream.get("/api/v2/tasks/a%2Fb").status, 404);
    assert_eq!(stream.get("/nowhere").status, 502);
    assert_eq!(stream.0.faults(), []);
}

#[test]
fn an_answer_over_http_is_json() {
    let stream = Stream::new();
    let bytes = json!({ "status": 502, "headers": { "x-leaf": ["green", "black"] }, "body_base64": "/wA=" });
    let text = json!({ "status": 307, "headers": { "location": "/elsewhere" }, "body": "over there" });
    for answer in [&bytes, &text] {
        stream
            .post(
                "/_emulator/faults",
                json!({ "answer": answer, "path": "/nowhere" }),
            )
            .ok(200);
    }
    let waiting = stream.get("/_emulator/faults").ok(200);
    for (at, answer) in [bytes, text].iter().enumerate() {
        assert_eq!(
            waiting["faults"][at],
            json!({ "operation": "*", "answer": answer, "times": 1, "until_cleared": false, "path": "/nowhere" })
        );
    }
    let nowhere = || stream.send_raw(stream.request("GET", "/nowhere", None, None));
    let answer = nowhere();
    assert_eq!(answer.body()[..], [255, 0]);
    let leaves: Vec<_> = answer.headers().get_all("x-leaf").iter().collect();
    assert_eq!(leaves, ["green", "black"]);
    let answer = nowhere();
    assert_eq!(answer.headers()["location"], "/elsewhere");
    assert_eq!(answer.body()[..], *b"over there");
}

/// There is no runtime, and the future is ready all the same once the time is over.
#[test]
fn latency_needs_no_runtime() {
    struct Thread(std::thread::Thread);
    impl std::task::Wake for Thread {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
    let stream = Stream::new();
    let latency = Duration::from_millis(30);
    stream.0.fault("upsert_users", Fault::latency(latency)).unwrap();
    let waker = std::sync::Arc::new(Thread(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let began = Instant::now();
    let mut future = stream.0.clone().call(upsert_request(&stream, "ada"));
    assert!(future.as_mut().poll(&mut context).is_pending());
    // Nobody else waits.
    stream.get("/api/v2/tasks/x");
    let answer = loop {
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(answer) => break answer.unwrap(),
            std::task::Poll::Pending => std::thread::park_timeout(Duration::from_mins(1)),
        }
    };
    assert_eq!(answer.status(), 201);
    assert!(began.elapsed() >= latency);
}

#[test]
fn over_http_they_are_json() {
    let stream = Stream::new();
    let add = |fault: Value| stream.post("/_emulator/faults", fault);
    add(json!({ "operation": "UpdateUsers", "error": { "status": 503 } })).ok(200);
    add(json!({ "latency_ms": 1, "connection": "drop_after", "until_cleared": true })).ok(200);
    add(json!({ "operation": "get_task", "body": "not_json", "times": 3 })).ok(200);
    let body = |fault: Value| add(json!({ "body": fault, "connection": "drop_before" })).status;
    assert_eq!([body(json!("cut")), body(json!("invalid_json"))], [200, 200]);
    let waiting = stream.get("/_emulator/faults").ok(200)["faults"].take();
    assert_eq!(
        waiting[0],
        json!({
            "operation": "UpdateUsers",
            "error": { "status": 503, "code": -1, "message": "injected fault" },
            "times": 1,
            "until_cleared": false,
        })
    );
    assert_eq!(
        waiting[1],
        json!({ "operation": "*", "latency_ms": 1, "connection": "drop_after", "until_cleared": true })
    );
    assert_eq!(
        waiting[2],
        json!({ "operation": "GetTask", "body": "not_json", "times": 3, "until_cleared": false })
    );
    assert_eq!(stream.0.faults().len(), 5);
    stream.call("DELETE", "/_emulator/faults", Value::Null).ok(200);
    assert_eq!(stream.0.faults(), []);
}

#[test]
fn what_is_no_fault_is_refused() {
    let stream = Stream::new();
    for (fault, expected) in [
        (
            json!({ "operation": "upsert_user" }),
            "there is no operation \"upsert_user\"",
        ),
        (
            json!({ "error": { "status": 201 } }),
            "error.status must be between 400 and 599 and is 201",
        ),
        (
            json!({ "answer": { "status": 101 } }),
            "answer.status must be 200 or more, or it would be no answer, and is 101",
        ),
        (
            json!({ "answer": { "status": 7 } }),
            "answer.status must be a status and is 7",
        ),
        (
            json!({ "answer": { "status": 200, "headers": { "Content-Length": "9" } } }),
            "answer.headers must not have content-length",
        ),
        (
            json!({ "answer": { "status": 200, "headers": { "two words": "" } } }),
            "answer.headers: \"two words\" is no name of a header",
        ),
        (
            json!({ "answer": { "status": 200, "headers": { "x-a": ["two\nlines"] } } }),
            "answer.headers: the value of x-a cannot stand in a header",
        ),
        (
            json!({ "answer": { "status": 200, "body": "a", "body_base64": "" } }),
            "answer has a body and a body_base64",
        ),
        (
            json!({ "answer": { "status": 200, "body_base64": "?" } }),
            "answer.body_base64 is no base64",
        ),
        (json!({ "times": 0 }), "times must be 1 or more"),
        (json!({ "delay": 1 }), "unknown field `delay`"),
        (
            json!({ "connection": "cut" }),
            "expected `drop_before` or `drop_after`",
        ),
        (json!([1]), "the body is not valid"),
    ] {
        let refused = stream.post("/_emulator/faults", fault);
        assert_eq!((refused.status, &refused.body["code"]), (400, &json!(4)));
        let message = refused.body["message"].as_str().unwrap();
        assert!(message.contains(expected), "{message}");
    }
    assert!(matches!(
        stream.0.fault("", Fault::rate_limited()),
        Err(Error::UnknownOperation(_))
    ));
    assert_eq!(stream.0.faults(), []);
}

async fn answer_to(emulator: &Emulator, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(emulator.address()).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    within(stream.read_to_end(&mut answer)).await.ok();
    String::from_utf8_lossy(&answer).into_owned()
}

fn upsert_over_socket(emulator: &Emulator, id: &str) -> Vec<u8> {
    let line = format!("POST /api/v2/users?api_key={}", emulator.api_key());
    request(emulator, &line, upsert(id).to_string().as_bytes())
}

#[tokio::test]
async fn a_socket_is_closed_without_an_answer() {
    let emulator = Emulator::builder()
        .fault("upsert_users", Fault::drop_connection_before())
        .fault("upsert_users", Fault::drop_connection_after())
        .start()
        .await
        .unwrap();
    for (id, expected) in [("ada", 0), ("bob", 1)] {
        assert_eq!(answer_to(&emulator, &upsert_over_socket(&emulator, id)).await, "");
        assert_eq!(
            emulator.state().unwrap()["users"].as_array().unwrap().len(),
            expected
        );
    }
    let (status, _) = send_raw(&emulator, upsert_over_socket(&emulator, "cyd")).await;
    assert_eq!(status, 201);
}

#[tokio::test]
async fn a_body_is_cut_on_the_wire() {
    let emulator = Emulator::start().await.unwrap();
    emulator.fault("*", Fault::cut_body().times(2)).unwrap();
    let answer = answer_to(&emulator, &upsert_over_socket(&emulator, "ada")).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .unwrap();
    assert_eq!(body.len(), length.parse::<usize>().unwrap() / 2);
    assert!(head.starts_with("HTTP/1.1 201"), "{head}");
    // A compressed body has no length, and ends without its last chunk.
    let asking = String::from_utf8(upsert_over_socket(&emulator, "bob")).unwrap();
    let asking = asking.replacen("host: x\r\n", "host: x\r\naccept-encoding: gzip\r\n", 1);
    let answer = answer_to(&emulator, asking.as_bytes()).await;
    assert!(answer.contains("content-encoding: gzip"), "{answer}");
    assert!(answer.contains("transfer-encoding: chunked"), "{answer}");
    assert!(!answer.ends_with("0\r\n\r\n"), "{answer}");
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(!body.is_empty());
}

#[tokio::test]
async fn an_answer_goes_over_the_wire_as_it_is() {
    let emulator = Emulator::start().await.unwrap();
    emulator.fault("*", Fault::answer(teapot())).unwrap();
    let asking = String::from_utf8(upsert_over_socket(&emulator, "ada")).unwrap();
    let asking = asking.replacen("host: x\r\n", "host: x\r\naccept-encoding: gzip\r\n", 1);
    let answer = answer_to(&emulator, asking.as_bytes()).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<&str> = head.lines().collect();
    lines.retain(|line| !line.starts_with("date: ") && !line.starts_with("connection: "));
    assert_eq!(
        lines,
        [
            "HTTP/1.1 418 I'm a teapot",
            "x-leaf: green",
            "x-leaf: black",
            "location: https://elsewhere.example/",
            "content-length: 13000",
        ]
    );
    assert_eq!(body.chars().next(), Some('s'));
}

/// The time of the runtime stands still but for the emulator's wait.
#[tokio::test(start_paused = true)]
async fn latency_over_a_socket_is_the_runtimes() {
    let emulator = Emulator::start().await.unwrap();
    let latency = Duration::from_secs(20);
    emulator.fault("*", Fault::latency(latency)).unwrap();
    let began = tokio::time::Instant::now();
    let (status, _) = send_raw(&emulator, upsert_over_socket(&emulator, "ada")).await;
    assert_eq!(status, 201);
    assert!(began.elapsed() >= latency);
}

#[tokio::test]
async fn an_emulator_that_is_dropped_gives_up_requests_that_wait() {
    let emulator = Emulator::start().await.unwrap();
    emulator
        .fault("*", Fault::latency(Duration::from_hours(1)))
        .unwrap();
    let mut stream = TcpStream::connect(emulator.address()).await.unwrap();
    stream
        .write_all(&upsert_over_socket(&emulator, "ada"))
        .await
        .unwrap();
    let service = emulator.service();
    within(async {
        while !service.faults().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    drop(emulator);
    let mut answer = Vec::new();
    within(stream.read_to_end(&mut answer)).await.ok();
    assert_eq!(answer, b"");
}
