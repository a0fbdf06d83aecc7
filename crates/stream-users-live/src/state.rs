//! [`State`] and [`States`]: how a connection is. Who decides it is `machine`.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use stream_users_core::Error;
use stream_users_model::Str;
use tokio::sync::watch;

/// How a connection is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum State {
    /// It is being made for the first time.
    Connecting,
    /// It is there.
    #[non_exhaustive]
    Online {
        /// Its id, which is another one after each reconnection.
        connection_id: Str,
    },
    /// It was there, has ended, and is being made anew.
    #[non_exhaustive]
    Reconnecting {
        /// Why it ended, or why the last attempt failed.
        reason: Arc<Error>,
        /// How many attempts have failed or are under way since the connection was last a proven one, from 1.
        attempt: u32,
    },
    /// It is over, for good.
    #[non_exhaustive]
    Closed {
        /// Why; `None` where this side has closed it.
        reason: Option<Arc<Error>>,
    },
}

/// States are also made here for tests of what a program does about them.
impl State {
    /// [`Online`](Self::Online) with a connection of this id.
    #[must_use]
    pub fn online(connection_id: impl Into<Str>) -> Self {
        Self::Online {
            connection_id: connection_id.into(),
        }
    }

    /// [`Reconnecting`](Self::Reconnecting) for this reason.
    #[must_use]
    pub fn reconnecting(reason: impl Into<Arc<Error>>, attempt: u32) -> Self {
        Self::Reconnecting {
            reason: reason.into(),
            attempt,
        }
    }

    /// [`Closed`](Self::Closed), by the program where there is no reason.
    #[must_use]
    pub const fn closed(reason: Option<Arc<Error>>) -> Self {
        Self::Closed { reason }
    }

    /// Whether the connection is there.
    #[must_use]
    pub const fn is_online(&self) -> bool {
        matches!(self, Self::Online { .. })
    }

    /// Whether the connection is over for good.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        matches!(self, Self::Closed { .. })
    }

    /// The id of the connection that is there.
    #[must_use]
    pub const fn connection_id(&self) -> Option<&Str> {
        match self {
            Self::Online { connection_id } => Some(connection_id),
            _ => None,
        }
    }

    /// Why the connection is not there, where there is a reason.
    #[must_use]
    pub const fn reason(&self) -> Option<&Arc<Error>> {
        match self {
            Self::Reconnecting { reason, .. } => Some(reason),
            Self::Closed { reason } => reason.as_ref(),
            Self::Connecting | Self::Online { .. } => None,
        }
    }
}

/// The states of a connection, as a stream: the present one first, and then the latest, each time it has changed. States
/// that came and went meanwhile are left out. It ends after [`State::Closed`].
pub struct States(BoxStream<'static, State>);

impl States {
    pub(crate) fn new(states: watch::Receiver<State>) -> Self {
        let next = |(mut states, began, ended): (watch::Receiver<State>, bool, bool)| async move {
            // Whoever drives the connection says that it is closed before it ends.
            if ended || (began && states.changed().await.is_err()) {
                return None;
            }
            let state = states.borrow_and_update().clone();
            let ended = state.is_closed();
            Some((state, (states, true, ended)))
        };
        // Fused: whoever waits for several things at once asks again after the end.
        Self(Box::pin(stream::unfold((states, false, false), next).fuse()))
    }

    /// The next state; `None` after [`State::Closed`].
    pub async fn next(&mut self) -> Option<State> {
        self.0.next().await
    }
}

impl Stream for States {
    type Item = State;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<State>> {
        self.0.as_mut().poll_next(context)
    }
}

impl fmt::Debug for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("States").finish_non_exhaustive()
    }
}
