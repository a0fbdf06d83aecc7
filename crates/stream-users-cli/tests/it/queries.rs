//! `query`, `get`, `blocks`, `limits`, `task`: what only looks.

use serde_json::json;

use crate::local::Local;
use crate::ran::numbered;

#[test]
fn a_query_takes_a_filter_in_three_forms() {
    let local = Local::start();
    local.seed(numbered(30));
    let filter = r#"{"role":"admin"}"#;
    for arguments in [
        &["query", filter] as &[&str],
        &["query", "--filter", filter],
        &["query", "--where", "role=admin"],
        &["query", r#"{"role":{"$eq":"admin"}}"#, "--where", "number<25"],
    ] {
        let mut arguments = arguments.to_vec();
        arguments.extend(["--sort", "custom.number:asc:number"]);
        let ran = local.run(&arguments).exits(0);
        assert_eq!(
            ran.texts("id"),
            ["user-0000", "user-0010", "user-0020"],
            "{arguments:?}"
        );
        assert_eq!(ran.lines()[1]["custom"], json!({"number": 10}));
    }
}

#[test]
fn what_is_no_filter_is_refused_and_nothing_is_sent() {
    let local = Local::start();
    local
        .run(&["query", "{role:admin}"])
        .exits(2)
        .says("the filter is not JSON")
        .says("in single quotes");
    local.run(&["query", "[]"]).exits(2).says("not a JSON object");
    local
        .run(&["query", "--where", "admin"])
        .exits(2)
        .says("FIELD=VALUE");
    local
        .run(&["query", "--sort", "name:down"])
        .exits(2)
        .says("name:asc or name:desc");
    local.run(&["query", "{}", "--filter", "{}"]).exits(2);
    local.run(&["query", "--all", "--limit", "3"]).exits(2);
    assert_eq!(local.requests("query_users"), 0);
}

#[test]
fn a_filter_that_the_service_refuses_is_told_in_its_words() {
    let local = Local::start();
    local
        .run(&["query", r#"{"role":{"$like":"a"}}"#])
        .exits(1)
        .says("$like");
}

#[test]
fn a_limit_may_be_larger_than_a_page_and_all_goes_to_the_end() {
    let local = Local::start();
    local.seed(numbered(250));
    let ran = local.run(&["query"]).exits(0).says("there may be more");
    assert_eq!(ran.lines().len(), 30);
    let ran = local.run(&["query", "--limit", "230"]).exits(0);
    assert_eq!(ran.lines().len(), 230);
    let ran = local.run(&["query", "--all"]).exits(0);
    let expected: Vec<String> = (0..250).map(|number| format!("user-{number:04}")).collect();
    assert_eq!(ran.texts("id"), expected);
    assert_eq!(ran.stderr, "");
    let ran = local
        .run(&["query", "--all", "--offset", "240", "--sort", "id:desc"])
        .exits(0);
    assert_eq!(ran.texts("id").first().map(String::as_str), Some("user-0009"));
}

#[test]
fn deactivated_users_are_found_where_they_are_asked_for() {
    let local = Local::start();
    local.seed([
        json!({"id": "ada"}),
        json!({"id": "bob", "deactivated_at": "2026-01-01T00:00:00Z"}),
    ]);
    assert_eq!(local.run(&["query", "--all"]).exits(0).texts("id"), ["ada"]);
    let ran = local.run(&["query", "--all", "--include-deactivated"]).exits(0);
    assert_eq!(ran.texts("id"), ["ada", "bob"]);
}

#[test]
fn get_names_who_is_missing_and_keeps_the_order() {
    let local = Local::start();
    local.seed(numbered(120));
    let ids: Vec<String> = (0..120).rev().map(|number| format!("user-{number:04}")).collect();
    let text = ids.join("\n");
    let ran = local.run_with(&["get", "-"], &text).exits(0);
    assert_eq!(ran.texts("id"), ids);
    let ran = local
        .run(&["get", "user-0003", "nobody", "user-0001"])
        .exits(3)
        .says("error: there is no user nobody");
    assert_eq!(ran.texts("id"), ["user-0003", "user-0001"]);
    local.run(&["get"]).exits(2);
}

#[test]
fn limits_are_rows_of_endpoints() {
    let local = Local::start();
    let ran = local
        .run(&["limits", "--endpoint", "upsert_users", "--endpoint", "GetTask"])
        .exits(0);
    assert_eq!(ran.texts("endpoint"), ["GetTask", "UpdateUsers"]);
    assert_eq!(ran.texts("platform"), ["server_side", "server_side"]);
    assert!(
        ran.lines()
            .iter()
            .all(|row| row["remaining"].is_i64() && row["reset"].is_string())
    );
    let ran = local.run(&["limits", "--platform", "all"]).exits(0);
    assert!(ran.texts("platform").contains(&"android".to_owned()));
}

#[test]
fn blocks_are_made_listed_and_taken_back() {
    let local = Local::start();
    local.seed(["ada", "bob", "eve"].map(|id| json!({"id": id})));
    let ran = local.run(&["block", "bob", "eve", "--by", "ada"]).exits(0);
    assert_eq!(ran.texts("status"), ["blocked", "blocked"]);
    let ran = local.run(&["blocks", "ada"]).exits(0);
    let mut blocked = ran.texts("blocked_user_id");
    blocked.sort();
    assert_eq!(blocked, ["bob", "eve"]);
    let ran = local.run(&["unblock", "bob", "--by", "ada"]).exits(0);
    assert_eq!(ran.texts("status"), ["unblocked"]);
    assert_eq!(
        local.run(&["blocks", "ada"]).exits(0).texts("blocked_user_id"),
        ["eve"]
    );
    let ran = local
        .run(&["block", "bob", "nobody", "--by", "ada"])
        .exits(3)
        .says("nobody: ");
    assert_eq!(ran.texts("status"), ["blocked", "failed"]);
    local.run(&["block", "nobody", "--by", "ada"]).exits(3);
    local.run(&["block", "bob"]).exits(2);
}

#[test]
fn tasks_are_looked_at_and_waited_for() {
    let local = Local::start();
    local.seed(["ada", "bob"].map(|id| json!({"id": id})));
    let ran = local
        .run(&["delete", "ada", "--no-wait"])
        .exits(0)
        .says("task wait");
    let task = ran.texts("task_id").remove(0);
    assert_eq!(ran.lines()[0]["users"], 1);
    let ran = local.run(&["task", "wait", &task]).exits(0);
    let result = &ran.lines()[0];
    assert_eq!(result["status"], "completed");
    assert_eq!(result["result"]["ada"]["status"], "ok");
    let ran = local.run(&["task", "get", &task]).exits(0);
    assert_eq!(ran.lines()[0]["task_id"], task);
    local.run(&["task", "get", "nothing"]).exits(1);
    // A task that fails, and one that takes its time.
    let failing = stream_users_emulator::Fault::failed_task("ValidationError", "made up");
    local.emulator().fault("delete_users", failing).unwrap();
    let task = local
        .run(&["delete", "bob", "--no-wait"])
        .exits(0)
        .texts("task_id")
        .remove(0);
    let ran = local.run(&["task", "wait", &task]).exits(1).says("made up");
    assert_eq!(ran.lines()[0]["status"], "failed");
}

#[test]
fn a_task_that_does_not_end_in_time_is_no_failure_of_the_task() {
    let local = Local::start();
    local.seed([json!({"id": "ada"})]);
    local.emulator().freeze_clock();
    let task = local
        .run(&["delete", "ada", "--no-wait"])
        .exits(0)
        .texts("task_id")
        .remove(0);
    local
        .run(&["task", "wait", &task, "--timeout", "0s"])
        .exits(4)
        .says("to wait again: stream-users task wait");
}

#[test]
fn a_guest_is_not_made_where_its_token_could_not_be_told() {
    let local = Local::start();
    local
        .run(&["guest", "--output", "csv"])
        .exits(2)
        .says("no row of CSV");
    assert_eq!(local.requests("create_guest"), 0);
}
