use serde_json::json;

use super::{summary, users};
use crate::folder::Folder;
use crate::local::Local;
use crate::{command, stderr};

#[test]
fn a_dry_run_checks_all_rows_and_needs_no_service() {
    let folder = Folder::new("dry");
    let input = folder.write(
        "u.csv",
        "id,name,plan,zip\nada,Ada,pro,007\n,Nobody,,\nada,again,,\nbob,Bob,,10115\n",
    );
    let report = folder.path().join("failures.ndjson");
    let output = command(&[
        "import",
        input.to_str().unwrap(),
        "--dry-run",
        "--report",
        report.to_str().unwrap(),
    ])
    .output()
    .unwrap();
    let summary = summary(&output, 3);
    assert_eq!(
        (&summary["read"], &summary["would_send"], &summary["failed"]),
        (&json!(4), &json!(2), &json!(2))
    );
    assert_eq!(
        summary["first"],
        json!({"id": "ada", "name": "Ada", "custom": {"plan": "pro", "zip": "007"}})
    );
    let told = stderr(&output);
    for words in [
        "line 3: id is missing",
        "line 4 (ada): the id stands in line 2 already",
        "the column \"zip\" held texts and numbers",
        "nothing was sent: 2 users would be, in 1 request",
    ] {
        assert!(told.contains(words), "{told}");
    }
    assert_eq!(std::fs::read_to_string(&report).unwrap().lines().count(), 2);
}

#[test]
fn a_dry_run_sends_nothing() {
    let folder = Folder::new("dry-service");
    let input = folder.write("u.ndjson", &super::lines(1..11));
    let local = Local::start();
    let output = local
        .command(&["import", input.to_str().unwrap(), "--dry-run"])
        .output()
        .unwrap();
    assert_eq!(summary(&output, 0)["would_send"], 10);
    assert!(users(&local).is_empty() && local.emulator().requests().is_empty());
}
