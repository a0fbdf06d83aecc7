//! [`ErasureReport`]: what an erasure did, as a document to keep. Doing it belongs to `erase`.

use serde::{Deserialize, Serialize};
use stream_users_model::{ExportedFile, TaskId, Timestamp, UserId};

/// What an erasure did: for each user what became of it, and the exports and deletions that prove it.
///
/// It is made to be written down: as JSON it holds ids, dates, tasks and digests, and neither what was exported nor the
/// URLs of the files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
#[must_use = "it says which users were not erased"]
pub struct ErasureReport {
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// What became of each user, in the order of the request.
    pub users: Vec<ErasedUser>,
    /// The exports whose files were read to their end and checked; at most 25 users in each.
    pub exports: Vec<ErasureExport>,
    /// The deletions that were begun; at most 100 users in each.
    pub deletions: Vec<ErasureDeletion>,
    /// Why it ended before all users were tried; running it again with the same ids goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

impl ErasureReport {
    /// Whether none of the users is left: each was erased, or [not found](ErasureOutcome::NotFound).
    ///
    /// A user who was deleted before this run is not found either, and this report proves nothing of it: its proof is the
    /// report of the run that deleted it.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.unfinished().next().is_none()
    }

    /// The users that were not erased, or of whom it is not certain.
    pub fn unfinished(&self) -> impl Iterator<Item = &ErasedUser> {
        self.users
            .iter()
            .filter(|user| !matches!(user.outcome, ErasureOutcome::Erased | ErasureOutcome::NotFound))
    }
}

/// What became of one user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ErasedUser {
    /// Whose id.
    pub user_id: UserId,
    /// What became of it.
    pub outcome: ErasureOutcome,
    /// Why, in the service's words, where it was not erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What became of one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErasureOutcome {
    /// It was deleted by the service's word, and a query does not find it.
    Erased,
    /// There was no user of this id when it was asked for, or it was deleted before. A softly deleted user is not found
    /// either, and its data are still there: restore it, then erase it.
    NotFound,
    /// It was not deleted: it could not be exported, the service refused, or a query finds it after the task has ended.
    Failed,
    /// Its deletion may have been begun, and whether all of it is gone is not known: the task failed, or failed for this
    /// user, its end was not seen, or the answer was lost. It may still go on, also where a query finds the user. A query
    /// may find it no longer all the same, so that running it again says [`NotFound`](Self::NotFound): follow the task of
    /// the [deletion](ErasureReport::deletions), or ask the service.
    Unconfirmed,
    /// It was not tried, because the work had to stop before.
    NotTried,
}

/// An export that was checked: the file holds each of its users.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ErasureExport {
    /// Who is in the file.
    pub user_ids: Vec<UserId>,
    /// The task that wrote it.
    pub task_id: TaskId,
    /// When the task was started.
    pub started_at: Timestamp,
    /// When the task was seen to have ended.
    pub exported_at: Timestamp,
    /// When the file had been read and checked.
    pub checked_at: Timestamp,
    /// How long the file is.
    pub bytes: u64,
    /// The SHA-256 of the file, in hexadecimal digits.
    pub sha256: String,
    /// How many records it holds: users, messages, reactions.
    pub records: u64,
    #[serde(skip)]
    pub(super) file: Option<ExportedFile>,
}

impl ErasureExport {
    /// The file, to be downloaded for as long as its URL holds; `None` in a report that was read back. Whoever has the URL
    /// can read the file.
    #[must_use]
    pub fn file(&self) -> Option<&ExportedFile> {
        self.file.as_ref()
    }
}

/// A deletion that was begun.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ErasureDeletion {
    /// Whose.
    pub user_ids: Vec<UserId>,
    /// The task.
    pub task_id: TaskId,
    /// When the task was started.
    pub started_at: Timestamp,
    /// When the task was seen to have completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// When a query was asked for the users, deactivated ones included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<Timestamp>,
}
