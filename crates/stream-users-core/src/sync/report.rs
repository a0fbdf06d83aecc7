//! [`SyncReport`]: the sums of a synchronization. What became of single users are its changes.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::change::{SyncKind, SyncOutcome};

/// How many users a synchronization found, changed and left; in a dry run, how many it would.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SyncReport {
    /// Whether nothing was written, because this was a dry run.
    pub dry_run: bool,
    /// Rows of the input, those that cannot be used included.
    pub rows: u64,
    /// Users on the service that were looked at: those of the scope.
    pub there: u64,
    /// Users who are as they should be.
    pub unchanged: u64,
    /// Users who were new.
    pub created: u64,
    /// Users of whom something was changed.
    pub updated: u64,
    /// Deactivated users who were brought back.
    pub reactivated: u64,
    /// Users who were gone and deactivated.
    pub deactivated: u64,
    /// Users who were gone and deleted.
    pub deleted: u64,
    /// Changes that failed.
    pub failed: u64,
    /// Rows that cannot be used.
    pub rejected: u64,
    /// Deactivated users who are in the input and were not brought back.
    pub left_inactive: u64,
    /// Users who are in the input and on the service, there outside of the scope.
    pub left_out_of_scope: u64,
    /// Users on the service who are not in the input and not protected; those already deactivated do not count where the
    /// gone are deactivated.
    pub gone: u64,
    /// Those of them that were left alone: as asked for, or because of [`guard`](Self::guard), or because the run ended
    /// before.
    pub gone_kept: u64,
    /// Users on the service who are not in the input and not gone all the same: protected by id or by role, or named by a
    /// row that cannot be used.
    pub protected: u64,
    /// Why nobody who is gone was touched, though it was asked for.
    pub guard: Option<GoneGuard>,
}

/// Why nobody who is gone was touched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
#[non_exhaustive]
pub enum GoneGuard {
    /// They are a larger share than allowed.
    #[non_exhaustive]
    Share {
        /// How many are gone.
        gone: u64,
        /// Of how many.
        of: u64,
        /// The largest share allowed, from 0 to 1.
        max: f64,
    },
    /// They are more than are held in memory.
    #[non_exhaustive]
    TooMany {
        /// How many are held at most.
        max: u64,
    },
    /// Rows could not be read: who stands there is not gone, and nobody knows who that is.
    #[non_exhaustive]
    Rejected {
        /// How many.
        rows: u64,
    },
}

impl fmt::Display for GoneGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Share { gone, of, max } => write!(
                f,
                "{gone} of {of} users are gone, which is more than the largest share allowed, {}%",
                (max * 1e4).round() / 1e2
            ),
            Self::TooMany { max } => write!(f, "more than {max} users are gone, the most that are held"),
            Self::Rejected { rows } => write!(
                f,
                "{rows} rows could not be used, and who stands there is not gone"
            ),
        }
    }
}

impl SyncReport {
    /// How many users were changed.
    #[must_use]
    pub const fn changed(&self) -> u64 {
        self.created + self.updated + self.reactivated + self.deactivated + self.deleted
    }

    pub(super) fn count(&mut self, kind: SyncKind, outcome: &SyncOutcome) {
        if let SyncOutcome::Failed(_) = outcome {
            if kind == SyncKind::Reject {
                self.rejected += 1;
            } else {
                self.failed += 1;
            }
            return;
        }
        *match kind {
            SyncKind::Create => &mut self.created,
            SyncKind::Update => &mut self.updated,
            SyncKind::Reactivate => &mut self.reactivated,
            SyncKind::Deactivate => &mut self.deactivated,
            SyncKind::Delete => &mut self.deleted,
            SyncKind::LeaveInactive => &mut self.left_inactive,
            SyncKind::LeaveOutOfScope => &mut self.left_out_of_scope,
            SyncKind::Reject => &mut self.rejected,
        } += 1;
    }
}
