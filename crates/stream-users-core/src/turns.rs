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
            let mut queue = self.queue();
            match queue.place(number) {
                Some(place) if place > 0 => {
                    queue.waiting[place].1 = Some(context.waker().clone());
                    Poll::Pending
                }
                _ => Poll::Ready(()),
            }
        })
        .await;
        turn
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
        queue.waiting.remove(place);
        let next = if place == 0 {
            queue.waiting.front_mut().and_then(|(_, waker)| waker.take())
        } else {
            None
        };
        drop(queue);
        if let Some(waker) = next {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::Context;

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
