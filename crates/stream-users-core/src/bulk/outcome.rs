//! What a run tells: of each row, how far it is, and how it ended.

use std::fmt;

use stream_users_model::{UserId, Violations};

use super::journal::JournalError;
use super::row::{InputError, Rejected};
use crate::error::Error;

/// What became of one row.
#[derive(Debug)]
#[non_exhaustive]
pub struct BulkResult<T> {
    /// The number of the row.
    pub number: u64,
    /// Whom it is about, where that is known.
    pub id: Option<UserId>,
    /// What the service answered for it, or why it was not done.
    pub outcome: Result<T, ItemError>,
}

/// Why a single row was not done, while others were.
#[derive(Debug, Clone)]
pub struct ItemError(Cause);

#[derive(Debug, Clone)]
enum Cause {
    Rejected(String),
    Violations(Violations),
    Refused(Error),
    Task(String),
}

impl ItemError {
    pub(crate) fn rejected(rejected: Rejected) -> Self {
        Self(Cause::Rejected(rejected.reason))
    }

    pub(super) const fn violations(violations: Violations) -> Self {
        Self(Cause::Violations(violations))
    }

    pub(super) const fn refused(error: Error) -> Self {
        Self(Cause::Refused(error))
    }

    pub(crate) fn said(reason: impl Into<String>) -> Self {
        Self(Cause::Task(reason.into()))
    }

    /// Whether nothing was sent for it: the row could not be read, or breaks rules.
    #[must_use]
    pub const fn is_rejected(&self) -> bool {
        matches!(self.0, Cause::Rejected(_) | Cause::Violations(_))
    }

    /// The service's refusal, where it is one of this row alone.
    #[must_use]
    pub const fn error(&self) -> Option<&Error> {
        match &self.0 {
            Cause::Refused(error) => Some(error),
            _ => None,
        }
    }
}

/// The reason in the service's words, or in those of whoever read the row.
impl fmt::Display for ItemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Cause::Rejected(reason) | Cause::Task(reason) => f.write_str(reason),
            Cause::Violations(violations) => violations.fmt(f),
            Cause::Refused(error) => match error.api() {
                Some(api) => write!(f, "{api}"),
                None => write!(f, "{error}"),
            },
        }
    }
}

impl std::error::Error for ItemError {}

/// How far a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BulkProgress {
    /// Rows that were read.
    pub read: u64,
    /// Rows that were done by this run.
    pub done: u64,
    /// Rows that failed in this run.
    pub failed: u64,
    /// Rows that the journal knows, and that were passed over.
    pub known: u64,
    /// Of the known rows, those that had failed.
    pub known_failed: u64,
    /// Whether an earlier run has come to the end of the input, by the word of the journal: nothing is left to be sent.
    pub finished_before: bool,
    /// Requests of the operation that were sent, each with its retries by the client counted as one.
    pub requests: u64,
    /// Of those, the ones that had to be sent again after the client had given up on them.
    pub retried: u64,
    /// Batches that are under way.
    pub in_flight: usize,
    /// How many may be under way at present.
    pub limit: usize,
    /// Whether the service is away: the last request failed in a way that may pass.
    pub waiting: bool,
}

/// How a run ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum BulkEnd {
    /// All rows of the input were tried.
    Complete,
    /// It was [told to stop](super::BulkStopper::stop).
    Stopped,
    /// More rows failed than the [budget](super::FailureBudget) allows.
    BudgetSpent,
    /// It could not go on.
    Failed(BulkError),
}

impl BulkEnd {
    /// Whether all rows of the input were tried.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        matches!(self, Self::Complete)
    }
}

/// Why a run could not go on. Rows whose result was handed out are what it says; no other is certain.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BulkError {
    /// A call failed in a way that has nothing to do with a single row: the credential, or a service that stayed away
    /// for longer than the [patience](super::Bulk::patience).
    #[error(transparent)]
    Api(#[from] Error),
    /// The journal could not be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The input could not be read any further.
    #[error("the input could not be read behind row {last}: {source}")]
    #[non_exhaustive]
    Input {
        /// The number of the last row that was read; 0 where there was none.
        last: u64,
        /// Why.
        source: InputError,
    },
    /// The input is not the one that the journal was written for.
    #[error("the input has changed since the journal was written: {what}")]
    #[non_exhaustive]
    InputChanged {
        /// Which rows, and how they differ.
        what: String,
    },
    /// The numbers of the rows do not rise.
    #[error(
        "the rows are not in order: row {number} came after row {last}; numbers rise, and begin with 1 or more"
    )]
    #[non_exhaustive]
    OutOfOrder {
        /// The number of the row.
        number: u64,
        /// The number before it.
        last: u64,
    },
}
