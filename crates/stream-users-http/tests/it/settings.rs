//! Settings do what they say.

use std::time::Duration;

use super::*;
use crate::server::{Server, answer};

#[tokio::test]
async fn requests_go_through_the_proxy() {
    let proxy = Server::bytes(answer("200 OK", &[], b"from the proxy"));
    let address = proxy.url("").replace("http://", "http://user:password@");
    let transport = ReqwestTransport::builder().proxy(address).build().unwrap();
    let response = transport
        .send(get("http://stream.invalid/path?a=b"))
        .await
        .unwrap();
    assert_eq!(response.body(), "from the proxy");
    let seen = &proxy.requests()[0];
    assert!(
        seen.starts_with("GET http://stream.invalid/path?a=b HTTP/1.1\r\n"),
        "{seen}"
    );
    assert!(
        seen.contains("proxy-authorization: Basic dXNlcjpwYXNzd29yZA=="),
        "{seen}"
    );
}

#[tokio::test]
async fn the_user_agent_is_ours_or_the_applications_or_the_requests() {
    let server = Server::bytes(answer("200 OK", &[], b""));
    transport().send(get(server.url("/"))).await.unwrap();
    let named = builder().user_agent("mine/1").build().unwrap();
    named.send(get(server.url("/"))).await.unwrap();
    let mut request = get(server.url("/"));
    request
        .headers_mut()
        .insert("user-agent", "once/1".parse().unwrap());
    named.send(request).await.unwrap();
    let ours = format!("user-agent: stream-users-http/{}\r\n", env!("CARGO_PKG_VERSION"));
    for (seen, agent) in
        server
            .requests()
            .iter()
            .zip([&ours[..], "user-agent: mine/1\r\n", "user-agent: once/1\r\n"])
    {
        assert!(seen.to_lowercase().contains(agent), "{agent} in {seen}");
    }
}

#[tokio::test]
async fn limits_may_be_lifted_and_a_client_may_be_given() {
    let server = Server::bytes(answer("200 OK", &[], b"0123456789"));
    let unlimited = builder()
        .timeout(None)
        .connect_timeout(None)
        .pool_idle_timeout(Duration::from_secs(1))
        .pool_max_idle_per_host(1)
        .http1_only()
        .build()
        .unwrap();
    assert_eq!(
        unlimited.send(get(server.url("/"))).await.unwrap().body(),
        "0123456789"
    );
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let given = ReqwestTransport::from(client).with_max_response_bytes(9);
    assert_eq!(
        kind(&given, get(server.url("/"))).await,
        TransportErrorKind::TooLarge
    );
}

#[test]
fn what_cannot_be_built_says_which_setting_it_is() {
    let text = |builder: ReqwestTransportBuilder| builder.build().unwrap_err().to_string();
    assert_eq!(
        text(builder().user_agent("a\nb")),
        "the transport cannot be built: the user agent cannot stand in a header"
    );
    assert_eq!(
        text(builder().proxy("http://[")),
        "the transport cannot be built: the proxy's URL is not one"
    );
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[test]
fn certificates_that_cannot_be_read_are_refused() {
    let text = |builder: ReqwestTransportBuilder| builder.build().unwrap_err().to_string();
    let empty = text(builder().root_certificates_pem("no certificate"));
    assert_eq!(
        empty,
        "the transport cannot be built: there is no certificate in a root certificate's PEM"
    );
    let client = text(builder().client_certificate_pem("no certificate", "no key"));
    assert_eq!(
        client,
        "the transport cannot be built: the client certificate or its key cannot be read"
    );
}
