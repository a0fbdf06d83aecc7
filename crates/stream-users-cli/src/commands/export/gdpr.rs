//! All that the service holds of some users, by tasks and files.

use std::path::PathBuf;

use crate::exit::Exit;
use crate::globals::Globals;

pub(super) async fn run(_globals: &Globals, _ids: Vec<String>, _folder: Option<PathBuf>) -> anyhow::Result<Exit> {
    anyhow::bail!("not yet")
}
