//! The command: its first line, its options, how it ends.

use std::collections::BTreeSet;
use std::process::Stdio;

use serde_json::{Value, json};
use stream_users_emulator::{Emulator, GuestIds, Settings};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::data_dir::Directory;
use crate::socket::{send, upsert, within};
use crate::stalls::{HALF_A_BODY, HALF_A_HEAD, stall};
use crate::stream::Stream;
#[cfg(target_os = "linux")]
use crate::stream::encode;

pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stream-users-emulator"));
    command
        .args(arguments)
        .env("STREAM_API_KEY", "key")
        .env("STREAM_API_SECRET", "secret")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

pub(crate) async fn command(arguments: &[&str]) -> (Child, String) {
    let mut child = program(arguments).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = within(lines.next_line()).await.unwrap().unwrap();
    let address = line.strip_prefix("listening on http://").unwrap().to_owned();
    (child, address)
}

/// The status and the standard error of a command that does not start.
pub(crate) async fn refused(mut command: Command) -> (Option<i32>, String) {
    let output = within(command.output()).await.unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

const PATH: &str = "/api/v2/users?api_key=key";

#[tokio::test]
async fn the_command_does_not_share_its_data() {
    let directory = Directory::new("two");
    let data = directory.0.to_str().unwrap();
    let (_child, _) = command(&["--data", data]).await;
    let (status, said) = refused(program(&["--data", data])).await;
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains(&format!("{data} is in use")), "{said}");
}

#[tokio::test]
async fn the_command_takes_no_empty_key_or_secret() {
    for (option, variable) in [
        ("--api-key", "STREAM_API_KEY"),
        ("--api-secret", "STREAM_API_SECRET"),
    ] {
        let mut by_variable = program(&[]);
        by_variable.env(variable, "");
        for command in [program(&[option, ""]), by_variable] {
            let (status, said) = refused(command).await;
            assert_eq!(status, Some(2), "{said}");
            assert!(
                said.contains(option) && said.contains("must not be empty"),
                "{said}"
            );
        }
    }
}

#[tokio::test]
async fn the_command_says_why_it_does_not_start() {
    let directory = Directory::new("why");
    std::fs::create_dir_all(&directory.0).unwrap();
    let file = directory.0.join("seed.json");
    std::fs::write(&file, r#"{"users":[{"id":""}]}"#).unwrap();
    let file = file.to_str().unwrap();
    let (status, said) = refused(program(&["--seed", file])).await;
    assert_eq!(status, Some(1));
    assert!(said.contains(file) && said.contains("users[0].id"), "{said}");
    std::fs::write(file, "{\"id\":\"ada\"}\n{\"id\":\"bob\",\"created_at\":true}\n").unwrap();
    let (status, said) = refused(program(&["--seed", file])).await;
    assert_eq!(status, Some(1));
    let rule = "line 2: field `user.created_at` contains type boolean. expecting date";
    assert!(said.contains(file) && said.contains(rule), "{said}");
}

#[cfg(unix)]
async fn terminate(child: &Child) {
    let id = child.id().unwrap().to_string();
    let status = Command::new("kill").args(["-TERM", &id]).status();
    assert!(within(status).await.unwrap().success());
}

#[cfg(unix)]
#[tokio::test]
async fn the_command_stops_in_spite_of_half_a_request() {
    let (mut child, address) = command(&[]).await;
    let _head = stall(&address, HALF_A_HEAD).await;
    let _body = stall(&address, HALF_A_BODY).await;
    terminate(&child).await;
    assert!(within(child.wait()).await.unwrap().success());
}

#[cfg(unix)]
#[tokio::test]
async fn the_command_stops_at_once_at_the_second_signal() {
    let (mut child, address) = command(&[]).await;
    let _body = stall(&address, HALF_A_BODY).await;
    send(&address, "secret", "GET", "/nowhere", &Value::Null).await;
    terminate(&child).await;
    // It has heard the first when it listens no more.
    within(async { while TcpStream::connect(&address).await.is_ok() {} }).await;
    terminate(&child).await;
    assert_eq!(within(child.wait()).await.unwrap().code(), Some(1));
}

/// The most memory that the process has had so far, in kilobytes.
#[cfg(target_os = "linux")]
fn most_memory(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id().unwrap())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Long queries of different forms are not kept.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn long_queries_take_no_memory() {
    let (child, address) = command(&[]).await;
    let query = async |conditions: usize| {
        let all = vec![json!({ "a": 1 }); conditions];
        let payload = encode(&json!({ "filter_conditions": { "$or": all } }).to_string());
        let path = format!("/api/v2/users?api_key=key&payload={payload}");
        let (status, answer) = send(&address, "secret", "GET", &path, &Value::Null).await;
        assert_eq!(status, 200, "{answer}");
    };
    for conditions in 2_000..2_004 {
        query(conditions).await;
    }
    let before = most_memory(&child);
    for conditions in 2_004..2_024 {
        query(conditions).await;
    }
    let after = most_memory(&child);
    assert!(after < before + (16 << 10), "{before} kB, then {after} kB");
}

/// What is over the limit of 4 MiB is not kept while it is read.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_body_that_is_too_large_takes_no_memory() {
    let (child, address) = command(&[]).await;
    let largest = || most_memory(&child);
    send(&address, "secret", "POST", PATH, &upsert("ada")).await;
    let before = largest();
    let body = Value::String("x".repeat(60 << 20));
    let (status, _) = send(&address, "secret", "POST", PATH, &body).await;
    assert_eq!(status, 413);
    let after = largest();
    assert!(after < before + (24 << 10), "{before} kB, then {after} kB");
}

