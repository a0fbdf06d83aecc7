//! What commands do to many users: by the bulk engine (`run`), without waiting for its tasks (`start`), or not at all
//! (`look`, for `--dry-run`). What is done, belongs to the commands.

mod became;
mod look;
mod probe;
mod run;
mod start;

pub(crate) use self::became::Told;
pub(crate) use self::look::{NOBODY, look};
pub(crate) use self::probe::Probe;
pub(crate) use self::run::{Words, explain, one, run};
pub(crate) use self::start::start;

use std::path::{Path, PathBuf};

use stream_users_core::UsersApi;
use stream_users_core::bulk::Bulk;
use stream_users_core::bulk::journal::FileJournal;
use stream_users_model::CustomData;

use crate::arguments::Whom;
use crate::session::Session;

/// Whom, and how it is gone about.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) whom: Whom,
    #[command(flatten)]
    pub(crate) going: Going,
}

/// How it is gone about.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Going {
    /// Keep in this file what was done, so that the same command goes on after it was ended, and does nothing twice
    #[arg(long, value_name = "PATH")]
    pub(crate) state: Option<PathBuf>,
    /// Look the users up, say of each what would be done, and change nothing
    #[arg(long, conflicts_with = "state")]
    pub(crate) dry_run: bool,
}

/// A run that goes on where `state` says so.
pub(crate) fn with_state<C: CustomData, A: UsersApi<C>>(
    bulk: Bulk<C, A>,
    session: &Session,
    state: Option<&Path>,
) -> Bulk<C, A> {
    match state {
        Some(path) => bulk.journal(FileJournal::new(path).scope(format!("app {}", session.scope()))),
        None => bulk,
    }
}
