//! One connection as the rest of the emulator sees it: whose it is, what waits to be sent to it, and how it is brought to
//! its end. Who reads the outbox, a WebSocket or polls, is not known here.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::Notify;

use crate::clock::Nanos;
use crate::surface::Surface;

/// One message as it is sent: the text of a JSON object. Cheap to clone.
pub(crate) type Frame = Utf8Bytes;

/// The most bytes that may wait for a client.
const MOST_BYTES: usize = 1 << 20;

/// How a client is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    WebSocket,
    LongPoll,
}

/// How a connection ends, where it is not the client that ends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// What waits is sent, then `last` if there is one, and the WebSocket is closed with this code and reason.
    Close {
        last: Option<Frame>,
        code: u16,
        reason: String,
    },
    /// The socket is reset (RST), without a word.
    Reset,
    /// The socket is closed without a word.
    Drop,
}

#[derive(Debug)]
pub(crate) struct Connection {
    /// Like a UUID.
    pub(crate) id: String,
    /// Whose it is. Of an anonymous one it is an id that nobody else has, which begins with `!anon`.
    pub(crate) user_id: String,
    pub(crate) anonymous: bool,
    /// The form of what it is told.
    pub(crate) surface: Surface,
    pub(crate) transport: Transport,
    /// By the emulator's clock.
    pub(crate) connected_at: Nanos,
    /// How many frames may wait.
    pub(crate) most: usize,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Frame>,
    bytes: usize,
    end: Option<End>,
    silent: bool,
}

/// What whoever serves a connection is to do next.
#[derive(Debug)]
pub(crate) enum Next {
    Send(Frame),
    /// Neither read nor write any more, until the end comes.
    FallSilent,
    End(End),
}

impl Connection {
    #[expect(clippy::too_many_arguments, reason = "each is a field")]
    pub(crate) fn new(
        id: String,
        user_id: String,
        anonymous: bool,
        surface: Surface,
        transport: Transport,
        connected_at: Nanos,
        most: usize,
    ) -> Self {
        Self {
            id,
            user_id,
            anonymous,
            surface,
            transport,
            connected_at,
            most,
            state: Mutex::default(),
            changed: Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a frame wait to be sent. A client that has left too many unread is cut off: what it would be told has gaps
    /// from then on.
    pub(crate) fn push(&self, frame: Frame) {
        let mut state = self.lock();
        if state.end.is_some() {
            return;
        }
        state.bytes = state.bytes.saturating_add(frame.len());
        state.waiting.push_back(frame);
        if state.waiting.len() > self.most || state.bytes > MOST_BYTES {
            state.waiting = VecDeque::new();
            state.end = Some(End::Drop);
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// Brings it to its end. The first end counts, but whoever falls silent or says goodbye can still be reset.
    pub(crate) fn end(&self, end: End) {
        let mut state = self.lock();
        if state.end.is_none() || end == End::Reset {
            state.end = Some(end);
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// Lets it neither read nor write any more.
    pub(crate) fn silence(&self) {
        self.lock().silent = true;
        self.changed.notify_waiters();
    }

    /// Waits until the state says something. Others may wait at the same time.
    async fn until<T>(&self, mut says: impl FnMut(&mut State) -> Option<T>) -> T {
        loop {
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            if let Some(said) = says(&mut self.lock()) {
                return said;
            }
            changed.await;
        }
    }

    /// What is to be done next, in the order in which it was said. It can be dropped without losing a frame.
    pub(crate) async fn next(&self) -> Next {
        self.until(|state| match &state.end {
            Some(end @ (End::Reset | End::Drop)) => Some(Next::End(end.clone())),
            _ if state.silent => Some(Next::FallSilent),
            end => match (state.waiting.pop_front(), end) {
                (Some(frame), _) => {
                    state.bytes -= frame.len();
                    if state.waiting.is_empty() {
                        // An idle connection keeps no memory for what it was told.
                        state.waiting = VecDeque::new();
                    }
                    Some(Next::Send(frame))
                }
                (None, Some(end)) => Some(Next::End(end.clone())),
                (None, None) => None,
            },
        })
        .await
    }

    /// Waits until it is to end.
    pub(crate) async fn ended(&self) -> End {
        self.until(|state| state.end.clone()).await
    }

    /// Waits until it is to end at once, whatever is still to be sent.
    pub(crate) async fn cut(&self) {
        self.until(|state| {
            let cut = matches!(state.end, Some(End::Reset | End::Drop));
            (cut || state.silent).then_some(())
        })
        .await;
    }

    /// How many frames wait.
    pub(crate) fn waiting(&self) -> usize {
        self.lock().waiting.len()
    }
}
