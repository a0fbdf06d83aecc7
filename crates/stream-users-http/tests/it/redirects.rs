//! What becomes of a redirect that a client of the application's own has followed.

use super::*;
use crate::server::{Server, answer};

/// A request with credentials: a key in the URL, a token in a header.
fn with_credentials(url: String) -> http::Request<Bytes> {
    let mut request = http::Request::post(url).body(Bytes::from_static(b"{}")).unwrap();
    let token = "raw.jwt.here".parse().unwrap();
    request.headers_mut().insert("authorization", token);
    request
}

fn redirecting_to(status: &str, url: &str) -> Server {
    Server::bytes(answer(status, &[&format!("location: {url}")], b""))
}

/// What a client of the application's own has followed cannot be undone, but its answer is not taken for the service's.
#[tokio::test]
async fn an_answer_from_elsewhere_is_refused() {
    let following = reqwest::Client::builder().no_proxy().build().unwrap();
    let transport = ReqwestTransport::from_client(following);
    let elsewhere = Server::bytes(answer("200 OK", &[], b"{}"));
    let server = redirecting_to("307 Temporary", &elsewhere.url("/users?api_key=key"));
    let request = with_credentials(server.url("/users?api_key=key"));
    let error = transport.send(request).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Interrupted);
    let text = error.to_string();
    assert!(
        text.contains("followed a redirect") && text.contains("Policy::none()"),
        "{text}"
    );
    assert!(!text.contains("api_key"), "{text}");
    // The token did not go along: reqwest sees to that.
    assert!(!elsewhere.requests()[0].contains("raw.jwt.here"));
}

/// Whatever a URL looks like, it is the same on its way back.
#[tokio::test]
async fn an_answer_from_the_same_place_is_taken() {
    let server = Server::bytes(answer("200 OK", &[], b"fine"));
    for path in [
        "",
        "/",
        "/a%2Fb%20c/../d?x=%7B%22a%22:1%7D&y=a|b",
        "/caf%C3%A9?q='\"#part",
        "?only=query",
    ] {
        let url = server.url(path);
        let Ok(request) = http::Request::get(&url).body(Bytes::new()) else {
            // What is no URI is no request.
            continue;
        };
        assert_eq!(transport().send(request).await.unwrap().body(), "fine", "{url}");
    }
}
