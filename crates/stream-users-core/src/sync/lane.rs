//! [`Lane`]: one kind of write, on its way into a run of the bulk engine, and what is to be told of it when it comes back.
//! Which write goes where is decided in `write`.

use std::collections::HashMap;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_channel::mpsc::{Receiver, Sender, channel};
use futures_util::StreamExt as _;
use stream_users_model::UserId;

use super::error::{SyncEnd, SyncError};
use crate::bulk::{BulkEnd, BulkRun, ItemError, Row};

/// Writes that wait in a lane for the engine to read them.
const WAITING: usize = 100;

/// A run of the engine, whatever it answers with.
pub(super) struct Running<'a> {
    run: Option<Box<dyn Drive + Send + 'a>>,
    trouble: Option<SyncEnd>,
}

trait Drive {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Told>>;
    fn stop(&self);
    fn into_end(self: Box<Self>) -> Option<BulkEnd>;
}

/// What came of a row: its number, whom it is about, and why it was not done.
pub(super) struct Told {
    pub(super) number: u64,
    pub(super) id: Option<UserId>,
    pub(super) outcome: Result<(), ItemError>,
}

impl<R> Drive for BulkRun<'_, R> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Told>> {
        self.poll_next_unpin(context).map(|result| {
            result.map(|result| Told {
                number: result.number,
                id: result.id,
                outcome: result.outcome.map(drop),
            })
        })
    }

    fn stop(&self) {
        self.stopper().stop();
    }

    fn into_end(self: Box<Self>) -> Option<BulkEnd> {
        let end = self.end();
        drop(self);
        end.and_then(Arc::into_inner)
    }
}

impl<'a> Running<'a> {
    pub(super) fn new<R: Send + 'a>(run: BulkRun<'a, R>) -> Self {
        Self {
            run: Some(Box::new(run)),
            trouble: None,
        }
    }

    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Told>> {
        let Some(run) = &mut self.run else {
            return Poll::Ready(None);
        };
        let result = ready!(run.poll(context));
        if result.is_none() {
            let end = self.run.take().and_then(Drive::into_end);
            self.trouble = match end {
                None | Some(BulkEnd::Complete) => None,
                Some(BulkEnd::Stopped) => Some(SyncEnd::Stopped),
                Some(BulkEnd::BudgetSpent) => Some(SyncEnd::BudgetSpent),
                Some(BulkEnd::Failed(error)) => Some(SyncEnd::Failed(SyncError::Bulk(error))),
            };
        }
        Poll::Ready(result)
    }

    pub(super) fn stop(&self) {
        if let Some(run) = &self.run {
            run.stop();
        }
    }

    pub(super) const fn has_ended(&self) -> bool {
        self.run.is_none()
    }

    /// How it ended, where not all was done; once.
    pub(super) fn take_trouble(&mut self) -> Option<SyncEnd> {
        self.trouble.take()
    }
}

/// Writes of type `T`; `W` is what each of them is for.
pub(super) struct Lane<'a, T, W> {
    sender: Option<Sender<Row<T>>>,
    pub(super) running: Running<'a>,
    why: HashMap<u64, W>,
    last: u64,
}

impl<'a, T, W> Lane<'a, T, W> {
    pub(super) fn new<R: Send + 'a>(start: impl FnOnce(Receiver<Row<T>>) -> BulkRun<'a, R>) -> Self {
        let (sender, receiver) = channel(WAITING);
        Self {
            sender: Some(sender),
            running: Running::new(start(receiver)),
            why: HashMap::new(),
            last: 0,
        }
    }

    /// Whether a write can be sent now.
    pub(super) fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<()> {
        match &mut self.sender {
            // An engine that reads no more has ended, and says why by itself.
            Some(sender) => sender.poll_ready(context).map(drop),
            None => Poll::Ready(()),
        }
    }

    /// Sends a write, once the lane is ready.
    pub(super) fn send(&mut self, item: T, why: W) {
        self.last += 1;
        self.why.insert(self.last, why);
        if let Some(sender) = &mut self.sender {
            // Where the engine has ended, the write is among those that are left.
            sender.start_send(Row::new(self.last, item)).ok();
        }
    }

    /// No more writes come; whether that is news.
    pub(super) fn close(&mut self) -> bool {
        self.sender.take().is_some()
    }

    pub(super) fn stop(&mut self) {
        self.close();
        self.running.stop();
    }

    /// What came of a write; `None` once the engine has ended.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<(W, Result<(), ItemError>)>> {
        loop {
            match ready!(self.running.poll(context)) {
                None => return Poll::Ready(None),
                Some(result) => {
                    if let Some(why) = self.why.remove(&result.number) {
                        return Poll::Ready(Some((why, result.outcome)));
                    }
                }
            }
        }
    }

    /// What the writes were for of which the engine has told nothing.
    pub(super) fn take_left(&mut self) -> impl Iterator<Item = W> + use<T, W> {
        std::mem::take(&mut self.why).into_values()
    }
}
