//! `kill -9` at random moments while many write: what was acknowledged is there afterwards, and every request was done
//! as a whole or not at all.
//!
//! `STREAM_USERS_KILLS` sets how often; all kills are of emulators on the same data directory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::command::command;
use crate::data_dir::Directory;
use crate::socket::{send, try_send, within};
use crate::stream::encode;

const KILLS: usize = 5;
const WRITERS: usize = 16;
/// How many sets of users each of them writes in turn, and how many users are in each.
const SETS: usize = 3;
const SIZE: usize = 5;

/// What a set of users has in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct State {
    /// The last upsert of them all; 0 if there was none, or if they were deleted.
    upserted: u64,
    /// The last partial update of them all since then.
    updated: u64,
    /// Whether the first of them is deactivated.
    deactivated: bool,
}

/// Users that are only ever written together.
#[derive(Debug)]
struct Set {
    name: String,
    /// How many times they were given new ids, since those of deleted users are used up.
    generation: u64,
    writes: u64,
    /// As of the last write that was acknowledged.
    state: State,
    /// What they were to become by a write that nobody has answered.
    pending: Option<State>,
    /// The task of the last deletion that was acknowledged.
    task: Option<String>,
}

impl Set {
    fn id(&self, number: usize) -> String {
        format!("{}-{}-{number}", self.name, self.generation)
    }

    fn ids(&self) -> Vec<String> {
        (0..SIZE).map(|number| self.id(number)).collect()
    }

    /// The users who were deleted last.
    fn gone(&self) -> Vec<String> {
        let earlier = |number| {
            Some(format!(
                "{}-{}-{number}",
                self.name,
                self.generation.checked_sub(1)?
            ))
        };
        (0..SIZE).filter_map(earlier).collect()
    }

    /// The next write, and what it makes of the users.
    fn next(&mut self) -> (&'static str, String, Value, State) {
        self.writes += 1;
        let (n, before) = (self.writes, self.state);
        let post = |path: String, body| ("POST", format!("/api/v2/users{path}?api_key=key"), body);
        if before.deactivated {
            let (method, path, body) = post(format!("/{}/reactivate", self.id(0)), json!({}));
            return (
                method,
                path,
                body,
                State {
                    deactivated: false,
                    ..before
                },
            );
        }
        let ((method, path, body), after) = match n % 7 {
            _ if before.upserted == 0 => self.upsert(n),
            2 | 5 => {
                let change = |id| json!({ "id": id, "set": { "updated": n, "text": "x".repeat(200) } });
                let users: Vec<Value> = self.ids().into_iter().map(change).collect();
                let (_, path, _) = post(String::new(), Value::Null);
                (
                    ("PATCH", path, json!({ "users": users })),
                    State { updated: n, ..before },
                )
            }
            3 => (
                post(format!("/{}/deactivate", self.id(0)), json!({})),
                State {
                    deactivated: true,
                    ..before
                },
            ),
            6 => (
                post("/delete".to_owned(), json!({ "user_ids": self.ids() })),
                State::default(),
            ),
            _ => self.upsert(n),
        };
        (method, path, body, after)
    }

