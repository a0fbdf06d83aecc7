//! `stream-users export`: a dump of users, or all that is known of some.

use anyhow::bail;

use crate::exit::Exit;
use crate::globals::Globals;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {}

#[expect(clippy::unused_async, reason = "it does nothing yet")]
pub(crate) async fn run(_globals: &Globals, _arguments: Arguments) -> anyhow::Result<Exit> {
    bail!("`stream-users export` is not there yet")
}
