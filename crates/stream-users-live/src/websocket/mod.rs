//! [`WebSocketConnector`]: the WebSocket of tokio-tungstenite (feature `websocket`). Nothing is decided here.

mod tls;
mod upgrade;

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;

use async_trait::async_trait;
use futures_util::future::{FutureExt, select_ok};
use futures_util::{SinkExt, StreamExt};
use http::Uri;
use http::uri::Scheme;
use stream_users_core::{TransportError, TransportErrorKind};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, FrameHeader, Utf8Bytes};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use self::tls::Tls;
use self::upgrade::{Upgraded, upgrade};
use crate::socket::{Close, ConnectError, Connected, Connector, Received, Socket};

/// The largest message that is taken, by default.
const MAX_MESSAGE_BYTES: usize = 1 << 20;

/// What is read at once. Connections mostly idle, and each keeps a buffer of this size.
const READ_BUFFER: usize = 4096;

/// WebSockets over TCP, and over TLS with one of the features `rustls`, `rustls-no-provider` and `native-tls`.
///
/// Proxies are not asked: where one must be, the connection falls back on a long-poll, which goes through the client's own
/// transport.
#[derive(Clone)]
#[must_use]
pub struct WebSocketConnector {
    max_message_bytes: usize,
    tls: Tls,
}

impl WebSocketConnector {
    /// With the default limit and the certificates that the platform trusts.
    pub fn new() -> Self {
        Self {
            max_message_bytes: MAX_MESSAGE_BYTES,
            tls: Tls::default(),
        }
    }

    /// The largest message that is taken, in bytes; 1 MiB by default. A larger one ends the connection, which is then made
    /// anew.
    pub fn max_message_bytes(mut self, bytes: usize) -> Self {
        self.max_message_bytes = bytes;
        self
    }

    /// Trusts the certificates in `pem` besides those that the platform trusts (features `rustls`, `rustls-no-provider`,
    /// `native-tls`). May be called more than once. Clones share what is made of them.
    #[cfg(any(feature = "rustls-no-provider", feature = "native-tls"))]
    pub fn root_certificates_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.tls.trust(pem.into());
        self
    }

    fn config(&self) -> WebSocketConfig {
        WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            // A health check or a pong; where so much cannot be sent, the connection is as good as dead.
            .max_write_buffer_size(self.max_message_bytes.max(1 << 17))
            .max_message_size(Some(self.max_message_bytes))
            .max_frame_size(Some(self.max_message_bytes))
    }
}

impl Default for WebSocketConnector {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for WebSocketConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocketConnector")
            .field("max_message_bytes", &self.max_message_bytes)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Connector for WebSocketConnector {
    async fn connect(&self, request: http::Request<()>) -> Result<Connected, ConnectError> {
        let (parts, ()) = request.into_parts();
        let encrypted = parts.uri.scheme() == Some(&Scheme::HTTPS);
        let mut stream = self.stream(&parts.uri, encrypted).await?;
        match upgrade(&mut stream, &parts.uri, &parts.headers).await? {
            Upgraded::WebSocket { headers, sent } => {
                let stream =
                    WebSocketStream::from_partially_read(stream, sent, Role::Client, Some(self.config()));
                let stream = stream.await;
                Ok(Connected::new(WebSocket { stream }, headers))
            }
            Upgraded::Answer(answer) => Err(ConnectError::Answer(answer)),
        }
    }
}

impl WebSocketConnector {
    async fn stream(&self, uri: &Uri, encrypted: bool) -> Result<Box<dyn Io>, TransportError> {
        let host = uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = uri.port_u16().unwrap_or(if encrypted { 443 } else { 80 });
        let not_made = |error| TransportError::new(TransportErrorKind::Connect).with_source(error);
        let addresses = lookup_host((host, port)).await.map_err(not_made)?;
        let stream = connect(addresses.collect()).await.map_err(not_made)?;
        // Health checks and answers are small, and waited for. Where it cannot be set, they come later.
        let _ = stream.set_nodelay(true);
        if encrypted {
            self.tls.connect(host, stream).await
        } else {
            Ok(Box::new(stream))
        }
    }
}

/// The first connection to come about: to the addresses of each family in turn, and to both families at once. Where one
/// of them leads nowhere, which no answer says, the other need not wait for it.
async fn connect(addresses: Vec<SocketAddr>) -> std::io::Result<TcpStream> {
    let (six, four): (Vec<_>, Vec<_>) = addresses.into_iter().partition(SocketAddr::is_ipv6);
    let families = [six, four].into_iter().filter(|family| !family.is_empty());
    let connecting: Vec<_> = families
        .map(|family| async move { TcpStream::connect(&family[..]).await }.boxed())
        .collect();
    if connecting.is_empty() {
        return Err(std::io::Error::other("the host has no address"));
    }
    Ok(select_ok(connecting).await?.0)
}

/// What a WebSocket goes over.
pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

struct WebSocket {
    stream: WebSocketStream<Box<dyn Io>>,
}

#[async_trait]
impl Socket for WebSocket {
    async fn receive(&mut self) -> Result<Received, TransportError> {
        match self.stream.next().await {
            Some(Ok(message)) => Ok(received(message)),
            Some(Err(error)) => Err(lost(error)),
            None => Err(TransportErrorKind::Interrupted.into()),
        }
    }

