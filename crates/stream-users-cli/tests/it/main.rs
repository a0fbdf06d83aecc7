//! The command as a process: exit codes, standard output and standard error.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail like tests"
)]

mod api;
mod connect;
mod demo;
mod listen;
mod local;
mod output;

use std::process::{Command, Output};

/// The command, with none of the environment's own settings.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stream-users"));
    command.args(arguments);
    for name in ["STREAM_API_KEY", "STREAM_API_SECRET", "STREAM_BASE_URL"] {
        command.env_remove(name);
    }
    command
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}
