//! `stream-users sync`: the service is brought to the state of a file.

use anyhow::bail;

use crate::exit::Exit;
use crate::globals::Globals;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {}

#[expect(clippy::unused_async, reason = "it does nothing yet")]
pub(crate) async fn run(_globals: &Globals, _arguments: Arguments) -> anyhow::Result<Exit> {
    bail!("`stream-users sync` is not there yet")
}
