//! One connection as the rest of the emulator sees it: whose it is, what waits to be sent to it, and how it is brought to
//! its end. Who reads the outbox, a WebSocket or polls, is not known here.

use std::collections::VecDeque;
use std::ops::Deref;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio::time::Instant;

use crate::clock::Nanos;
use crate::surface::Surface;

/// One message as it is sent: the text of a JSON object. Cheap to clone.
pub(crate) type Frame = Utf8Bytes;

/// The most bytes that may wait for a client.
const MOST_BYTES: usize = 1 << 20;

/// Whose a connection is and how it is reached.
#[derive(Debug)]
pub(crate) struct Identity {
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
    /// When its token was issued, in seconds since the epoch, as far as the token says so.
    pub(crate) token_issued_at: Option<f64>,
}

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

/// One connection. It derefs to its [`Identity`].
#[derive(Debug)]
pub(crate) struct Connection {
    identity: Identity,
    /// How many frames may wait.
    most: usize,
    /// Its place among the connections, unless whoever serves it holds that.
    _room: Option<OwnedSemaphorePermit>,
    state: Mutex<State>,
    changed: Notify,
}

impl Deref for Connection {
    type Target = Identity;

    fn deref(&self) -> &Identity {
        &self.identity
    }
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Frame>,
    bytes: usize,
    end: Option<End>,
    silent: bool,
    polls: Polls,
}

/// The polls of a connection that is reached by polling.
#[derive(Debug)]
struct Polls {
    /// How many there were. The last one is told what happens; those before it are answered at once.
    count: u64,
    /// How many wait.
    open: usize,
    /// When the last one was answered.
    last: Instant,
}

impl Default for Polls {
    fn default() -> Self {
        Self {
            count: 0,
            open: 0,
            last: Instant::now(),
        }
    }
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
    /// A connection for which so many frames may wait.
    pub(crate) fn new(identity: Identity, most: usize, room: Option<OwnedSemaphorePermit>) -> Self {
        Self {
            identity,
            most,
            _room: room,
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
        if state.end.is_some() || state.silent {
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

    pub(crate) fn is_silent(&self) -> bool {
        self.lock().silent
    }

    pub(crate) fn is_polled(&self) -> bool {
        self.lock().polls.open > 0
    }

    /// Begins a poll, which makes those before it return.
    pub(super) fn poll(self: Arc<Self>) -> Poll {
        let mut state = self.lock();
        state.polls.open += 1;
        state.polls.count += 1;
        let number = state.polls.count;
        drop(state);
        self.changed.notify_waiters();
        Poll {
            connection: self,
            number,
        }
    }

    /// All that waits, for the answer to a poll.
    pub(crate) fn take(&self) -> VecDeque<Frame> {
        let mut state = self.lock();
        state.bytes = 0;
        std::mem::take(&mut state.waiting)
    }

    /// When it counts as abandoned if it is not polled until then; never while it is. One that was told too much is over
    /// already.
    pub(super) fn abandoned_at(&self, gap: Duration) -> Option<Instant> {
        let state = self.lock();
        if state.end.is_some() {
            return Some(Instant::now());
        }
        (state.polls.open == 0).then(|| later(state.polls.last, gap))
    }
}

/// A poll that waits; dropping it is its end.
#[derive(Debug)]
pub(super) struct Poll {
    connection: Arc<Connection>,
    number: u64,
}

impl Poll {
    /// Waits until there is something to say, or another poll has come, or the connection is to end.
    pub(super) async fn ready(&self) {
        self.connection
            .until(|state| {
                let said = !state.waiting.is_empty() || state.polls.count != self.number;
                (state.end.is_some() || (said && !state.silent)).then_some(())
            })
            .await;
    }

    /// How the connection ends, where it is to: at once if it is not silent, else when it comes.
    pub(super) async fn end(&self) -> Option<End> {
        let silent = self.connection.is_silent();
        if silent {
            return Some(self.connection.ended().await);
        }
        self.connection.lock().end.clone()
    }
}

impl Drop for Poll {
    fn drop(&mut self) {
        let mut state = self.connection.lock();
        state.polls.open -= 1;
        state.polls.last = Instant::now();
    }
}

/// A time after another, or none that ever comes.
pub(super) fn later(time: Instant, by: Duration) -> Instant {
    const NEVER: Duration = Duration::from_hours(24 * 365);
    time + by.min(NEVER)
}
