//! A desired state without async: it is reached, costs nothing the second time, can be stopped, and what panics is over.

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::Arc;

use stream_users_blocking::{SyncRun, UserSync};
use stream_users_core::ErrorKind;
use stream_users_core::bulk::BulkError;
use stream_users_core::model::{Custom, UserRequest};
use stream_users_core::sync::{Gone, SyncEnd, SyncError, SyncKind};
use stream_users_testing::ManualClock;

use crate::stage::{Stage, often};
use crate::{mock, over};

/// `count` users in the order of their ids.
fn many(count: usize) -> impl Iterator<Item = UserRequest> + Send + 'static {
    (0..count).map(|number| UserRequest::new(format!("user-{number:04}")).name("somebody"))
}

/// A run to its good end: what was done to whom, in the order of the ids.
fn changes(mut run: SyncRun<Custom>) -> Vec<(String, SyncKind)> {
    let mut changes: Vec<_> = run
        .by_ref()
        .map(|change| {
            assert!(change.error().is_none(), "{change:?}");
            (change.id.unwrap().to_string(), change.kind)
        })
        .collect();
    assert!(matches!(run.end(), Some(SyncEnd::Complete)), "{run:?}");
    assert_eq!(run.report().changed(), changes.len() as u64);
    assert!(run.next().is_none());
    changes.sort_by(|one, other| one.0.cmp(&other.0));
    changes
}

#[test]
fn a_desired_state_is_reached_and_costs_nothing_the_second_time() {
    let stage = Stage::new();
    assert_eq!(stage.users.bulk().upsert_users(many(250)).count(), 250);
    // One is renamed, one is new, one is gone.
    let wanted = || {
        let there = many(250).filter(|user| user.id != "user-0200").map(|user| {
            let is_renamed = user.id == "user-0007";
            if is_renamed { user.name("Ada") } else { user }
        });
        there.chain([UserRequest::new("zoe")])
    };
    let sync = || stage.users.sync().gone(Gone::deactivate()).poll_policy(often());
    let expected = [
        ("user-0007".to_owned(), SyncKind::Update),
        ("user-0200".to_owned(), SyncKind::Deactivate),
        ("zoe".to_owned(), SyncKind::Create),
    ];
    let mut dry = sync().dry_run().users(wanted());
    assert_eq!(dry.by_ref().count(), 3);
    assert!(dry.report().dry_run);
    assert_eq!(stage.users.get_user("zoe").unwrap(), None);

    assert_eq!(changes(sync().users(wanted())), expected);
    let renamed = stage.users.get_user("user-0007").unwrap().unwrap();
    assert_eq!(renamed.name.as_deref(), Some("Ada"));
    assert_eq!(stage.users.all_users().items().count(), 250);

    let mut again = sync().users(wanted());
    assert!(again.next().is_none());
    assert_eq!((again.report().unchanged, again.report().changed()), (250, 0));
}

#[test]
fn stopped_and_run_again() {
    let stage = Stage::new();
    let sync = || -> UserSync<Custom> { stage.users.sync().max_in_flight(1).max_batch(50) };
    let mut run = sync().users(many(1_000));
    assert!(run.next().is_some());
    let stopper = run.stopper();
    std::thread::spawn(move || stopper.stop()).join().unwrap();
    let first = 1 + run.by_ref().count();
    assert!(matches!(run.end(), Some(SyncEnd::Stopped)), "{run:?}");
    assert!(first < 1_000, "{first}");
    assert_eq!(changes(sync().users(many(1_000))).len(), 1_000 - first);
}

#[test]
fn a_panic_is_the_callers_and_ends_the_run() {
    let stage = Stage::new();
    let input = many(10).inspect(|user| {
        if user.id == "user-0005" {
            panic_any(7);
        }
    });
    let mut run = stage.users.sync().users(input);
    let payload = catch_unwind(AssertUnwindSafe(|| run.by_ref().count())).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&7));
    assert!(run.next().is_none());
    assert_eq!(changes(stage.users.sync().users(many(10))).len(), 10);
}

/// The thread would wait for itself: the run says so instead.
#[test]
fn a_run_that_is_asked_on_the_thread_itself_fails() {
    let mut mock = mock();
    mock.expect_clock().returning(|| Ok(Arc::new(ManualClock::new())));
    let users = over(mock);
    let mut run = users.sync().users(many(1));
    let kind = users.call(|_| async move {
        assert!(run.next().is_none());
        match run.end() {
            Some(SyncEnd::Failed(SyncError::Bulk(BulkError::Api(error)))) => Ok(error.kind()),
            end => panic!("{end:?}"),
        }
    });
    assert_eq!(kind.unwrap(), ErrorKind::Config);
}
