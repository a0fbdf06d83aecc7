//! The `stream-users` command: what it takes and which file does it. What a command does lives in `commands`, a file
//! each.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod commands;
mod environment;
mod output;
mod stop;

/// Manage users on Stream (getstream.io), or on a local one.
#[derive(Debug, Parser)]
#[command(name = "stream-users", version, about, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Take users through their whole life on a local Stream that runs inside this command
    Demo(commands::demo::Arguments),
    /// Call any operation with JSON, and print its answer
    Api(commands::api::Arguments),
    /// Connect as a user, a guest or anonymously, and print what happens
    Connect(commands::connect::Arguments),
    /// Receive webhooks, verify them and print what they tell
    Listen(commands::listen::Arguments),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Demo(arguments) => commands::demo::run(arguments).await,
        Command::Api(arguments) => commands::api::run(arguments).await,
        Command::Connect(arguments) => commands::connect::run(arguments).await,
        Command::Listen(arguments) => commands::listen::run(arguments).await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            ExitCode::FAILURE
        }
    }
}
