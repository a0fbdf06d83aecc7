//! What results look like, and what becomes of them where nobody can take them.

use std::fs::OpenOptions;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::local::Local;
use crate::{command, stderr, stdout};

#[test]
#[cfg(target_os = "linux")]
fn what_cannot_be_written_is_an_error() {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command(&["demo", "--json"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("standard output could not be written"),
        "{}",
        stderr(&output)
    );
}

/// Three users, of whom one has a name that would steer a terminal.
fn some_users() -> Local {
    let local = Local::start();
    local.upsert(&json!({"id": "ada", "name": "Ada, \"the first\"", "custom": {"plan": "pro", "n": 3}}));
    local.upsert(&json!({"id": "eve", "name": "E\u{1b}[31mve", "custom": {"deep": {"a": [1, 2]}}}));
    local.upsert(&json!({"id": "li", "name": "李小龍", "role": "admin", "teams": ["red"]}));
    local
}

fn printed(local: &Local, arguments: &[&str]) -> String {
    let output = local.command(arguments).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output).to_owned()
}

const QUERY: &[&str] = &["query", "--sort", "id", "--output"];

#[test]
fn users_are_what_is_asked_for() {
    let local = some_users();
    let of = |form: &str| printed(&local, &[QUERY, &[form]].concat());
    // A pipe gets lines of JSON.
    let lines = printed(&local, &QUERY[..3]);
    assert_eq!(lines, of("ndjson"));
    let users: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(users[0]["custom"], json!({"plan": "pro", "n": 3}));
    let array: Vec<Value> = serde_json::from_str(&of("json")).unwrap();
    assert_eq!(array, users);

    let csv = of("csv");
    let mut lines = csv.lines();
    let header = lines.next().unwrap();
    assert!(header.starts_with("id,name,role,"), "{header}");
    assert!(header.ends_with(",custom.n,custom.plan,custom.deep"), "{header}");
    let ada = lines.next().unwrap();
    assert!(
        ada.starts_with(r#"ada,"Ada, ""the first""",user,"#) && ada.ends_with(",3,pro,"),
        "{ada}"
    );
    let columns = printed(&local, &[QUERY, &["csv", "--columns", "custom.plan,id"]].concat());
    assert_eq!(columns, "custom.plan,id\npro,ada\n,eve\n,li\n");

    let table = of("table");
    let rows: Vec<&str> = table.lines().collect();
    assert!(rows[0].starts_with("id   name"), "{table}");
    assert!(!table.contains('\u{1b}') && table.contains("E␛[31mve"), "{table}");
    assert!(
        rows[3].starts_with("li   李小龍            admin  [\"red\"]"),
        "{table}"
    );
}

#[test]
fn a_list_of_nothing_is_nothing() {
    let local = Local::start();
    assert_eq!(printed(&local, &["query"]), "");
    assert_eq!(printed(&local, &["query", "--output", "table"]), "");
    assert_eq!(printed(&local, &["query", "--output", "json"]), "[]\n");
}

#[test]
fn a_reader_that_goes_away_ends_a_list_quietly() {
    let local = Local::start();
    // More than a pipe holds.
    let long = "x".repeat(4000);
    for number in 0..60 {
        local.upsert(&json!({"id": format!("u{number}"), "custom": {"text": long}}));
    }
    for form in ["ndjson", "json", "csv", "table"] {
        let mut child = local
            .command(&["query", "--all", "--output", form])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{form}");
        assert_eq!(stderr(&output), "", "{form}");
    }
}

#[test]
fn what_is_destroyed_is_confirmed() {
    let local = some_users();
    let output = local.command(&["delete", "--hard", "ada"]).output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert!(stderr(&output).contains("add --yes"), "{}", stderr(&output));
    let still = printed(&local, &["get", "ada"]);
    assert!(still.contains("\"ada\""), "{still}");
    let output = local
        .command(&["delete", "--hard", "ada", "--yes"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
}
