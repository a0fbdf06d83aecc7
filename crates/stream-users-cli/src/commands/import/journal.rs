//! The state of an import, which `--state` names.

use std::path::Path;

use stream_users_core::bulk::journal::{FailedRow, FileJournal, JournalError};

use super::Arguments;
use crate::input::DuplicateIds;
use crate::session::Session;

/// The state at a path. It goes on for the same app alone, and where rows are read in the same way.
pub(super) fn at(path: &Path, session: &Session, arguments: &Arguments) -> FileJournal {
    let app = format!("app {}", session.scope());
    let mut options = arguments.input.that_decide_on_rows();
    if arguments.duplicates == DuplicateIds::Last {
        options.push("--duplicates last".to_owned());
    }
    FileJournal::new(path).scope(if options.is_empty() {
        app
    } else {
        format!("{app}, {}", options.join(" "))
    })
}

/// The rows that failed, in all runs of a state.
pub(super) fn failures(
    path: &Path,
) -> Result<impl Iterator<Item = Result<FailedRow, JournalError>>, JournalError> {
    FileJournal::failures(path)
}
