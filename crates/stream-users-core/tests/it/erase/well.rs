//! Runs where nothing goes wrong.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use stream_users_core::ErasureOutcome::{Erased, NotFound};
use stream_users_core::{EraseUsers, ErasureReport, UsersApi, UsersApiExt};
use stream_users_model::{Custom, ExportRecord};

use super::{count, ids, is, lines, outcomes, sha256, stage, well};

#[tokio::test]
async fn users_are_exported_deleted_and_looked_for() {
    let stage = well(&["ada", "bob"]);
    let users = stage.users::<Custom>();
    let report = users
        .erase_users(EraseUsers::new(["bob", "nobody", "ada", "bob"]))
        .await
        .unwrap();
    assert_eq!(
        outcomes(&report),
        [("bob", Erased), ("nobody", NotFound), ("ada", Erased)]
    );
    assert!(report.is_complete() && report.stopped.is_none());

    let names: Vec<_> = stage
        .requests()
        .iter()
        .map(|request| request.operation().unwrap().name)
        .collect();
    assert_eq!(
        names,
        [
            "query_users",
            "export_users",
            "get_task",
            "read_export",
            "delete_users",
            "get_task",
            "query_users"
        ]
    );
    let requests = stage.requests();
    assert_eq!(requests[1].json().unwrap(), json!({"user_ids": ["bob", "ada"]}));
    assert_eq!(
        requests[4].json().unwrap(),
        json!({"user_ids": ["bob", "ada"], "user": "hard", "messages": "hard", "conversations": "hard", "calls": "hard", "files": true})
    );

    let export = &report.exports[0];
    assert_eq!(
        (export.user_ids.len(), export.records, export.task_id.as_str()),
        (2, 4, "t-1")
    );
    let file: String = ["bob", "ada"].map(lines).concat();
    assert_eq!(export.bytes, file.len() as u64);
    assert_eq!(export.sha256, sha256(&file));
    assert!(export.file().unwrap().url.contains("marker"));
    let deletion = &report.deletions[0];
    assert_eq!(deletion.task_id, "t-2");
    assert!(deletion.deleted_at.is_some() && deletion.verified_at.is_some());
    assert!(report.started_at <= export.started_at && export.checked_at <= deletion.started_at);
    assert!(deletion.verified_at.unwrap() <= report.finished_at);
}

#[tokio::test]
async fn the_report_is_a_document_without_secrets_and_can_be_read_back() {
    let stage = well(&["ada"]);
    let users = stage.users::<Custom>();
    let report = users
        .erase_users(EraseUsers::new(["ada", "nobody"]))
        .await
        .unwrap();
    let written = serde_json::to_string(&report).unwrap();
    for text in [&written, &format!("{report:?}")] {
        assert!(
            !text.contains("marker") && !text.contains("secret words"),
            "{text}"
        );
    }
    let value: Value = serde_json::from_str(&written).unwrap();
    assert_eq!(
        value["users"],
        json!([{"user_id": "ada", "outcome": "erased"}, {"user_id": "nobody", "outcome": "not_found"}])
    );
    let back: ErasureReport = serde_json::from_str(&written).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), written);
    assert!(back.exports[0].file().is_none());
}

#[tokio::test]
async fn any_number_goes_in_batches() {
    let all: Vec<String> = (0..230).map(|n| format!("u{n:03}")).collect();
    let stage = well(&all.iter().map(String::as_str).collect::<Vec<_>>());
    let users = stage.users::<Custom>();
    let report = users.erase_users(EraseUsers::new(all.clone())).await.unwrap();
    assert!(report.users.iter().all(|user| user.outcome == Erased));
    let found: Vec<_> = report.users.iter().map(|user| user.user_id.to_string()).collect();
    assert_eq!(found, all, "in the order of the request");
    assert_eq!((report.exports.len(), report.deletions.len()), (10, 3));
    for request in stage.requests() {
        let most = if is(&request, "export_users") { 25 } else { 100 };
        assert!(!request.method().eq("POST") || ids(&request).len() <= most);
    }
}

#[tokio::test]
async fn what_is_exported_is_handed_out_before_anything_is_deleted() {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let stage = stage(&["ada"], {
        let kept = Arc::clone(&kept);
        move |_, request| {
            assert!(!is(request, "delete_users") || kept.lock().unwrap().len() == 2);
            None
        }
    });
    let users = stage.users::<Custom>();
    let request = EraseUsers::new(["ada"]).keep({
        let kept = Arc::clone(&kept);
        move |line| {
            kept.lock().unwrap().push(line.to_owned());
            Ok(())
        }
    });
    let report = users.erase_users(request).await.unwrap();
    assert!(report.is_complete());
    let lines = kept.lock().unwrap().clone();
    assert_eq!(sha256(&(lines.join("\n") + "\n")), report.exports[0].sha256);
    let record: ExportRecord = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!(record.user().unwrap().id, "ada");
}

#[tokio::test]
async fn without_an_export_nothing_is_exported() {
    let stage = well(&["ada"]);
    let users: Arc<dyn UsersApi> = Arc::new(stage.users::<Custom>());
    let request = EraseUsers::new(["ada"])
        .without_export()
        .new_channel_owner_id("heir")
        .new_call_owner_id("heir");
    let report = users.erase_users(request).await.unwrap();
    assert_eq!(outcomes(&report), [("ada", Erased)]);
    assert_eq!((report.exports.len(), count(&stage, "export_users")), (0, 0));
    let deletion = stage.requests()[1].json().unwrap();
    assert_eq!(
        (&deletion["new_channel_owner_id"], &deletion["new_call_owner_id"]),
        (&json!("heir"), &json!("heir"))
    );
}
