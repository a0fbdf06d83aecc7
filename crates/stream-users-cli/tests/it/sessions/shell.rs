//! A shell that types what a page shows, in a folder of its own, and what it prints.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;

use super::page::Session;
use crate::folder::Folder;
use crate::local::Local;
use crate::{stderr, stdout};

/// What stands before the number of the next command in what is printed.
const MARK: &str = "--8<-- session ";

/// What each command prints, on both outputs.
pub(super) fn run(sessions: &[Session]) -> Vec<Vec<String>> {
    let local = Local::start();
    let folder = Folder::new("sessions");
    // The shell keeps folder, variables and the last exit code from one command to the next.
    let typed = sessions.iter().map(|session| {
        let typed = &session.typed;
        format!("{typed}\n_ended=$?; printf '\\n{MARK}%s\\n' end; (exit $_ended)\n")
    });
    let script = "exec 2>&1\n".to_owned() + &typed.collect::<Vec<_>>().concat();
    let output = local
        .program("sh")
        .arg("-c")
        .arg(&script)
        .current_dir(folder.path())
        .env("PATH", path())
        .env("HOME", folder.path())
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("XDG_DATA_HOME")
        .env("NO_COLOR", "1")
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(stderr(&output), "");
    let mark = format!("\n{MARK}end\n");
    let printed: Vec<Vec<String>> = stdout(&output)
        .split_terminator(mark.as_str())
        .map(|printed| printed.lines().map(str::to_owned).collect())
        .collect();
    assert_eq!(
        printed.len(),
        sessions.len(),
        "the shell ended early: {}",
        stdout(&output)
    );
    printed
}

/// The folder of the command before all others.
fn path() -> OsString {
    let command = Path::new(env!("CARGO_BIN_EXE_stream-users"));
    let others = std::env::var_os("PATH").unwrap_or_default();
    let folders = command
        .parent()
        .map(Path::to_owned)
        .into_iter()
        .chain(std::env::split_paths(&others));
    std::env::join_paths(folders).unwrap()
}
