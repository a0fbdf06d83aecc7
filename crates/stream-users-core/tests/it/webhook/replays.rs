//! What is handled once.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use proptest::prelude::*;
use serde_json::json;
use stream_users_core::Clock;
use stream_users_core::webhook::{Replay, ReplayGuard, Webhook};
use stream_users_testing::ManualClock;

/// A webhook that tells what happens now.
fn webhook(clock: &ManualClock, id: Option<&str>, text: u32) -> Webhook {
    let body = json!({"type": "bought", "created_at": clock.now(), "n": text}).to_string();
    let mut webhook: Webhook = Webhook::from_sqs(&STANDARD.encode(body)).unwrap();
    webhook.id = id.map(Into::into);
    webhook
}

fn guard() -> (ReplayGuard, ManualClock) {
    let clock = ManualClock::new();
    (ReplayGuard::new(clock.clone()), clock)
}

fn refusal(guard: &ReplayGuard, webhook: &Webhook) -> Option<Replay> {
    guard.begin(webhook).err()
}

#[test]
fn what_was_handled_is_not_handled_again() {
    let (guard, clock) = guard();
    let first = webhook(&clock, Some("a"), 1);
    guard.begin(&first).unwrap().commit();
    assert_eq!(refusal(&guard, &first), Some(Replay::Handled));
    assert_eq!(Replay::Handled.status(), StatusCode::OK);
    // By its id, although the text is another, and by its text, although the id is another.
    assert_eq!(
        refusal(&guard, &webhook(&clock, Some("a"), 2)),
        Some(Replay::Handled)
    );
    assert_eq!(
        refusal(&guard, &webhook(&clock, Some("b"), 1)),
        Some(Replay::Handled)
    );
    assert_eq!(refusal(&guard, &webhook(&clock, None, 1)), Some(Replay::Handled));
    assert_eq!(refusal(&guard, &webhook(&clock, Some("b"), 2)), None);
    assert_eq!(
        refusal(&guard.clone(), &first),
        Some(Replay::Handled),
        "clones remember together"
    );
}

#[test]
fn what_failed_is_new_again() {
    let (guard, clock) = guard();
    let first = webhook(&clock, Some("a"), 1);
    for _ in 0..3 {
        let delivery = guard.begin(&first).unwrap();
        assert_eq!(refusal(&guard, &first), Some(Replay::UnderWay));
        assert_eq!(Replay::UnderWay.status(), StatusCode::SERVICE_UNAVAILABLE);
        drop(delivery);
    }
    let panicked = std::panic::catch_unwind(AssertUnwindSafe(|| {
        let _delivery = guard.begin(&first).unwrap();
        panic!("while it is handled");
    }));
    assert!(panicked.is_err());
    guard.begin(&first).unwrap().commit();
    assert_eq!(refusal(&guard, &first), Some(Replay::Handled));
}

#[test]
fn what_is_handled_outlasts_the_window_and_is_remembered_from_its_end() {
    let (guard, clock) = guard();
    let guard = guard.window(Duration::from_secs(10)).any_age();
    let first = webhook(&clock, Some("a"), 1);
    let delivery = guard.begin(&first).unwrap();
    clock.advance(Duration::from_secs(60));
    assert_eq!(refusal(&guard, &first), Some(Replay::UnderWay));
    delivery.commit();
    clock.advance(Duration::from_secs(9));
    assert_eq!(refusal(&guard, &first), Some(Replay::Handled));
    clock.advance(Duration::from_secs(2));
    assert_eq!(refusal(&guard, &first), None);
}

