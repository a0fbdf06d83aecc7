//! `stream-users import`, against an emulator.

mod away;
mod failures;
mod formats;
mod rehearsal;
#[cfg(unix)]
mod signals;
mod state;

use std::collections::BTreeMap;
use std::process::Output;

use serde_json::Value;

use crate::local::Local;
use crate::{stderr, stdout};

/// What a command that came to its end printed, which is one JSON object.
fn summary(output: &Output, code: i32) -> Value {
    assert_eq!(output.status.code(), Some(code), "{}", stderr(output));
    serde_json::from_str(stdout(output)).unwrap()
}

/// The users of the emulator by id, without those that were there before.
fn users(local: &Local) -> BTreeMap<String, Value> {
    let state = local.emulator().state().unwrap();
    let users = state["users"].as_array().unwrap();
    users
        .iter()
        .map(|user| (user["id"].as_str().unwrap().to_owned(), user.clone()))
        .collect()
}

/// How many requests for an operation were answered.
fn upserts(local: &Local) -> usize {
    let requests = local.emulator().requests();
    requests
        .iter()
        .filter(|request| request.operation == Some("upsert_users"))
        .count()
}

/// Lines of users `user-1` and so on.
fn lines(users: impl IntoIterator<Item = u32>) -> String {
    let line = |number| {
        format!("{{\"id\":\"user-{number}\",\"name\":\"User {number}\",\"custom\":{{\"n\":{number}}}}}\n")
    };
    users.into_iter().map(line).collect::<Vec<_>>().concat()
}

/// That these users are there as [`lines`] has them, and no others.
fn check(local: &Local, numbers: impl IntoIterator<Item = u32>) {
    let users = users(local);
    let mut count = 0;
    for number in numbers {
        let user = &users[&format!("user-{number}")];
        assert_eq!(user["name"], format!("User {number}"));
        assert_eq!(user["custom"]["n"], number);
        count += 1;
    }
    assert_eq!(users.len(), count);
}
