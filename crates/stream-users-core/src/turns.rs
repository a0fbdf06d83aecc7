//! [`Turns`]: one at a time, in the order in which they came. What is done in a turn does not belong here.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// A fair lock without a value, to be held over a wait.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    next: u64,
    /// Who has the turn, followed by those who wait, by rising numbers.
    waiting: VecDeque<(u64, Option<Waker>)>,
}

/// A turn, or a place in the queue for one. Dropping it lets the next one go.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    turns: &'a Turns,
    number: u64,
}

impl Turns {
    /// Waits for a turn. Dropping the future gives the place up.
    pub(crate) async fn take(&self) -> Turn<'_> {
        let number = {
            let mut queue = self.queue();
            let number = queue.next;
            queue.next += 1;
            queue.waiting.push_back((number, None));
            number
        };
        let turn = Turn { turns: self, number };
        poll_fn(|context| {
            // Wakers run code of the executor's, which must not find the queue locked.
            let waker = context.waker().clone();
            let mut queue = self.queue();
            let before = match queue.place(number) {
                Some(place) if place > 0 => queue.waiting[place].1.replace(waker),
                _ => return Poll::Ready(()),
            };
            drop(queue);
            drop(before);
            Poll::Pending
        })
        .await;
        turn
    }

    /// Whether nobody has the turn or waits for it.
    pub(crate) fn are_free(&self) -> bool {
        self.queue().waiting.is_empty()
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // The queue is whole after every step, so a poisoned lock does no harm.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn place(&self, number: u64) -> Option<usize> {
        self.waiting
            .binary_search_by_key(&number, |(number, _)| *number)
            .ok()
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut queue = self.turns.queue();
        let Some(place) = queue.place(self.number) else {
            return;
        };
        let gone = queue.waiting.remove(place);
        let next = if place == 0 {
            queue.waiting.front_mut().and_then(|(_, waker)| waker.take())
        } else {
            None
        };
        drop(queue);
        drop(gone);
        if let Some(waker) = next {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Wake};

    use futures_util::FutureExt as _;
    use proptest::prelude::*;

    use super::*;

    #[tokio::test]
    async fn a_turn_that_nobody_holds_is_there_at_once() {
        let turns = Turns::default();
        drop(turns.take().await);
        let _held = turns.take().await;
        assert!(turns.take().now_or_never().is_none());
    }

    #[tokio::test]
    async fn turns_come_in_order_and_those_who_leave_are_skipped() {
        let turns = Turns::default();
        let first = turns.take().await;
        let mut context = Context::from_waker(Waker::noop());
        let mut third = pin!(turns.take());
        {
            let mut second = pin!(turns.take());
            assert!(second.as_mut().poll(&mut context).is_pending());
            assert!(third.as_mut().poll(&mut context).is_pending());
            drop(first);
            // The second has the turn now, and gives it up without taking it.
            assert!(third.as_mut().poll(&mut context).is_pending());
        }
        assert!(third.as_mut().poll(&mut context).is_ready());
    }

    /// Notes whether the queue was free when the waker was dropped.
    struct Watch(&'static Turns, Arc<AtomicUsize>);

    impl Wake for Watch {
        fn wake(self: Arc<Self>) {}
    }

    impl Drop for Watch {
        fn drop(&mut self) {
            assert!(
                self.0.queue.try_lock().is_ok(),
                "a waker was dropped under the lock"
            );
            self.1.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn wakers_are_dropped_outside_of_the_lock() {
        let turns: &'static Turns = Box::leak(Box::default());
        let dropped = Arc::new(AtomicUsize::new(0));
        let _held = turns.take().now_or_never().unwrap();
        let mut waits = Box::pin(turns.take());
        for before in 0..3 {
            assert_eq!(dropped.load(Ordering::Relaxed), before.max(1) - 1, "one is kept");
            let waker = Waker::from(Arc::new(Watch(turns, Arc::clone(&dropped))));
            assert!(waits.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        }
        drop(waits);
        assert_eq!(dropped.load(Ordering::Relaxed), 3);
    }

    proptest! {
        #[test]
        fn however_many_leave_the_others_go_in_order(leave in prop::collection::vec(any::<bool>(), 1..40)) {
            let turns = Turns::default();
            let mut context = Context::from_waker(Waker::noop());
            let mut waiting: Vec<_> = leave.iter().map(|_| Some(Box::pin(turns.take()))).collect();
            let mut held: Vec<Option<Turn<'_>>> = Vec::new();
            for place in &mut waiting {
                held.push(match place.as_mut().unwrap().as_mut().poll(&mut context) {
                    Poll::Ready(turn) => Some(turn),
                    Poll::Pending => None,
                });
            }
            for (index, leaves) in leave.iter().enumerate().skip(1) {
                if *leaves {
                    waiting[index] = None;
                }
            }
            for index in 1..leave.len() {
                held[..index].fill_with(|| None);
                waiting[..index].fill_with(|| None);
                let Some(place) = waiting[index].as_mut() else { continue };
                match place.as_mut().poll(&mut context) {
                    Poll::Ready(turn) => held[index] = Some(turn),
                    Poll::Pending => prop_assert!(false, "{index} has to wait though nobody is before it"),
                }
                for later in waiting[index + 1..].iter_mut().flatten() {
                    prop_assert!(later.as_mut().poll(&mut context).is_pending());
                }
            }
        }
    }
}