#[test]
fn what_is_forgotten_is_too_old() {
    let (guard, clock) = guard();
    let guard = guard.window(Duration::from_secs(10));
    let first = webhook(&clock, Some("a"), 1);
    guard.begin(&first).unwrap().commit();
    let unseen = webhook(&clock, Some("b"), 2);
    for second in 1..=20 {
        clock.advance(Duration::from_secs(1));
        let expected = if second <= 10 {
            Replay::Handled
        } else {
            Replay::TooOld
        };
        assert_eq!(refusal(&guard, &first), Some(expected), "after {second} s");
        assert_eq!(
            refusal(&guard, &unseen),
            (second > 10).then_some(Replay::TooOld),
            "after {second} s"
        );
    }
    assert_eq!(Replay::TooOld.status(), StatusCode::BAD_REQUEST);
    assert_eq!(refusal(&guard.any_age(), &first), None);
    // The clock here may be slow, and an event may not say when it was.
    let (early, _) = self::guard();
    assert_eq!(refusal(&early, &webhook(&clock, None, 3)), None);
    let timeless: Webhook = Webhook::from_sqs(&STANDARD.encode(r#"{"type":"x"}"#)).unwrap();
    assert_eq!(refusal(&early, &timeless), None);
}

/// Where the clock here is slow, or was put back, what was forgotten still looks young.
#[test]
fn what_is_forgotten_stays_refused_by_a_clock_that_is_wrong() {
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    for slow in [0, 1, 30, 59] {
        let clock = ManualClock::new();
        let guard = ReplayGuard::new(clock.clone());
        let service = ManualClock::new().starting_at(clock.now().checked_add(minutes(slow)).unwrap());
        let first = webhook(&service, Some("a"), 1);
        guard.begin(&first).unwrap().commit();
        for minute in 1..180 {
            clock.advance(minutes(1));
            service.advance(minutes(1));
            let expected = if minute <= 60 {
                Replay::Handled
            } else {
                Replay::TooOld
            };
            assert_eq!(
                refusal(&guard, &first),
                Some(expected),
                "{slow} min slow, after {minute}"
            );
            let new = webhook(&service, None, minute.try_into().unwrap());
            guard.begin(&new).unwrap().commit();
        }
    }
}

#[test]
fn a_clock_that_is_put_back_brings_nothing_back() {
    let (guard, clock) = guard();
    let start = clock.now();
    let first = webhook(&clock, Some("a"), 1);
    guard.begin(&first).unwrap().commit();
    clock.advance(Duration::from_secs(4000));
    guard.begin(&webhook(&clock, None, 2)).unwrap().commit();
    let _ = clock
        .clone()
        .starting_at(start.checked_sub(Duration::from_secs(4000)).unwrap());
    assert_eq!(clock.now(), start);
    assert_eq!(refusal(&guard, &first), Some(Replay::TooOld));
    clock.advance(Duration::from_secs(1));
    assert_eq!(refusal(&guard, &webhook(&clock, None, 3)), None);
}

/// One odd time must not keep out what comes after.
#[test]
fn what_tells_of_the_future_keeps_nothing_out() {
    let (guard, clock) = guard();
    let odd = json!({"type": "bought", "created_at": "9999-12-31T23:59:59Z"}).to_string();
    let odd: Webhook = Webhook::from_sqs(&STANDARD.encode(odd)).unwrap();
    guard.begin(&odd).unwrap().commit();
    clock.advance(2 * ReplayGuard::DEFAULT_WINDOW);
    guard.begin(&webhook(&clock, None, 1)).unwrap().commit();
    clock.advance(Duration::from_secs(1));
    guard.begin(&webhook(&clock, None, 2)).unwrap().commit();
}

#[test]
fn no_more_are_remembered_than_may_be() {
    let (guard, clock) = guard();
    let guard = guard.capacity(3);
    let all: Vec<Webhook> = (0..10).map(|n| webhook(&clock, None, n)).collect();
    let open = guard.begin(&all[9]).unwrap();
    for webhook in &all[..5] {
        guard.begin(webhook).unwrap().commit();
    }
    let known: Vec<bool> = all
        .iter()
        .map(|webhook| refusal(&guard, webhook).is_some())
        .collect();
    assert_eq!(
        known,
        [false, false, true, true, true, false, false, false, false, true]
    );
    open.commit();
    assert_eq!(refusal(&guard, &all[2]), None);
    let (none, _) = self::guard();
    let none = none.capacity(0);
    none.begin(&all[0]).unwrap().commit();
    assert_eq!(refusal(&none, &all[0]), None);
}

/// Whoever comes first handles it; the others are told that it is under way, or was handled.
#[test]
fn of_many_at_once_one_handles_it() {
    let (guard, clock) = guard();
    for round in 0..50 {
        let (handled, barrier) = (AtomicUsize::new(0), Barrier::new(8));
        std::thread::scope(|scope| {
            for thread in 0..8_u32 {
                let (guard, clock, handled, barrier) = (&guard, &clock, &handled, &barrier);
                scope.spawn(move || {
                    let webhook = webhook(
                        clock,
                        Some(&format!("{thread}"))
                            .filter(|_| thread % 2 == 0)
                            .map(String::as_str),
                        round,
                    );
                    barrier.wait();
                    if let Ok(delivery) = guard.begin(&webhook) {
                        handled.fetch_add(1, Ordering::Relaxed);
                        delivery.commit();
                    }
                });
            }
        });
        // The ids are the same in every round: only those of the first are new.
        assert!(handled.load(Ordering::Relaxed) == 1, "{round}");
    }
}

proptest! {
    /// Against a plain list of what was handled when.
    #[test]
    fn it_remembers_what_a_list_would(
        steps in proptest::collection::vec((0_u32..6, 0_u8..4, 0_u64..4), 1..60),
    ) {
        let (guard, clock) = guard();
        let guard = guard.window(Duration::from_secs(5)).any_age();
        let all: Vec<Webhook> = (0..6).map(|n| webhook(&clock, None, n)).collect();
        let (mut handled, mut open) = (BTreeMap::new(), BTreeMap::new());
        for (number, what, seconds) in steps {
            clock.advance(Duration::from_secs(seconds));
            let now = clock.monotonic();
            let expected = match handled.get(&number) {
                _ if open.contains_key(&number) => Some(Replay::UnderWay),
                Some(at) if *at + Duration::from_secs(5) >= now => Some(Replay::Handled),
                _ => None,
            };
            let begun = guard.begin(&all[number as usize]);
            prop_assert_eq!(begun.as_ref().err().copied(), expected);
            if let Ok(delivery) = begun {
                match what {
                    0 => drop(delivery),
                    1 => drop(open.insert(number, delivery)),
                    _ => {
                        delivery.commit();
                        handled.insert(number, now);
                    }
                }
            } else if let (0, Some(delivery)) = (what, open.remove(&number)) {
                delivery.commit();
                handled.insert(number, now);
            }
        }
    }
}
