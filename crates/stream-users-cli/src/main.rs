//! The `stream-users` command: what it takes and which file does it. What a command does lives in `commands`, a file or
//! folder each; what all of them share in the files beside this one.

use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use tokio::runtime::Builder;

use crate::exit::Exit;
use crate::globals::Globals;

mod arguments;
mod commands;
mod confirm;
mod counting;
mod each;
mod exit;
mod globals;
mod input;
mod many;
mod output;
mod reference;
mod session;
mod stop;

/// Manage users on Stream (getstream.io), or on a local one.
#[derive(Debug, Parser)]
#[command(name = "stream-users", version, disable_help_subcommand = true, after_help = SETTINGS)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    globals: Globals,
}

/// What stands below the list of commands.
const SETTINGS: &str = "\
Credentials come from the first of these that says something:
  --profile NAME   a profile of the configuration file, which then says everything
  the environment  STREAM_API_KEY, STREAM_API_SECRET, STREAM_BASE_URL, STREAM_ALLOW_HTTP=1
  the file         its default_profile, or its only one
  the terminal     asked for, and not shown
A profile of the configuration file:
  [profiles.test]
  api_key = \"...\"
  api_secret_command = [\"pass\", \"stream\"]  # or api_secret_file, or api_secret
  base_url = \"https://...\"                  # if it is not the service's own
  allow_http = false                        # for a host that is not this machine
Exit codes:
  0    all was done
  1    it failed
  2    it was called wrongly
  3    it came to its end, and some rows or ids failed
  4    it stopped early: too many failures, a guard, or it was not confirmed
  5    the service could not be reached, or was away or busy for too long
  6    credentials are missing or refused
  130  it was interrupted (Ctrl-C, SIGTERM)";

#[derive(Debug, Subcommand)]
enum Command {
    /// Take users through their whole life on a local Stream that runs inside this command
    Demo(commands::demo::Arguments),
    /// Run a local Stream until it is told to stop
    Emulator(commands::emulator::Arguments),
    /// Call any operation with JSON, and print its answer
    Api(commands::api::Arguments),
    /// Connect as a user, a guest or anonymously, and print what happens
    Connect(commands::connect::Arguments),
    /// Receive webhooks, verify them and print what they tell
    Listen(commands::listen::Arguments),
    /// Put the users of a file into Stream, from where the last run ended
    Import(commands::import::Arguments),
    /// Write all users as lines of JSON, or all that is known of some (--gdpr)
    Export(commands::export::Arguments),
    /// Bring Stream to the state of a file, and write no more than what differs
    Sync(commands::sync::Arguments),
    /// Find users by a filter
    Query(commands::query::Arguments),
    /// Show users by their ids
    Get(commands::get::Arguments),
    /// Create users, or replace them whole
    Upsert(commands::upsert::Arguments),
    /// Change single fields of users
    Patch(commands::patch::Arguments),
    /// Deactivate users
    Deactivate(commands::deactivate::Arguments),
    /// Reactivate users
    Reactivate(commands::reactivate::Arguments),
    /// Delete users
    Delete(commands::delete::Arguments),
    /// Restore users who were deleted softly
    Restore(commands::restore::Arguments),
    /// Create a guest and print its token
    Guest(commands::guest::Arguments),
    /// Block users for a user
    Block(commands::block::Arguments),
    /// Unblock a user for a user
    Unblock(commands::unblock::Arguments),
    /// List whom a user has blocked
    Blocks(commands::blocks::Arguments),
    /// Look at a task, or wait for its end
    Task(commands::task::Arguments),
    /// Create, verify or revoke tokens of users
    Token(commands::token::Arguments),
    /// Show the quotas and what is left of them
    Limits(commands::limits::Arguments),
    /// Print a script that completes the command in a shell
    Completions(commands::completions::Arguments),
    /// Print the manual pages
    Man(commands::man::Arguments),
}

fn main() -> ExitCode {
    let Arguments { globals, command } = Arguments::parse();
    match start(&globals.or_environment(), command) {
        Ok(exit) => exit.into(),
        Err(error) => {
            output::error(&error);
            exit::code(&error)
        }
    }
}

fn start(globals: &Globals, command: Command) -> anyhow::Result<Exit> {
    // A local Stream works beside its client.
    let mut builder = if globals.emulator.is_some() || matches!(command, Command::Emulator(_)) {
        Builder::new_multi_thread()
    } else {
        Builder::new_current_thread()
    };
    let runtime = builder.enable_all().build().context("there is no runtime")?;
    let ended = runtime.block_on(run(globals, command));
    // What still runs is not waited for, such as a look-up of a name.
    runtime.shutdown_background();
    ended
}

async fn run(globals: &Globals, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Demo(arguments) => commands::demo::run(globals, arguments).await,
        Command::Emulator(arguments) => commands::emulator::run(globals, arguments).await,
        Command::Api(arguments) => commands::api::run(globals, arguments).await,
        Command::Connect(arguments) => commands::connect::run(globals, arguments).await,
        Command::Listen(arguments) => commands::listen::run(globals, arguments).await,
        Command::Import(arguments) => commands::import::run(globals, arguments).await,
        Command::Export(arguments) => commands::export::run(globals, arguments).await,
        Command::Sync(arguments) => commands::sync::run(globals, arguments).await,
        Command::Query(arguments) => commands::query::run(globals, arguments).await,
        Command::Get(arguments) => commands::get::run(globals, arguments).await,
        Command::Upsert(arguments) => commands::upsert::run(globals, arguments).await,
        Command::Patch(arguments) => commands::patch::run(globals, arguments).await,
        Command::Deactivate(arguments) => commands::deactivate::run(globals, arguments).await,
        Command::Reactivate(arguments) => commands::reactivate::run(globals, arguments).await,
        Command::Delete(arguments) => commands::delete::run(globals, arguments).await,
        Command::Restore(arguments) => commands::restore::run(globals, arguments).await,
        Command::Guest(arguments) => commands::guest::run(globals, arguments).await,
        Command::Block(arguments) => commands::block::run(globals, arguments).await,
        Command::Unblock(arguments) => commands::unblock::run(globals, arguments).await,
        Command::Blocks(arguments) => commands::blocks::run(globals, arguments).await,
        Command::Task(arguments) => commands::task::run(globals, arguments).await,
        Command::Token(arguments) => commands::token::run(globals, arguments).await,
        Command::Limits(arguments) => commands::limits::run(globals, arguments).await,
        Command::Completions(arguments) => commands::completions::run(globals, &arguments),
        Command::Man(arguments) => commands::man::run(globals, &arguments),
    }
}
