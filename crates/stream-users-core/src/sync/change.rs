//! [`SyncChange`]: what a synchronization did to one user. Sums belong to the report.

use serde::Serialize;
use stream_users_model::{UserId, UserPatch};

use crate::bulk::ItemError;

/// What a synchronization did to one user, or would do. Of a user that is as it should be there is none.
#[derive(Debug)]
#[non_exhaustive]
pub struct SyncChange {
    /// Whom; `None` where a row could not be read and does not say.
    pub id: Option<UserId>,
    /// The number of the row of the input; `None` for who is gone.
    pub number: Option<u64>,
    /// What is done.
    pub kind: SyncKind,
    /// What is set and unset; `None` where nothing is, and where a user is replaced because a patch cannot say what
    /// differs.
    pub patch: Option<UserPatch>,
    /// What came of it.
    pub outcome: SyncOutcome,
}

/// What a synchronization does to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SyncKind {
    /// It is new, and put there.
    Create,
    /// It is there, and what differs is changed.
    Update,
    /// It is there and deactivated: it is brought back, and what differs is changed.
    Reactivate,
    /// It is gone from the desired state, and deactivated.
    Deactivate,
    /// It is gone from the desired state, and deleted.
    Delete,
    /// Nothing: it is deactivated, and [reactivating](super::UserSync::reactivate) is off.
    LeaveInactive,
    /// Nothing: it is there, outside of the [scope](super::UserSync::scope).
    LeaveOutOfScope,
    /// Nothing: the row cannot be used.
    Reject,
}

/// What came of a change.
#[derive(Debug)]
#[non_exhaustive]
pub enum SyncOutcome {
    /// It would be done: this is a dry run.
    Planned,
    /// The service has done it.
    Done,
    /// It was left alone, as the kind says.
    Left,
    /// It was not done, or not all of it, and why.
    Failed(ItemError),
}

impl SyncChange {
    pub(super) fn new(id: Option<UserId>, number: Option<u64>, kind: SyncKind, outcome: SyncOutcome) -> Self {
        Self {
            id,
            number,
            kind,
            patch: None,
            outcome,
        }
    }

    /// Why it was not done; `None` where it was, would be, or need not be.
    #[must_use]
    pub const fn error(&self) -> Option<&ItemError> {
        match &self.outcome {
            SyncOutcome::Failed(error) => Some(error),
            SyncOutcome::Planned | SyncOutcome::Done | SyncOutcome::Left => None,
        }
    }
}

impl From<Result<(), ItemError>> for SyncOutcome {
    fn from(outcome: Result<(), ItemError>) -> Self {
        match outcome {
            Ok(()) => Self::Done,
            Err(error) => Self::Failed(error),
        }
    }
}
