//! [`Link`]: a connection, whichever way it was made.

use stream_users_core::TransportError;

use crate::failure::Failure;
use crate::long_poll::LongPoll;
use crate::machine::Via;
use crate::socket::{Received, Socket};

/// A connection. Dropping it ends it.
#[derive(Debug)]
pub(crate) enum Link {
    WebSocket(Box<dyn Socket>),
    LongPoll(LongPoll),
}

impl Link {
    pub(crate) const fn via(&self) -> Via {
        match self {
            Self::WebSocket(_) => Via::WebSocket,
            Self::LongPoll(_) => Via::LongPoll,
        }
    }

    /// Waits for what comes next; may be dropped at any point.
    pub(crate) async fn receive(&mut self) -> Result<Received, Failure> {
        match self {
            Self::WebSocket(socket) => socket.receive().await.map_err(Failure::ended),
            Self::LongPoll(poll) => poll.receive().await,
        }
    }

    /// Sends a health check. A long-poll needs none: each of its requests is one.
    pub(crate) async fn check(&mut self, text: String) -> Result<(), TransportError> {
        match self {
            Self::WebSocket(socket) => socket.send(text).await,
            Self::LongPoll(_) => Ok(()),
        }
    }

    pub(crate) async fn close(&mut self) {
        match self {
            Self::WebSocket(socket) => socket.close().await,
            Self::LongPoll(poll) => poll.close().await,
        }
    }
}
