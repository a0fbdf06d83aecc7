//! `connect`, against an emulator.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use serde_json::{Value, json};

use crate::local::Local;
use crate::{command, stderr};

/// A command that is connected.
struct Connected {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// What its first line says.
    me: Value,
}

impl Connected {
    fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut connected = Self {
            child,
            lines,
            me: Value::Null,
        };
        connected.me = connected.next("connected");
        connected
    }

    /// What the next line with this key says.
    fn next(&mut self, key: &str) -> Value {
        loop {
            let Some(line) = self.lines.next() else {
                panic!("it ended without a line of {key}: {}", self.errors());
            };
            let mut line: Value = serde_json::from_str(&line.unwrap()).unwrap();
            if let Some(value) = line.as_object_mut().unwrap().remove(key) {
                return value;
            }
        }
    }

    /// The next event of this type.
    fn event(&mut self, kind: &str) -> Value {
        loop {
            let event = self.next("event");
            if event["type"] == kind {
                return event;
            }
        }
    }

    fn errors(&mut self) -> String {
        std::io::read_to_string(self.child.stderr.take().unwrap()).unwrap()
    }

    /// Ends it as a terminal or a supervisor does.
    #[cfg(unix)]
    fn signal(&mut self, name: &str) {
        let sent = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// Waits for a good end.
    fn end(mut self) {
        let errors = self.errors();
        assert!(self.child.wait().unwrap().success(), "{errors}");
        assert_eq!(errors, "");
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn a_user_sees_itself_and_what_happens_to_it() {
    let local = Local::start();
    for protocol in ["v1", "v2"] {
        local.upsert(&json!({"id": "ada", "name": "Ada", "custom": {"color": "red"}}));
        let arguments = [
            "connect",
            "--user",
            "ada",
            "--protocol",
            protocol,
            "--events",
            "2",
        ];
        let mut ada = Connected::start(&mut local.command(&arguments));
        assert_eq!((&ada.me["id"], &ada.me["name"]), (&json!("ada"), &json!("Ada")));
        assert_eq!(ada.me["custom"]["color"], "red");
        assert!(ada.me["connection_id"].is_string());
        local.patch(&json!({"id": "ada", "set": {"color": protocol}}));
        let updated = ada.event("user.updated");
        assert_eq!(updated["user"]["custom"]["color"], protocol);
        assert!(updated["created_at"].is_string());
        local.tell("ada", "friendship-asked", &json!({"from": "bob"}));
        assert_eq!(ada.next("event")["type"], "friendship-asked");
        ada.end();
    }
}

#[test]
fn guests_and_nobody_in_particular_need_the_key_alone() {
    let local = Local::start();
    let keyed = |arguments: &[&str]| {
        let mut command = local.command(arguments);
        command.env_remove("STREAM_API_SECRET");
        command
    };
    let guest = Connected::start(&mut keyed(&["connect", "--guest", "Café №1", "--for", "0"]));
    assert_eq!(
        (&guest.me["role"], &guest.me["name"]),
        (&json!("guest"), &json!("Café №1"))
    );
    guest.end();
    let anonymous = Connected::start(&mut keyed(&["connect", "--anonymous", "--events", "0"]));
    assert_eq!(anonymous.me["role"], "anonymous");
    anonymous.end();
}

#[test]
#[cfg(unix)]
fn presence_is_followed_and_signals_end_it() {
    let local = Local::start();
    local.upsert(&json!({"id": "ada"}));
    let mut watcher = Connected::start(&mut local.command(&["connect", "--anonymous", "--presence", "ada"]));
    let found = watcher.next("presence");
    assert_eq!(
        (&found[0]["id"], &found[0]["online"]),
        (&json!("ada"), &json!(false))
    );
    for signal in ["TERM", "INT"] {
        let mut ada = Connected::start(&mut local.command(&["connect", "--user", "ada"]));
        assert_eq!(watcher.event("user.presence.changed")["user"]["online"], true);
        ada.signal(signal);
        ada.end();
        assert_eq!(watcher.event("user.presence.changed")["user"]["online"], false);
    }
    watcher.signal("TERM");
    watcher.end();
}

#[test]
fn a_break_is_a_gap_behind_which_presence_is_asked_for_again() {
    let local = Local::start();
    local.upsert(&json!({"id": "ada"}));
    let mut bob =
        Connected::start(&mut local.command(&["connect", "--user=bob", "--presence=ada", "--events=1"]));
    assert_eq!(bob.next("presence")[0]["online"], false);
    assert_eq!(local.cut(), 1);
    let gap = bob.next("gap");
    assert_eq!(gap["reason"], "reconnected");
    assert!(gap["since"].as_str().unwrap() <= gap["until"].as_str().unwrap());
    assert_eq!(bob.next("presence")[0]["id"], "ada");
    let ada = local
        .command(&["connect", "--user=ada", "--events=0"])
        .output()
        .unwrap();
    assert!(ada.status.success());
    assert_eq!(bob.event("user.presence.changed")["user"]["online"], true);
    bob.end();
}

#[test]
fn who_was_deactivated_is_told_so() {
    let local = Local::start();
    local.upsert(&json!({"id": "ada"}));
    // The end comes close behind what it is about, so that an order which is chance shows sooner or later.
    for _ in 0..10 {
        let mut ada = Connected::start(&mut local.command(&["connect", "--user", "ada"]));
        local.call(&["api", "deactivate_user", "--json", r#"{"user_id": "ada"}"#]);
        let lines: Vec<String> = ada.lines.by_ref().map(Result::unwrap).collect();
        let place = |text: &str| lines.iter().position(|line| line.contains(text));
        assert!(place("user.deactivated").is_some(), "{lines:?}");
        assert_eq!(place(r#""state":"closed""#), Some(lines.len() - 1), "{lines:?}");
        let errors = ada.errors();
        assert_eq!(ada.child.wait().unwrap().code(), Some(1), "{errors}");
        assert!(errors.contains("the user ada was deactivated"), "{errors}");
        local.call(&["api", "reactivate_user", "--json", r#"{"user_id": "ada"}"#]);
    }
    local.call(&["api", "deactivate_user", "--json", r#"{"user_id": "ada"}"#]);
    let again = local.command(&["connect", "--user", "ada"]).output().unwrap();
    assert_refused(&again, "the user ada was deactivated");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let local = Local::start();
    local.upsert(&json!({"id": "ada"}));
    let mut ada = Connected::start(&mut local.command(&["connect", "--user", "ada"]));
    // Nobody reads from now on.
    let mut child = std::mem::replace(&mut ada.child, idle());
    drop(ada);
    local.tell("ada", "anybody", &json!({}));
    let errors = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
    assert!(child.wait().unwrap().success(), "{errors}");
    assert_eq!(errors, "");
}

/// A process that has ended.
fn idle() -> Child {
    command(&["--version"]).stdout(Stdio::null()).spawn().unwrap()
}

#[test]
fn mistakes_are_named_and_no_secret_is_shown() {
    for (arguments, words) in [
        (
            &["connect", "--user", "ada"][..],
            "nothing answers at 127.0.0.1:9",
        ),
        (&["connect", "--guest", "Ada"], "nothing answers at 127.0.0.1:9"),
        (&["connect", "--user", ""], "user.id"),
    ] {
        let output = command(arguments)
            .env("STREAM_API_KEY", "marker-key")
            .env("STREAM_API_SECRET", "marker-secret")
            .env("STREAM_BASE_URL", "http://127.0.0.1:9")
            .output()
            .unwrap();
        assert_refused(&output, words);
    }
    for (arguments, variable) in [
        (["connect", "--user=ada"], "STREAM_API_KEY"),
        (["connect", "--anonymous"], "STREAM_API_KEY"),
    ] {
        assert_refused(&command(&arguments).output().unwrap(), variable);
    }
    for arguments in [&["connect"][..], &["connect", "--anonymous", "--user", "ada"]] {
        assert_eq!(command(arguments).output().unwrap().status.code(), Some(2));
    }
}

fn assert_refused(output: &Output, words: &str) {
    let text = stderr(output);
    let code = match words {
        "nothing answers at 127.0.0.1:9" => 5,
        "STREAM_API_KEY" => 6,
        _ => 1,
    };
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(text.contains(words), "{text}");
    assert!(!text.contains("marker-"), "{text}");
    assert!(output.stdout.is_empty());
}
