//! `deactivate`, `reactivate`, `delete`, `restore`.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::folder::Folder;
use crate::local::Local;
use crate::ran::{Ran, numbered};

#[test]
fn one_user_is_deactivated_and_reactivated_without_a_task() {
    let local = Local::start();
    local.seed([json!({"id": "ada"})]);
    let ran = local.run(&["deactivate", "ada"]).exits(0);
    assert_eq!(ran.lines(), [json!({"id": "ada", "status": "deactivated"})]);
    assert!(local.stored("ada", "deactivated_at").is_number());
    local.run(&["deactivate", "nobody"]).exits(3).says("nobody");
    let ran = local.run(&["reactivate", "ada"]).exits(0);
    assert_eq!(ran.lines(), [json!({"id": "ada", "status": "reactivated"})]);
    assert_eq!(local.stored("ada", "deactivated_at"), Value::Null);
    assert_eq!(
        local.requests("deactivate_users") + local.requests("reactivate_users"),
        0
    );
}

#[test]
fn many_users_are_deactivated_by_tasks_and_each_is_told() {
    let local = Local::start();
    local.seed(numbered(250));
    let mut ids: Vec<String> = (0..250).map(|number| format!("user-{number:04}")).collect();
    ids.insert(120, "nobody".to_owned());
    let ran = local
        .run_with(&["deactivate", "-"], &ids.join("\n"))
        .exits(3)
        .says("line 121, nobody: ")
        .says("250 users deactivated, 1 failed");
    let lines = ran.lines();
    assert_eq!(lines.len(), 251);
    let failed: Vec<&Value> = lines.iter().filter(|line| line["status"] == "failed").collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["id"], "nobody");
    let active = local.run(&["query", "--all"]).exits(0);
    assert_eq!(active.lines().len(), 0);
}

#[test]
fn a_dry_run_looks_and_changes_nothing() {
    let local = Local::start();
    local.seed([
        json!({"id": "ada"}),
        json!({"id": "bob", "deactivated_at": "2026-01-01T00:00:00Z"}),
    ]);
    let statuses = |arguments: &[&str]| {
        let ran = local.run(arguments).says("nothing was changed");
        ran.texts("status")
    };
    assert_eq!(
        statuses(&["deactivate", "ada", "bob", "nobody", "--dry-run"]),
        ["would be deactivated", "failed", "failed"]
    );
    assert_eq!(
        statuses(&["reactivate", "ada", "bob", "--dry-run"]),
        ["failed", "would be reactivated"]
    );
    assert_eq!(
        statuses(&["delete", "ada", "nobody", "--hard", "--dry-run"]),
        ["would be deleted for good", "failed"]
    );
    let operations = [
        "deactivate_user",
        "deactivate_users",
        "reactivate_users",
        "delete_users",
    ];
    assert_eq!(operations.map(|operation| local.requests(operation)), [0; 4]);
}

#[test]
fn what_cannot_be_undone_needs_yes_where_nobody_can_be_asked() {
    let local = Local::start();
    local.seed(["ada", "bob"].map(|id| json!({"id": id})));
    for option in [
        "--hard",
        "--pruning",
        "--files",
        "--messages=hard",
        "--calls=hard",
    ] {
        let ran = local
            .run(&["delete", "ada", "bob", option])
            .exits(4)
            .says("--yes");
        assert!(
            ran.stderr.contains("the 2 users ada and bob will be deleted"),
            "{}",
            ran.stderr
        );
        assert_eq!(ran.stdout, "");
    }
    let folder = Folder::new("delete");
    let file = folder.write("ids.txt", "ada\nbob\n");
    local
        .run(&["delete", "--file", file.to_str().unwrap(), "--hard"])
        .exits(4)
        .says("the 2 users of ")
        .says("for good, with their messages and conversations; this cannot be undone");
    assert_eq!(local.requests("delete_users"), 0);
    let ran = local.run(&["delete", "ada", "bob", "--hard", "--yes"]).exits(0);
    assert_eq!(ran.texts("status"), ["deleted", "deleted"]);
    let state = local.emulator().state().unwrap();
    assert_eq!(state["deleted_ids"]["ada"], "hard");
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    let local = Local::start();
    local
        .run(&["delete", "ada", "--hard", "--messages", "soft", "--yes"])
        .exits(2)
        .says("leave --messages and --conversations away");
    local.run(&["delete", "ada", "--hard", "--pruning"]).exits(2);
    local.run(&["delete", "ada", "--no-wait", "--dry-run"]).exits(2);
    local.run(&["delete"]).exits(2);
    assert_eq!(local.requests("delete_users"), 0);
}

