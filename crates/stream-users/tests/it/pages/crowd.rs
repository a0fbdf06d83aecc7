//! 25,000 users, while others come and go.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::TryStreamExt;
use serde_json::{Value, json};
use stream_users::prelude::*;

use super::with_users;

pub(super) const STABLE: usize = 25_000;
/// How many users have the same time of creation.
const EQUAL: usize = 500;
/// One user in so many has another beside it who will be deleted.
const VICTIMS: usize = 50;

fn created_at(n: usize) -> String {
    format!("2026-01-01T00:00:{:02}.123456789Z", n / EQUAL)
}

/// The order of the ids is not that of the times.
fn id_of(n: usize) -> usize {
    n * 7_919 % STABLE
}

/// Those who stay, and among them some who will be deleted.
pub(super) fn crowd() -> Vec<Value> {
    let named = |name: &str, n| json!({"id": format!("{name}-{:05}", id_of(n)), "created_at": created_at(n)});
    let stable = (0..STABLE).map(|n| named("user", n));
    let victims = (0..STABLE).step_by(VICTIMS).map(|n| named("gone", n));
    stable.chain(victims).collect()
}

fn is_stable(id: &str) -> bool {
    id.starts_with("user-") && !id.ends_with("-new")
}

/// Creates users between the others, and deletes and deactivates some of them and the victims in turn, until `done`.
/// Returns how many came and went.
pub(super) async fn churn(users: Users, done: Arc<AtomicBool>) -> (usize, usize) {
    let (mut came, mut went) = (0, 0);
    for turn in 0.. {
        if done.load(Ordering::SeqCst) {
            break;
        }
        // Scattered over all ids, each of them used once.
        let new: Vec<String> = (0..5)
            .map(|n| format!("user-{:05}-{turn}-new", (turn * 5 + n) * 4_337 % STABLE))
            .collect();
        let requests = UpsertUsers::new(new.iter().map(UserRequest::new));
        users.upsert_users(requests).await.unwrap();
        let victim = (turn * VICTIMS < STABLE).then(|| format!("gone-{:05}", id_of(turn * VICTIMS)));
        let gone: Vec<String> = victim.into_iter().chain([new[0].clone()]).collect();
        (came, went) = (came + new.len(), went + gone.len());
        users.delete_users(DeleteUsers::hard(gone)).await.unwrap();
        users.deactivate(new[1].as_str()).await.unwrap();
    }
    (came, went)
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
    let done = Arc::new(AtomicBool::new(false));
    let churning = tokio::spawn(churn(users.clone(), done.clone()));
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
    let (came, went) = churning.await.unwrap();
    assert!(came > 100 && went > 20, "{came} came and {went} went");
}
