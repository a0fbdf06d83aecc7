//! Any number of users, against the emulator: what is applied, what is reported, and what a journal brings about.

mod file;
mod killed;
mod laws;
mod repeated;
mod service;
mod standstill;
mod tasks;

use std::sync::Arc;

use futures_util::StreamExt as _;
use stream_users::bulk::journal::{JournalEntry, MemoryJournal};
use stream_users::bulk::{self, BulkEnd, BulkResult, FailureBudget, Rejected, Row};
use stream_users::prelude::*;
use stream_users::{Result, ServiceTransport};
use stream_users_emulator::{Emulator, EmulatorService};

fn users() -> (EmulatorService, Users) {
    let stream = Emulator::builder().build().unwrap();
    let client = Client::builder(stream.api_key()).server(stream.api_secret());
    let users = client
        .transport(ServiceTransport::new(stream.clone()))
        .build()
        .unwrap()
        .users();
    (stream, users)
}

fn user(number: u64) -> UserRequest {
    UserRequest::new(format!("user-{number}")).name(format!("User {number}"))
}

fn failed<T>(results: &[BulkResult<T>]) -> Vec<(u64, String)> {
    let mut failed: Vec<_> = results
        .iter()
        .filter_map(|result| Some((result.number, result.outcome.as_ref().err()?.to_string())))
        .collect();
    failed.sort();
    failed
}

#[tokio::test]
async fn one_bad_user_does_not_lose_its_batch() -> Result<()> {
    let (_stream, users) = users();
    let input = (1..=250).map(|number| match number {
        42 => user(42).role("no-such-role"),
        43 => UserRequest::new(""),
        _ => user(number),
    });
    let mut run = users.bulk().upsert_users(bulk::iter(input));
    let results: Vec<_> = run.by_ref().collect().await;
    assert!(run.end().unwrap().is_complete());
    assert_eq!(results.len(), 250);
    let failed = failed(&results);
    assert_eq!(failed.len(), 2, "{failed:?}");
    assert_eq!(failed[0].0, 42);
    assert!(failed[0].1.contains("no-such-role"), "{failed:?}");
    assert_eq!(failed[1], (43, "id must not be empty; give the id".to_owned()));
    let progress = run.progress();
    assert_eq!((progress.done, progress.failed, progress.read), (248, 2, 250));
    let there: Vec<_> = users.items(QueryUsers::new(Filter::all())).collect().await;
    assert_eq!(there.len(), 248);
    Ok(())
}

#[tokio::test]
async fn a_journal_is_gone_on_from_and_a_finished_one_sends_nothing() {
    let (_stream, users) = users();
    let journal = Arc::new(MemoryJournal::new());
    let rows = || {
        bulk::iter((1..=1_000).map(|number| match number {
            500 => Row::rejected(2 * 500, Rejected::new("not JSON")),
            _ => Row::new(2 * number, user(number)),
        }))
    };
    let mut run = users
        .bulk()
        .max_in_flight(2)
        .journal(Arc::clone(&journal))
        .upsert_users(rows());
    for _ in 0..250 {
        run.next().await.unwrap();
    }
    drop(run);
    let done = |journal: &MemoryJournal| -> u64 {
        let entries = journal.entries().into_iter();
        entries
            .map(|entry| match entry {
                JournalEntry::Done { part, .. } => part.rows,
                _ => 0,
            })
            .sum()
    };
    let known = done(&journal);
    assert!((250..1_000).contains(&known));

    let mut run = users.bulk().journal(Arc::clone(&journal)).upsert_users(rows());
    let results: Vec<_> = run.by_ref().collect().await;
    assert!(run.end().unwrap().is_complete());
    assert_eq!(results.len() as u64, 1_000 - known);
    assert_eq!(run.progress().known, known);
    assert_eq!(done(&journal), 1_000);
    assert_eq!(journal.failures().len(), 1);

    let run = users.bulk().journal(Arc::clone(&journal)).upsert_users(rows());
    let (progress, end) = run.finish().await;
    assert!(end.unwrap().is_complete());
    assert_eq!(
        (progress.requests, progress.known, progress.known_failed),
        (0, 1_000, 1)
    );

    let more = rows().chain(bulk::iter([Row::new(5_000, user(5_000))]));
    let (progress, end) = users.bulk().journal(journal).upsert_users(more).finish().await;
    let BulkEnd::Failed(error) = &*end.unwrap() else {
        panic!()
    };
    assert!(error.to_string().contains("now there is a row 5000"), "{error}");
    assert_eq!(progress.requests, 0);
}

#[tokio::test]
async fn tasks_are_followed_and_unknown_users_are_named() {
    let (_stream, users) = users();
    users
        .bulk()
        .upsert_users(bulk::iter((0..150).map(user)))
        .finish()
        .await;
    let ids = || bulk::iter((0..160).map(|number| UserId::from(format!("user-{number}"))));

    let mut run = users
        .bulk()
        .deactivate_users(DeactivateUsers::new(None::<UserId>), ids());
    let results: Vec<_> = run.by_ref().collect().await;
    assert!(run.end().unwrap().is_complete());
    assert_eq!(failed(&results).len(), 10, "{:?}", failed(&results));
    assert_eq!(run.progress().done, 150);
    for result in &results {
        if let Ok(user) = &result.outcome {
            assert!(user.deactivated_at.is_some());
        }
    }

    let mut run = users.bulk().delete_users(DeleteUsers::new(None::<UserId>), ids());
    let results: Vec<_> = run.by_ref().collect().await;
    assert_eq!((failed(&results).len(), run.progress().done), (10, 150));
    let mut run = users.bulk().restore_users(ids());
    let results: Vec<_> = run.by_ref().collect().await;
    assert_eq!((failed(&results).len(), run.progress().done), (10, 150));
}

#[tokio::test]
async fn a_spent_budget_stops_the_run() {
    let (_stream, users) = users();
    let input = (0..10_000).map(|number| user(number).role("no-such-role"));
    let mut run = users
        .bulk()
        .failure_budget(FailureBudget::new().count(20))
        .upsert_users(bulk::iter(input));
    let results: Vec<_> = run.by_ref().collect().await;
    assert!(matches!(*run.end().unwrap(), BulkEnd::BudgetSpent));
    assert!(results.len() < 500, "{}", results.len());
    assert_eq!(run.progress().done, 0);
}
