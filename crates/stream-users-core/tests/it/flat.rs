//! Reading all users takes the memory of a page or two, however many there are: in a process of its own, whose peak is read.
//! `STREAM_USERS_ITEMS=1000000` sets how many there are.

use std::fmt::Write as _;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::TryStreamExt;
use stream_users_core::{Client, Transport, TransportError, Users, UsersApiExt};

const ITEMS: &str = "STREAM_USERS_ITEMS";
/// Says that this is the other process.
const MEASURED: &str = "STREAM_USERS_ITEMS_MEASURED";
/// After so many users, whatever there is of buffers and pools is there.
const FEW: usize = 10_000;
const PAGE: usize = 100;
/// What may come to the peak after that, in kilobytes. The users of the first 10,000 pages alone would take hundreds of
/// megabytes.
const BESIDES: usize = 2 * 1024;

/// Answers each call at once with the next page, until there were so many users.
#[derive(Debug)]
struct Canned {
    pages: usize,
    asked: AtomicUsize,
}

#[async_trait]
impl Transport for Canned {
    async fn send(&self, _: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let page = self.asked.fetch_add(1, Ordering::Relaxed);
        let mut body = String::from(r#"{"duration":"1ms","users":["#);
        for number in page * PAGE..(page + 1) * PAGE {
            if page == self.pages {
                break;
            }
            if !body.ends_with('[') {
                body.push(',');
            }
            write!(
                body,
                r#"{{"id":"user-{number:09}","name":"User {number}","role":"user","language":"en","image":"https://cdn.example/{number}.png","teams":["red","blue"],"teams_role":{{"red":"admin"}},"banned":false,"online":true,"blocked_user_ids":[],"created_at":"2026-01-02T03:04:05.678Z","updated_at":"2026-01-02T03:04:05.678Z","last_active":"2026-01-02T03:04:05.678Z","custom":{{"email":"user-{number}@example.com","plan":"pro","score":12.5,"tags":["a","b"]}},"devices":[],"mutes":[],"total_unread_count":0,"unread_channels":0,"unread_count":0,"unread_threads":0}}"#
            )
            .unwrap();
        }
        body.push_str("]}");
        Ok(http::Response::new(body.into()))
    }
}

/// The most memory that this process has had, in kilobytes; 0 where the system does not say.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map_or(0, |peak| peak.trim().trim_end_matches(" kB").parse().unwrap())
}

/// A million users take about as long as the machine needs to decode them; a hundred thousand in a test of every day.
fn items() -> usize {
    let items = std::env::var(ITEMS).map_or(100_000, |items| {
        items.parse().expect("STREAM_USERS_ITEMS is no number")
    });
    assert!(
        items > FEW && items % PAGE == 0,
        "STREAM_USERS_ITEMS must be a multiple of {PAGE} above {FEW}"
    );
    items
}

#[test]
fn reading_all_users_takes_no_more_memory_the_more_there_are() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "flat::all_users_are_read_in_another_process",
            "--nocapture",
        ])
        .env(MEASURED, "1")
        .env(ITEMS, items().to_string())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    let figure = |name: &str| -> usize {
        let line = said.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("{name} is missing in {said}"))
            .parse()
            .unwrap()
    };
    assert_eq!(figure("read="), items());
    let (few, all) = (figure("few="), figure("all="));
    println!("peak after {FEW} users {few} kB, after {} {all} kB", items());
    if cfg!(target_os = "linux") {
        assert!(few > 1024, "{few} kB are no measure");
        assert!(all <= few + BESIDES, "{few} kB became {all} kB");
    }
}

/// The other process of the test above; there is nothing to do elsewhere.
#[tokio::test]
async fn all_users_are_read_in_another_process() {
    if std::env::var(MEASURED).is_err() {
        return;
    }
    let transport = Canned {
        pages: items().div_ceil(PAGE),
        asked: AtomicUsize::new(0),
    };
    let client = Client::builder("key").server("secret-of-at-least-32-characters");
    let users: Users = client.transport(transport).build().unwrap().users();
    let mut found = users.all_users().items();
    let (mut read, mut few) = (0, 0);
    while let Some(user) = found.try_next().await.unwrap() {
        assert!(user.id.as_str().starts_with("user-"));
        read += 1;
        if read == FEW {
            few = peak();
        }
    }
    println!("\nread={read}\nfew={few}\nall={}", peak());
}
