//! The transport against a server of a few lines on the loopback interface, which answers with scripted bytes.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]
// With this feature alone the application installs a crypto provider, and there is no application here.
#![cfg(any(
    not(feature = "rustls-no-provider"),
    feature = "rustls",
    feature = "native-tls"
))]

mod answers;
mod cancelled;
mod conformance;
#[cfg(any(feature = "rustls", feature = "native-tls"))]
mod connections;
mod failures;
mod floods;
mod hostile;
#[cfg(feature = "http2")]
mod http2;
mod redirects;
mod secrets;
mod server;
mod settings;
#[cfg(target_os = "linux")]
mod sockets;
#[cfg(any(feature = "rustls", feature = "native-tls"))]
mod tls;

use bytes::Bytes;
use stream_users_core::{Transport, TransportErrorKind};
use stream_users_http::{ReqwestTransport, ReqwestTransportBuilder};

/// Settings that read nothing of the machine's proxy settings.
fn builder() -> ReqwestTransportBuilder {
    ReqwestTransport::builder().no_proxy()
}

fn transport() -> ReqwestTransport {
    builder().build().unwrap()
}

fn get(url: impl AsRef<str>) -> http::Request<Bytes> {
    http::Request::get(url.as_ref()).body(Bytes::new()).unwrap()
}

async fn kind(transport: &ReqwestTransport, request: http::Request<Bytes>) -> TransportErrorKind {
    transport.send(request).await.unwrap_err().kind()
}
