use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use serde_json::json;

use super::{check, lines, summary, upserts, users};
use crate::folder::Folder;
use crate::local::Local;
use crate::{stderr, stdout};

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn zstd(text: &str) -> Vec<u8> {
    zstd::encode_all(text.as_bytes(), 3).unwrap()
}

fn csv(numbers: impl IntoIterator<Item = u32>) -> String {
    let rows = numbers
        .into_iter()
        .map(|number| format!("user-{number},User {number},{number}\n"));
    std::iter::once("id,name,n\n".to_owned()).chain(rows).collect()
}

fn json(numbers: impl IntoIterator<Item = u32>) -> String {
    let elements: Vec<String> = lines(numbers).lines().map(str::to_owned).collect();
    format!("[\n{}\n]", elements.join(",\n"))
}

#[test]
fn every_format_is_read_packed_or_not() {
    let folder = Folder::new("formats");
    let text = |write: fn(std::ops::Range<u32>) -> String| write(1..251);
    for (name, bytes) in [
        ("u.ndjson", text(lines).into_bytes()),
        ("u.json", text(json).into_bytes()),
        ("u.csv", text(csv).into_bytes()),
        ("u.csv.zst", zstd(&text(csv))),
        ("u.ndjson.gz", gzip(&text(lines))),
        ("u.json.zst", zstd(&text(json))),
    ] {
        let local = Local::start();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let output = local
            .command(&["import", path.to_str().unwrap()])
            .output()
            .unwrap();
        let summary = summary(&output, 0);
        assert_eq!(summary["imported"], 250, "{name}");
        assert_eq!(summary["complete"], true);
        assert!(
            stderr(&output).starts_with("imported 250 users in "),
            "{}",
            stderr(&output)
        );
        check(&local, 1..251);
        assert_eq!(upserts(&local), 3);
    }
}

/// What `cat FILE | stream-users import - ...` does.
#[test]
fn standard_input_is_read_packed_or_not() {
    for (bytes, arguments) in [
        (csv(1..151).into_bytes(), &["import", "-", "--format", "csv"][..]),
        (zstd(&csv(1..151)), &["import", "-", "--format", "csv"]),
        (lines(1..151).into_bytes(), &["import", "-"]),
        (gzip(&lines(1..151)), &["import", "-"]),
    ] {
        let local = Local::start();
        let mut child = local
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&bytes).unwrap();
        assert_eq!(summary(&child.wait_with_output().unwrap(), 0)["imported"], 150);
        check(&local, 1..151);
    }
}

#[test]
fn a_dump_can_be_imported() {
    let local = Local::start();
    local.upsert(&json!({"id": "ada", "name": "Ada", "role": "admin", "custom": {"plan": "pro"}}));
    let found = local.call(&["api", "query_users", "--json", r#"{"filter_conditions": {}}"#]);
    let dumped: Vec<String> = found["users"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| format!("{user}\n"))
        .collect();
    let folder = Folder::new("dump");
    let path = folder.write("dump.ndjson", &dumped.concat());
    let other = Local::start();
    let output = other
        .command(&["import", path.to_str().unwrap()])
        .output()
        .unwrap();
    assert_eq!(summary(&output, 0)["imported"], 1);
    let ada = &users(&other)["ada"];
    assert_eq!((&ada["name"], &ada["role"]), (&json!("Ada"), &json!("admin")));
    assert_eq!(ada["custom"], json!({"plan": "pro"}));
}

#[test]
fn an_input_that_cannot_be_read_to_its_end_fails_and_what_was_read_is_there() {
    let folder = Folder::new("cut-off");
    let whole = zstd(&lines(1..20_001));
    let path = folder.path().join("u.ndjson.zst");
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let local = Local::start();
    let output = local
        .command(&["import", path.to_str().unwrap()])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).is_empty());
    let told = stderr(&output);
    assert!(told.contains("ends in the middle of its zstd data"), "{told}");
    assert!(told.contains("import"), "{told}");
}

#[test]
fn what_other_options_would_mend_is_wrong_usage() {
    let folder = Folder::new("usage");
    let csv = folder.write("u.csv", "name\nAda\n");
    let text = folder.write("users", "id\nada\n");
    let local = Local::start();
    for (arguments, words) in [
        (&["import", csv.to_str().unwrap()][..], "has no column `id`"),
        (&["import", text.to_str().unwrap()], "say --format"),
        (&["import", "u.csv", "--max-failures", "many"], "such as 5%"),
        (&["import", "u.csv", "--column", "id"], "NAME=FIELD"),
        (&["import", "u.csv", "--column", "a=b:number"], "is no type"),
        (&["import", "u.csv", "--batch", "101"], "1..=100"),
    ] {
        let output = local.command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
    let output = local.command(&["import", "no-such-file.csv"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("no-such-file.csv: cannot be opened"),
        "{}",
        stderr(&output)
    );
}

/// `fixtures/users_parquet.py` says what is in the file, and what wrote it.
#[cfg(feature = "parquet")]
#[test]
fn parquet_of_another_tool_is_imported() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/users.parquet");
    let local = Local::start();
    let output = local
        .command(&["import", path.to_str().unwrap()])
        .output()
        .unwrap();
    let summary = summary(&output, 3);
    assert_eq!((&summary["imported"], &summary["failed"]), (&json!(3), &json!(2)));
    let ada = &users(&local)["ada"];
    assert_eq!(ada["name"], "Ada Lovelace");
    assert_eq!(ada["teams"], json!(["red", "blue"]));
    assert_eq!(ada["custom"]["seats"], 9_007_199_254_740_993_u64);
}

#[cfg(not(feature = "parquet"))]
#[test]
fn without_the_feature_parquet_is_named_and_how_to_have_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/users.parquet");
    let local = Local::start();
    let output = local
        .command(&["import", path.to_str().unwrap()])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("--features parquet"),
        "{}",
        stderr(&output)
    );
}
