//! Both transports keep the rules of a transport, and carry the real client.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use example_transports::hyper::HyperTransport;
use example_transports::ureq::UreqTransport;
use stream_users_core::model::{DeleteUsers, QueryUsers, UserRequest, field};
use stream_users_core::{Client, Transport, TransportErrorKind, Users, UsersApi, UsersApiExt};
use stream_users_emulator::Emulator;
use stream_users_testing::transport_conformance;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

transport_conformance!(hyper, |settings| {
    HyperTransport::new()
        .with_max_response_bytes(settings.max_response_bytes)
        .with_timeout(settings.timeout)
});

transport_conformance!(ureq, |settings| {
    UreqTransport::new(settings.max_response_bytes as u64, settings.timeout)
});

fn both() -> [Arc<dyn Transport>; 2] {
    let ureq = UreqTransport::new(1 << 20, Duration::from_secs(30));
    [Arc::new(HyperTransport::new()), Arc::new(ureq)]
}

#[tokio::test]
async fn a_request_without_a_scheme_is_request() {
    for transport in both() {
        let request = http::Request::get("127.0.0.1:1").body(Bytes::new()).unwrap();
        let error = transport.send(request).await.unwrap_err();
        assert_eq!(
            error.kind(),
            TransportErrorKind::Request,
            "{transport:?} {error:?}"
        );
    }
}

/// As a failure to connect it would be tried again, and again in vain.
#[tokio::test]
async fn https_without_tls_is_request_and_says_what_to_do() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", server.local_addr().unwrap());
    for transport in both() {
        let request = http::Request::get(&url).body(Bytes::new()).unwrap();
        let error = transport.send(request).await.unwrap_err();
        assert_eq!(
            error.kind(),
            TransportErrorKind::Request,
            "{transport:?} {error:?}"
        );
        assert!(error.to_string().contains("has no TLS"), "{transport:?} {error}");
    }
}

/// Calls that were dropped go on blocking: those of one transport must not take every thread of the program.
#[tokio::test]
async fn ureq_takes_no_more_threads_than_it_may_also_for_calls_that_were_dropped() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", server.local_addr().unwrap());
    let transport = UreqTransport::new(1 << 20, Duration::from_secs(30)).with_max_threads(1);
    let get = || http::Request::get(&url).body(Bytes::new()).unwrap();

    let dropped = transport.send(get());
    let silent = tokio::select! {
        _ = dropped => panic!("nothing was answered"),
        accepted = server.accept() => accepted.unwrap().0,
    };
    let (other, request) = (transport.clone(), get());
    let next = tokio::spawn(async move { other.send(request).await });
    let early = tokio::time::timeout(Duration::from_millis(200), server.accept()).await;
    assert!(early.is_err(), "the thread of the dropped call is still at work");

    // The one thread is free, and the next call takes it.
    drop(silent);
    let (mut connection, _) = server.accept().await.unwrap();
    connection
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        .await
        .unwrap();
    assert_eq!(next.await.unwrap().unwrap().body(), "ok");
}

/// The life of a user, over a real socket.
async fn a_life(transport: impl Transport) {
    let stream = Emulator::start().await.unwrap();
    let client = Client::builder(stream.api_key())
        .server(stream.api_secret())
        .base_url(stream.base_url())
        .transport(transport)
        .build()
        .unwrap();
    let users: Users = client.users();
    users
        .upsert_user(UserRequest::new("ada-1").name("Ada"))
        .await
        .unwrap();
    let query = QueryUsers::new(field::name().eq("Ada"));
    let found = users.query_users(query).await.unwrap().body.users;
    assert_eq!(found[0].id, "ada-1");
    users.deactivate("ada-1").await.unwrap();
    let deleted = users.delete_users(DeleteUsers::new(["ada-1"])).await.unwrap();
    let deleted = users.task(&deleted.body).wait().await.unwrap();
    assert!(deleted.get("ada-1").unwrap().is_ok());
    assert!(users.get_user("ada-1").await.unwrap().is_none());
}

#[tokio::test]
async fn the_client_over_hyper() {
    a_life(HyperTransport::new()).await;
}

#[tokio::test]
async fn the_client_over_ureq() {
    let transport: Arc<dyn Transport> = Arc::new(UreqTransport::new(1 << 20, Duration::from_secs(30)));
    a_life(transport).await;
}
