//! A bad day: connections that are dropped after the work, refusals, outages and latency all at once, under operations of
//! all kinds from many tasks. In the end everything is as those that were acknowledged imply.
//!
//! Each task owns its users and keeps a model of them. An operation whose error says that it may have been applied leaves
//! a user of whom nobody knows: what is read next has to be one of two, and is what the model goes on from.
//! `STREAM_USERS_CHAOS=50000` sets how many operations there are.

mod worker;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use stream_users::prelude::*;
use stream_users::retry::{Backoff, DefaultRetry, RetryBudget};
use stream_users_emulator::{Emulator, Fault};

use self::worker::{Count, DEADLINE, Model, Worker};

const TASKS: usize = 16;
/// Operations after which the emulator's log, which keeps 10,000 requests, is read.
const ROUND: usize = 2_000;

fn operations() -> usize {
    let wanted = std::env::var("STREAM_USERS_CHAOS");
    wanted.map_or(3_000, |number| {
        number.parse().expect("STREAM_USERS_CHAOS is no number")
    })
}

/// What the log says was done: by operation, and by path where that names the user.
#[derive(Default)]
struct Done {
    requests: usize,
    operations: BTreeMap<&'static str, usize>,
    paths: BTreeMap<String, usize>,
    /// How many requests suffered what.
    suffered: BTreeMap<String, usize>,
}

impl Done {
    /// Reads the log, which nobody writes to meanwhile, and empties it.
    fn read(&mut self, emulator: &Emulator) {
        let log = emulator.requests();
        assert!(log.len() < 10_000, "the log may have lost some requests");
        emulator.clear_requests();
        for request in log {
            self.requests += 1;
            for fault in &request.faults {
                let key = if *fault == "error" {
                    request.status.to_string()
                } else {
                    (*fault).to_owned()
                };
                *self.suffered.entry(key).or_default() += 1;
            }
            let is_done = request.code.is_none() && !request.faults.contains(&"drop_before");
            let Some(operation) = request.operation.filter(|_| is_done) else {
                continue;
            };
            *self.operations.entry(operation).or_default() += 1;
            *self.paths.entry(request.path).or_default() += 1;
        }
    }

    fn share(&self, what: &str) -> f64 {
        let count = self.suffered.get(what).copied().unwrap_or(0);
        f64::from(u32::try_from(count).unwrap()) / f64::from(u32::try_from(self.requests).unwrap())
    }
}

