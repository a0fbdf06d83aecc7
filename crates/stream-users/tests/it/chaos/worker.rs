//! One task of a bad day: its users, what it does to them, and what it knows of them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use stream_users::prelude::*;
use stream_users::{DeletedUsers, Error, PollPolicy, StartedTask};

/// Users that a task has at one time.
const SLOTS: usize = 12;
/// No call takes longer than this.
pub(super) const DEADLINE: Duration = Duration::from_secs(20);
/// Nor do some queries, which often end there.
const SHORT_DEADLINE: Duration = Duration::from_millis(15);
/// What a machine with other work to do may add to a deadline.
const SLACK: Duration = Duration::from_secs(3);

/// What is known of a user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Model {
    pub(super) exists: bool,
    pub(super) name: Option<String>,
    pub(super) number: Option<u64>,
    pub(super) deactivated: bool,
    pub(super) blocks: bool,
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
pub(super) struct Owned {
    pub(super) id: String,
    pub(super) may_be: Vec<Model>,
}

/// How often an operation was acknowledged, and how often it may have been applied besides.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count {
    pub(super) acknowledged: usize,
    pub(super) uncertain: usize,
}

/// One task's part of the world.
pub(super) struct Worker {
    users: Users,
    number: usize,
    dice: u64,
    fresh: usize,
    pub(super) slots: Vec<Owned>,
    /// Those that are not touched any more: deleted, or late.
    pub(super) retired: Vec<Owned>,
    /// How often a guest of this name may be there.
    pub(super) guests: BTreeMap<String, Count>,
    pub(super) counts: BTreeMap<&'static str, Count>,
    /// By the request's path, where it names the user.
    pub(super) paths: BTreeMap<String, Count>,
    pub(super) slowest: Duration,
}

impl Worker {
    pub(super) fn new(users: Users, number: usize) -> Self {
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

    pub(super) fn peer(number: usize) -> String {
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

    pub(super) async fn one(&mut self) {
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
                    .await;
            }
            _ if model.deactivated && value % 2 == 0 => {
                let change = |user: &mut Model| user.deactivated = false;
                self.write(slot, "reactivate_user", users.reactivate(&*id), change)
                    .await;
            }
            _ if model.deactivated => self.look(slot).await,
            0..20 => {
                self.write(slot, "upsert_users", users.upsert_user(upsert), upserted)
                    .await;
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
