//! No secret shows in an error, its sources or a `Debug`.

use std::error::Error;
use std::time::Duration;

use stream_users_core::TransportError;

use super::*;
use crate::server::{Answer, Server, answer};

const SECRETS: [&str; 4] = ["k3y-of-the-app", "t0ken-of-a-user", "ada-the-user", "pa55word"];

fn assert_clean(text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

fn assert_chain_clean(error: &dyn Error) {
    let mut next = Some(error);
    while let Some(error) = next {
        assert_clean(&format!("{error} {error:?} {error:#?}"));
        next = error.source();
    }
}

fn request(base: &str) -> http::Request<Bytes> {
    http::Request::post(format!(
        "{base}/api/v2/users/ada-the-user/export?api_key=k3y-of-the-app"
    ))
    .header("authorization", "t0ken-of-a-user")
    .body(Bytes::from_static(b"ada-the-user"))
    .unwrap()
}

#[tokio::test]
async fn no_error_names_the_url_or_a_header() {
    use TransportErrorKind::{Connect, Interrupted, Request, Timeout, TooLarge};
    let cut = Server::bytes(failures::cut());
    let garbage = Server::bytes("no http\r\n\r\n");
    let large = Server::bytes(answer("200 OK", &[], &[0; 2000]));
    let stalled = Server::start(|_| Answer::Stall(Vec::new()));
    let transport = builder()
        .timeout(Duration::from_millis(100))
        .max_response_bytes(1000)
        .build()
        .unwrap();
    let mut kinds = Vec::new();
    for base in [
        failures::refusing(),
        cut.url(""),
        garbage.url(""),
        large.url(""),
        stalled.url(""),
        "ftp://127.0.0.1".to_owned(),
        "http://host.invalid".to_owned(),
    ] {
        let error: TransportError = transport.send(request(&base)).await.unwrap_err();
        assert_chain_clean(&error);
        kinds.push(error.kind());
    }
    assert_eq!(
        kinds,
        [
            Connect,
            Interrupted,
            Interrupted,
            TooLarge,
            Timeout,
            Request,
            Connect
        ]
    );
}

#[tokio::test]
async fn a_proxys_password_shows_nowhere() {
    let address = failures::refusing().replace("http://", "http://ada-the-user:pa55word@");
    let builder = ReqwestTransport::builder().proxy(address);
    assert_clean(&format!("{builder:?}"));
    let transport = builder.build().unwrap();
    assert_clean(&format!("{transport:?}"));
    assert_chain_clean(
        &transport
            .send(request("http://stream.invalid"))
            .await
            .unwrap_err(),
    );
    let error = ReqwestTransport::builder()
        .proxy("http://ada-the-user:pa55word@[")
        .build()
        .unwrap_err();
    assert_chain_clean(&error);
}
