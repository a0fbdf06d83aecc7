use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{join, poll_fn};
use stream_users_core::Clock;
use stream_users_model::Timestamp;
use stream_users_testing::ManualClock;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn stands_still_until_it_is_moved() {
    let clock = ManualClock::new();
    let mut wait = clock.sleep(SECOND * 10);
    assert!((&mut wait).now_or_never().is_none());
    clock.advance(SECOND * 9);
    assert!((&mut wait).now_or_never().is_none());
    assert!(clock.sleeps().is_empty());
    clock.advance(SECOND);
    wait.await;
    assert_eq!(clock.sleeps(), [SECOND * 10]);
    assert_eq!(clock.monotonic(), SECOND * 10);
    assert_eq!(clock.now().unix_seconds(), 1_700_000_010);
}

#[tokio::test]
async fn moving_it_wakes_whoever_waits() {
    let clock = ManualClock::new();
    let other = clock.clone();
    let moves = async move {
        tokio::task::yield_now().await;
        other.advance(SECOND * 5);
    };
    join(clock.sleep(SECOND * 5), moves).await;
    assert_eq!(clock.sleeps(), [SECOND * 5]);
}

#[tokio::test]
async fn a_wait_moves_it_to_its_own_end_and_never_back() {
    let clock = ManualClock::auto_advance();
    let late = clock.sleep(SECOND * 60);
    let early = clock.sleep(SECOND);
    late.await;
    early.await;
    assert_eq!(clock.monotonic(), SECOND * 60);
    assert_eq!(clock.sleeps(), [SECOND * 60, SECOND]);
}

#[tokio::test]
async fn a_wait_that_is_only_made_moves_nothing() {
    let clock = ManualClock::auto_advance();
    drop(clock.sleep(SECOND));
    assert_eq!(clock.monotonic(), Duration::ZERO);
    assert!(clock.sleeps().is_empty());
    let mut wait = clock.sleep(SECOND);
    poll_fn(|context| wait.poll_unpin(context)).await;
    assert_eq!(clock.monotonic(), SECOND);
}

#[test]
fn starts_at_the_date_that_it_is_given_and_stops_at_the_last_one() {
    let date = Timestamp::from_unix_seconds(1_800_000_000).unwrap();
    let clock = ManualClock::new().starting_at(date);
    clock.advance(SECOND);
    assert_eq!(clock.now(), date.checked_add(SECOND).unwrap());
    clock.advance(Duration::MAX);
    assert_eq!(clock.now(), date);
    assert_eq!(clock.monotonic(), Duration::MAX);
}

#[tokio::test]
async fn goes_from_the_end_of_one_wait_to_the_next() {
    let clock = ManualClock::new();
    assert_eq!(clock.advance_to_next(), None);
    let mut waits = [SECOND * 3, SECOND, SECOND * 2].map(|duration| clock.sleep(duration));
    for wait in &mut waits {
        assert!(wait.now_or_never().is_none());
    }
    assert_eq!(clock.waiting(), 3);
    assert_eq!(clock.advance_to_next(), Some(SECOND));
    let [third, first, second] = waits;
    first.await;
    drop(second);
    assert_eq!(clock.waiting(), 1, "one has ended and one was given up");
    assert_eq!(clock.advance_to_next(), Some(SECOND * 2));
    third.await;
    assert_eq!((clock.waiting(), clock.monotonic()), (0, SECOND * 3));
}
