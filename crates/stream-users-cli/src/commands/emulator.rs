//! `stream-users emulator`: a local Stream until it is told to stop. What it takes and does stands in the emulator's crate,
//! whose own binary is the same.

use crate::exit::Exit;
use crate::globals::Globals;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Its first line on standard output says where it listens. It stops gracefully on SIGTERM and Ctrl-C, and at once, with exit
code 1, on a second one. The options of every command that tell of a client mean nothing here: --data keeps the data.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    emulator: stream_users_emulator::command::Arguments,
}

pub(crate) async fn run(_globals: &Globals, arguments: Arguments) -> anyhow::Result<Exit> {
    Ok(
        if stream_users_emulator::command::run(arguments.emulator).await? {
            Exit::Done
        } else {
            Exit::Failed
        },
    )
}
