//! Where a run could stand still, go on for too long, or wait for the wrong thing.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use stream_users::TokioClock;
use stream_users::bulk::journal::MemoryJournal;
use stream_users::bulk::{self, BulkEnd, BulkError};
use stream_users::prelude::*;

use super::service::Service;

fn everybody(count: u32) -> impl futures_util::Stream<Item = UserRequest> + Send {
    bulk::iter((0..count).map(|number| UserRequest::new(format!("u{number}"))))
}

#[tokio::test]
async fn nothing_is_sent_after_a_stop() {
    let service = Service::new(0, 1);
    let bulk = service.bulk().max_in_flight(1).max_batch(10);
    let mut run = bulk.upsert_users(everybody(1_000));
    run.next().await.unwrap();
    run.stopper().stop();
    assert_eq!(run.by_ref().count().await, 9);
    assert!(matches!(*run.end().unwrap(), BulkEnd::Stopped));
    assert_eq!(service.calls.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn others_get_their_turn_while_a_long_journal_is_passed_over() {
    let service = Service::new(0, 1);
    let journal = Arc::new(MemoryJournal::new());
    let input = || everybody(20_000);
    let run = service.bulk().journal(Arc::clone(&journal)).upsert_users(input());
    assert!(run.finish().await.1.unwrap().is_complete());

    let mut run = service.bulk().journal(journal).upsert_users(input());
    let stopper = run.stopper();
    let other = async {
        tokio::task::yield_now().await;
        stopper.stop();
    };
    let (next, ()) = tokio::join!(run.next(), other);
    assert!(next.is_none());
    assert!(matches!(*run.end().unwrap(), BulkEnd::Stopped));
    assert!(run.progress().read < 1_000, "{:?}", run.progress());
}

#[tokio::test(start_paused = true)]
async fn one_user_that_breaks_the_service_holds_up_nobody_else() {
    for (who, in_flight) in [("u77", 4), ("u0", 2), ("u1999", 16), ("u1950", 1)] {
        let mut service = Service::new(0, 1);
        service.poison = Some(who);
        service.clock = Arc::new(TokioClock::new());
        let bulk = service.bulk().max_in_flight(in_flight);
        let mut run = bulk.upsert_users(everybody(2_000));
        let mut done = 0;
        while let Some(row) = run.next().await {
            assert!(row.outcome.is_ok());
            done += 1;
        }
        // It is not said to have failed: the service has not refused it.
        assert_eq!(done, 1_999, "{who}");
        assert_eq!(service.users.lock().unwrap().len(), 1_999, "{who}");
        let end = run.end().unwrap();
        let BulkEnd::Failed(BulkError::Api(error)) = &*end else {
            panic!("{end:?}")
        };
        assert!(error.to_string().contains("something broke"), "{error}");
    }
}

#[tokio::test]
async fn a_reader_that_fails_ends_the_run_after_what_it_has_read() {
    let service = Service::new(0, 1);
    let rows = (1..=250).map(|number| match number {
        250 => Err(std::io::Error::other("the pipe broke")),
        _ => Ok(bulk::Row::new(number, UserRequest::new(format!("u{number}")))),
    });
    let mut run = service.bulk().upsert_users(stream::iter(rows));
    let results = run.by_ref().count().await as u64;
    assert!(results <= 200);
    assert_eq!(results, service.users.lock().unwrap().len() as u64);
    let end = run.end().unwrap();
    let BulkEnd::Failed(error) = &*end else {
        panic!("{end:?}")
    };
    assert_eq!(
        error.to_string(),
        "the input could not be read behind row 249: the pipe broke"
    );
}

#[tokio::test]
async fn rows_out_of_order_are_told() {
    let service = Service::new(0, 1);
    let rows = [3, 3].map(|number| bulk::Row::new(number, UserRequest::new("ada")));
    let (_, end) = service.bulk().upsert_users(stream::iter(rows)).finish().await;
    assert!(
        matches!(
            *end.unwrap(),
            BulkEnd::Failed(BulkError::OutOfOrder {
                number: 3,
                last: 3,
                ..
            })
        ),
        "a number that stands twice"
    );
}

#[tokio::test]
async fn no_request_is_larger_than_it_may_be() {
    let service = Service::new(0, 1);
    let size = |users: u32| users as usize * r#"{"id":"u000","name":""}"#.len();
    for (bytes, most) in [(size(7), 7), (1, 1), (usize::MAX, 100)] {
        service.calls.lock().unwrap().clear();
        let users = (100..350).map(|number| UserRequest::new(format!("u{number}")).name(""));
        let bulk = service.bulk().max_batch_bytes(bytes).max_batch(1_000);
        let (_, end) = bulk.upsert_users(bulk::iter(users)).finish().await;
        assert!(end.unwrap().is_complete());
        let sizes: Vec<usize> = service.calls.lock().unwrap().iter().map(Vec::len).collect();
        assert_eq!(sizes.iter().max(), Some(&most), "{bytes} bytes");
    }
}

#[tokio::test]
async fn the_patience_is_that_of_one_stretch() {
    // A third of the calls fail, for far longer than the patience in all.
    let service = Service::new(3, 5);
    let bulk = service.bulk().max_in_flight(2).max_batch(1);
    let run = bulk
        .patience(Duration::from_secs(60))
        .upsert_users(everybody(500));
    let (progress, end) = run.finish().await;
    assert!(end.unwrap().is_complete());
    assert_eq!(progress.done, 500);
    assert!(progress.retried > 100);
    assert!(!progress.waiting);
}
