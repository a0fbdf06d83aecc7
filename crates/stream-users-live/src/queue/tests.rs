//! What holds for every order of writing, breaking and reading.

use proptest::prelude::*;
use stream_users_model::Custom;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_unix_seconds(second).unwrap()
}

fn event(number: u64) -> Event<Custom> {
    Event::from_json(&format!(r#"{{"type":"count","custom":{{"number":{number}}}}}"#)).unwrap()
}

fn number(event: &Event<Custom>) -> u64 {
    let Event::Other(other) = event else {
        panic!("{event:?}")
    };
    other.custom::<std::collections::HashMap<String, u64>>().unwrap()["number"]
}

fn gaps(queue: &Queue<Custom>) -> Vec<Gap> {
    std::iter::from_fn(|| queue.try_next())
        .filter_map(|item| match item {
            LiveEvent::Gap(gap) => Some(gap),
            LiveEvent::Event(_) => None,
        })
        .collect()
}

#[test]
fn what_is_dropped_is_counted_and_told_before_what_comes_later() {
    let queue = Queue::new(2);
    for second in 0..5_i64 {
        assert_eq!(queue.push(event(second.unsigned_abs()), at(second)), second < 2);
    }
    assert_eq!(number_of(queue.try_next()), Some(0));
    // Half of it is free.
    assert!(queue.push(event(5), at(5)));
    assert_eq!(number_of(queue.try_next()), Some(1));
    let gap = Gap::new(at(2), at(4), GapReason::Overflow { dropped: 3 });
    assert_eq!(queue.try_next(), Some(LiveEvent::Gap(gap)));
    assert_eq!(number_of(queue.try_next()), Some(5));
    assert_eq!(queue.try_next(), None);
}

fn number_of(item: Option<LiveEvent<Custom>>) -> Option<u64> {
    match item {
        Some(LiveEvent::Event(event)) => Some(number(&event)),
        _ => None,
    }
}

#[test]
fn a_gap_that_nothing_follows_is_told_all_the_same() {
    let queue = Queue::new(1);
    queue.push(event(0), at(0));
    queue.push(event(1), at(1));
    queue.break_at(at(2), at(3));
    queue.break_at(at(4), at(5));
    queue.end();
    queue.push(event(2), at(6));
    assert_eq!(
        gaps(&queue),
        [
            Gap::new(at(1), at(1), GapReason::Overflow { dropped: 1 }),
            Gap::new(at(2), at(5), GapReason::Reconnected),
        ]
    );
}

#[tokio::test]
async fn a_reader_that_waits_is_woken() {
    let queue = std::sync::Arc::new(Queue::<Custom>::new(4));
    let reader = std::sync::Arc::clone(&queue);
    let reading = tokio::spawn(async move {
        let mut read = 0;
        while std::future::poll_fn(|context| reader.poll_next(context))
            .await
            .is_some()
        {
            read += 1;
        }
        read
    });
    tokio::task::yield_now().await;
    queue.push(event(0), at(0));
    tokio::task::yield_now().await;
    queue.break_at(at(0), at(1));
    tokio::task::yield_now().await;
    queue.end();
    assert_eq!(reading.await.unwrap(), 2);
}

/// A waker that looks at the queue when it is dropped.
struct Prying(std::sync::Arc<Queue<Custom>>);

impl std::task::Wake for Prying {
    fn wake(self: std::sync::Arc<Self>) {}
}

impl Drop for Prying {
    fn drop(&mut self) {
        assert!(
            self.0.inner.try_lock().is_ok(),
            "a waker is dropped under the lock"
        );
    }
}

#[test]
fn wakers_are_dropped_outside_of_the_lock() {
    let queue = std::sync::Arc::new(Queue::new(4));
    for _ in 0..2 {
        let waker = Waker::from(std::sync::Arc::new(Prying(std::sync::Arc::clone(&queue))));
        assert!(queue.poll_next(&mut Context::from_waker(&waker)).is_pending());
    }
    queue.abandon();
}

#[test]
fn nothing_is_kept_for_nobody() {
    let queue = Queue::new(4);
    queue.push(event(0), at(0));
    queue.abandon();
    assert!(queue.push(event(1), at(1)), "it is nobody's loss");
    queue.break_at(at(1), at(2));
    assert_eq!(queue.try_next(), None);
}

#[derive(Clone, Copy, Debug)]
enum Op {
    Push,
    Break,
    Read,
}

proptest! {
    #[test]
    fn events_come_in_order_and_what_is_missing_is_told(
        capacity in 1..6_usize,
        ops in prop::collection::vec(prop_oneof![3 => Just(Op::Push), 1 => Just(Op::Break), 2 => Just(Op::Read)], 0..200),
    ) {
        let queue = Queue::new(capacity);
        let (mut pushed, mut taken, mut breaks) = (0_u64, 0_u64, Vec::new());
        let mut read = Vec::new();
        for (time, op) in (0..).zip(ops) {
            match op {
                Op::Push => {
                    taken += u64::from(queue.push(event(pushed), at(time)));
                    pushed += 1;
                }
                Op::Break => {
                    queue.break_at(at(time), at(time));
                    breaks.push(pushed);
                }
                Op::Read => read.extend(queue.try_next()),
            }
            let inner = queue.inner();
            prop_assert!(inner.events <= capacity);
            prop_assert!(inner.items.len() <= 3 * capacity + 2);
        }
        queue.end();
        read.extend(std::iter::from_fn(|| queue.try_next()));
        // Between two events that are not next to each other stands a gap that counts the difference; between two that a
        // break lies between, one that says so.
        let (mut next, mut dropped, mut broken, mut delivered) = (0, 0, false, 0);
        let mut check = |until: u64, dropped: u64, broken: bool| {
            let missing = until - next;
            let was_broken = breaks.iter().any(|at| (next..=until).contains(at));
            prop_assert_eq!(missing, dropped);
            prop_assert!(broken || !was_broken, "a break before {} is not told", until);
            next = until + 1;
            Ok(())
        };
        for item in read {
            match item {
                LiveEvent::Event(event) => {
                    check(number(&event), dropped, broken)?;
                    (dropped, broken) = (0, false);
                    delivered += 1;
                }
                LiveEvent::Gap(Gap { reason: GapReason::Overflow { dropped: more }, .. }) => dropped += more,
                LiveEvent::Gap(Gap { reason: GapReason::Reconnected, .. }) => broken = true,
            }
        }
        check(pushed, dropped, broken)?;
        prop_assert_eq!(delivered, taken);
    }
}