    fn upsert(&self, n: u64) -> ((&'static str, String, Value), State) {
        let user = |id: String| {
            (
                id.clone(),
                json!({ "id": id, "custom": { "upserted": n, "text": "y".repeat(300) } }),
            )
        };
        let users: serde_json::Map<String, Value> = self.ids().into_iter().map(user).collect();
        let state = State {
            upserted: n,
            ..State::default()
        };
        (
            (
                "POST",
                "/api/v2/users?api_key=key".to_owned(),
                json!({ "users": users }),
            ),
            state,
        )
    }

    fn done(&mut self, after: State) {
        if after == State::default() && self.state != after {
            self.generation += 1;
        }
        (self.state, self.pending) = (after, None);
    }

    /// What the users have in common in the answer of a query.
    fn look(&self, answer: &Value) -> State {
        let users = answer["users"].as_array().unwrap();
        let states: Vec<State> = self
            .ids()
            .iter()
            .map(|id| {
                let Some(user) = users.iter().find(|user| user["id"] == id.as_str()) else {
                    return State::default();
                };
                let number = |key: &str| user["custom"][key].as_u64().unwrap_or_default();
                State {
                    upserted: number("upserted"),
                    updated: number("updated"),
                    deactivated: user.get("deactivated_at").is_some(),
                }
            })
            .collect();
        for state in &states[1..] {
            let first = State {
                deactivated: false,
                ..states[0]
            };
            assert_eq!(*state, first, "a request was half done: {self:?} {answer}");
        }
        states[0]
    }
}

/// Writes until the emulator is gone.
async fn write(address: String, mut sets: Vec<Set>, left: Arc<AtomicUsize>, enough: Arc<Notify>) -> Vec<Set> {
    for turn in 0.. {
        let set = &mut sets[turn % SETS];
        let (method, path, body, after) = set.next();
        set.pending = Some(after);
        let Ok((status, answer)) = try_send(&address, "secret", method, &path, &body).await else {
            return sets;
        };
        assert!(matches!(status, 200 | 201), "{method} {path}: {answer}");
        if let Some(task) = answer["task_id"].as_str() {
            set.task = Some(task.to_owned());
        }
        set.done(after);
        if left.fetch_sub(1, Ordering::SeqCst) == 1 {
            enough.notify_one();
        }
    }
    sets
}

/// Holds that the users are as they were left, one way or the other if nobody knows which.
async fn check(address: &str, sets: &mut [Set]) {
    let ids: Vec<String> = sets
        .iter()
        .flat_map(|set| [set.ids(), set.gone()].concat())
        .collect();
    let payload = json!({
        "filter_conditions": { "id": { "$in": ids } }, "include_deactivated_users": true, "limit": 100,
    });
    let path = format!(
        "/api/v2/users?api_key=key&payload={}",
        encode(&payload.to_string())
    );
    let (status, answer) = send(address, "secret", "GET", &path, &Value::Null).await;
    assert_eq!(status, 200, "{answer}");
    for set in sets {
        for user in answer["users"].as_array().unwrap() {
            assert!(
                !set.gone().iter().any(|id| user["id"] == id.as_str()),
                "was deleted: {user}"
            );
        }
        let found = set.look(&answer);
        assert!(
            found == set.state || Some(found) == set.pending,
            "{found:?} of {set:?}"
        );
        set.done(found);
        if let Some(task) = set.task.take() {
            finish(address, &task).await;
        }
    }
}

/// A task that a killed emulator has begun is brought to its end by the next.
async fn finish(address: &str, task: &str) {
    let path = format!("/api/v2/tasks/{task}?api_key=key");
    within(async {
        loop {
            let (status, answer) = send(address, "secret", "GET", &path, &Value::Null).await;
            assert_eq!(status, 200, "{answer}");
            if answer["status"] == "completed" {
                return;
            }
        }
    })
    .await;
}

/// Random numbers (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_kill_and_nothing_is_half_done() {
    let kills = std::env::var("STREAM_USERS_KILLS").map_or(KILLS, |text| text.parse().unwrap());
    let seed = u64::from(std::process::id()) << 20 | 1;
    let (mut dice, began) = (Dice(seed), Instant::now());
    let directory = Directory::new("kills");
    let data = directory.0.to_str().unwrap();
    let mut all: Vec<Vec<Set>> = (0..WRITERS)
        .map(|writer| {
            let set = |set| Set {
                name: format!("w{writer}s{set}"),
                generation: 0,
                writes: 0,
                state: State::default(),
                pending: None,
                task: None,
            };
            (0..SETS).map(set).collect()
        })
        .collect();
    let (mut child, mut address) = command(&["--data", data]).await;
    let mut acknowledged = 0;
    for kill in 0..kills {
        // Some are killed when they have hardly begun.
        let target = if kill % 8 == 7 {
            dice.below(WRITERS as u64)
        } else {
            dice.below(150)
        } + 1;
        acknowledged += target;
        let (left, enough) = (Arc::new(AtomicUsize::new(target)), Arc::new(Notify::new()));
        let writers: Vec<_> = all
            .drain(..)
            .map(|sets| tokio::spawn(write(address.clone(), sets, left.clone(), enough.clone())))
            .collect();
        within(enough.notified()).await;
        child.kill().await.unwrap();
        for writer in writers {
            all.push(within(writer).await.unwrap());
        }
        (child, address) = command(&["--data", data]).await;
        for sets in &mut all {
            check(&address, sets).await;
        }
    }
    println!(
        "{kills} kills, more than {acknowledged} writes acknowledged, {:.0?}",
        began.elapsed()
    );
}