async fn bad_day(emulator: &Emulator) -> Users {
    let client = Client::builder(emulator.api_key())
        .server(emulator.api_secret())
        .base_url(emulator.base_url())
        .transport(ReqwestTransport::new().unwrap())
        .retry(DefaultRetry::new().max_attempts(5).backoff(Backoff::exponential(
            Duration::from_millis(1),
            Duration::from_millis(4),
        )))
        .retry_budget(RetryBudget::unlimited())
        .build()
        .unwrap();
    let users: Users = client.users();
    let peers = (0..TASKS).map(|number| UserRequest::new(Worker::peer(number)));
    users.upsert_users(UpsertUsers::new(peers)).await.unwrap();
    emulator.clear_requests();
    let jitter = Fault::latency_between(Duration::ZERO, Duration::from_millis(4));
    for fault in [
        Fault::drop_connection_after().chance(0.1),
        // Without `Retry-After` it would be for the rest of the minute.
        Fault::rate_limited().retry_after(0).chance(0.1),
        Fault::error(503, -1, "try later").chance(0.05),
        jitter.chance(1.0),
    ] {
        emulator.fault("*", fault.until_cleared()).unwrap();
    }
    users.with_options(CallOptions::new().timeout(DEADLINE))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_as_the_acknowledged_operations_imply() {
    let emulator = Emulator::builder()
        .task_latency(Duration::from_millis(5))
        .start()
        .await
        .unwrap();
    let users = bad_day(&emulator).await;
    let mut workers: Vec<Worker> = (0..TASKS)
        .map(|number| Worker::new(users.clone(), number))
        .collect();
    let mut done = Done::default();
    let mut left = operations();
    while left > 0 {
        let round = left.min(ROUND);
        let running: Vec<_> = workers
            .into_iter()
            .map(|mut worker| {
                tokio::spawn(async move {
                    for _ in 0..round.div_ceil(TASKS) {
                        worker.one().await;
                    }
                    worker
                })
            })
            .collect();
        workers = Vec::new();
        for worker in running {
            workers.push(worker.await.unwrap());
        }
        done.read(&emulator);
        left -= round;
    }
    emulator.clear_faults();
    assert_shares(&done);
    assert_counts(&workers, &done);
    assert_state(&workers, &emulator);
    let slowest = workers.iter().map(|worker| worker.slowest).max();
    println!("{} requests, the slowest call took {slowest:?}", done.requests);
}

/// The day was as bad as it was meant to be.
fn assert_shares(done: &Done) {
    for (what, expected) in [
        ("drop_after", 0.1),
        ("429", 0.09),
        ("503", 0.04),
        ("latency", 1.0),
    ] {
        let share = done.share(what);
        assert!(
            (share - expected).abs() < 0.03,
            "{share} of the requests had {what}"
        );
    }
}

/// What was done is what was acknowledged, and of what is uncertain some.
fn assert_counts(workers: &[Worker], done: &Done) {
    let is_within = |what: &str, done: usize, count: Count, idempotent: bool| {
        assert!(
            done >= count.acknowledged,
            "{what} was lost: done {done} times, {count:?}"
        );
        assert!(
            idempotent || done <= count.acknowledged + count.uncertain,
            "{what} was done twice: {done} times, {count:?}"
        );
    };
    let mut total: BTreeMap<&str, Count> = BTreeMap::new();
    for (operation, count) in workers.iter().flat_map(|worker| &worker.counts) {
        let sum = total.entry(operation).or_default();
        sum.acknowledged += count.acknowledged;
        sum.uncertain += count.uncertain;
    }
    assert_eq!(total.len(), 8, "{total:?}");
    for (operation, count) in total {
        let again = [
            "upsert_users",
            "update_users_partial",
            "block_users",
            "unblock_users",
        ];
        let times = done.operations.get(operation).copied().unwrap_or(0);
        is_within(operation, times, count, again.contains(&operation));
        assert!(
            count.acknowledged > 0 && count.uncertain > 0 || again.contains(&operation),
            "{operation}: {count:?}"
        );
    }
    for (path, count) in workers.iter().flat_map(|worker| &worker.paths) {
        is_within(path, done.paths.get(path).copied().unwrap_or(0), *count, false);
    }
}

fn assert_state(workers: &[Worker], emulator: &Emulator) {
    let state = emulator.state().unwrap();
    let list = |name: &str| state[name].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let by_id: BTreeMap<String, &Value> = list("users")
        .iter()
        .map(|user| (text(&user["id"]), user))
        .collect();
    let blocking: Vec<String> = list("blocks")
        .iter()
        .map(|block| text(&block["user_id"]))
        .collect();
    let mut expected = TASKS;
    for worker in workers {
        for owned in worker.slots.iter().chain(&worker.retired) {
            let found = by_id.get(&owned.id);
            expected += usize::from(found.is_some());
            let is = found.map_or_else(Model::default, |user| Model {
                exists: true,
                name: user["name"].as_str().map(str::to_owned),
                number: user["custom"]["number"].as_u64(),
                deactivated: user.get("deactivated_at").is_some_and(|at| !at.is_null()),
                blocks: blocking.contains(&owned.id),
            });
            assert!(
                owned.may_be.contains(&is),
                "{} is {is:?} and not one of {:?}",
                owned.id,
                owned.may_be
            );
        }
        for (name, count) in &worker.guests {
            let guests = by_id
                .keys()
                .filter(|id| id.ends_with(&format!("-{name}")))
                .count();
            expected += guests;
            assert!(
                guests >= count.acknowledged && guests <= count.acknowledged + count.uncertain,
                "{name} is there {guests} times: {count:?}"
            );
        }
    }
    assert_eq!(by_id.len(), expected, "there is somebody whom nobody made");
    // Nobody is deleted by two tasks.
    let mut deleted: Vec<&Value> = list("tasks")
        .iter()
        .map(|task| &task["input"]["user_ids"])
        .collect();
    let tasks = deleted.len();
    deleted.sort_by_key(ToString::to_string);
    deleted.dedup();
    assert_eq!(deleted.len(), tasks);
}
