//! 25,000 users, while others come and go.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::TryStreamExt;
use serde_json::{Value, json};
use stream_users::prelude::*;

use super::with_users;

pub(super) const STABLE: usize = 25_000;
/// How many users have the same time of creation.
const EQUAL: usize = 500;

fn created_at(n: usize) -> String {
    format!("2026-01-01T00:00:{:02}.123456789Z", n / EQUAL)
}

/// Those who stay, and among them one in fifty who will be deleted.
pub(super) fn crowd() -> impl Iterator<Item = Value> {
    (0..STABLE)
        .flat_map(|n| {
            // The order of the ids is not that of the times.
            let id = n * 7_919 % STABLE;
            let stable = json!({"id": format!("user-{id:05}"), "created_at": created_at(n)});
            let victim = json!({"id": format!("gone-{id:05}"), "created_at": created_at(n)});
            [Some(stable), (n % 50 == 0).then_some(victim)]
        })
        .flatten()
}

pub(super) fn is_stable(id: &str) -> bool {
    id.starts_with("user-") && !id.ends_with("-new")
}

/// Creates users between the others, and deletes these and the victims in turn, until `done`. Returns how many of each.
pub(super) async fn churn(users: Users, done: &AtomicBool) -> (usize, usize) {
    let (mut created, mut deleted) = (0, 0);
    for turn in 0.. {
        if done.load(Ordering::SeqCst) {
            break;
        }
        // Scattered over all ids, each of them used once.
        let ids: Vec<String> = (0..5)
            .map(|n| format!("user-{:05}-{turn}-new", (turn * 5 + n) * 4_337 % STABLE))
            .collect();
        let new = UpsertUsers::new(ids.iter().map(UserRequest::new));
        users.upsert_users(new).await.unwrap();
        created += ids.len();
        let victim = format!("gone-{:05}", turn * 50 * 7_919 % STABLE);
        let gone = DeleteUsers::hard([ids[0].clone(), victim]);
        users.delete_users(gone).await.unwrap();
        users.deactivate(ids[1].as_str()).await.unwrap();
        deleted += 2;
    }
    (created, deleted)
}

/// Holds that everybody who stayed came exactly once.
pub(super) fn each_once(found: &[String]) {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for id in found.iter().filter(|id| is_stable(id)) {
        *times.entry(id).or_default() += 1;
    }
    let twice: Vec<_> = times.iter().filter(|(_, times)| **times > 1).take(5).collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert_eq!(times.len(), STABLE, "somebody was left out");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_25_000_who_stay_comes_once_while_others_come_and_go() {
    let (_stream, users) = with_users(crowd());
    let done = AtomicBool::new(false);
    let (others, done) = (users.clone(), std::sync::Arc::new(done));
    let until = done.clone();
    let churning = tokio::spawn(async move { churn(others, &until).await });
    for sort in [Sort::asc("id"), Sort::desc("created_at")] {
        let items = users.items(QueryUsers::new(Filter::all()).sort(sort.clone()));
        let keys: Vec<(Timestamp, String)> = items
            .map_ok(|user| (user.created_at, user.id.to_string()))
            .try_collect()
            .await
            .unwrap();
        let in_order = if sort.field == "id" {
            keys.is_sorted_by_key(|(_, id)| id.clone())
        } else {
            keys.is_sorted_by(|a, b| a >= b)
        };
        assert!(in_order, "{sort:?}");
        each_once(&keys.into_iter().map(|(_, id)| id).collect::<Vec<_>>());
    }
    done.store(true, Ordering::SeqCst);
    let (created, deleted) = churning.await.unwrap();
    assert!(created > 100 && deleted > 50, "{created} came and {deleted} went");
}
