//! What holds of a run whatever the service does: each row has one result, good rows are applied in their order, bad ones are
//! named, what is acknowledged is not sent again, and no more is read than is needed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use stream_users::bulk::journal::{JournalEntry, MemoryJournal};
use stream_users::bulk::{BulkEnd, BulkError, Rejected, Row};
use stream_users::prelude::*;

use super::service::Service;

/// What a row of the input is.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// A user of one of a few ids, so that some stand twice.
    Good(u16),
    /// The service refuses it.
    Bad,
    /// The reader could not use it.
    Unreadable,
    /// It breaks a rule.
    Broken,
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        30 => (0..1_000_u16).prop_map(Kind::Good),
        1 => Just(Kind::Bad),
        1 => Just(Kind::Unreadable),
        1 => Just(Kind::Broken),
    ]
}

fn row(number: u64, kind: Kind) -> Row<UserRequest> {
    match kind {
        Kind::Good(id) => Row::new(
            number,
            UserRequest::new(format!("u{id}")).name(number.to_string()),
        ),
        Kind::Bad => Row::new(number, UserRequest::new(format!("bad-{number}")).role("bad")),
        Kind::Unreadable => Row::rejected(number, Rejected::new("not JSON")),
        Kind::Broken => Row::new(number, UserRequest::new("..")),
    }
}

/// Rows with gaps between their numbers, as lines of a file with empty ones in between.
fn rows(kinds: &[Kind]) -> Vec<Row<UserRequest>> {
    (1..)
        .zip(kinds)
        .map(|(number, kind)| row(3 * number, *kind))
        .collect()
}

/// What must be there in the end.
fn wanted(kinds: &[Kind]) -> BTreeMap<String, String> {
    let mut users = BTreeMap::new();
    for (number, kind) in (1..).zip(kinds) {
        if let Kind::Good(id) = kind {
            users.insert(format!("u{id}"), (3 * number).to_string());
        }
    }
    users
}

