//! What waits for the reader, and the policy for one that is slow. What an event means does not belong here.
//!
//! At most `capacity` events wait. One that finds no room is dropped, and so is every later one until there is room
//! again; then a gap comes first. What is remembered of the dropped ones is a number and two times, so that the memory is
//! bounded whatever happens.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use stream_users_model::Timestamp;
use stream_users_model::event::Event;

use crate::events::{Gap, GapReason, LiveEvent};

/// A queue for one writer and one reader.
pub(crate) struct Queue<C> {
    inner: Mutex<Inner<C>>,
    capacity: usize,
}

struct Inner<C> {
    items: VecDeque<LiveEvent<C>>,
    /// How many of them are events.
    events: usize,
    /// What was dropped since there was room last.
    overflow: Option<Gap>,
    /// The break that has not found room.
    broken: Option<Gap>,
    reader: Option<Waker>,
    ended: bool,
    abandoned: bool,
}

impl<C> Queue<C> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            inner: Mutex::new(Inner {
                items: VecDeque::new(),
                events: 0,
                overflow: None,
                broken: None,
                reader: None,
                ended: false,
                abandoned: false,
            }),
            capacity: capacity.max(1),
        }
    }

    /// Puts an event behind the others, or drops it where there is no room. `now` is the service's time.
    ///
    /// Whether it was taken.
    pub(crate) fn push(&self, event: Event<C>, now: Timestamp) -> bool {
        let mut inner = self.inner();
        if inner.abandoned || inner.ended {
            return true;
        }
        if inner.events >= self.capacity || (inner.overflow.is_some() && inner.events > self.capacity / 2) {
            let gap = inner
                .overflow
                .get_or_insert(Gap::new(now, now, GapReason::Overflow { dropped: 0 }));
            gap.until = now.max(gap.since);
            if let GapReason::Overflow { dropped } = &mut gap.reason {
                *dropped += 1;
            }
            return false;
        }
        inner.settle();
        inner.events += 1;
        inner.items.push_back(LiveEvent::Event(event));
        wake(inner);
        true
    }

    /// Notes that the connection was broken. It takes no room, but there is never more than one that nothing follows.
    pub(crate) fn break_at(&self, since: Timestamp, until: Timestamp) {
        let mut inner = self.inner();
        if inner.abandoned || inner.ended {
            return;
        }
        match &mut inner.broken {
            Some(gap) => gap.until = until.max(gap.until),
            None => inner.broken = Some(Gap::new(since, until, GapReason::Reconnected)),
        }
        wake(inner);
    }

    /// Nothing more comes.
    pub(crate) fn end(&self) {
        let mut inner = self.inner();
        inner.ended = true;
        wake(inner);
    }

    /// Nobody reads any more.
    pub(crate) fn abandon(&self) {
        let mut inner = self.inner();
        inner.abandoned = true;
        let items = std::mem::take(&mut inner.items);
        inner.events = 0;
        (inner.overflow, inner.broken) = (None, None);
        let reader = inner.reader.take();
        drop(inner);
        // Not under the lock: it may be long, and wakers and custom data may have a `Drop` of their own.
        drop((items, reader));
    }

    pub(crate) fn poll_next(&self, context: &mut Context<'_>) -> Poll<Option<LiveEvent<C>>> {
        // Wakers run code of the executor's, which must not find the queue locked.
        let waker = context.waker().clone();
        let mut inner = self.inner();
        if let Some(item) = inner.take() {
            return Poll::Ready(Some(item));
        }
        if inner.ended {
            return Poll::Ready(None);
        }
        let before = inner.reader.replace(waker);
        drop(inner);
        drop(before);
        Poll::Pending
    }

    pub(crate) fn try_next(&self) -> Option<LiveEvent<C>> {
        self.inner().take()
    }

    fn inner(&self) -> MutexGuard<'_, Inner<C>> {
        // The queue is whole after every step, so a poisoned lock does no harm.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C> Inner<C> {
    /// Puts the gaps behind what waits: what was dropped was before the break, or after it as well.
    fn settle(&mut self) {
        let gaps = [self.overflow.take(), self.broken.take()];
        self.items.extend(gaps.into_iter().flatten().map(LiveEvent::Gap));
    }

    fn take(&mut self) -> Option<LiveEvent<C>> {
        if self.items.is_empty() {
            self.settle();
        }
        let item = self.items.pop_front()?;
        if matches!(item, LiveEvent::Event(_)) {
            self.events -= 1;
        }
        if self.items.is_empty() {
            // A connection that idles keeps no memory for a burst that was.
            self.items.shrink_to(8);
        }
        Some(item)
    }
}

/// Wakes the reader once the lock is released.
fn wake<C>(mut inner: MutexGuard<'_, Inner<C>>) {
    let reader = inner.reader.take();
    drop(inner);
    if let Some(reader) = reader {
        reader.wake();
    }
}

#[cfg(test)]
#[allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail like tests"
)]
mod tests;
