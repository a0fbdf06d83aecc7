//! Many users of whom few differ: only those are written, and nobody the second time.

use serde_json::{Value, json};
use stream_users::prelude::*;

use super::{Stage, run};

/// `STREAM_USERS_SYNC_CROWD=100000` for the whole of it.
fn size() -> usize {
    let size = std::env::var("STREAM_USERS_SYNC_CROWD").ok();
    size.map_or(3_000, |size| size.parse().expect("STREAM_USERS_SYNC_CROWD is a number"))
}

fn id(n: usize) -> String {
    format!("user-{n:06}")
}

fn custom(n: usize) -> Value {
    json!({"plan": "pro", "seat": n, "address": {"city": "Paris", "zip": format!("{n:05}")}})
}

fn wanted(n: usize) -> UserRequest {
    let name = if n % 100 == 7 { "Changed" } else { "Unchanged" };
    UserRequest::new(id(n))
        .name(name)
        .custom(Custom::from_serialize(&custom(n)).unwrap())
}

#[tokio::test]
async fn of_many_users_only_those_who_differ_are_written() {
    let size = size();
    let stage = Stage::new(
        (0..size).map(|n| json!({"id": id(n), "name": "Unchanged", "custom": custom(n)})),
    );
    let (report, changes) = run(stage.sync(), (0..size).map(wanted)).await;
    let differ: Vec<String> = (0..size).filter(|n| n % 100 == 7).map(id).collect();
    assert_eq!(
        (report.there, report.unchanged, report.updated),
        (size as u64, (size - differ.len()) as u64, differ.len() as u64)
    );
    assert_eq!(changes.len(), differ.len());
    for change in &changes {
        let patch = serde_json::to_value(change.patch.as_ref().unwrap()).unwrap();
        assert_eq!(patch["set"], json!({"name": "Changed"}));
        assert_eq!(patch.get("unset"), None);
    }
    let mut written = stage.written();
    let patched = written.remove("update_users_partial").unwrap();
    assert!(written.is_empty(), "{:?}", written.keys());
    let mut sorted = patched.clone();
    sorted.sort();
    assert_eq!(sorted, differ, "each once");
    let requests = stage.stream.requests();
    let patches = requests
        .iter()
        .filter(|request| request.operation == Some("update_users_partial"));
    assert!(patches.count() <= differ.len().div_ceil(100) + 1, "in batches");

    let (report, changes) = run(stage.sync(), (0..size).map(wanted)).await;
    assert!(changes.is_empty() && stage.written().is_empty());
    assert_eq!(report.unchanged, size as u64);
}
