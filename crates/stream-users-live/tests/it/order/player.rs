//! A [`Connector`] that plays what a test tells it, and holds that there is never a second connection. No sockets and no
//! waiting: what it is told to say comes at once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use futures_util::future::poll_fn;
use http::HeaderMap;
use stream_users_core::{TransportError, TransportErrorKind};
use stream_users_live::{Close, ConnectError, Connected, Connector, Received, Socket};

use std::task::{Poll, Waker};

/// How an attempt at a connection fails.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fail {
    NoNetwork,
    Interrupted,
    Page(u16),
    /// A refusal in the first frame: this code.
    Refused(i32),
    /// The connection ends before the first answer.
    NoFirstAnswer,
    /// There is a connection, and nothing comes.
    SilentSocket,
    /// Nothing answers the attempt.
    Hangs,
}

/// What the other side does on the connection that is there.
#[derive(Debug)]
pub(crate) enum Say {
    Text(String),
    Alive,
    Close(Option<Close>),
    Ends,
}

#[derive(Debug, Default)]
struct State {
    /// What is still to be said on the connection that is there.
    says: VecDeque<Say>,
    fails: VecDeque<Fail>,
    reader: Option<Waker>,
    /// Attempts and sockets that have not been dropped.
    open: usize,
    most: usize,
    dialled: usize,
    accepted: usize,
    sent: usize,
}

/// The connector, and the test's hand on it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Player(Arc<Mutex<State>>);

impl Player {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(crate) fn say(&self, say: Say) {
        let mut state = self.state();
        state.says.push_back(say);
        if let Some(reader) = state.reader.take() {
            reader.wake();
        }
    }

    /// The next attempts fail so.
    pub(crate) fn fail(&self, fails: impl IntoIterator<Item = Fail>) {
        self.state().fails.extend(fails);
    }

    /// Whether all has been heard that was said.
    pub(crate) fn is_heard(&self) -> bool {
        self.state().says.is_empty()
    }

    pub(crate) fn fails_left(&self) -> usize {
        self.state().fails.len()
    }

    /// The number of the connection that was accepted last, from 1.
    pub(crate) fn accepted(&self) -> usize {
        self.state().accepted
    }

    pub(crate) fn dialled(&self) -> usize {
        self.state().dialled
    }

    /// Health checks and introductions that were sent.
    pub(crate) fn sent(&self) -> usize {
        self.state().sent
    }

    pub(crate) fn open(&self) -> usize {
        self.state().open
    }

    /// The most that were ever open at once.
    pub(crate) fn most(&self) -> usize {
        self.state().most
    }
}

/// Counts an attempt, or the connection that it has become.
#[derive(Debug)]
struct Counted(Player);

impl Counted {
    fn new(player: &Player) -> Self {
        let mut state = player.state();
        state.open += 1;
        state.most = state.most.max(state.open);
        Self(player.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.state().open -= 1;
    }
}

#[async_trait::async_trait]
impl Connector for Player {
    async fn connect(&self, _: http::Request<()>) -> Result<Connected, ConnectError> {
        let counted = Counted::new(self);
        let fail = {
            let mut state = self.state();
            state.dialled += 1;
            // What was said on the connection before is not heard on this one.
            state.says.clear();
            state.fails.pop_front()
        };
        let first = match fail {
            None => {
                let mut state = self.state();
                state.accepted += 1;
                Say::Text(format!(
                    r#"{{"type":"connection.ok","connection_id":"c-{}","created_at":1,"me":{{"id":"ada","role":"user","created_at":1,"updated_at":1,"custom":{{}}}}}}"#,
                    state.accepted
                ))
            }
            Some(Fail::NoNetwork) => return Err(TransportError::new(TransportErrorKind::Connect).into()),
            Some(Fail::Interrupted) => {
                return Err(TransportError::new(TransportErrorKind::Interrupted).into());
            }
            Some(Fail::Page(status)) => {
                let page = Bytes::from_static(b"<html>");
                let answer = http::Response::builder().status(status).body(page);
                return Err(ConnectError::Answer(answer.unwrap()));
            }
            Some(Fail::Refused(code)) => Say::Text(format!(
                r#"{{"type":"connection.error","error":{{"code":{code},"message":"no","StatusCode":400}}}}"#
            )),
            Some(Fail::NoFirstAnswer) => Say::Ends,
            Some(Fail::SilentSocket) => return Ok(Connected::new(Playing(counted), HeaderMap::new())),
            Some(Fail::Hangs) => std::future::pending().await,
        };
        self.say(first);
        Ok(Connected::new(Playing(counted), HeaderMap::new()))
    }
}

/// A WebSocket as the player plays it.
#[derive(Debug)]
struct Playing(Counted);

#[async_trait::async_trait]
impl Socket for Playing {
    async fn receive(&mut self) -> Result<Received, TransportError> {
        let say = poll_fn(|context| {
            let mut state = self.0.0.state();
            if let Some(say) = state.says.pop_front() {
                return Poll::Ready(say);
            }
            state.reader = Some(context.waker().clone());
            Poll::Pending
        });
        match say.await {
            Say::Text(text) => Ok(Received::Message(text.into())),
            Say::Alive => Ok(Received::Alive),
            Say::Close(close) => Ok(Received::Closed(close)),
            Say::Ends => Err(TransportErrorKind::Interrupted.into()),
        }
    }

    async fn send(&mut self, _: String) -> Result<(), TransportError> {
        self.0.0.state().sent += 1;
        Ok(())
    }

    async fn close(&mut self) {}
}
