//! A bad day: connections that are dropped after the work, refusals, outages and latency all at once, under operations of
//! all kinds from many tasks. In the end everything is as those that were acknowledged imply.
//!
//! Each task owns its users and keeps a model of them. An operation whose error says that it may have been applied leaves
//! a user of whom nobody knows: what is read next has to be one of two, and is what the model goes on from.
//! `STREAM_USERS_CHAOS=50000` sets how many operations there are.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;
use stream_users::prelude::*;
use stream_users::retry::{DefaultRetry, RetryBudget};
use stream_users::{DeletedUsers, Error, PollPolicy, StartedTask};
use stream_users_emulator::{Emulator, Fault};

const TASKS: usize = 16;
/// Users that a task has at one time.
const SLOTS: usize = 12;
/// Operations after which the emulator's log, which keeps 10,000 requests, is read.
const ROUND: usize = 2_000;
/// No call takes longer than this.
const DEADLINE: Duration = Duration::from_secs(20);
/// Nor do some queries, which often end there.
const SHORT_DEADLINE: Duration = Duration::from_millis(15);
/// What a machine with other work to do may add to a deadline.
const SLACK: Duration = Duration::from_secs(3);

/// What is known of a user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Model {
    exists: bool,
    name: Option<String>,
    number: Option<u64>,
    deactivated: bool,
    blocks: bool,
}

impl Model {
    fn seen(user: Option<&User>) -> Self {
        user.map_or_else(Self::default, |user| Self {
            exists: true,
            name: user.name.as_deref().map(str::to_owned),
            number: user.custom.get("number").unwrap(),
            deactivated: user.deactivated_at.is_some(),
            blocks: !user.blocked_user_ids.is_empty(),
        })
    }
}

/// A user, and what it may be: one thing, or two after an operation that may have been applied.
#[derive(Debug)]
struct Owned {
    id: String,
    may_be: Vec<Model>,
}

/// How often an operation was acknowledged, and how often it may have been applied besides.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    acknowledged: usize,
    uncertain: usize,
}

/// One task's part of the world.
struct Worker {
    users: Users,
    number: usize,
    dice: u64,
    fresh: usize,
    slots: Vec<Owned>,
    /// Those that are not touched any more: deleted, or late.
    retired: Vec<Owned>,
    /// How often a guest of this name may be there.
    guests: BTreeMap<String, Count>,
    counts: BTreeMap<&'static str, Count>,
    /// By the request's path, where it names the user.
    paths: BTreeMap<String, Count>,
    slowest: Duration,
}

impl Worker {
    fn new(users: Users, number: usize) -> Self {
        let mut worker = Self {
            users,
            number,
            dice: 0x5eed + number as u64,
            fresh: 0,
            slots: Vec::new(),
            retired: Vec::new(),
            guests: BTreeMap::new(),
            counts: BTreeMap::new(),
            paths: BTreeMap::new(),
            slowest: Duration::ZERO,
        };
        worker.slots = (0..SLOTS).map(|_| worker.new_user()).collect();
        worker
    }

    fn peer(number: usize) -> String {
        format!("peer-{number}")
    }

    fn new_user(&mut self) -> Owned {
        self.fresh += 1;
        Owned {
            id: format!("user-{}-{}", self.number, self.fresh),
            may_be: vec![Model::default()],
        }
    }

    fn dice(&mut self, sides: u64) -> u64 {
        // Marsaglia's xorshift.
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        self.dice % sides
    }

    fn pick(&mut self) -> usize {
        usize::try_from(self.dice(SLOTS as u64)).unwrap()
    }

    /// Awaits a call, which has to end by its deadline.
    async fn timed<T>(&mut self, deadline: Duration, call: impl Future<Output = T>) -> T {
        let began = Instant::now();
        let answer = call.await;
        let took = began.elapsed();
        assert!(took < deadline + SLACK, "a call took {took:?}");
        self.slowest = self.slowest.max(took);
        answer
    }

    /// Notes what became of a call that writes. A refusal contradicts the model: every call is allowed by it, unless
    /// an earlier one was applied that should not have been, or twice, or was lost.
    fn note(&mut self, operation: &'static str, path: Option<String>, outcome: Result<(), &Error>) -> Count {
        let mut count = Count::default();
        match outcome {
            Ok(()) => count.acknowledged = 1,
            Err(error) if error.may_have_been_applied() => count.uncertain = 1,
            Err(error) => assert!(
                error.is_rate_limited() || error.is_connect() || error.is_timeout(),
                "{operation} was refused: {error}"
            ),
        }
        let add = |to: &mut Count| {
            to.acknowledged += count.acknowledged;
            to.uncertain += count.uncertain;
        };
        add(self.counts.entry(operation).or_default());
        if let Some(path) = path {
            add(self.paths.entry(path).or_default());
        }
        count
    }

    /// Does one write to a user of whom is known what it is.
    async fn write<T>(
        &mut self,
        slot: usize,
        operation: &'static str,
        call: impl Future<Output = Result<T, Error>>,
        change: impl FnOnce(&mut Model),
    ) {
        let outcome = self.timed(DEADLINE, call).await;
        let path = ["deactivate", "reactivate"]
            .into_iter()
            .find(|word| operation.starts_with(word))
            .map(|word| format!("/api/v2/users/{}/{word}", self.slots[slot].id));
        let count = self.note(operation, path, outcome.as_ref().map(|_| ()));
        let user = &mut self.slots[slot];
        let mut after = user.may_be[0].clone();
        change(&mut after);
        if count.acknowledged > 0 {
            user.may_be = vec![after];
        } else if count.uncertain > 0 {
            user.may_be.push(after);
            if outcome.is_err_and(|error| error.is_timeout()) {
                // It may still be under way, and be applied after the next look.
                self.retire(slot);
            }
        }
    }

