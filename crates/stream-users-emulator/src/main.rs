//! The command `stream-users-emulator`. What it takes and does stands in the library.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use stream_users_emulator::command;

/// A local Stream for tests and development.
///
/// Its first line on the standard output says where it listens. It stops gracefully on SIGTERM and ctrl-c, and at
/// once, with status 1, on a second one.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    emulator: command::Arguments,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // Not by its debug form, which has a backtrace where RUST_BACKTRACE is set.
            writeln!(std::io::stderr(), "Error: {error:#}").ok();
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<bool> {
    let runtime = tokio::runtime::Runtime::new()?;
    let ended = runtime.block_on(command::run(arguments.emulator));
    runtime.shutdown_background();
    ended
}
