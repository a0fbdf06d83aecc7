//! [`Row`]: what a run reads, numbered as its user counts. Reading a file does not belong here.

use std::error::Error as StdError;

use serde::Serialize;
use stream_users_model::{CustomData, UserId, UserPatch, UserRequest};

/// An error of whatever the input is read from.
pub type InputError = Box<dyn StdError + Send + Sync>;

/// A row of the input: something to do, or what could not be read as such.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Row<T> {
    /// Where it stands: the number of the line, or of the row. The first is at least 1, and each is greater than the one
    /// before; there may be gaps.
    pub number: u64,
    /// What is to be done, or why the row is of no use.
    pub item: Result<T, Rejected>,
}

impl<T> Row<T> {
    /// A row with something to do.
    #[must_use]
    pub const fn new(number: u64, item: T) -> Self {
        Self {
            number,
            item: Ok(item),
        }
    }

    /// A row that is of no use. It fails with the reason given, and the run goes on.
    #[must_use]
    pub const fn rejected(number: u64, rejected: Rejected) -> Self {
        Self {
            number,
            item: Err(rejected),
        }
    }

    /// Whom the row is about, where that is known.
    #[must_use]
    pub fn id(&self) -> Option<&UserId>
    where
        T: BulkItem,
    {
        match &self.item {
            Ok(item) => Some(item.id()),
            Err(rejected) => rejected.id.as_ref(),
        }
    }
}

/// Why a row of the input is of no use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct Rejected {
    /// Whom the row is about, where that could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<UserId>,
    /// What is wrong with it and what to do about it.
    pub reason: String,
}

impl Rejected {
    /// A row about nobody that is known.
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            id: None,
            reason: reason.into(),
        }
    }

    /// Says whom the row is about.
    #[must_use]
    pub fn id(mut self, id: impl Into<UserId>) -> Self {
        self.id = Some(id.into());
        self
    }
}

/// What a run can work on: a user to upsert, a patch, or an id.
///
/// Written as JSON it is compared with the journal of an earlier run, so it must be written the same each time.
pub trait BulkItem: Serialize + Clone + Send + Sync {
    /// Whom it is about. There are never two requests at a time that are about the same user.
    fn id(&self) -> &UserId;
}

impl<C: CustomData> BulkItem for UserRequest<C> {
    fn id(&self) -> &UserId {
        &self.id
    }
}

impl BulkItem for UserPatch {
    fn id(&self) -> &UserId {
        &self.id
    }
}

impl BulkItem for UserId {
    fn id(&self) -> &UserId {
        self
    }
}

/// What an input may consist of: items, which are numbered from 1, rows, or rows whose reading may fail.
pub trait IntoRow<T> {
    /// The row; `number` counts from 1.
    ///
    /// # Errors
    /// Where the input could not be read: the run ends then.
    fn into_row(self, number: u64) -> Result<Row<T>, InputError>;
}

impl<T: BulkItem> IntoRow<T> for T {
    fn into_row(self, number: u64) -> Result<Row<T>, InputError> {
        Ok(Row::new(number, self))
    }
}

impl<T: BulkItem> IntoRow<T> for Row<T> {
    fn into_row(self, _: u64) -> Result<Row<T>, InputError> {
        Ok(self)
    }
}

impl<T: BulkItem, E: Into<InputError>> IntoRow<T> for Result<Row<T>, E> {
    fn into_row(self, _: u64) -> Result<Row<T>, InputError> {
        self.map_err(Into::into)
    }
}
