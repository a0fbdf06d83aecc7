//! The seam to a WebSocket: [`Connector`] dials, [`Socket`] carries messages. What decides (when to dial, what a message
//! means, when a connection is dead) must enter neither.

use std::fmt::Debug;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use stream_users_core::TransportError;

/// Dials WebSockets: what stands between this crate and a WebSocket library.
///
/// The crate brings [`WebSocketConnector`](crate::WebSocketConnector) (feature `websocket`). Another one is given to
/// [`LiveBuilder::connector`](crate::LiveBuilder::connector).
///
/// # Rules for implementers
/// - **One attempt.** No retries and no redirects.
/// - **Whatever answers is told.** An answer other than the upgrade is [`ConnectError::Answer`], with its status and
///   headers and as much of its body as is there.
/// - **The kind is honest.** [`Connect`](stream_users_core::TransportErrorKind::Connect) says that there was no connection
///   to carry a request; any other, that something answered the connection and not the request.
/// - **Dropping cancels.** The future may be dropped at any point, and what it has opened is then closed.
/// - **Messages have a limit**, and one beyond it ends the connection.
/// - **No secret in an error**, its `Debug` or any of its sources: the URL of the older protocol holds the token.
#[async_trait]
pub trait Connector: Debug + Send + Sync + 'static {
    /// Opens a WebSocket. The request is a `GET` of an `http://` or `https://` address, with the headers of the client; the
    /// connector adds those of the WebSocket protocol.
    ///
    /// # Errors
    /// A [`ConnectError`] where there is no WebSocket.
    async fn connect(&self, request: http::Request<()>) -> Result<Connected, ConnectError>;
}

/// A WebSocket that was opened.
#[derive(Debug)]
#[non_exhaustive]
pub struct Connected {
    /// The WebSocket.
    pub socket: Box<dyn Socket>,
    /// The headers of the answer to the upgrade; their `date` tells the service's time.
    pub headers: HeaderMap,
}

impl Connected {
    /// A WebSocket that was opened with an answer of these headers.
    #[must_use]
    pub fn new(socket: impl Socket, headers: HeaderMap) -> Self {
        Self {
            socket: Box::new(socket),
            headers,
        }
    }
}

/// Why there is no WebSocket.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectError {
    /// Something answered, and it was no upgrade: the service's refusal, or a proxy's page. It may be anything, with any
    /// status, `200` too.
    Answer(http::Response<Bytes>),
    /// There was no answer.
    Transport(TransportError),
}

impl From<TransportError> for ConnectError {
    fn from(error: TransportError) -> Self {
        Self::Transport(error)
    }
}

/// A WebSocket that is open. Dropping it closes the connection at once.
#[async_trait]
pub trait Socket: Debug + Send + 'static {
    /// Waits for the next thing to come. The future may be dropped at any point, and nothing is lost by it: what had come
    /// in part is there for the next call. Pings of the WebSocket protocol are answered here.
    ///
    /// # Errors
    /// A [`TransportError`] where the connection has ended without a word. It is over then.
    async fn receive(&mut self) -> Result<Received, TransportError>;

    /// Sends a text.
    ///
    /// # Errors
    /// A [`TransportError`] where the connection has ended. It is over then.
    async fn send(&mut self, text: String) -> Result<(), TransportError>;

    /// Says good-bye, with close code 1000, and ends the connection. It may be given up at any point.
    async fn close(&mut self);
}

/// What came over a [`Socket`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Received {
    /// A message, of text or of bytes.
    Message(Bytes),
    /// A sign of life that says nothing else, such as a ping.
    Alive,
    /// The other side has ended the connection with a close frame.
    Closed(Option<Close>),
}

/// What a close frame says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Close {
    /// The code: 1000 says that the connection is not to be made anew.
    pub code: u16,
    /// The reason, in words.
    pub reason: String,
}

impl Close {
    /// A close frame.
    #[must_use]
    pub fn new(code: u16, reason: impl Into<String>) -> Self {
        Self {
            code,
            reason: reason.into(),
        }
    }
}
