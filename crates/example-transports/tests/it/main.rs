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
