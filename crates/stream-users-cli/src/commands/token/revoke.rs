//! `stream-users token revoke`.

use crate::exit::Exit;
use crate::globals::Globals;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {}

pub(crate) async fn run(_globals: &Globals, _arguments: Arguments) -> anyhow::Result<Exit> {
    anyhow::bail!("not yet")
}
