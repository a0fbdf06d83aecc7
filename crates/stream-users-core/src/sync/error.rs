//! How a synchronization ends. Why single users were not changed stands in their changes.

use stream_users_model::UserId;

use crate::bulk::{BulkError, InputError};
use crate::error::Error;

/// How a synchronization ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum SyncEnd {
    /// All was looked at; single changes may have failed, and the report's guard may have kept the gone.
    Complete,
    /// It was stopped.
    Stopped,
    /// More changes failed than its budget allows.
    BudgetSpent,
    /// It could not go on.
    Failed(SyncError),
}

/// Why a synchronization could not go on. What was written before stays written, and nobody who is gone was touched by
/// then, unless it says [`Bulk`](Self::Bulk).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError {
    /// The users on the service could not be read.
    #[error("the users on the service could not be read: {0}")]
    Api(#[source] Error),
    /// Writing could not go on.
    #[error(transparent)]
    Bulk(BulkError),
    /// The input could not be read on.
    #[error("the input could not be read: {0}")]
    Input(#[source] InputError),
    /// The rows are not in the order of their ids.
    #[error(
        "row {number} has the id {id:?}, which must not come behind {previous_id:?} of row {previous_number}: sort the \
         rows by id, byte by byte"
    )]
    #[non_exhaustive]
    NotSorted {
        /// The row that stands too late.
        number: u64,
        /// Its id.
        id: UserId,
        /// A row before it.
        previous_number: u64,
        /// Its id.
        previous_id: UserId,
    },
    /// The service does not order users by the bytes of their ids.
    #[error(
        "the service answered the user {id:?} behind {previous_id:?}: it does not order users by the bytes of their ids, \
         so that two sorted lists cannot be compared"
    )]
    #[non_exhaustive]
    ServiceOrder {
        /// The user that came too late.
        id: UserId,
        /// The user before it.
        previous_id: UserId,
    },
}
