//! `sync` as a process, against an emulator.

use std::io::Write;
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use crate::local::Local;
use crate::{stderr, stdout};

/// Runs `sync -` with rows on standard input.
fn sync(local: &Local, arguments: &[&str], rows: &str) -> Output {
    let arguments = [&["sync", "-"], arguments].concat();
    let mut child = local
        .command(&arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(rows.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn lines(rows: &[Value]) -> String {
    let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
    lines.join("\n") + "\n"
}

/// The sums, of a run that ended with this code.
fn sums(output: &Output, code: i32) -> Value {
    assert_eq!(output.status.code(), Some(code), "{}", stderr(output));
    serde_json::from_str(stdout(output)).unwrap()
}

/// Ids and names of all users, in order.
fn names(local: &Local) -> Vec<(String, Value)> {
    let query = json!({"payload": {"filter_conditions": {}, "sort": [{"field": "id", "direction": 1}]}});
    let answer = local.call(&["api", "query_users", "--json", &query["payload"].to_string()]);
    let users = answer["users"].as_array().unwrap().iter();
    users
        .map(|user| (user["id"].as_str().unwrap().to_owned(), user["name"].clone()))
        .collect()
}

fn three(local: &Local) {
    for (id, name) in [("ada", "Ada"), ("bob", "Bob"), ("cy", "Cy")] {
        local.upsert(&json!({"id": id, "name": name}));
    }
}

#[test]
fn it_writes_what_differs_and_nothing_the_second_time() {
    let local = Local::start();
    three(&local);
    // Not in order, and one has not changed.
    let rows = lines(&[
        json!({"id": "dan", "name": "Dan", "custom": {"plan": "pro"}}),
        json!({"id": "bob", "name": "Robert"}),
        json!({"id": "ada", "name": "Ada"}),
    ]);
    let output = sync(&local, &[], &rows);
    let report = sums(&output, 0);
    assert_eq!(
        [
            &report["created"],
            &report["updated"],
            &report["unchanged"],
            &report["gone_kept"]
        ],
        [1, 1, 1, 1]
    );
    assert_eq!(report["complete"], true);
    assert!(
        stderr(&output).contains("1 created, 1 updated"),
        "{}",
        stderr(&output)
    );
    let there = |id: &str, name: &str| (id.to_owned(), json!(name));
    assert_eq!(
        names(&local),
        [
            there("ada", "Ada"),
            there("bob", "Robert"),
            there("cy", "Cy"),
            there("dan", "Dan")
        ]
    );
    let again = sums(&sync(&local, &[], &rows), 0);
    assert_eq!(
        [&again["created"], &again["updated"], &again["unchanged"]],
        [0, 0, 3]
    );
}

#[test]
fn a_dry_run_prints_the_plan_and_writes_nothing() {
    let local = Local::start();
    three(&local);
    let before = names(&local);
    let rows = lines(&[
        json!({"id": "bob", "custom": {"plan": "pro"}}),
        json!({"id": "eve"}),
    ]);
    let gone = ["--gone", "delete", "--max-gone-share", "100%"];
    let output = sync(&local, &[&["--dry-run"], &gone[..]].concat(), &rows);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let mut plan: Vec<Value> = stdout(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    plan.sort_by_key(|change| change["id"].to_string());
    assert_eq!(
        plan,
        [
            json!({"kind": "delete", "id": "ada"}),
            json!({"kind": "update", "id": "bob", "line": 1, "set": {"plan": "pro"}, "unset": ["name"]}),
            json!({"kind": "delete", "id": "cy"}),
            json!({"kind": "create", "id": "eve", "line": 2}),
        ]
    );
    assert!(stderr(&output).contains("1 to be created"), "{}", stderr(&output));
    assert_eq!(names(&local), before);

    let output = sync(&local, &gone, &rows);
    assert_eq!(output.status.code(), Some(4), "nobody can be asked");
    assert!(
        stderr(&output).contains("will be deleted") && stderr(&output).contains("--yes"),
        "{}",
        stderr(&output)
    );
    assert_eq!(names(&local), before);
    let report = sums(&sync(&local, &[&["--yes"], &gone[..]].concat(), &rows), 0);
    assert_eq!(report["deleted"], 2);
    assert_eq!(names(&local).len(), 2);
}

#[test]
fn too_many_who_are_gone_are_kept() {
    let local = Local::start();
    three(&local);
    let rows = lines(&[json!({"id": "ada", "name": "Lovelace"})]);
    let output = sync(&local, &["--gone", "hard-delete", "--yes"], &rows);
    let report = sums(&output, 4);
    assert_eq!(
        (
            &report["updated"],
            &report["gone_kept"],
            &report["guard"]["reason"]
        ),
        (&json!(1), &json!(2), &json!("share"))
    );
    let said = stderr(&output);
    assert!(
        said.contains("2 of 3") && said.contains("--max-gone-share"),
        "{said}"
    );
    assert_eq!(names(&local).len(), 3);
}

#[test]
fn bad_rows_are_named_and_keep_others_from_being_gone() {
    let local = Local::start();
    three(&local);
    let rows = "{\"id\": \"ada\", \"name\": \"Ada\"}\n{\"id\": \"bob\", \"nmae\": \"Bob\"}\n{\"id\": \n";
    let gone = ["--gone", "deactivate", "--max-gone-share", "100%"];
    let output = sync(&local, &gone, rows);
    let report = sums(&output, 4);
    assert_eq!(
        (&report["rejected"], &report["deactivated"]),
        (&json!(2), &json!(0))
    );
    let said = stderr(&output);
    for word in ["line 2", "user \"bob\"", "nmae", "line 3", "--ignore-bad-rows"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    // Whom the second row is about is known, so that only the third user is gone.
    let output = sync(&local, &[&gone[..], &["--ignore-bad-rows"]].concat(), rows);
    let report = sums(&output, 3);
    assert_eq!(report["deactivated"], 1);
    let ids: Vec<String> = names(&local).into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["ada", "bob"]);
    // Who comes back is reactivated.
    let rows = lines(&[json!({"id": "cy", "name": "Cyrus"})]);
    let output = sync(&local, &[], &rows);
    assert_eq!(sums(&output, 0)["left_inactive"], 1);
    assert!(stderr(&output).contains("--reactivate"), "{}", stderr(&output));
    assert_eq!(sums(&sync(&local, &["--reactivate"], &rows), 0)["reactivated"], 1);
    assert!(names(&local).contains(&("cy".to_owned(), json!("Cyrus"))));
}

#[test]
fn rows_of_which_it_is_said_that_they_are_sorted_are_held_to_it() {
    let local = Local::start();
    let rows = lines(&[json!({"id": "b"}), json!({"id": "a"})]);
    let output = sync(&local, &["--sorted"], &rows);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(
        said.contains("row 2") && said.contains("leave --sorted out"),
        "{said}"
    );
    assert_eq!(sums(&sync(&local, &[], &rows), 0)["created"], 2);
    let twice = lines(&[json!({"id": "a", "name": "A"}), json!({"id": "a", "name": "B"})]);
    let output = sync(&local, &["--sorted"], &twice);
    assert_eq!(sums(&output, 3)["updated"], 1);
    assert!(stderr(&output).contains("line 2"), "{}", stderr(&output));
}

#[test]
fn it_takes_csv_and_a_scope() {
    let local = Local::start();
    three(&local);
    local.upsert(&json!({"id": "root", "name": "Root", "role": "moderator"}));
    let rows = "id,name,plan\nbob,Robert,pro\nroot,Mallory,pro\n";
    let scope = ["--format", "csv", "--scope", r#"{"role": "user"}"#, "--merge"];
    let output = sync(&local, &scope, rows);
    let report = sums(&output, 0);
    assert_eq!(
        (&report["updated"], &report["left_out_of_scope"], &report["there"]),
        (&json!(1), &json!(1), &json!(3))
    );
    assert!(names(&local).contains(&("root".to_owned(), json!("Root"))));
    for (arguments, word) in [
        (["--scope", "role=user"], "filter"),
        (["--max-gone-share", "0.1"], "10%"),
        (["--gone", "ban"], "hard-delete"),
    ] {
        let output = sync(&local, &arguments, "");
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(word), "{}", stderr(&output));
    }
}

#[test]
fn a_service_that_is_not_there_is_said_so() {
    let mut command = crate::command(&["sync", "-", "--patience", "0"]);
    command
        .env("STREAM_API_KEY", "key")
        .env("STREAM_API_SECRET", "secret");
    command
        .env("STREAM_BASE_URL", "http://127.0.0.1:9")
        .stdin(Stdio::null());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{}", stderr(&output));
    assert!(stderr(&output).contains("127.0.0.1:9"), "{}", stderr(&output));
}
