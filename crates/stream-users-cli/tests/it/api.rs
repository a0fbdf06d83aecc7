use std::io::Write;
use std::process::Stdio;

use crate::local::Local;
use crate::{command, stderr, stdout};

#[test]
fn operations_go_by_either_name() {
    let local = Local::start();
    let body = r#"{"users": {"ada": {"id": "ada", "name": "Ada"}}}"#;
    assert_eq!(
        local.call(&["api", "upsert_users", "--json", body])["users"]["ada"]["name"],
        "Ada"
    );
    let found = local.call(&[
        "api",
        "QueryUsers",
        "--json",
        r#"{"filter_conditions": {"id": "ada"}}"#,
    ]);
    assert_eq!(found["users"][0]["id"], "ada");
}

#[test]
fn parameters_of_path_and_query_are_taken_from_the_input() {
    let local = Local::start();
    local.call(&[
        "api",
        "upsert_users",
        "--json",
        r#"{"users": {"ab": {"id": "ab"}}}"#,
    ]);
    assert!(
        local.call(&["api", "deactivate_user", "--json", r#"{"user_id": "ab"}"#])["user"]["deactivated_at"]
            .is_i64()
    );
    let limits = local.call(&[
        "api",
        "get_rate_limits",
        "--json",
        r#"{"server_side": true, "endpoints": ["GetTask"]}"#,
    ]);
    assert_eq!(limits["server_side"].as_object().unwrap().len(), 1);
    assert!(limits.get("web").is_none());
}

#[test]
fn the_input_can_come_from_standard_input() {
    let local = Local::start();
    let mut child = local
        .command(&["api", "upsert_users", "--json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(br#"{"users": {"ada": {"id": "ada"}}}"#)
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert!(stdout(&output).contains("\"ada\""));
}

#[test]
fn a_refusal_is_an_exit_code_and_the_servers_words() {
    let local = Local::start();
    let output = local
        .command(&["api", "get_task", "--json", r#"{"id": "nothing"}"#])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert!(
        stderr(&output).contains("Can't find task") && stderr(&output).contains("16"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn mistakes_are_named_and_no_secret_is_shown() {
    for (arguments, code, words) in [
        (&["api", "no_such_thing"][..], 2, "upsert_users"),
        (&["api", "get_task", "--json", "{"], 2, "not JSON"),
        (&["api", "get_task", "--json", "[]"], 2, "must be an object"),
        (&["api", "get_task"], 1, "id must be given"),
        (
            &["api", "restore_users", "--any-field", "--json", r#"{"more": 1}"#],
            2,
            "needs the field \"user_ids\"",
        ),
        (
            &["api", "query-users"],
            2,
            "needs the field \"filter_conditions\"",
        ),
        (
            &[
                "api",
                "delete_users",
                "--json",
                r#"{"user_ids": ["eve"], "usr": "hard"}"#,
            ],
            2,
            "\"usr\" is no field",
        ),
        (
            &[
                "api",
                "query_users",
                "--json",
                r#"{"payload": {"filter_conditions": {}, "lmit": 3}}"#,
            ],
            2,
            "\"lmit\" is no field",
        ),
        (
            &["api", "get_task", "--json", r#"{"id": "x"}"#],
            5,
            "nothing answers at 127.0.0.1:9: the connection was refused",
        ),
        (
            &["api", "get_task", "--json", r#"{"id": ".."}"#],
            1,
            "cannot be a segment",
        ),
    ] {
        let output = command(arguments)
            .env("STREAM_API_KEY", "marker-key")
            .env("STREAM_API_SECRET", "marker-secret")
            .env("STREAM_BASE_URL", "http://127.0.0.1:9")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        let text = stderr(&output);
        assert!(text.contains(words), "{arguments:?}: {text}");
        assert!(!text.contains("marker-"), "{text}");
    }
    let output = command(&["api", "get_task", "--json", r#"{"id": "x"}"#])
        .output()
        .unwrap();
    assert!(stderr(&output).contains("STREAM_API_KEY"), "{}", stderr(&output));
}
