//! Many users of whom few differ: only those are written, and nobody the second time.

use serde_json::{Value, json};
use stream_users::prelude::*;
use stream_users::sync::Gone;

use super::{Stage, run};

/// `STREAM_USERS_SYNC_CROWD=100000` for the whole of it.
fn size() -> usize {
    let size = std::env::var("STREAM_USERS_SYNC_CROWD").ok();
    size.map_or(3_000, |size| {
        size.parse().expect("STREAM_USERS_SYNC_CROWD is a number")
    })
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
    let stage = Stage::new((0..size).map(|n| json!({"id": id(n), "name": "Unchanged", "custom": custom(n)})));
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
    let calls = requests
        .iter()
        .filter(|request| request.operation == Some("update_users_partial"));
    assert!(calls.count() <= differ.len().div_ceil(100) + 1, "in batches");

    let (report, changes) = run(stage.sync(), (0..size).map(wanted)).await;
    assert!(changes.is_empty() && stage.written().is_empty());
    assert_eq!(report.unchanged, size as u64);
}

/// More of each kind than wait anywhere, in turns.
#[tokio::test]
async fn many_of_every_kind_are_written() {
    const EACH: usize = 450;
    let stage = Stage::new((0..EACH * 5).filter(|n| n % 5 != 0).map(|n| {
        let mut user = json!({"id": id(n), "name": "Before"});
        if n % 5 == 1 || n % 5 == 2 {
            user["deactivated_at"] = json!("2024-01-01T00:00:00Z");
        }
        user
    }));
    // New; deactivated and the same; deactivated and another; another; and the last are gone.
    let wanted = || {
        (0..EACH * 5).filter(|n| n % 5 != 4).map(|n| {
            let name = if n % 5 == 1 { "Before" } else { "After" };
            UserRequest::new(id(n)).name(name)
        })
    };
    let sync = || stage.sync().gone(Gone::deactivate()).max_gone_share(0.3);
    let (report, changes) = run(sync(), wanted()).await;
    let each = EACH as u64;
    assert_eq!(
        [
            report.created,
            report.reactivated,
            report.updated,
            report.deactivated
        ],
        [each, 2 * each, each, each]
    );
    assert_eq!((changes.len(), report.failed), (EACH * 5, 0));
    let after = stage.state();
    assert_eq!(after.len(), EACH * 5);
    for (n, user) in after.values().enumerate() {
        assert_eq!(
            user.get("deactivated_at").is_some_and(|time| !time.is_null()),
            n % 5 == 4
        );
        assert_eq!(
            user["name"],
            if matches!(n % 5, 1 | 4) { "Before" } else { "After" }
        );
    }
    stage.written();
    run(sync(), wanted()).await;
    assert!(stage.written().is_empty());
}
