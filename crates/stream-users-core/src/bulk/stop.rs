//! [`BulkStopper`]: a run is told to stop. What it does then belongs to the run.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Tells a run to stop, from wherever it is: nothing new is sent, what is under way is waited for, and the run ends. A batch
/// that waits for a service that is away is given up, and so is what is left of one that was refused: neither has results.
#[derive(Clone, Debug, Default)]
pub struct BulkStopper(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    stopped: AtomicBool,
    waiting: Mutex<Waiting>,
}

/// Who is to be woken, by a number that each of them has.
#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    wakers: BTreeMap<u64, Waker>,
}

impl BulkStopper {
    /// Tells the run to stop. It may be told any number of times.
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::SeqCst);
        let wakers = std::mem::take(&mut self.waiting().wakers);
        wakers.into_values().for_each(Waker::wake);
    }

    /// Whether the run was told to stop.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.stopped.load(Ordering::SeqCst)
    }

    /// Is ready when the run has been told to stop.
    pub(super) fn stopped(&self) -> Stopped {
        let mut waiting = self.waiting();
        waiting.next += 1;
        Stopped {
            number: waiting.next,
            stopper: self.clone(),
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // Whole after every step, so a poisoned lock does no harm.
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until a run is told to stop.
#[derive(Debug)]
pub(super) struct Stopped {
    stopper: BulkStopper,
    number: u64,
}

impl Future for Stopped {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.stopper.is_stopped() {
            return Poll::Ready(());
        }
        // A waker that is replaced runs code of the executor's, and not under the lock.
        let before = self
            .stopper
            .waiting()
            .wakers
            .insert(self.number, context.waker().clone());
        drop(before);
        // It may have been stopped before the waker was there.
        if self.stopper.is_stopped() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        let waker = self.stopper.waiting().wakers.remove(&self.number);
        drop(waker);
    }
}
