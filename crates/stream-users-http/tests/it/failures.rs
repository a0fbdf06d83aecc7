//! What goes wrong has the kind that says whether the request may have been applied, also where the rules of a transport
//! do not go.

use std::net::TcpListener;
use std::time::Duration;

use super::*;
use crate::server::{Answer, Server, answer};

/// An address that nobody listens at.
pub(crate) fn refusing() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test]
async fn a_refused_connection_says_by_whom_and_why_and_not_what_was_asked() {
    let host = refusing();
    let error = transport()
        .send(get(format!("{host}/users?api_key=a-key")))
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(text.contains(&host["http://".len()..]), "{text}");
    assert!(text.to_lowercase().contains("refused"), "{text}");
    assert!(!text.contains("a-key") && !text.contains("/users"), "{text}");
}

#[tokio::test]
async fn a_host_without_address_is_connect() {
    assert_eq!(
        kind(&transport(), get("http://host.invalid/")).await,
        TransportErrorKind::Connect
    );
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[tokio::test]
async fn a_failed_tls_handshake_is_connect() {
    let server = Server::bytes(answer("200 OK", &[], b""));
    let url = server.url("/").replace("http://", "https://");
    // What the server reads is no request, so it never answers and the client must give up by itself.
    let transport = builder()
        .connect_timeout(Duration::from_millis(100))
        .build()
        .unwrap();
    assert_eq!(kind(&transport, get(url)).await, TransportErrorKind::Connect);
}

#[tokio::test]
async fn an_unknown_scheme_is_request() {
    assert_eq!(
        kind(&transport(), get("ftp://127.0.0.1/")).await,
        TransportErrorKind::Request
    );
}

#[tokio::test]
async fn a_server_that_pauses_for_too_long_is_timeout() {
    let whole = answer("200 OK", &[], b"0123456789");
    let transport = builder().read_timeout(Duration::from_millis(50)).build().unwrap();
    for part in [0, 10, whole.len() - 3] {
        let part = whole[..part].to_vec();
        let server = Server::start(move |_| Answer::Stall(part.clone()));
        assert_eq!(
            kind(&transport, get(server.url("/"))).await,
            TransportErrorKind::Timeout
        );
    }
}

/// Each piece comes in time, and all of them take longer than a pause may.
#[tokio::test]
async fn a_slow_answer_is_no_pause() {
    let server = Server::start(|_| {
        Answer::Flood(|to| {
            to.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n")?;
            for _ in 0..50 {
                to.write_all(b"a")?;
                std::thread::sleep(Duration::from_millis(20));
            }
            Ok(())
        })
    });
    let transport = builder()
        .read_timeout(Duration::from_millis(900))
        .build()
        .unwrap();
    let response = transport.send(get(server.url("/"))).await.unwrap();
    assert_eq!(response.body().len(), 50);
}

/// Looking a name up is part of connecting.
#[tokio::test]
async fn a_name_that_is_never_found_is_connect() {
    struct Never;
    impl reqwest::dns::Resolve for Never {
        fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
            Box::pin(std::future::pending())
        }
    }
    let client = reqwest::Client::builder()
        .no_proxy()
        .dns_resolver(std::sync::Arc::new(Never))
        .connect_timeout(Duration::from_millis(50));
    let transport = ReqwestTransport::from_client(client.build().unwrap());
    assert_eq!(
        kind(&transport, get("http://stream.test/")).await,
        TransportErrorKind::Connect
    );
}

#[tokio::test]
async fn an_announced_size_above_the_limit_is_not_waited_for() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 1099511627776\r\n\r\n".to_vec();
    let server = Server::start(move |_| Answer::Stall(head.clone()));
    assert_eq!(
        kind(&transport(), get(server.url("/"))).await,
        TransportErrorKind::TooLarge
    );
}

#[test]
fn a_request_may_be_made_before_there_is_a_runtime() {
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(5))
        .build()
        .unwrap();
    let transport = ReqwestTransport::from_client(client);
    let request = http::Request::get("http://127.0.0.1:1/")
        .body(Bytes::new())
        .unwrap();
    // A timeout of reqwest's makes a timer, which needs the runtime.
    let sending = transport.send(request);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let refused = runtime.block_on(sending).unwrap_err();
    assert_eq!(refused.kind(), TransportErrorKind::Connect);
}
