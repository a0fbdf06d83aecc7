//! A redirect is an answer, and nobody else hears of the request.

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

#[tokio::test]
async fn a_redirect_is_an_answer_and_nobody_else_hears_of_the_request() {
    for status in [
        "301 Moved",
        "302 Found",
        "303 See Other",
        "307 Temporary",
        "308 Permanent",
    ] {
        let elsewhere = Server::bytes(answer("200 OK", &[], b"{}"));
        // By name it is another host.
        let location = elsewhere.url("/stolen").replace("127.0.0.1", "localhost");
        let server = redirecting_to(status, &location);
        let response = transport()
            .send(with_credentials(server.url("/users?api_key=key")))
            .await
            .unwrap();
        assert_eq!(response.status().as_str(), &status[..3]);
        assert_eq!(response.headers()["location"], location);
        assert_eq!(server.requests().len(), 1);
        assert_eq!(elsewhere.connections(), 0);
    }
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
