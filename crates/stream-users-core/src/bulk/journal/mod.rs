//! [`Journal`]: what of an input is done, kept so that a run which was killed goes on where it was. What is sent, and when,
//! belongs to the run.

mod digest;
#[cfg(feature = "file-journal")]
mod file;
mod history;
mod memory;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use stream_users_model::{Str, TaskId, UserId};

pub use self::digest::{Digest, DigestBuilder};
#[cfg(feature = "file-journal")]
pub use self::file::FileJournal;
pub use self::history::{History, KnownPart};
pub use self::memory::MemoryJournal;

/// Keeps what a run has done. What [`append`](Self::append) has returned for must be there when the next run opens it, also
/// when this one was killed.
///
/// A run opens it once, before anything is sent, and then appends. Several appends may be under way at a time.
#[async_trait]
pub trait Journal: Debug + Send + Sync + 'static {
    /// Begins a run, and says what is known from earlier ones.
    ///
    /// # Errors
    /// Where it cannot be read, is in use, or was written for another purpose.
    async fn open(&self, purpose: &Purpose) -> Result<History, JournalError>;

    /// Keeps entries, all of them or none, in this order. When it returns, they are kept.
    ///
    /// # Errors
    /// Where they could not be kept. The journal may not be appended to afterwards.
    async fn append(&self, entries: &[JournalEntry]) -> Result<(), JournalError>;
}

#[async_trait]
impl<T: Journal + ?Sized> Journal for Arc<T> {
    async fn open(&self, purpose: &Purpose) -> Result<History, JournalError> {
        (**self).open(purpose).await
    }

    async fn append(&self, entries: &[JournalEntry]) -> Result<(), JournalError> {
        (**self).append(entries).await
    }
}

/// What must be the same for a journal to go on: an import must not go on where a deletion was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Purpose {
    /// The name of the operation, such as `upsert_users`.
    pub operation: Str,
    /// The operation's options as JSON, without the users; empty where it has none.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub options: Str,
}

fn is_empty(text: &Str) -> bool {
    text.is_empty()
}

impl Purpose {
    /// A run of an operation without options.
    pub fn new(operation: impl Into<Str>) -> Self {
        Self {
            operation: operation.into(),
            options: Str::default(),
        }
    }

    /// Sets the operation's options, as JSON.
    #[must_use]
    pub fn options(mut self, options: impl Into<Str>) -> Self {
        self.options = options.into();
        self
    }
}

/// Consecutive rows of the input, those that are of no use among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Part {
    /// The number of its first row.
    pub first: u64,
    /// The number of its last row.
    pub last: u64,
    /// How many rows it has: the numbers may have gaps.
    pub rows: u64,
    /// What the rows hold.
    pub digest: Digest,
}

impl Part {
    /// The part of these rows.
    #[must_use]
    pub const fn new(first: u64, last: u64, rows: u64, digest: Digest) -> Self {
        Self {
            first,
            last,
            rows,
            digest,
        }
    }
}

/// What a journal keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
#[non_exhaustive]
pub enum JournalEntry {
    /// A task was started for a part. It is to be followed, not started again.
    Started {
        /// The part.
        #[serde(flatten)]
        part: Part,
        /// The task.
        task_id: TaskId,
    },
    /// A row failed: it was not done, and will not be by going on. It belongs to a part that is done.
    Failed(FailedRow),
    /// A part is done: the service has acknowledged it, but for its rows that failed.
    Done {
        /// The part.
        #[serde(flatten)]
        part: Part,
        /// How many of its rows failed.
        #[serde(default)]
        failed: u64,
    },
    /// The input has been read to its end, and all of its rows are done.
    Finished {
        /// How many rows it had.
        rows: u64,
        /// The number of its last row; 0 where it had none.
        last: u64,
    },
}

/// A row that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FailedRow {
    /// The number of the row.
    pub number: u64,
    /// Whom it is about, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<UserId>,
    /// Why, in the service's words or the reader's.
    pub reason: String,
}

impl FailedRow {
    /// A row that failed, and why.
    pub fn new(number: u64, id: Option<UserId>, reason: impl Into<String>) -> Self {
        Self {
            number,
            id,
            reason: reason.into(),
        }
    }
}

/// Why a journal is of no use.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// It could not be read or written.
    #[error("the journal {what}: {source}")]
    #[non_exhaustive]
    Io {
        /// What failed: `could not be written`.
        what: String,
        /// Why.
        source: std::io::Error,
    },
    /// Another run or process uses it.
    #[error("the journal {name} is in use by another run or process; wait until that has ended")]
    #[non_exhaustive]
    InUse {
        /// Which.
        name: String,
    },
    /// It was written for something else.
    #[error(
        "the journal was written for another run: {what}; give another journal, or remove it to begin anew"
    )]
    #[non_exhaustive]
    OtherPurpose {
        /// What differs.
        what: String,
    },
    /// It does not hold what was written.
    #[error("the journal cannot be used: {what}")]
    #[non_exhaustive]
    Damaged {
        /// Where, and what to do.
        what: String,
    },
}

impl JournalError {
    /// It could not be read or written. `what` says what failed, after "the journal".
    pub fn io(what: impl Into<String>, source: std::io::Error) -> Self {
        Self::Io {
            what: what.into(),
            source,
        }
    }

    /// Another run or process uses it.
    pub fn in_use(name: impl Into<String>) -> Self {
        Self::InUse { name: name.into() }
    }

    /// It was written for something else.
    pub fn other_purpose(what: impl Into<String>) -> Self {
        Self::OtherPurpose { what: what.into() }
    }

    /// It does not hold what was written.
    pub fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }
}
