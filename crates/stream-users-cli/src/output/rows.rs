//! [`Rows`]: a list of results that is printed while it comes.

use serde::Serialize;

use super::Output;

/// A list that is printed while it comes, in bounded memory.
pub(crate) struct Rows {}

impl Rows {
    pub(super) fn users(_output: &Output) -> Self {
        Self {}
    }

    pub(super) fn new(_output: &Output, _columns: &[&str]) -> Self {
        Self {}
    }

    /// Prints one, and says whether somebody reads it still: end then.
    ///
    /// # Errors
    /// Where standard output cannot be written.
    #[expect(clippy::unused_self, reason = "what it looks like is not decided yet")]
    pub(crate) fn push(&mut self, row: &impl Serialize) -> anyhow::Result<bool> {
        super::json(row)
    }

    /// Prints what is left.
    ///
    /// # Errors
    /// Where standard output cannot be written.
    #[expect(clippy::unnecessary_wraps, reason = "what is left is not decided yet")]
    pub(crate) fn end(self) -> anyhow::Result<()> {
        drop(self);
        Ok(())
    }
}
