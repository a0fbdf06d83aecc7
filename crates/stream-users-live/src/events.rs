//! What a program reads from a connection: [`Events`], [`LiveEvent`] and [`Gap`]. What waits for the reader, and what is
//! dropped, belongs to `queue`.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use stream_users_model::event::Event;
use stream_users_model::{Custom, Timestamp};

use crate::live::Handle;
use crate::queue::Queue;

/// One thing that a connection tells, in the order in which it happened.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum LiveEvent<C = Custom> {
    /// An event of the service's, as it came. None comes twice.
    Event(Event<C>),
    /// Events may be missing here: look again at what you go by.
    Gap(Gap),
}

/// A time of which events may be missing.
///
/// It comes before any event of later. A program that keeps a copy of something, such as who is online, asks again for it
/// then: with the connection, its subscriptions have ended, too.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gap {
    /// Since when: the last moment at which something was heard of the old connection, or at which the first event was
    /// dropped; by the service's clock as far as it is known.
    pub since: Timestamp,
    /// Until when, by the same clock.
    pub until: Timestamp,
    /// Why.
    pub reason: GapReason,
}

/// Why events may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GapReason {
    /// The connection was lost and has been made anew.
    Reconnected,
    /// The reader was too slow, so that these many events found no room. The connection was there all the time.
    #[non_exhaustive]
    Overflow {
        /// How many.
        dropped: u64,
    },
}

impl GapReason {
    /// That so many events found no room, for tests of what is done about it.
    #[must_use]
    pub const fn overflow(dropped: u64) -> Self {
        Self::Overflow { dropped }
    }
}

impl Gap {
    /// A gap between two times, for tests of what is done about one.
    #[must_use]
    pub const fn new(since: Timestamp, until: Timestamp, reason: GapReason) -> Self {
        Self { since, until, reason }
    }
}

/// The events of a connection, as a stream. It ends when the connection is closed for good and all that came before has
/// been read.
///
/// What has not been read waits here, up to [`capacity`](crate::LiveBuilder::capacity) events. When that many wait, later
/// ones are dropped until half of them have been read, and a [`Gap`] stands in their place. Dropping the reader drops what comes, without
/// ending the connection, as long as there is a [`Live`](crate::Live) of it.
pub struct Events<C = Custom> {
    queue: Arc<Queue<C>>,
    _handle: Arc<Handle>,
}

impl<C> Events<C> {
    pub(crate) fn new(queue: Arc<Queue<C>>, handle: Arc<Handle>) -> Self {
        Self {
            queue,
            _handle: handle,
        }
    }

    /// The next event; `None` once the connection is closed for good. The future may be dropped at any point, and nothing
    /// is lost by it.
    pub async fn next(&mut self) -> Option<LiveEvent<C>> {
        std::future::poll_fn(|context| self.queue.poll_next(context)).await
    }

    /// The next event, where one waits.
    pub fn try_next(&mut self) -> Option<LiveEvent<C>> {
        self.queue.try_next()
    }
}

impl<C> Stream for Events<C> {
    type Item = LiveEvent<C>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<LiveEvent<C>>> {
        self.queue.poll_next(context)
    }
}

impl<C> Drop for Events<C> {
    fn drop(&mut self) {
        self.queue.abandon();
    }
}

impl<C> fmt::Debug for Events<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}
