//! A program that is killed half-way, and started again with the cursor that it has saved: processes of their own, over a
//! socket.

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::TryStreamExt;
use serde_json::json;
use stream_users::prelude::*;
use stream_users_emulator::Emulator;

use super::crowd::{STABLE, churn, crowd, each_once};
use super::handle;

const ADDRESS: &str = "STREAM_USERS_TEST_ADDRESS";
const CURSOR: &str = "STREAM_USERS_TEST_CURSOR";

/// What each line of the program begins with, among those of the test runner.
const LINE: &str = "handed out ";

/// The program: says each user together with the place behind it, so that one is never saved without the other.
#[tokio::test]
#[ignore = "the program that the test below runs"]
async fn program() {
    let Ok(address) = env::var(ADDRESS) else {
        return;
    };
    // The test runner may have begun a line of its own.
    println!();
    let client = Client::builder("key").server("secret").base_url(address);
    let client = client.transport(ReqwestTransport::new().unwrap());
    let users: Users = client.build().unwrap().users();
    let query = QueryUsers::new(Filter::all()).sort(field::created_at().asc());
    let mut items = users.items(query);
    if let Ok(cursor) = env::var(CURSOR) {
        items = items.resume(&cursor.parse().unwrap()).unwrap();
    }
    while let Some(user) = items.try_next().await.unwrap() {
        println!("{LINE}{} {}", user.id, items.cursor());
    }
    println!("{LINE}everybody");
}

/// Runs the program, kills it after so many users, and returns those that it has said, the last cursor, and whether it
/// came to its end.
fn run(address: &str, cursor: Option<&str>, kill_after: usize) -> (Vec<String>, String, bool) {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["--exact", "pages::killed::program", "--ignored", "--nocapture"])
        .env(ADDRESS, address)
        .stdout(Stdio::piped());
    match cursor {
        Some(cursor) => command.env(CURSOR, cursor),
        None => command.env_remove(CURSOR),
    };
    let mut child = command.spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let (mut ids, mut last, mut ended) = (Vec::new(), String::new(), false);
    let mut line = String::new();
    // What it said before it was killed counts; a line that was cut off does not.
    while out.read_line(&mut line).unwrap() > 0 {
        if let Some(said) = line.strip_suffix('\n').and_then(|line| line.strip_prefix(LINE)) {
            match said.split_once(' ') {
                Some((id, cursor)) => {
                    ids.push(id.to_owned());
                    cursor.clone_into(&mut last);
                }
                None => ended = true,
            }
            if ids.len() == kill_after {
                child.kill().unwrap();
            }
        }
        line.clear();
    }
    child.wait().unwrap();
    (ids, last, ended)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_killed_half_way_goes_on_in_another_process() {
    let emulator = Emulator::builder().api_key("key").api_secret("secret");
    let emulator = emulator.seed(json!({ "users": crowd() }));
    let stream = emulator.start().await.unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let churning = tokio::spawn(churn(handle(&stream.service()), done.clone()));
    let address = stream.base_url().to_owned();
    let runs = tokio::task::spawn_blocking(move || {
        let (mut found, cursor, ended) = run(&address, None, STABLE / 2 + 37);
        assert!(
            !ended && found.len() < STABLE,
            "it was not killed in time: {}",
            found.len()
        );
        let (rest, _, ended) = run(&address, Some(&cursor), usize::MAX);
        assert!(ended);
        found.extend(rest);
        found
    });
    let found = runs.await.unwrap();
    done.store(true, Ordering::SeqCst);
    let (came, went) = churning.await.unwrap();
    assert!(came > 100 && went > 20, "{came} came and {went} went");
    each_once(&found);
}