#[test]
fn softly_deleted_users_are_restored() {
    let local = Local::start();
    local.seed(["ada", "bob", "eve"].map(|id| json!({"id": id})));
    let ran = local.run(&["delete", "ada", "bob"]).exits(0);
    assert_eq!(ran.texts("status"), ["deleted", "deleted"]);
    let ran = local.run(&["restore", "ada"]).exits(0);
    assert_eq!(ran.lines(), [json!({"id": "ada", "status": "restored"})]);
    local.run(&["restore", "eve"]).exits(3).says("is not deleted");
    let ran = local.run(&["restore", "bob", "eve"]).exits(3).says("eve: ");
    let mut statuses = ran.texts("status");
    statuses.sort();
    assert_eq!(statuses, ["failed", "restored"]);
    assert_eq!(local.run(&["get", "ada", "bob"]).exits(0).lines().len(), 2);
}

#[test]
fn tasks_are_started_without_waiting() {
    let local = Local::start();
    local.seed(numbered(150));
    let ids: Vec<String> = (0..150).map(|number| format!("user-{number:04}")).collect();
    let ran = local
        .run_with(&["deactivate", "-", "--no-wait"], &ids.join("\n"))
        .exits(0);
    let users: Vec<u64> = ran
        .lines()
        .iter()
        .map(|line| line["users"].as_u64().unwrap())
        .collect();
    assert_eq!(users, [100, 50]);
    let mut arguments = vec!["task", "wait"];
    let tasks = ran.texts("task_id");
    arguments.push(&tasks[1]);
    local.run(&arguments).exits(0);
}

#[test]
fn a_state_does_nothing_twice() {
    let local = Local::start();
    local.seed(numbered(210));
    let folder = Folder::new("state");
    let ids: Vec<String> = (0..210).map(|number| format!("user-{number:04}")).collect();
    let file = folder.write("ids.txt", &ids.join("\n"));
    let state = folder.path().join("run.journal");
    let arguments = [
        "deactivate",
        "--file",
        file.to_str().unwrap(),
        "--state",
        state.to_str().unwrap(),
    ];
    local.run(&arguments).exits(0).says("210 users deactivated");
    let requests = local.requests("deactivate_users");
    let ran = local.run(&arguments).exits(0).says("210 before");
    assert_eq!(ran.lines().len(), 0);
    assert_eq!(local.requests("deactivate_users"), requests);
    // Another operation is another run.
    let mut other = arguments;
    other[0] = "reactivate";
    local.run(&other).exits(1);
    assert_eq!(local.requests("reactivate_users"), 0);
}

/// The task of the run is held back until the command has said that it is interrupted.
#[test]
#[cfg(unix)]
fn ctrl_c_waits_for_what_is_under_way_and_the_same_command_goes_on() {
    let local = Local::start();
    local.seed(numbered(500));
    let folder = Folder::new("interrupted");
    let ids: Vec<String> = (0..500).map(|number| format!("user-{number:04}")).collect();
    let file = folder.write("ids.txt", &ids.join("\n"));
    let state = folder.path().join("run.journal");
    let arguments = [
        "deactivate",
        "--file",
        file.to_str().unwrap(),
        "--state",
        state.to_str().unwrap(),
    ];
    local.emulator().freeze_clock();
    let mut command = local.command(&arguments);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while local.requests("get_task") < 2 {
        assert!(child.try_wait().unwrap().is_none(), "it has ended");
        std::thread::yield_now();
    }
    let mut kill = std::process::Command::new("kill");
    let status = kill.args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert!(line.contains("what is under way is waited for"), "{line}");
    local.emulator().unfreeze_clock();
    let started = local.requests("deactivate_users");
    let ran = Ran::of(child.wait_with_output().unwrap()).exits(130);
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("run the same command again to go on"), "{rest}");
    assert_eq!(ran.lines().len(), started * 100);
    assert_eq!(local.requests("deactivate_users"), started);
    let before = format!("{} before", started * 100);
    local.run(&arguments).exits(0).says(&before);
    assert_eq!(local.requests("deactivate_users"), 5);
}

#[test]
fn where_nothing_answers_the_exit_code_says_so() {
    let local = Local::start();
    let output = local
        .command(&["deactivate", "ada", "bob", "--base-url", "http://127.0.0.1:1"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    // The engine would wait for the service; the first connection decides.
    Ran::of(output).exits(5).says("127.0.0.1:1");
}