/// Every kind of task is under way when the process is killed; the next one brings all of them to their end.
#[tokio::test]
async fn the_command_goes_on_with_tasks_after_it_was_killed() {
    let directory = Directory::new("tasks");
    let arguments = ["--data", directory.0.to_str().unwrap(), "--task-latency", "60m"];
    let (mut child, address) = command(&arguments).await;
    let seed = json!({
        "users": [{ "id": "ada", "deactivated_at": 1 }, { "id": "bob" }, { "id": "eve", "name": "Eve" }],
        "channels": [{ "cid": "messaging:pair", "members": ["ada", "bob"] }],
        "messages": [{ "id": "m", "cid": "messaging:pair", "user_id": "bob", "text": "hi" }],
    });
    assert_eq!(
        send(&address, "secret", "POST", "/_emulator/seed", &seed).await.0,
        200
    );
    let mut started = Vec::new();
    for (path, body) in [
        ("/api/v2/users/reactivate", json!({ "user_ids": ["ada"] })),
        ("/api/v2/users/deactivate", json!({ "user_ids": ["eve"] })),
        ("/api/v2/export/users", json!({ "user_ids": ["bob"] })),
        (
            "/api/v2/users/delete",
            json!({ "user_ids": ["bob"], "user": "pruning", "messages": "pruning", "conversations": "soft" }),
        ),
    ] {
        let (status, answer) = send(&address, "secret", "POST", &format!("{path}?api_key=key"), &body).await;
        assert_eq!(status, 201, "{answer}");
        started.push(answer["task_id"].as_str().unwrap().to_owned());
    }
    child.kill().await.unwrap();
    let (_child, address) = command(&arguments).await;
    let mut results = Vec::new();
    for (status, advance) in [("pending", "31m"), ("running", "31m"), ("", "1m")] {
        for id in &started {
            let path = format!("/api/v2/tasks/{id}?api_key=key");
            let (_, task) = send(&address, "secret", "GET", &path, &Value::Null).await;
            if status.is_empty() {
                results.push(task);
            } else {
                assert_eq!(task["status"], status, "{task}");
            }
        }
        let body = json!({ "advance": advance });
        assert_eq!(
            send(&address, "secret", "POST", "/_emulator/clock", &body)
                .await
                .0,
            200
        );
    }
    let statuses: Vec<&str> = results
        .iter()
        .map(|task| task["status"].as_str().unwrap())
        .collect();
    // Bob was deleted when the export of him came to be done.
    assert_eq!(statuses, ["completed", "completed", "failed", "completed"]);
    assert_eq!(results[2]["error"]["description"], "the user bob was deleted");
    assert_eq!(results[3]["result"], json!({ "bob": { "status": "ok" } }));
    let (_, state) = send(&address, "secret", "GET", "/_emulator/state", &Value::Null).await;
    let user = |id: &str| {
        let users = state["users"].as_array().unwrap();
        users.iter().find(|user| user["id"] == id).unwrap().clone()
    };
    assert_eq!(user("ada").get("deactivated_at"), None);
    assert!(user("eve")["deactivated_at"].is_i64());
    assert!(state["channels"][0]["deleted_at"].is_i64());
    assert_eq!(
        (&state["messages"][0]["text"], &state["messages"][0]["type"]),
        (&json!(""), &json!("deleted"))
    );
}

