//! What the rules of a transport leave open.

use super::*;
use crate::server::{Server, answer};

#[tokio::test]
async fn the_version_is_that_of_the_answer() {
    let server = Server::bytes(answer("200 OK", &[], b""));
    let response = transport().send(get(server.url("/"))).await.unwrap();
    assert_eq!(response.version(), http::Version::HTTP_11);
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

/// What becomes of the answer is in the rules.
#[tokio::test]
async fn gzip_is_asked_for_where_it_is_built_in() {
    let server = Server::bytes(answer("200 OK", &[], b""));
    transport().send(get(server.url("/"))).await.unwrap();
    let seen = server.requests()[0].to_lowercase();
    assert_eq!(seen.contains("accept-encoding: gzip\r\n"), cfg!(feature = "gzip"));
    assert_eq!(seen.contains("accept-encoding"), cfg!(feature = "gzip"));
}

#[cfg(feature = "gzip")]
#[tokio::test]
async fn gzip_is_not_asked_for_where_it_is_turned_off_or_for_a_part() {
    let server = Server::bytes(answer("200 OK", &["content-encoding: gzip"], b"as it came"));
    let plain = builder().gzip(false).build().unwrap();
    let mut part = get(server.url("/"));
    part.headers_mut().insert("range", "bytes=0-9".parse().unwrap());
    for (transport, request) in [(plain, get(server.url("/"))), (transport(), part)] {
        let answer = transport.send(request).await.unwrap();
        assert_eq!(answer.body(), "as it came");
        assert_eq!(answer.headers()["content-encoding"], "gzip");
    }
    for seen in server.requests() {
        assert!(!seen.to_lowercase().contains("accept-encoding"), "{seen}");
    }
}
