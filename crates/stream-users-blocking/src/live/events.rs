//! [`Events`] and [`States`]: what a connection tells, as iterators. What is told is decided in `stream-users-live`.

use std::fmt;
use std::iter::FusedIterator;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, TryRecvError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{Either, select};
use stream_users_core::UsersApi as _;
use stream_users_core::model::{Custom, CustomData};
use stream_users_live::{LiveEvent, State, States as StateStream};

use super::Shared;

/// The events of a connection, in order: an iterator that waits for the next one; made by [`Live::events`](super::Live::events).
///
/// It ends when the connection is closed for good and all that came was handed out. It holds the connection open as a
/// handle does. On the thread of the connection, which cannot wait for itself, it says at once that there is no more.
#[must_use = "an iterator does nothing until it is asked"]
pub struct Events<C: CustomData = Custom> {
    shared: Arc<Shared<C>>,
}

impl<C: CustomData> Events<C> {
    pub(super) fn new(shared: &Arc<Shared<C>>) -> Self {
        Self {
            shared: Arc::clone(shared),
        }
    }

    /// The next one, if it comes within this time, by the client's clock. What is here already is handed out however
    /// short the time is.
    ///
    /// # Errors
    /// [`RecvTimeoutError::Timeout`] where none came in time, and [`RecvTimeoutError::Disconnected`] where none will come any
    /// more.
    pub fn next_timeout(&mut self, timeout: Duration) -> Result<LiveEvent<C>, RecvTimeoutError> {
        let events = Arc::clone(&self.shared.events);
        let clock = self.shared.users.api().clock();
        let answer = self.shared.runtime.run(async move {
            let late = clock?.sleep(timeout);
            let next = pin!(async { events.lock().await.next().await });
            Ok(match select(next, late).await {
                Either::Left((item, _)) => item.ok_or(RecvTimeoutError::Disconnected),
                Either::Right(_) => Err(RecvTimeoutError::Timeout),
            })
        });
        answer.unwrap_or(Err(RecvTimeoutError::Disconnected))
    }

    /// The next one, if it is here already and no other iterator waits for it. It does not block.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] where there is none yet, and [`TryRecvError::Disconnected`] where none will come any more.
    pub fn try_next(&mut self) -> Result<LiveEvent<C>, TryRecvError> {
        let Ok(mut events) = self.shared.events.try_lock() else {
            return Err(TryRecvError::Empty);
        };
        match events.next().now_or_never() {
            Some(item) => item.ok_or(TryRecvError::Disconnected),
            None => Err(TryRecvError::Empty),
        }
    }
}

impl<C: CustomData> Iterator for Events<C> {
    type Item = LiveEvent<C>;

    fn next(&mut self) -> Option<Self::Item> {
        let events = Arc::clone(&self.shared.events);
        let answer = self
            .shared
            .runtime
            .run(async move { Ok(events.lock().await.next().await) });
        answer.ok().flatten()
    }
}

impl<C: CustomData> FusedIterator for Events<C> {}

impl<C: CustomData> fmt::Debug for Events<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}

/// What a connection is doing, now and whenever it changes: an iterator that waits; made by
/// [`Live::states`](super::Live::states).
#[must_use = "an iterator does nothing until it is asked"]
pub struct States<C: CustomData = Custom> {
    shared: Arc<Shared<C>>,
    /// `None` after the end.
    stream: Option<StateStream>,
}

impl<C: CustomData> States<C> {
    pub(super) fn new(shared: &Arc<Shared<C>>) -> Self {
        Self {
            shared: Arc::clone(shared),
            stream: Some(shared.connection.states()),
        }
    }
}

impl<C: CustomData> Iterator for States<C> {
    type Item = State;

    fn next(&mut self) -> Option<State> {
        // The stream goes to the thread and comes back with its item.
        let mut stream = self.stream.take()?;
        let asked = self.shared.runtime.run(async move {
            let item = stream.next().await;
            Ok((stream, item))
        });
        let (stream, item) = asked.ok()?;
        self.stream = item.is_some().then_some(stream);
        item
    }
}

impl<C: CustomData> FusedIterator for States<C> {}

impl<C: CustomData> fmt::Debug for States<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("States").finish_non_exhaustive()
    }
}