#[cfg(unix)]
#[tokio::test]
async fn the_command_takes_a_seed_and_stops_on_sigterm() {
    let directory = Directory::new("seed");
    std::fs::create_dir_all(&directory.0).unwrap();
    let file = directory.0.join("seed.ndjson");
    std::fs::write(&file, "{\"id\":\"ada\",\"role\":\"speaker\"}\n{\"id\":\"bob\"}\n").unwrap();
    let arguments = [
        "--seed",
        file.to_str().unwrap(),
        "--role",
        "speaker",
        "--task-latency",
        "1s",
    ];
    let (mut child, address) = command(&arguments).await;
    let (_, state) = send(&address, "secret", "GET", "/_emulator/state", &Value::Null).await;
    assert_eq!(state["users"][0]["role"], "speaker");
    terminate(&child).await;
    assert!(within(child.wait()).await.unwrap().success());
}

#[tokio::test]
async fn the_command_takes_several_secrets_and_settings_of_the_app() {
    let (_child, address) = command(&[
        "--api-secret",
        "new",
        "--api-secret",
        "old",
        "--clock-skew",
        "5s",
        "--app-setting",
        "multi_tenant_enabled=true",
        "--app-setting",
        "webhook_url=https://example.test/hook",
    ])
    .await;
    for secret in ["new", "old"] {
        let (status, answer) = send(&address, secret, "GET", "/api/v2/app?api_key=key", &Value::Null).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["app"]["multi_tenant_enabled"], true);
        assert_eq!(answer["app"]["webhook_url"], "https://example.test/hook");
    }
    let (status, _) = send(&address, "secret", "GET", "/api/v2/app?api_key=key", &Value::Null).await;
    assert_eq!(
        status, 401,
        "the variable says nothing where options say which secrets there are"
    );
    for (setting, text) in [
        ("multi_tenant_enabled", "expected a name, = and a value"),
        (
            "permission_version=v3",
            "permission_version must be one of [v1 v2]",
        ),
    ] {
        let (status, said) = refused(program(&["--app-setting", setting])).await;
        assert!(
            status.is_some_and(|status| status != 0) && said.contains(text),
            "{said}"
        );
    }
}

const PAGE: &str = include_str!("../../../../docs/emulator.md");

#[tokio::test]
async fn every_option_is_documented_and_the_other_way_round() {
    let output = within(program(&["--help"]).output()).await.unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let options = |text: &str| -> BTreeSet<String> {
        let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
        let options = words.filter(|word| word.starts_with("--") && word.len() > 3);
        options.map(str::to_owned).collect()
    };
    let table: String = PAGE.lines().filter(|line| line.starts_with("| `--")).collect();
    assert_eq!(options(&help), options(&table));
}

#[test]
fn the_token_of_the_page_is_a_servers() {
    let stream = Stream::with(Emulator::builder());
    let token = PAGE.lines().find_map(|line| line.strip_prefix("TOKEN=")).unwrap();
    stream
        .send(stream.request("GET", "/api/v2/rate_limits", Some(token), None))
        .ok(200);
}

