//! What connections cost is paid once: they are kept, shared, and made again from the TLS session of the last one.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;
use tokio::sync::Barrier;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::HandshakeKind;

use super::*;
use crate::tls::Authority;

const IN_FLIGHT: usize = 16;

/// A server over TLS, which answers with the path; at `/together` as soon as sixteen wait there, and at `/last` with the
/// connection's end.
struct Server {
    authority: Authority,
    port: u16,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    handshakes: Mutex<Vec<HandshakeKind>>,
    requests: AtomicUsize,
}

impl Server {
    async fn start(protocols: &[&str]) -> Self {
        let authority = Authority::new();
        let mut config = authority.server(false);
        config.alpn_protocols = protocols
            .iter()
            .map(|protocol| protocol.as_bytes().to_vec())
            .collect();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::<Seen>::default();
        let (inner, together) = (Arc::clone(&seen), Arc::new(Barrier::new(IN_FLIGHT)));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (acceptor, seen, together) =
                    (acceptor.clone(), Arc::clone(&inner), Arc::clone(&together));
                tokio::spawn(async move {
                    let stream = acceptor.accept(stream).await.unwrap();
                    let kind = stream.get_ref().1.handshake_kind().unwrap();
                    seen.handshakes.lock().unwrap().push(kind);
                    let service =
                        service_fn(|request| answer(request, Arc::clone(&seen), Arc::clone(&together)));
                    let builder = auto::Builder::new(TokioExecutor::new());
                    // That the client goes away is no matter.
                    builder.serve_connection(TokioIo::new(stream), service).await.ok();
                });
            }
        });
        Self {
            authority,
            port,
            seen,
        }
    }

    fn transport(&self) -> ReqwestTransport {
        let builder = builder().root_certificates_pem(self.authority.pem());
        builder.build().unwrap()
    }

    fn get(&self, path: &str) -> http::Request<Bytes> {
        get(format!("https://localhost:{}{path}", self.port))
    }

    async fn ask(&self, transport: &ReqwestTransport, path: &str) -> http::Response<Bytes> {
        let answer = transport.send(self.get(path)).await.unwrap();
        assert_eq!(answer.body(), path);
        answer
    }

    async fn ask_together(&self, transport: &ReqwestTransport) {
        join_all((0..IN_FLIGHT).map(|_| self.ask(transport, "/together"))).await;
    }

    fn connections(&self) -> usize {
        self.seen.handshakes.lock().unwrap().len()
    }

    fn requests(&self) -> usize {
        self.seen.requests.load(Ordering::SeqCst)
    }
}

async fn answer(
    request: http::Request<hyper::body::Incoming>,
    seen: Arc<Seen>,
    together: Arc<Barrier>,
) -> Result<http::Response<Full<Bytes>>, Infallible> {
    seen.requests.fetch_add(1, Ordering::SeqCst);
    let path = request.uri().path().to_owned();
    if path == "/together" {
        together.wait().await;
    }
    let last = path == "/last";
    let mut answer = http::Response::new(Full::new(path.into()));
    if last {
        let close = http::HeaderValue::from_static("close");
        answer.headers_mut().insert(http::header::CONNECTION, close);
    }
    Ok(answer)
}

#[tokio::test]
async fn calls_one_after_the_other_use_one_connection() {
    let protocols: &[&[&str]] = &[
        &["http/1.1"],
        #[cfg(feature = "http2")]
        &["h2"],
    ];
    for protocol in protocols {
        let server = Server::start(protocol).await;
        let transport = server.transport();
        for _ in 0..50 {
            server.ask(&transport, "/").await;
            server.ask(&transport.clone(), "/of-a-clone").await;
            let mut encoded = server.get("/that-decodes-itself");
            let identity = http::HeaderValue::from_static("identity");
            encoded
                .headers_mut()
                .insert(http::header::ACCEPT_ENCODING, identity);
            transport.send(encoded).await.unwrap();
        }
        assert_eq!(
            (server.connections(), server.requests()),
            (1, 150),
            "{protocol:?}"
        );
    }
}

#[tokio::test]
async fn calls_at_once_use_as_many_connections_over_http1_again_and_again() {
    let server = Server::start(&["http/1.1"]).await;
    let transport = server.transport();
    for round in 1..=10 {
        server.ask_together(&transport).await;
        assert_eq!(
            (server.connections(), server.requests()),
            (IN_FLIGHT, IN_FLIGHT * round)
        );
    }
    server.ask(&transport, "/").await;
    assert_eq!(server.connections(), IN_FLIGHT);
}

#[cfg(feature = "http2")]
#[tokio::test]
async fn calls_at_once_share_one_connection_over_http2() {
    let server = Server::start(&["h2", "http/1.1"]).await;
    let transport = server.transport();
    assert_eq!(server.ask(&transport, "/").await.version(), http::Version::HTTP_2);
    for _ in 0..10 {
        server.ask_together(&transport).await;
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn http1_is_spoken_where_the_server_offers_no_more_or_the_settings_say_so() {
    let server = Server::start(&["http/1.1"]).await;
    let answer = server.ask(&server.transport(), "/").await;
    assert_eq!(answer.version(), http::Version::HTTP_11);
    let server = Server::start(&["h2", "http/1.1"]).await;
    let builder = builder().root_certificates_pem(server.authority.pem());
    let transport = builder.http1_only().build().unwrap();
    assert_eq!(
        server.ask(&transport, "/").await.version(),
        http::Version::HTTP_11
    );
}

/// OpenSSL is not asked to by `native-tls`.
#[cfg(not(feature = "native-tls"))]
#[tokio::test]
async fn a_new_connection_goes_on_with_the_last_tls_session() {
    let server = Server::start(&["http/1.1"]).await;
    let transport = server.transport();
    server.ask(&transport, "/last").await;
    server.ask(&transport, "/last").await;
    server.ask(&transport.clone(), "/last").await;
    let mut encoded = server.get("/last");
    let identity = http::HeaderValue::from_static("identity");
    encoded
        .headers_mut()
        .insert(http::header::ACCEPT_ENCODING, identity);
    transport.send(encoded).await.unwrap();
    server.ask(&server.transport(), "/last").await;
    let (first, again) = (HandshakeKind::Full, HandshakeKind::Resumed);
    let handshakes = server.seen.handshakes.lock().unwrap();
    assert_eq!(*handshakes, [first, again, again, again, first]);
}
