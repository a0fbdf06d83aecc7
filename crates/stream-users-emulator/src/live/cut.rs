//! What a developer sees of connections and does to them, so that a client is seen to come back.

use std::sync::Arc;

use serde_json::{Value, json};

use super::connection::{Connection, End, Transport};
use crate::app::App;
use crate::error::{Error, Result};

/// A client that is connected, for [`EmulatorService::connections`](crate::EmulatorService::connections).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveConnection {
    /// Its id, which the client was told.
    pub id: String,
    /// Whose it is; an anonymous one has an id of its own, which begins with `!anon`.
    pub user_id: String,
    /// Whether it is nobody's in particular.
    pub anonymous: bool,
    /// `v1` of `/connect` and `/longpoll`, or `v2` of the same under `/api/v2`.
    pub protocol: &'static str,
    /// `websocket` or `longpoll`.
    pub transport: &'static str,
    /// Since when, in nanoseconds since the epoch by the emulator's clock.
    pub connected_at: i64,
    /// How many events wait for the client to read them.
    pub waiting: usize,
    /// Whether it has [fallen silent](Cut::silence).
    pub silent: bool,
    /// Whether a poll of it waits; never over a WebSocket.
    pub polling: bool,
    /// The ids of the users whose presence it is told of.
    pub subscriptions: Vec<String>,
}

impl LiveConnection {
    fn of(app: &App, connection: &Connection) -> Self {
        Self {
            id: connection.id.clone(),
            user_id: connection.user_id.clone(),
            anonymous: connection.anonymous,
            protocol: connection.surface.name(),
            transport: match connection.transport {
                Transport::WebSocket => "websocket",
                Transport::LongPoll => "longpoll",
            },
            connected_at: connection.connected_at,
            waiting: connection.waiting(),
            silent: connection.is_silent(),
            polling: connection.is_polled(),
            subscriptions: app.hub.subscriptions(&connection.id),
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "user_id": self.user_id,
            "anonymous": self.anonymous,
            "protocol": self.protocol,
            "transport": self.transport,
            "connected_at": self.connected_at,
            "waiting": self.waiting,
            "silent": self.silent,
            "polling": self.polling,
            "subscriptions": self.subscriptions,
        })
    }
}

/// The clients that are connected, in the order in which they came.
pub(crate) fn list(app: &App) -> Vec<LiveConnection> {
    let all = app.hub.all();
    all.iter()
        .map(|connection| LiveConnection::of(app, connection))
        .collect()
}

/// What happens to connections that are there, for
/// [`EmulatorService::cut_connections`](crate::EmulatorService::cut_connections): to all of them, or to those of
/// [one user](Self::user), or to [one](Self::connection).
///
/// ```
/// # fn doc() -> stream_users_emulator::Result<()> {
/// use stream_users_emulator::{Cut, Emulator};
///
/// let emulator = Emulator::builder().build()?;
/// assert_eq!(emulator.cut_connections(Cut::reset().user("ada"))?, 0);
/// # Ok(())
/// # }
/// # doc().unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Cut {
    pub(crate) how: How,
    pub(crate) user_id: Option<String>,
    pub(crate) connection_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum How {
    Reset,
    HangUp,
    Close { code: u16, reason: String },
    Silence,
}

impl Cut {
    pub(crate) const fn new(how: How) -> Self {
        Self {
            how,
            user_id: None,
            connection_id: None,
        }
    }

    /// The socket is reset (RST), as by a machine that has lost it. A poll that waits has its socket closed.
    pub const fn reset() -> Self {
        Self::new(How::Reset)
    }

    /// The socket is closed without a close frame, as by a process that is killed.
    pub const fn hang_up() -> Self {
        Self::new(How::HangUp)
    }

    /// The WebSocket is closed in order with this code, after what waits to be sent. The service's clients do not come
    /// back after 1000. A client that polls is told code 46.
    pub fn close(code: u16, reason: impl Into<String>) -> Self {
        Self::new(How::Close {
            code,
            reason: reason.into(),
        })
    }

    /// The socket stays open, and nothing is read from it or written to it any more: what a client sees of a network that
    /// has gone. The connection counts as there until it is cut in another way or the emulator stops; what it would have
    /// been told is lost. A poll is not answered.
    pub const fn silence() -> Self {
        Self::new(How::Silence)
    }

    /// Only connections of this user.
    pub fn user(mut self, id: impl Into<String>) -> Self {
        self.user_id = Some(id.into());
        self
    }

    /// Only the connection of this id.
    pub fn connection(mut self, id: impl Into<String>) -> Self {
        self.connection_id = Some(id.into());
        self
    }

    fn check(&self) -> Result<()> {
        let How::Close { code, reason } = &self.how else {
            return Ok(());
        };
        if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
            return Err(Error::Cut(format!(
                "{code} cannot stand in a close frame; use 1000 to 1003, 1007 to 1014 or 3000 to 4999"
            )));
        }
        if reason.len() > LONGEST_REASON {
            return Err(Error::Cut(format!(
                "the reason must be {LONGEST_REASON} bytes or less and has {}",
                reason.len()
            )));
        }
        Ok(())
    }
}

/// The longest reason that a close frame can have, in bytes.
const LONGEST_REASON: usize = 123;

/// Cuts connections; how many.
pub(crate) fn cut(app: &App, cut: Cut) -> Result<usize> {
    cut.check()?;
    let Cut {
        how,
        user_id,
        connection_id,
    } = cut;
    let is_meant = |connection: &Arc<Connection>| {
        user_id.as_ref().is_none_or(|id| *id == connection.user_id)
            && connection_id.as_ref().is_none_or(|id| *id == connection.id)
    };
    let mut connections = app.hub.all();
    connections.retain(is_meant);
    for connection in &connections {
        let end = match &how {
            How::Silence => {
                connection.silence();
                continue;
            }
            How::Reset => End::Reset,
            How::HangUp => End::Drop,
            How::Close { code, reason } => End::Close {
                last: None,
                code: *code,
                reason: reason.clone(),
            },
        };
        app.hub.close(connection, end);
    }
    Ok(connections.len())
}
