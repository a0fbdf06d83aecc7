//! `stream-users token`: tokens of users, a file a command. A token is a result here, and stands on standard output alone.

mod create;
mod revoke;
mod verify;

use crate::exit::Exit;
use crate::globals::Globals;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make a token for a user, signed with the API secret; nothing is sent
    Create(create::Arguments),
    /// Say whether a token is valid, and what it says; nothing is sent but with --ask
    Verify(verify::Arguments),
    /// Have the service refuse users' tokens that were issued before a time
    Revoke(revoke::Arguments),
}

pub(crate) async fn run(globals: &Globals, arguments: Arguments) -> anyhow::Result<Exit> {
    match arguments.command {
        Command::Create(arguments) => create::run(globals, arguments).await,
        Command::Verify(arguments) => verify::run(globals, arguments).await,
        Command::Revoke(arguments) => revoke::run(globals, arguments).await,
    }
}