    fn retire(&mut self, slot: usize) {
        let next = self.new_user();
        let late = std::mem::replace(&mut self.slots[slot], next);
        self.retired.push(late);
    }

    /// Reads a user, who has to be what it may be.
    async fn look(&mut self, slot: usize) {
        let short = self.slots[slot].may_be.len() == 1 && self.dice(4) == 0;
        let deadline = if short { SHORT_DEADLINE } else { DEADLINE };
        let users = self.users.with_options(CallOptions::new().timeout(deadline));
        let id = self.slots[slot].id.clone();
        let read = self.timed(deadline, users.get_user(&*id)).await;
        let user = &mut self.slots[slot];
        if let Ok(found) = read {
            let seen = Model::seen(found.as_ref());
            assert!(
                user.may_be.contains(&seen),
                "{id} is {seen:?} and not one of {:?}",
                user.may_be
            );
            user.may_be = vec![seen];
        }
    }

    async fn one(&mut self) {
        let slot = self.pick();
        if self.slots[slot].may_be.len() > 1 {
            return self.look(slot).await;
        }
        let users = self.users.clone();
        let (id, model) = (self.slots[slot].id.clone(), self.slots[slot].may_be[0].clone());
        let value = self.dice(1_000_000);
        let name = format!("name-{value}");
        let upsert = UserRequest::new(&*id)
            .name(&*name)
            .custom(Custom::from_iter([("number", value)]));
        let upserted = |user: &mut Model| {
            (user.exists, user.name, user.number) = (true, Some(name), Some(value));
        };
        match self.dice(100) {
            _ if !model.exists => {
                self.write(slot, "upsert_users", users.upsert_user(upsert), upserted)
                    .await
            }
            _ if model.deactivated && value % 2 == 0 => {
                let change = |user: &mut Model| user.deactivated = false;
                self.write(slot, "reactivate_user", users.reactivate(&*id), change)
                    .await;
            }
            _ if model.deactivated => self.look(slot).await,
            0..20 => {
                self.write(slot, "upsert_users", users.upsert_user(upsert), upserted)
                    .await
            }
            20..40 => {
                let patch = UserPatch::new(&*id).set("number", value);
                let change = |user: &mut Model| user.number = Some(value);
                self.write(
                    slot,
                    "update_users_partial",
                    users.update_user_partial(patch),
                    change,
                )
                .await;
            }
            40..60 => self.look(slot).await,
            60..72 => {
                let change = |user: &mut Model| user.deactivated = true;
                self.write(slot, "deactivate_user", users.deactivate(&*id), change)
                    .await;
            }
            72..86 => {
                let (peer, blocks) = (Self::peer(self.number), !model.blocks);
                let change = |user: &mut Model| user.blocks = blocks;
                if blocks {
                    self.write(slot, "block_users", users.block_user(&*id, &*peer), change)
                        .await;
                } else {
                    self.write(slot, "unblock_users", users.unblock_user(&*id, &*peer), change)
                        .await;
                }
            }
            86..94 => self.guest().await,
            _ => self.delete(slot).await,
        }
    }

    async fn guest(&mut self) {
        self.fresh += 1;
        let name = format!("visitor-{}-{}", self.number, self.fresh);
        let users = self.users.clone();
        let created = self.timed(DEADLINE, users.guest(UserRequest::new(&*name))).await;
        let count = self.note("create_guest", None, created.as_ref().map(|_| ()));
        self.guests.insert(name, count);
    }

    /// Deletes a user and waits for the end of it; nobody touches the user afterwards.
    async fn delete(&mut self, slot: usize) {
        let users = self.users.clone();
        let request = DeleteUsers::hard([&*self.slots[slot].id]);
        let started = self.timed(DEADLINE, users.delete_users(request)).await;
        let count = self.note("delete_users", None, started.as_ref().map(|_| ()));
        if let Ok(started) = started {
            self.wait(&started.body).await;
            self.slots[slot].may_be = vec![Model::default()];
        } else if count.uncertain > 0 {
            self.slots[slot].may_be.push(Model::default());
        } else {
            return;
        }
        self.retire(slot);
    }

    async fn wait(&mut self, started: &StartedTask<DeletedUsers>) {
        let policy = PollPolicy::new().interval(Duration::from_millis(2), Duration::from_millis(20));
        let users = self.users.clone();
        // Asking for a task may fail as everything else, and is asked again.
        for _ in 0..20 {
            let ended = users.task(started).with_policy(policy).wait().await;
            match ended {
                Ok(deleted) => return assert!(deleted.iter().all(|(_, user)| user.is_ok())),
                Err(error) => assert!(error.is_retryable(), "{error}"),
            }
        }
        panic!("a task cannot be waited for");
    }
}

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
        .retry(
            DefaultRetry::new()
                .max_attempts(5)
                .backoff(Duration::from_millis(1), Duration::from_millis(4)),
        )
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
        assert!(
            count.acknowledged > 0 && count.uncertain > 0 || again.contains(&operation),
            "{operation}: {count:?}"
        );
        is_within(operation, times, count, again.contains(&operation));
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
