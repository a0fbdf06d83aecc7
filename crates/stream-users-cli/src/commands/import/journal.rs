//! The state of an import, which `--state` names.

use std::path::Path;
use std::sync::Arc;

use stream_users_core::bulk::journal::{FailedRow, FileJournal, Journal, JournalError};

use super::Arguments;
use crate::session::Session;

/// Opens the state.
#[expect(clippy::unnecessary_wraps, reason = "it may say that the state is of no use")]
pub(super) fn open(
    path: &Path,
    session: &Session,
    _arguments: &Arguments,
) -> anyhow::Result<Arc<dyn Journal>> {
    Ok(Arc::new(FileJournal::new(path).scope(session.scope())))
}

/// The rows that failed, in all runs of a state.
pub(super) fn failures(path: &Path) -> anyhow::Result<impl Iterator<Item = Result<FailedRow, JournalError>>> {
    Ok(FileJournal::failures(path)?)
}