    async fn send(&mut self, text: String) -> Result<(), TransportError> {
        // Past tungstenite, which writes what it sends to its log: the first message holds the token.
        self.stream.flush().await.map_err(lost)?;
        let stream = self.stream.get_mut();
        let written = async {
            stream.write_all(&masked(&text)?).await?;
            stream.flush().await
        };
        written.await.map_err(|error| lost(Error::Io(error)))
    }

    async fn close(&mut self) {
        let frame = CloseFrame {
            code: CloseCode::Normal,
            reason: Utf8Bytes::from_static(""),
        };
        if self.stream.close(Some(frame)).await.is_ok() {
            // Until the other side has said good-bye as well, so that it has read ours.
            while let Some(Ok(_)) = self.stream.next().await {}
        }
    }
}

impl fmt::Debug for WebSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocket").finish_non_exhaustive()
    }
}

/// A text as a frame of a client's. Its mask keeps what lies between from taking it for something else; it is no secret.
fn masked(text: &str) -> std::io::Result<Vec<u8>> {
    let [mask @ .., _, _, _, _] = RandomState::new().hash_one(text.len()).to_be_bytes();
    let header = FrameHeader {
        opcode: OpCode::Data(Data::Text),
        mask: Some(mask),
        ..FrameHeader::default()
    };
    let mut frame = Vec::with_capacity(text.len() + 14);
    header
        .format(text.len() as u64, &mut frame)
        .map_err(std::io::Error::other)?;
    frame.extend(
        text.bytes()
            .zip(mask.iter().cycle())
            .map(|(byte, mask)| byte ^ mask),
    );
    Ok(frame)
}

fn received(message: Message) -> Received {
    match message {
        Message::Text(text) => Received::Message(text.into()),
        Message::Binary(bytes) => Received::Message(bytes),
        Message::Close(frame) => {
            Received::Closed(frame.map(|frame| Close::new(frame.code.into(), frame.reason.as_str())))
        }
        // A ping is answered with the next look at the connection.
        Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Received::Alive,
    }
}

/// Why a connection is lost. The URL, which may hold a token, stands in none of these.
fn lost(error: Error) -> TransportError {
    match error {
        Error::Io(error) => TransportError::new(TransportErrorKind::Interrupted).with_source(error),
        Error::Protocol(error) => TransportError::new(TransportErrorKind::Interrupted)
            .with_message("the connection broke off, or what came is not the WebSocket protocol")
            .with_source(error),
        Error::Capacity(error) => TransportError::new(TransportErrorKind::TooLarge)
            .with_message("a message is larger than the limit; see `WebSocketConnector::max_message_bytes`")
            .with_source(error),
        _ => TransportError::new(TransportErrorKind::Interrupted),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]
mod tests {
    use std::time::Duration;

    use tokio::net::{TcpListener, TcpSocket};
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn a_family_that_leads_nowhere_is_not_waited_for() {
        // Nobody accepts what it is asked for, so that after a few nothing is answered.
        let nowhere = TcpSocket::new_v6().unwrap();
        if nowhere.bind((std::net::Ipv6Addr::LOCALHOST, 0).into()).is_err() {
            // A machine without IPv6.
            return;
        }
        let nowhere = nowhere.listen(1).unwrap();
        let somewhere = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let addresses = [nowhere.local_addr().unwrap(), somewhere.local_addr().unwrap()];
        let mut held = Vec::new();
        for _ in 0..16 {
            let connecting = timeout(Duration::from_secs(30), connect(addresses.to_vec()));
            held.push(connecting.await.unwrap().unwrap());
        }
        assert!(held.iter().any(|stream| stream.peer_addr().unwrap().is_ipv4()));
    }

    #[tokio::test]
    async fn all_addresses_are_tried() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let gone = listener.local_addr().unwrap();
        drop(listener);
        let somewhere = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = somewhere.local_addr().unwrap();
        let stream = connect(vec![gone, address]).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), address);
        assert!(connect(Vec::new()).await.is_err());
    }
}