fn check<F: Future<Output = TestCaseResult>>(test: F) -> TestCaseResult {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(test)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn each_row_has_one_result_and_is_what_it_says(
        kinds in prop::collection::vec(kind(), 0..700),
        flaky in 0..6_u32,
        seed: u64,
        in_flight in 1..9_usize,
        batch in 1..120_usize,
    ) {
        check(async {
            let service = Service::new(flaky, seed);
            let read = AtomicUsize::new(0);
            let input = stream::iter(rows(&kinds)).inspect(|_| {
                read.fetch_add(1, Ordering::SeqCst);
            });
            let bulk = service.bulk().max_in_flight(in_flight).max_batch(batch);
            let mut run = bulk.patience(Duration::MAX).upsert_users(input);
            let mut results = BTreeMap::new();
            let most = (in_flight + 1) * batch.min(100) * 4 + 1;
            while let Some(result) = run.next().await {
                let is_first = results.insert(result.number, result.outcome.is_ok()).is_none();
                prop_assert!(is_first, "row {} has two results", result.number);
                let ahead = read.load(Ordering::SeqCst) - results.len();
                prop_assert!(ahead <= most, "{ahead} rows were read ahead");
            }
            prop_assert!(run.end().unwrap().is_complete());
            let good: BTreeMap<u64, bool> =
                (1..).zip(&kinds).map(|(number, kind)| (3 * number, matches!(kind, Kind::Good(_)))).collect();
            prop_assert_eq!(results, good);
            prop_assert_eq!(&*service.users.lock().unwrap(), &wanted(&kinds));
            let progress = run.progress();
            prop_assert_eq!(progress.done + progress.failed, kinds.len() as u64);
            Ok(())
        })?;
    }

    #[test]
    fn a_run_that_is_dropped_again_and_again_loses_nothing_and_repeats_nothing_that_is_kept(
        kinds in prop::collection::vec(kind(), 1..900),
        flaky in 0..4_u32,
        seed: u64,
        lives in prop::collection::vec((0..400_usize, 1..6_usize, 1..101_usize), 0..6),
    ) {
        check(async {
            let service = Service::new(flaky, seed);
            let journal = Arc::new(MemoryJournal::new());
            let rows = rows(&kinds);
            let of_row: BTreeMap<u64, String> = rows
                .iter()
                .filter_map(|row| Some((row.number, row.item.as_ref().ok()?.id.to_string())))
                .collect();
            for (results, in_flight, batch) in lives.into_iter().chain([(usize::MAX, 4, 100)]) {
                let kept: Vec<_> = journal
                    .entries()
                    .into_iter()
                    .filter_map(|entry| match entry {
                        JournalEntry::Done { part, .. } => Some(part.first..=part.last),
                        _ => None,
                    })
                    .collect();
                let begin = service.calls.lock().unwrap().len();
                // Ids that stand in rows that are not kept may be sent.
                let may_be_sent: BTreeSet<&String> = of_row
                    .iter()
                    .filter(|(number, _)| !kept.iter().any(|part| part.contains(number)))
                    .map(|(_, id)| id)
                    .collect();
                let bulk = service.bulk().max_in_flight(in_flight).max_batch(batch);
                let bulk = bulk.journal(Arc::clone(&journal)).patience(Duration::MAX);
                let mut run = bulk.upsert_users(stream::iter(rows.clone()));
                let mut count = 0;
                while count < results && run.next().await.is_some() {
                    count += 1;
                }
                if results == usize::MAX {
                    prop_assert!(run.end().unwrap().is_complete(), "{:?}", run.end());
                }
                drop(run);
                service.under_way.lock().unwrap().clear();
                for id in service.calls.lock().unwrap()[begin..].iter().flatten() {
                    prop_assert!(may_be_sent.contains(id), "{id} is kept and was sent again");
                }
            }
            prop_assert_eq!(&*service.users.lock().unwrap(), &wanted(&kinds));
            let mut parts: Vec<_> = journal
                .entries()
                .into_iter()
                .filter_map(|entry| match entry {
                    JournalEntry::Done { part, .. } => Some(part),
                    _ => None,
                })
                .collect();
            parts.sort_by_key(|part| part.first);
            prop_assert!(parts.windows(2).all(|pair| pair[0].last < pair[1].first), "parts overlap");
            prop_assert_eq!(parts.iter().map(|part| part.rows).sum::<u64>(), kinds.len() as u64);
            let failed: BTreeSet<u64> = journal.failures().iter().map(|row| row.number).collect();
            let bad = (1..).zip(&kinds).filter(|(_, kind)| !matches!(kind, Kind::Good(_)));
            prop_assert_eq!(failed, bad.map(|(number, _)| 3 * number).collect::<BTreeSet<u64>>());

            // Another input is noticed, whichever row it is that differs.
            let mut changed = rows.clone();
            let at = usize::try_from(seed % kinds.len() as u64).unwrap();
            changed[at] = Row::new(changed[at].number, UserRequest::new("another"));
            let before = service.calls.lock().unwrap().len();
            let run = service.bulk().journal(journal).upsert_users(stream::iter(changed));
            let (_, end) = run.finish().await;
            let end = end.unwrap();
            prop_assert!(matches!(*end, BulkEnd::Failed(BulkError::InputChanged { .. })), "{:?}", end);
            prop_assert_eq!(service.calls.lock().unwrap().len(), before);
            Ok(())
        })?;
    }

    #[test]
    fn a_run_that_is_stopped_at_any_moment_says_what_was_done_and_sends_nothing_more(
        kinds in prop::collection::vec(kind(), 1..400),
        flaky in 0..4_u32,
        seed: u64,
        polls in 0..60_usize,
        in_flight in 1..6_usize,
        batch in 1..60_usize,
    ) {
        let service = Service::new(flaky, seed);
        let journal = Arc::new(MemoryJournal::new());
        let bulk = service.bulk().max_in_flight(in_flight).max_batch(batch);
        let bulk = bulk.journal(Arc::clone(&journal)).patience(Duration::MAX);
        let mut run = bulk.upsert_users(stream::iter(rows(&kinds)));
        let stopper = run.stopper();
        let mut context = Context::from_waker(Waker::noop());
        let mut seen = BTreeSet::new();
        let mut sent = None;
        for poll in 0.. {
            if poll == polls {
                stopper.stop();
                sent = Some(service.calls.lock().unwrap().len());
            }
            match run.poll_next_unpin(&mut context) {
                Poll::Ready(Some(result)) => prop_assert!(seen.insert(result.number)),
                Poll::Ready(None) => break,
                Poll::Pending => prop_assert!(poll < 100_000, "the run hangs"),
            }
        }
        if let Some(sent) = sent {
            prop_assert_eq!(service.calls.lock().unwrap().len(), sent, "sent after the stop");
            prop_assert!(matches!(*run.end().unwrap(), BulkEnd::Stopped), "{:?}", run.end());
        }
        let kept: u64 = journal.entries().iter().map(|entry| match entry {
            JournalEntry::Done { part, .. } => part.rows,
            _ => 0,
        }).sum();
        prop_assert_eq!(kept, seen.len() as u64);
    }
}

#[tokio::test]
async fn a_service_that_stays_away_ends_the_run_and_a_stop_ends_the_waiting() {
    let service = Service::new(10, 7);
    let input = || stream::iter(rows(&[Kind::Good(1), Kind::Good(2)]));
    let bulk = service.bulk().patience(Duration::from_secs(60));
    let run = bulk.upsert_users(input());
    let (progress, end) = run.finish().await;
    assert!(matches!(*end.unwrap(), BulkEnd::Failed(BulkError::Api(_))));
    assert_eq!((progress.done, progress.failed), (0, 0));
    assert!(progress.waiting && progress.retried > 1);

    let mut run = service.bulk().patience(Duration::MAX).upsert_users(input());
    run.stopper().stop();
    assert!(run.next().await.is_none());
    assert!(matches!(*run.end().unwrap(), BulkEnd::Stopped));
}
