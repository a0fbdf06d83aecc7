//! What comes back is what the server sent, whatever the status.

use std::sync::Arc;

use super::*;
use crate::server::{Answer, Server, answer};

#[tokio::test]
async fn any_status_is_an_answer() {
    let transport = transport();
    for status in [200, 201, 204, 304, 400, 401, 404, 418, 429, 500, 503, 599] {
        let server = Server::bytes(answer(&format!("{status} Whatever"), &[], b""));
        let response = transport.send(get(server.url("/"))).await.unwrap();
        assert_eq!(response.status().as_u16(), status);
    }
}

#[tokio::test]
async fn the_body_comes_byte_for_byte() {
    let body: Vec<u8> = (0..300_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let sent = answer("200 OK", &["content-type: application/json"], &body);
    let response = transport().send(get(Server::bytes(sent).url("/"))).await.unwrap();
    assert!(response.body() == &body);
    assert_eq!(response.version(), http::Version::HTTP_11);

    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nab\0\r\n2\r\nde\r\n0\r\n\r\n";
    let response = transport()
        .send(get(Server::bytes(chunked).url("/")))
        .await
        .unwrap();
    assert_eq!(response.body().as_ref(), b"ab\0de");
}

#[tokio::test]
async fn repeated_headers_stay_repeated() {
    let sent = answer(
        "200 OK",
        &["x-one: a", "X-Two: b", "x-one: c", "x-odd: caf\u{e9}"],
        b"",
    );
    let response = transport().send(get(Server::bytes(sent).url("/"))).await.unwrap();
    let ones: Vec<&[u8]> = response
        .headers()
        .get_all("x-one")
        .iter()
        .map(http::HeaderValue::as_bytes)
        .collect();
    assert_eq!(ones, [b"a", b"c"]);
    assert_eq!(response.headers()["x-two"], "b");
    assert_eq!(response.headers()["x-odd"].as_bytes(), "caf\u{e9}".as_bytes());
}

#[tokio::test]
async fn the_request_goes_out_as_it_is() {
    let server = Server::bytes(answer("201 Created", &[], b"{}"));
    let request = http::Request::post(server.url("/api/v2/users/a%2Fb%20c?api_key=key&payload=%7B%7D"))
        .header("authorization", "raw.jwt.here")
        .header("x-twice", "1")
        .header("x-twice", "2")
        .body(Bytes::from_static(b"{\"users\":{}}"))
        .unwrap();
    transport().send(request).await.unwrap();
    let [seen] = &server.requests()[..] else {
        panic!("one request")
    };
    let (head, body) = seen.split_once("\r\n\r\n").unwrap();
    let lines: Vec<&str> = head.lines().collect();
    assert_eq!(
        lines[0],
        "POST /api/v2/users/a%2Fb%20c?api_key=key&payload=%7B%7D HTTP/1.1"
    );
    for line in [
        "authorization: raw.jwt.here",
        "x-twice: 1",
        "x-twice: 2",
        "content-length: 12",
    ] {
        assert!(lines.contains(&line), "{line} in {head}");
    }
    assert_eq!(body, "{\"users\":{}}");
}

#[tokio::test]
async fn a_get_without_a_body_says_nothing_of_one() {
    let server = Server::bytes(answer("200 OK", &[], b""));
    transport().send(get(server.url("/"))).await.unwrap();
    let seen = server.requests()[0].to_lowercase();
    assert!(
        !seen.contains("content-length") && !seen.contains("transfer-encoding"),
        "{seen}"
    );
}

#[tokio::test]
async fn redirects_are_answers() {
    let transport = transport();
    for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let server = Server::bytes(answer(status, &["location: /elsewhere"], b""));
        let response = transport.send(get(server.url("/"))).await.unwrap();
        assert_eq!(response.status().as_str(), &status[..3]);
        assert_eq!(response.headers()["location"], "/elsewhere");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn many_requests_are_under_way_at_once() {
    const MANY: usize = 40;
    // No request is answered before all have come.
    let barrier = Arc::new(std::sync::Barrier::new(MANY));
    let server = Server::start(move |request| {
        barrier.wait();
        Answer::Bytes(answer("200 OK", &[], request.lines().next().unwrap().as_bytes()))
    });
    let transport = transport();
    let calls: Vec<_> = (0..MANY)
        .map(|n| {
            let (transport, url) = (transport.clone(), server.url(&format!("/{n}")));
            tokio::spawn(async move { transport.send(get(url)).await })
        })
        .collect();
    for (n, call) in calls.into_iter().enumerate() {
        let response = call.await.unwrap().unwrap();
        assert_eq!(response.body(), format!("GET /{n} HTTP/1.1").as_bytes());
    }
}

#[cfg(feature = "gzip")]
#[tokio::test]
async fn gzip_is_asked_for_and_decoded() {
    let body = "user ".repeat(10_000);
    let sent = answer(
        "200 OK",
        &["content-encoding: gzip", "x-kept: yes"],
        &failures::gzip(body.as_bytes()),
    );
    let server = Server::bytes(sent);
    let response = transport().send(get(server.url("/"))).await.unwrap();
    assert!(response.body() == body.as_bytes());
    assert!(!response.headers().contains_key("content-encoding"));
    assert!(!response.headers().contains_key("content-length"));
    assert_eq!(response.headers()["x-kept"], "yes");
    assert!(server.requests()[0].contains("accept-encoding: gzip"));
}

#[cfg(not(feature = "gzip"))]
#[tokio::test]
async fn gzip_is_neither_asked_for_nor_decoded() {
    let packed = failures::gzip(b"user");
    let server = Server::bytes(answer("200 OK", &["content-encoding: gzip"], &packed));
    let response = transport().send(get(server.url("/"))).await.unwrap();
    assert!(response.body() == &packed);
    assert_eq!(response.headers()["content-encoding"], "gzip");
    assert!(!server.requests()[0].contains("accept-encoding"));
}
