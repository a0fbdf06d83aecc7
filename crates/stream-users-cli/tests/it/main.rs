//! The command as a process: exit codes, standard output and standard error.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail like tests"
)]

mod api;
mod configuration;
mod connect;
mod demo;
mod dumps;
mod embedded;
mod folder;
mod import;
mod listen;
mod local;
mod output;
mod queries;
mod ran;
mod reference;
mod retiring;
#[cfg(unix)]
mod sessions;
mod sync;
#[cfg(target_os = "linux")]
mod terminal;
mod tokens;
mod unreachable;
mod writing;

use std::process::{Command, Output};

/// The command.
fn command(arguments: &[&str]) -> Command {
    let mut command = program(env!("CARGO_BIN_EXE_stream-users"));
    command.args(arguments);
    command
}

/// A program, with none of the environment's own settings of the command. Signals do what they do by default also where the
/// tests were started in the background, whose programs pass them over.
fn program(name: &str) -> Command {
    let mut command = if cfg!(target_os = "linux") {
        let mut command = Command::new("/usr/bin/env");
        command.args(["--default-signal=HUP,INT", name]);
        command
    } else {
        Command::new(name)
    };
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("STREAM_") {
            command.env_remove(name);
        }
    }
    // Nobody's own profiles.
    let nowhere = std::env::temp_dir().join("stream-users-cli-tests-nowhere");
    command
        .env("HOME", &nowhere)
        .env("XDG_CONFIG_HOME", nowhere.join("config"))
        .env("XDG_DATA_HOME", nowhere.join("data"))
        .env_remove("NO_COLOR");
    command
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}
