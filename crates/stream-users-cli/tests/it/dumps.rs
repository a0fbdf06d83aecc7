//! `export`: dumps, and what is known of single users.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use stream_users_emulator::Fault;

use crate::folder::Folder;
use crate::local::Local;
use crate::ran::{Ran, numbered};

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn ids(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| {
            let user: Value = serde_json::from_str(line).unwrap();
            user["id"].as_str().unwrap().to_owned()
        })
        .collect()
}

fn expected(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("user-{number:04}")).collect()
}

#[test]
fn all_users_are_dumped_to_standard_output_and_to_files_of_three_kinds() {
    let local = Local::start();
    local.seed(numbered(250));
    let ran = local.run(&["export"]).exits(0).says("250 users in");
    assert_eq!(ids(&ran.stdout), expected(250));
    let folder = Folder::new("dumps");
    for name in ["users.ndjson", "users.ndjson.gz", "users.ndjson.zst"] {
        let path = folder.path().join(name);
        local
            .run(&["export", path.to_str().unwrap()])
            .exits(0)
            .says("250 users in");
        let bytes = std::fs::read(&path).unwrap();
        let mut text = String::new();
        match name.rsplit_once('.').unwrap().1 {
            "gz" => {
                flate2::read::GzDecoder::new(&bytes[..])
                    .read_to_string(&mut text)
                    .unwrap();
            }
            "zst" => {
                zstd::stream::read::Decoder::new(&bytes[..])
                    .unwrap()
                    .read_to_string(&mut text)
                    .unwrap();
            }
            _ => text = String::from_utf8(bytes).unwrap(),
        }
        assert_eq!(text, ran.stdout, "{name}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
    assert_eq!(
        names(folder.path()),
        ["users.ndjson", "users.ndjson.gz", "users.ndjson.zst"]
    );
}

#[test]
fn a_dump_holds_who_is_asked_for() {
    let local = Local::start();
    local.seed(numbered(30));
    local.seed([json!({"id": "gone", "role": "admin", "deactivated_at": "2026-01-01T00:00:00Z"})]);
    let ran = local.run(&["export", "--where", "role=admin"]).exits(0);
    assert_eq!(ids(&ran.stdout), ["user-0000", "user-0010", "user-0020"]);
    let ran = local
        .run(&[
            "export",
            "--filter",
            r#"{"role":"admin"}"#,
            "--include-deactivated",
        ])
        .exits(0);
    assert_eq!(ids(&ran.stdout)[0], "gone");
    local
        .run(&["export", "--output", "csv"])
        .exits(2)
        .says("query --all --output csv");
    local
        .run(&["export", "-", "--state", "x"])
        .exits(2)
        .says("give a FILE");
    for state in ["x", "x.partial"] {
        local
            .run(&["export", "x", "--state", state])
            .exits(2)
            .says("is where the dump is written");
    }
}

#[test]
fn half_a_dump_never_has_the_name_of_a_whole_one() {
    let local = Local::start();
    local.seed(numbered(250));
    let folder = Folder::new("half");
    let path = folder.write("users.ndjson", "the dump of yesterday\n");
    let fault = Fault::error(500, -1, "made up")
        .until_cleared()
        .for_path("/api/v2/users");
    local.emulator().fault("query_users", fault).unwrap();
    local
        .run(&["export", path.to_str().unwrap()])
        .exits(5)
        .says("nothing is kept");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "the dump of yesterday\n");
    assert_eq!(names(folder.path()), ["users.ndjson"]);
}

/// Ends a dump with SIGINT while the emulator holds its third page back.
#[cfg(unix)]
fn interrupted(local: &Local, arguments: &[&str]) -> Ran {
    let before = local.requests("query_users");
    let slow = Fault::latency(Duration::from_mins(10)).until_cleared();
    let mut child = {
        let mut command = local.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    // Two pages are let through.
    while local.requests("query_users") < before + 2 {
        std::thread::yield_now();
        assert!(child.try_wait().unwrap().is_none(), "it has ended");
    }
    local.emulator().fault("query_users", slow).unwrap();
    interrupt(child.id());
    let output = child.wait_with_output().unwrap();
    local.emulator().clear_faults();
    Ran::of(output)
}

#[cfg(unix)]
fn interrupt(pid: u32) {
    let mut kill = std::process::Command::new("kill");
    let status = kill.args(["-INT", &pid.to_string()]).status().unwrap();
    assert!(status.success());
}

#[test]
#[cfg(unix)]
fn a_dump_that_was_interrupted_goes_on() {
    let local = Local::start();
    local.seed(numbered(2_000));
    for name in ["users.ndjson", "users.ndjson.gz", "users.ndjson.zst"] {
        let folder = Folder::new("resumed");
        let (path, state) = (folder.path().join(name), folder.path().join("export.state"));
        let arguments = [
            "export",
            path.to_str().unwrap(),
            "--state",
            state.to_str().unwrap(),
        ];
        let ran = interrupted(&local, &arguments)
            .exits(130)
            .says("users are kept; to go on, run the same command again");
        let mut words = ran.stderr.split_whitespace();
        let kept: usize = words.find_map(|word| word.parse().ok()).unwrap();
        assert!(kept >= 100, "{kept}");
        assert!(!path.exists());
        let before = local.requests("query_users");
        let now = format!("2000 users in {}, {} of them now", path.display(), 2_000 - kept);
        local.run(&arguments).exits(0).says(&now);
        // The page that was under way may be among them.
        let pages = local.requests("query_users") - before;
        assert!(
            pages <= (2_000 - kept) / 100 + 2,
            "{pages} pages after {kept} users"
        );
        let bytes = std::fs::read(&path).unwrap();
        let mut text = String::new();
        match name.rsplit_once('.').unwrap().1 {
            "gz" => {
                flate2::read::MultiGzDecoder::new(&bytes[..])
                    .read_to_string(&mut text)
                    .unwrap();
            }
            "zst" => {
                zstd::stream::read::Decoder::new(&bytes[..])
                    .unwrap()
                    .read_to_string(&mut text)
                    .unwrap();
            }
            _ => text = String::from_utf8(bytes).unwrap(),
        }
        assert_eq!(ids(&text), expected(2_000));
        // It is whole: nothing is sent any more.
        let before = local.requests("query_users");
        local
            .run(&arguments)
            .exits(0)
            .says("holds all 2000 users already");
        assert_eq!(local.requests("query_users"), before);
        // Another dump has another state.
        let mut other = arguments.to_vec();
        other.push("--include-deactivated");
        local
            .run(&other)
            .exits(1)
            .says("another filter or choice of deactivated users");
    }
}

#[test]
fn one_process_at_a_time_writes_a_dump_with_a_state() {
    let local = Local::start();
    local.seed(numbered(3));
    let folder = Folder::new("locked");
    let (path, state) = (
        folder.path().join("users.ndjson"),
        folder.path().join("export.state"),
    );
    let other = std::fs::File::create(folder.path().join("users.ndjson.partial")).unwrap();
    other.lock().unwrap();
    let arguments = [
        "export",
        path.to_str().unwrap(),
        "--state",
        state.to_str().unwrap(),
    ];
    local.run(&arguments).exits(4).says("another process writes");
    assert!(!path.exists());
    drop(other);
    local.run(&arguments).exits(0);
    assert_eq!(names(folder.path()), ["export.state", "users.ndjson"]);
    std::fs::write(&state, "{}").unwrap();
    local.run(&arguments).exits(1).says("is no state of an export");
}

#[test]
fn what_is_known_of_users_is_fetched_and_proven() {
    let local = Local::start();
    let seed = json!({
        "users": (0..30).map(|number| json!({"id": format!("user-{number:04}")})).collect::<Vec<_>>(),
        "channels": [{"cid": "messaging:general", "members": ["user-0000"]}],
        "messages": [{"id": "m1", "cid": "messaging:general", "user_id": "user-0000", "text": "hello"}],
    });
    local.emulator().seed(&seed).unwrap();
    let folder = Folder::new("gdpr");
    let into = folder.path().join("exports");
    let mut arguments = vec!["export", "--gdpr"];
    let everybody = expected(30);
    arguments.extend(everybody.iter().map(String::as_str));
    arguments.extend(["nobody", "--output-dir", into.to_str().unwrap()]);
    let ran = local
        .run(&arguments)
        .exits(3)
        .says("nobody: ")
        .says("30 users exported, 1 failed");
    let lines = ran.lines();
    let exported: Vec<&Value> = lines.iter().filter(|line| line["status"] == "exported").collect();
    assert_eq!(exported.len(), 30);
    let file = exported.iter().find(|line| line["id"] == "user-0000").unwrap()["file"]
        .as_str()
        .unwrap();
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains("\"user-0000\"") && text.contains("hello"), "{text}");
    assert!(
        names(&into).iter().all(|name| name.ends_with(".ndjson")),
        "{:?}",
        names(&into)
    );
}

#[test]
fn what_is_known_of_users_goes_to_standard_output_or_to_a_file_each() {
    let local = Local::start();
    local.seed(["ada", "bob"].map(|id| json!({"id": id})));
    let ran = local.run(&["export", "--gdpr", "ada", "bob"]).exits(0);
    let users: Vec<String> = ran
        .lines()
        .iter()
        .filter(|line| line["type"] == "user")
        .map(|line| line["data"]["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(users, ["ada", "bob"]);
    let folder = Folder::new("per-user");
    local
        .run(&[
            "export",
            "--gdpr",
            "ada",
            "bob",
            "--per-user",
            "--output-dir",
            folder.path().to_str().unwrap(),
        ])
        .exits(0);
    assert_eq!(names(folder.path()), ["ada.ndjson", "bob.ndjson"]);
    local.run(&["export", "--gdpr", "nobody"]).exits(3).says("nobody");
}

#[test]
fn a_reader_that_goes_away_ends_a_dump_quietly() {
    let local = Local::start();
    local.seed(numbered(2_000));
    let mut child = local
        .command(&["export"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    drop(reader);
    let ran = Ran::of(child.wait_with_output().unwrap()).exits(0);
    assert_eq!(ran.stderr, "");
}
