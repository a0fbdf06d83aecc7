//! What the readers of formats give: rows as JSON text, each with its number. What a row must hold to be a user, an id
//! or a patch belongs to `user`, `id` and `patch`.

use super::failure::InputFailure;

/// The longest row that is read, in bytes. A user may be about 5 kB; a line of a dump holds more, but not so much.
pub(crate) const LONGEST_ROW: usize = 1024 * 1024;

/// A row of an input.
#[derive(Debug)]
pub(crate) struct RawRow<'r> {
    /// Its line, or its place from 1 on where the format has no lines.
    pub(crate) number: u64,
    /// The id under which it stands, in an object of users by id.
    pub(crate) key: Option<&'r str>,
    /// Whether it comes from a format with columns: it has what its cells hold, and no form of its own.
    pub(crate) has_columns: bool,
    /// A JSON value as text, which was not read yet, or why there is none.
    pub(crate) json: Result<&'r str, Rejection>,
}

/// Why a row cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rejection {
    /// Whom it is about, where that much could be read.
    pub(crate) id: Option<String>,
    /// The field, the rule and what to do.
    pub(crate) reason: String,
}

impl Rejection {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self {
            id: None,
            reason: reason.into(),
        }
    }

    pub(crate) fn of(id: Option<impl Into<String>>, reason: impl Into<String>) -> Self {
        Self {
            id: id.map(Into::into),
            reason: reason.into(),
        }
    }
}

/// A format that is read row by row, in bounded memory.
pub(crate) trait RowReader: Send {
    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// Where the input cannot be read further. The reader is not asked again then.
    fn next(&mut self) -> Result<Option<RawRow<'_>>, InputFailure>;
}

/// The reason for a row that is too long.
pub(crate) fn too_long() -> Rejection {
    Rejection::new(format!(
        "the row is longer than {} MiB, and a user may be about 5 kB; look at where it should end",
        LONGEST_ROW / 1024 / 1024
    ))
}

/// The text of a row.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, Rejection> {
    std::str::from_utf8(bytes).map_err(|error| {
        Rejection::new(format!(
            "the row is not UTF-8 (byte {} of it); convert the input to UTF-8 first",
            error.valid_up_to() + 1
        ))
    })
}
