//! The command on a terminal, which is one of the system's own that a test sits at.

use std::fs::File;
use std::io::{Read, Write};
use std::process::Command;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use serde_json::json;

use crate::local::Local;

/// What a command shows on a terminal of so many columns, where `typed` is typed, and its exit code.
fn shown(mut command: Command, columns: u16, typed: &str) -> (String, Option<i32>) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let size = Winsize {
        ws_row: 24,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&master, size).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let terminal = || {
        File::options()
            .read(true)
            .write(true)
            .open(name.to_str().unwrap())
            .unwrap()
    };
    let mut child = command
        .env("TERM", "xterm")
        .stdin(terminal())
        .stdout(terminal())
        .stderr(terminal())
        .spawn()
        .unwrap();
    // The command has the terminal alone: its end is the end of what is shown.
    drop(command);
    let mut master = File::from(master);
    master.write_all(typed.as_bytes()).unwrap();
    let mut shown = Vec::new();
    let mut part = [0; 4096];
    while let Ok(read @ 1..) = master.read(&mut part) {
        shown.extend_from_slice(&part[..read]);
    }
    let code = child.wait().unwrap().code();
    (String::from_utf8(shown).unwrap().replace("\r\n", "\n"), code)
}

fn local() -> Local {
    let local = Local::start();
    local.upsert(&json!({"id": "ada", "name": "A\u{1b}[31m\u{9b}2J", "custom": {"text": "x".repeat(90)}}));
    local.upsert(&json!({"id": "li", "name": "李小龍"}));
    local
}

#[test]
fn users_are_a_table_as_wide_as_the_terminal() {
    let local = local();
    let query = &["query", "--sort", "id"];
    let (screen, code) = shown(local.command(query), 40, "");
    assert_eq!(code, Some(0), "{screen}");
    let lines: Vec<&str> = screen.lines().collect();
    assert!(
        lines[0].starts_with("\u{1b}[1mid   name") && lines[0].ends_with("\u{1b}[0m"),
        "{screen}"
    );
    assert!(lines[1].starts_with("ada  A␛[31m\u{fffd}2J"), "{screen}");
    assert!(
        lines[1].ends_with('…') && lines[1].chars().count() == 40,
        "{screen}"
    );
    assert_eq!(lines[2], "li   李小龍     user", "{screen}");

    let mut plain = local.command(query);
    plain.env("NO_COLOR", "1");
    let (screen, _) = shown(plain, 40, "");
    assert!(
        screen.starts_with("id   name") && !screen.contains('\u{1b}'),
        "{screen}"
    );
}

#[test]
fn json_and_errors_do_not_steer_a_terminal() {
    let local = local();
    for form in ["json", "ndjson", "csv"] {
        let command = local.command(&["query", "--output", form]);
        let (screen, code) = shown(command, 80, "");
        assert_eq!(code, Some(0), "{screen}");
        assert!(!screen.contains(['\u{1b}', '\u{9b}']), "{form}: {screen}");
        assert!(screen.contains("[31m"), "{form}: {screen}");
    }
    let (screen, code) = shown(local.command(&["get", "no\u{1b}[2Jbody"]), 80, "");
    assert_eq!(code, Some(3), "{screen}");
    assert!(screen.contains("no") && !screen.contains('\u{1b}'), "{screen}");
}

#[test]
fn what_destroys_asks_and_does_what_is_answered() {
    let local = local();
    let delete = &["delete", "--hard", "ada"];
    let (screen, code) = shown(local.command(delete), 200, "n\n");
    assert_eq!(code, Some(4), "{screen}");
    assert!(
        screen.contains("Go on? [y/N]") && screen.contains("the answer was not yes"),
        "{screen}"
    );
    assert!(local.call(&["get", "ada"])["id"] == "ada");
    let (screen, code) = shown(local.command(delete), 200, "y\n");
    assert_eq!(code, Some(0), "{screen}");
    let (screen, _) = shown(local.command(&["get", "ada"]), 80, "");
    assert!(screen.contains("there is no user ada"), "{screen}");
}

#[test]
fn who_gives_no_credentials_is_asked_for_the_key() {
    let mut command = crate::command(&["query"]);
    command.env_remove("HOME").env_remove("XDG_CONFIG_HOME");
    let (screen, code) = shown(command, 80, "\n");
    assert_eq!(code, Some(6), "{screen}");
    assert!(
        screen.contains("API key: ") && screen.contains("no API key was given"),
        "{screen}"
    );
}

#[test]
fn a_question_does_not_steer_the_terminal() {
    let local = local();
    let delete = &["delete", "--hard", "no\u{1b}[2Jbody"];
    let (screen, code) = shown(local.command(delete), 200, "n\n");
    assert_eq!(code, Some(4), "{screen}");
    assert!(
        screen.contains("no␛[2Jbody") && !screen.contains('\u{1b}'),
        "{screen}"
    );
}
