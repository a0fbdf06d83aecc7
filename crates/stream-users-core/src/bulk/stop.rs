//! [`BulkStopper`]: a run is told to stop. What it does then belongs to the run.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Tells a run to stop, from wherever it is: nothing new is sent, what is under way is waited for, and the run ends. A batch
/// that waits for a service that is away is given up.
#[derive(Clone, Debug, Default)]
pub struct BulkStopper(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    stopped: AtomicBool,
    wakers: Mutex<Vec<Waker>>,
}

impl BulkStopper {
    /// Tells the run to stop. It may be told any number of times.
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::SeqCst);
        let wakers = std::mem::take(&mut *self.wakers());
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Whether the run was told to stop.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.stopped.load(Ordering::SeqCst)
    }

    pub(super) fn poll_stopped(&self, context: &Context<'_>) -> Poll<()> {
        if self.is_stopped() {
            return Poll::Ready(());
        }
        let mut wakers = self.wakers();
        if !wakers.iter().any(|waker| waker.will_wake(context.waker())) {
            wakers.push(context.waker().clone());
        }
        drop(wakers);
        // It may have been stopped before the waker was there.
        if self.is_stopped() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    fn wakers(&self) -> MutexGuard<'_, Vec<Waker>> {
        // Whole after every step, so a poisoned lock does no harm.
        self.0.wakers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