#[tokio::test]
async fn the_command_listens_where_a_name_says() {
    let (_child, address) = command(&["--listen", "localhost:0"]).await;
    assert!(address.starts_with("127.0.0.1:"), "{address}");
    let (status, said) = refused(program(&["--listen", "8800"])).await;
    assert_eq!(status, Some(2));
    assert!(said.contains("expected an address and a port"), "{said}");
}

#[test]
fn every_setting_is_documented_and_can_be_set() {
    let settings = serde_json::to_value(Settings::default()).unwrap();
    for (name, value) in settings.as_object().unwrap() {
        let row = format!("\n| `{name}` | ");
        assert!(PAGE.contains(&row), "docs/emulator.md has no row for {name}");
        Settings::default().set(name, value.clone()).unwrap();
    }
    let mut settings = Settings::default();
    settings.set("task_latency", json!("1m 30s")).unwrap();
    assert_eq!(settings.task_latency, std::time::Duration::from_secs(90));
    settings
        .set("frozen_clock", json!("1970-01-02T00:00:00Z"))
        .unwrap();
    assert_eq!(
        settings.frozen_clock,
        Some(std::time::UNIX_EPOCH + std::time::Duration::from_hours(24))
    );
    settings.set("guest_ids", json!({ "prefix": "g-" })).unwrap();
    assert_eq!(settings.guest_ids, GuestIds::Prefix("g-".to_owned()));
    for (name, value, expected) in [
        ("nothing", json!(1), "unknown field `nothing`"),
        ("task_latency", json!("-1s"), "expected a duration"),
        ("frozen_clock", json!("tomorrow"), "expected a time such as"),
        ("bad_signature_code", json!("x"), "expected i32"),
    ] {
        let error = settings.set(name, value).unwrap_err().to_string();
        assert!(error.starts_with(&format!("cannot set {name}: ")), "{error}");
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test]
async fn the_command_takes_quotas_and_settings() {
    let arguments = [
        "--quota",
        "get_task=1",
        "--set",
        "guest_ids={\"prefix\":\"visitor-\"}",
        "--set",
        "task_latency=2s",
        "--frozen-clock",
        "2027-01-15T08:00:00Z",
        "--fault-seed",
        "7",
    ];
    let (_child, address) = command(&arguments).await;
    let get = |path: &'static str| send(&address, "secret", "GET", path, &Value::Null);
    let (_, limits) = get("/_emulator/rate_limits").await;
    assert_eq!(limits["quotas"], json!({ "GetTask": 1 }));
    let (_, clock) = get("/_emulator/clock").await;
    assert_eq!(
        (&clock["time"], &clock["frozen"]),
        (&json!("2027-01-15T08:00:00Z"), &json!(true))
    );
    let body = json!({ "user": { "id": "eve" } });
    let (_, guest) = send(&address, "secret", "POST", "/api/v2/guest?api_key=key", &body).await;
    assert_eq!(guest["user"]["id"], "visitor-eve");
    for (option, value, expected) in [
        ("--quota", "GetTasks=1", "there is no operation \"GetTasks\""),
        ("--quota", "GetTask", "such as UpdateUsers=10"),
        ("--quota", "GetTask=-1", "such as UpdateUsers=10"),
        ("--set", "guest_id=1", "unknown field `guest_id`"),
        ("--set", "guest_ids", "expected a name, = and a value"),
        ("--max-connections", "0", "1.."),
        ("--task-latency", "5", "such as 50ms"),
        ("--frozen-clock", "2027", "such as 2027-01-01T00:00:00Z"),
        ("--frozen-clock", "2300-01-01T00:00:00Z", "up to 2200"),
        ("--fault-seed", "x", "invalid digit"),
    ] {
        let (status, said) = refused(program(&[option, value])).await;
        assert_ne!(status, Some(0));
        assert!(said.contains(expected), "{said}");
    }
}
