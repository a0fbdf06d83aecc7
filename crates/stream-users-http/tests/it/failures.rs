//! What goes wrong has the kind that says whether the request may have been applied.

use std::io::Write;
use std::net::TcpListener;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::server::{Answer, Event, Server, answer};

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An answer that lacks the last bytes of its body.
pub(crate) fn cut() -> Vec<u8> {
    let mut bytes = answer("200 OK", &[], b"0123456789");
    bytes.truncate(bytes.len() - 3);
    bytes
}

/// An address that nobody listens at.
pub(crate) fn refusing() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test]
async fn a_refused_connection_is_connect() {
    assert_eq!(
        kind(&transport(), get(refusing())).await,
        TransportErrorKind::Connect
    );
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
async fn what_cannot_be_sent_is_request() {
    assert_eq!(
        kind(&transport(), get("ftp://127.0.0.1/")).await,
        TransportErrorKind::Request
    );
    assert_eq!(
        kind(&transport(), get("/no/host")).await,
        TransportErrorKind::Request
    );
}

#[tokio::test]
async fn an_answer_that_ends_early_is_interrupted() {
    let transport = transport();
    let whole = answer("200 OK", &[], b"0123456789");
    let (in_body, in_head) = (whole[..whole.len() - 3].to_vec(), whole[..20].to_vec());
    let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab".to_vec();
    for part in [
        in_body,
        in_head,
        chunked,
        Vec::new(),
        b"not http at all\r\n\r\n".to_vec(),
    ] {
        let server = Server::bytes(part.clone());
        let seen = kind(&transport, get(server.url("/"))).await;
        assert_eq!(
            seen,
            TransportErrorKind::Interrupted,
            "{}",
            String::from_utf8_lossy(&part)
        );
        assert_eq!(server.requests().len(), 1, "sent once only");
    }
}

#[tokio::test]
async fn a_stalled_server_is_timeout() {
    let whole = answer("200 OK", &[], b"0123456789");
    let transport = builder().timeout(Duration::from_millis(50)).build().unwrap();
    for part in [0, 10, whole.len() - 3] {
        let part = whole[..part].to_vec();
        let server = Server::start(move |_| Answer::Stall(part.clone()));
        assert_eq!(
            kind(&transport, get(server.url("/"))).await,
            TransportErrorKind::Timeout
        );
    }
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
async fn an_answer_above_the_limit_is_too_large() {
    let transport = builder().max_response_bytes(10).build().unwrap();
    let chunked = |body: &str| {
        format!(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\n{}\r\n{:x}\r\n{}\r\n0\r\n\r\n",
            &body[..6],
            body.len() - 6,
            &body[6..]
        )
    };
    for sent in [
        answer("200 OK", &[], b"0123456789"),
        chunked("0123456789").into_bytes(),
    ] {
        let response = transport.send(get(Server::bytes(sent).url("/"))).await.unwrap();
        assert_eq!(response.body(), "0123456789");
    }
    for sent in [
        answer("200 OK", &[], b"0123456789a"),
        chunked("0123456789a").into_bytes(),
    ] {
        assert_eq!(
            kind(&transport, get(Server::bytes(sent).url("/"))).await,
            TransportErrorKind::TooLarge
        );
    }
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

#[cfg(feature = "gzip")]
#[tokio::test]
async fn the_limit_counts_what_gzip_unpacks_to() {
    let bomb = gzip(&vec![0; 20_000_000]);
    assert!(bomb.len() < 100_000);
    let server = Server::bytes(answer("200 OK", &["content-encoding: gzip"], &bomb));
    let transport = builder().max_response_bytes(1_000_000).build().unwrap();
    assert_eq!(
        kind(&transport, get(server.url("/"))).await,
        TransportErrorKind::TooLarge
    );
}

#[cfg(feature = "gzip")]
#[tokio::test]
async fn broken_gzip_is_interrupted() {
    let mut packed = gzip(b"0123456789");
    packed.truncate(15);
    let server = Server::bytes(answer("200 OK", &["content-encoding: gzip"], &packed));
    assert_eq!(
        kind(&transport(), get(server.url("/"))).await,
        TransportErrorKind::Interrupted
    );
}

#[tokio::test]
async fn dropping_cancels_and_harms_nothing() {
    let mut server = Server::start(|request| {
        if request.starts_with("GET /stall") {
            Answer::Stall(cut())
        } else {
            Answer::Bytes(answer("200 OK", &[], b"fine"))
        }
    });
    let transport = transport();
    let url = server.url("/stall");
    tokio::select! {
        answer = transport.send(get(url)) => panic!("the server is stalled: {answer:?}"),
        event = server.event() => assert_eq!(event, Event::Request),
    }
    assert_eq!(server.event().await, Event::Closed);
    assert_eq!(transport.send(get(server.url("/"))).await.unwrap().body(), "fine");
}
