use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use stream_users_emulator::Fault;

use super::{check, lines, summary, upserts};
use crate::folder::Folder;
use crate::local::Local;

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill")
        .args([format!("-{name}"), child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}

/// An import of a row that is refused and of 5,000 users behind it, ten at a time and one request after the other.
struct Running {
    child: Child,
    told: BufReader<std::process::ChildStderr>,
}

impl Running {
    fn start(local: &Local, folder: &Folder, more: &[&str]) -> Self {
        let mut text = "{\"name\":\"Nobody\"}\n".to_owned();
        text.push_str(&lines(1..5_001));
        let input = folder.write("u.ndjson", &text);
        let mut arguments = vec![
            "import",
            input.to_str().unwrap(),
            "--in-flight",
            "1",
            "--batch",
            "10",
        ];
        arguments.extend(more);
        let mut child = local
            .command(&arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let told = BufReader::new(child.stderr.take().unwrap());
        Self { child, told }
    }

    /// Waits until a line with these words is said.
    fn hears(&mut self, words: &str) {
        let mut line = String::new();
        while !line.contains(words) {
            line.clear();
            assert!(
                self.told.read_line(&mut line).unwrap() > 0,
                "it never said {words:?}"
            );
        }
    }

    /// What it said until its end, and its output.
    fn end(mut self) -> (String, i32, String) {
        let (mut told, mut out) = (String::new(), String::new());
        self.told.read_to_string(&mut told).unwrap();
        self.child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut out)
            .unwrap();
        let status = self.child.wait().unwrap();
        (told, status.code().unwrap(), out)
    }
}

/// A test that fails leaves nothing running.
impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn what_is_under_way_is_finished_and_how_to_go_on_is_said() {
    for name in ["INT", "TERM"] {
        let folder = Folder::new("interrupted");
        let local = Local::start();
        let slow = Fault::latency(Duration::from_millis(50)).until_cleared();
        local.emulator().fault("upsert_users", slow).unwrap();
        let mut running = Running::start(&local, &folder, &[]);
        running.hears("line 1: id is missing");
        signal(&running.child, name);
        let (told, code, out) = running.end();
        assert_eq!(code, 130, "{told}");
        assert!(
            told.contains("interrupted") && told.contains("there is no --state"),
            "{told}"
        );
        let imported: serde_json::Value = serde_json::from_str(&out).unwrap();
        let imported = u32::try_from(imported["imported"].as_u64().unwrap()).unwrap();
        assert!(imported < 5_000, "it was too fast to be interrupted");
        // What was sent is there, and was counted: nothing was broken off.
        check(&local, 1..=imported);
        assert_eq!(upserts(&local), imported.div_ceil(10) as usize);
    }
}

/// A named pipe that nobody writes into is opened until somebody does; that can be ended, too.
#[test]
fn a_pipe_that_nobody_writes_into_can_be_left() {
    let folder = Folder::new("fifo");
    let pipe = folder.path().join("u.ndjson");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let local = Local::start();
    let mut child = local
        .command(&["import", pipe.to_str().unwrap()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // It waits in the opening of the pipe.
    let opening = format!("/proc/{}/wchan", child.id());
    let latest = Instant::now() + Duration::from_secs(10);
    while std::fs::read_to_string(&opening).is_ok_and(|place| place != "wait_for_partner")
        // Some systems do not say it.
        && Instant::now() < latest
    {
        assert!(child.try_wait().unwrap().is_none(), "it has ended");
        std::thread::yield_now();
    }
    signal(&child, "INT");
    assert!(!child.wait().unwrap().success());
}

#[test]
fn a_second_signal_ends_at_once() {
    let folder = Folder::new("twice");
    let local = Local::start();
    let hanging = Fault::latency(Duration::from_mins(10));
    local.emulator().fault("upsert_users", hanging).unwrap();
    let mut running = Running::start(&local, &folder, &[]);
    // A fault is there until a request suffers it.
    while !local.emulator().faults().is_empty() {
        std::thread::yield_now();
    }
    signal(&running.child, "INT");
    running.hears("stopping");
    signal(&running.child, "INT");
    let (told, code, _) = running.end();
    assert_eq!(code, 130, "{told}");
    assert!(told.contains("ended at once"), "{told}");
}

#[test]
fn the_printed_command_completes_it() {
    let folder = Folder::new("again");
    let local = Local::start();
    let slow = Fault::latency(Duration::from_millis(50)).until_cleared();
    local.emulator().fault("upsert_users", slow).unwrap();
    let state = folder.path().join("run state");
    let mut running = Running::start(&local, &folder, &["--state", state.to_str().unwrap()]);
    running.hears("line 1: id is missing");
    signal(&running.child, "INT");
    let (told, code, out) = running.end();
    assert_eq!(code, 130, "{told}");
    let first: serde_json::Value = serde_json::from_str(&out).unwrap();
    let first = first["imported"].as_u64().unwrap();
    assert!(first < 5_000);

    local.emulator().clear_faults();
    let again = told.lines().last().unwrap().trim();
    let output = local.program("sh").args(["-c", again]).output().unwrap();
    let summary = summary(&output, 3);
    assert_eq!(summary["imported"], 5_000 - first);
    assert_eq!(
        (summary["known"].as_u64(), summary["known_failed"].as_u64()),
        (Some(first + 1), Some(1))
    );
    check(&local, 1..5_001);
    // No request was sent twice.
    assert_eq!(upserts(&local), 500);
}
