//! Many users without async: a run that is stopped and gone on with, each operation, and what an input may do.

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use stream_users_blocking::BulkRun;
use stream_users_core::bulk::journal::MemoryJournal;
use stream_users_core::bulk::{BulkEnd, BulkError, BulkProgress};
use stream_users_core::model::{
    Custom, DeactivateUsers, DeleteUsers, ReactivateUsers, UpsertedUsers, User, UserId, UserPatch,
    UserRequest,
};
use stream_users_core::{ErrorKind, Response};
use stream_users_testing::{ManualClock, MockUsersApi};

use crate::stage::{Stage, often};
use crate::{mock, over, user};

fn many() -> impl Iterator<Item = UserRequest> + Send + 'static {
    (0..1_000).map(|number| UserRequest::new(format!("user-{number}")))
}

#[test]
fn stopped_from_another_thread_and_gone_on_with() {
    let stage = Stage::new();
    let journal = Arc::new(MemoryJournal::new());
    let bulk = || {
        let bulk = stage
            .users
            .bulk()
            .poll_policy(often())
            .max_in_flight(2)
            .max_batch(50);
        bulk.journal(Arc::clone(&journal))
    };
    let mut run = bulk().upsert_users(many());
    assert!(run.by_ref().take(100).all(|row| row.outcome.is_ok()));
    assert!(run.end().is_none());
    let stopper = run.stopper();
    thread::spawn(move || stopper.stop()).join().unwrap();
    let rest = run.by_ref().count() as u64;
    assert!(matches!(*run.end().unwrap(), BulkEnd::Stopped));
    let first = run.progress();
    // What was under way has ended, and was reported.
    assert_eq!((first.done, first.in_flight), (100 + rest, 0));
    assert!(rest <= 100, "{rest}");

    let mut run = bulk().upsert_users(many());
    assert_eq!(run.by_ref().count() as u64, 1_000 - first.done);
    assert!(run.end().unwrap().is_complete());
    let second = run.progress();
    assert_eq!((second.known, second.done), (first.done, 1_000 - first.done));
    assert_eq!(first.requests + second.requests, 20);

    let mut run = bulk().upsert_users(many());
    assert!(run.next().is_none());
    assert_eq!((run.progress().known, run.progress().requests), (1_000, 0));
    assert_eq!(stage.users.all_users().items().count(), 1_000);
}

/// Reads a run in which `nobody`, the last one, fails and all others are done.
fn all_but_nobody<D: Send + 'static>(mut run: BulkRun<D, Custom>) -> BulkProgress {
    let failed: Vec<_> = run.by_ref().filter(|row| row.outcome.is_err()).collect();
    assert!(run.end().unwrap().is_complete(), "{run:?}");
    let ids: Vec<_> = failed
        .iter()
        .filter_map(|row| row.id.as_ref().map(UserId::as_str))
        .collect();
    assert_eq!(ids, ["nobody"], "{run:?}");
    run.progress()
}

#[test]
fn each_operation() {
    let stage = Stage::new();
    let names = ["ada", "grace", "joan"];
    assert_eq!(
        stage
            .users
            .bulk()
            .poll_policy(often())
            .upsert_users(names.map(UserRequest::new))
            .count(),
        3
    );
    let ids = || names.into_iter().chain(["nobody"]).map(UserId::from);
    let count = |what: fn(&User) -> bool| {
        let users = stage.users.get_users(names).unwrap();
        users.iter().filter(|user| what(user)).count()
    };

    let patches = ids().map(|id| UserPatch::new(id).set("plan", "pro"));
    assert_eq!(
        all_but_nobody(
            stage
                .users
                .bulk()
                .poll_policy(often())
                .update_users_partial(patches)
        )
        .done,
        3
    );
    assert_eq!(
        count(|user| user.custom.get::<String>("plan").unwrap().is_some()),
        3
    );

    let how = DeactivateUsers::new([] as [&str; 0]);
    assert_eq!(
        all_but_nobody(
            stage
                .users
                .bulk()
                .poll_policy(often())
                .deactivate_users(how, ids())
        )
        .done,
        3
    );
    assert_eq!(count(|user| user.deactivated_at.is_some()), 3);

    let how = ReactivateUsers::new([] as [&str; 0]);
    assert_eq!(
        all_but_nobody(
            stage
                .users
                .bulk()
                .poll_policy(often())
                .reactivate_users(how, ids())
        )
        .done,
        3
    );
    assert_eq!(count(|user| user.deactivated_at.is_none()), 3);

    assert!(
        stage
            .users
            .bulk()
            .export_users(names.map(UserId::from))
            .all(|row| row.outcome.is_ok())
    );

    let how = DeleteUsers::new([] as [&str; 0]);
    assert_eq!(
        all_but_nobody(stage.users.bulk().poll_policy(often()).delete_users(how, ids())).done,
        3
    );
    assert_eq!(count(|_| true), 0);

    assert_eq!(
        all_but_nobody(stage.users.bulk().poll_policy(often()).restore_users(ids())).done,
        3
    );
    assert_eq!(count(|_| true), 3);
}

/// Answers each upsert with its users.
fn upserting() -> MockUsersApi<Custom> {
    let mut mock = mock();
    mock.expect_clock().returning(|| Ok(Arc::new(ManualClock::new())));
    mock.expect_upsert_users().returning(|request| {
        let users = request.users.iter().map(|request| user(request.id.as_str()));
        Ok(Response::new(UpsertedUsers::new(users)))
    });
    mock
}

#[test]
fn the_input_is_read_as_it_is_wanted() {
    let users = over(upserting());
    let read = Arc::new(AtomicUsize::new(0));
    let input = {
        let read = Arc::clone(&read);
        many().inspect(move |_| {
            read.fetch_add(1, Ordering::SeqCst);
        })
    };
    let mut run = users.bulk().max_in_flight(1).max_batch(10).upsert_users(input);
    assert_eq!(read.load(Ordering::SeqCst), 0);
    assert!(run.next().is_some());
    // The batch that was sent, the one that is cut meanwhile, and the row that closes it.
    let wanted = read.load(Ordering::SeqCst);
    assert!((10..=21).contains(&wanted), "{wanted}");
    drop(run);
    assert_eq!(read.load(Ordering::SeqCst), wanted);
}

#[test]
fn a_panic_of_the_input_is_the_callers_and_ends_the_run() {
    let users = over(upserting());
    let input = many().inspect(|user| {
        if user.id == "user-150" {
            panic_any(7);
        }
    });
    let mut run = users.bulk().max_in_flight(1).upsert_users(input);
    let payload = catch_unwind(AssertUnwindSafe(|| run.by_ref().count())).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&7));
    assert!(run.next().is_none());
    assert_eq!(users.bulk().upsert_users(many()).count(), 1_000);
}

/// The thread would wait for itself: the run says so instead.
#[test]
fn a_run_that_is_asked_on_the_thread_itself_fails() {
    let users = over(upserting());
    let mut run = users.bulk().upsert_users(many());
    let end = users.call(|_| async move {
        assert!(run.next().is_none());
        Ok(run.end().unwrap())
    });
    match &*end.unwrap() {
        BulkEnd::Failed(BulkError::Api(error)) => assert_eq!(error.kind(), ErrorKind::Config),
        end => panic!("{end:?}"),
    }
}
