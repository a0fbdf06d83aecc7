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
