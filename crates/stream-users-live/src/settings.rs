//! What can be chosen about a connection, with its defaults. Who chooses is `builder`.

use std::time::Duration;

/// The times that a connection goes by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    /// How long making the first connection may take.
    pub(crate) connect_within: Option<Duration>,
    /// How long an attempt may take, from dialling to the first answer.
    pub(crate) attempt: Duration,
    /// How often a health check is sent.
    pub(crate) ping_every: Duration,
    /// After how long without anything a connection is dead.
    pub(crate) dead_after: Duration,
    /// The bound of the first wait before another attempt, which doubles.
    pub(crate) backoff_base: Duration,
    /// What it doubles up to.
    pub(crate) backoff_max: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            connect_within: Some(Duration::from_secs(30)),
            attempt: Duration::from_secs(10),
            ping_every: Duration::from_secs(25),
            dead_after: Duration::from_secs(35),
            backoff_base: Duration::from_millis(250),
            backoff_max: Duration::from_secs(25),
        }
    }
}

/// Which of the service's two protocols is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// The older one, `/connect`: the user and the token stand in the URL, and events have custom data beside their other
    /// fields.
    V1,
    /// The newer one, `/api/v2/connect`: the first message carries the user and the token.
    #[default]
    V2,
}

/// Whether a connection may be made without a WebSocket: requests that the service answers once there are events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LongPolling {
    /// Only a WebSocket will do.
    Never,
    /// After three handshakes in a row that ended without a word of the service, or one that something else refused: a
    /// proxy may let no WebSocket through. When such a connection ends, a WebSocket is tried again.
    #[default]
    Fallback,
    /// Never a WebSocket.
    Always,
}
