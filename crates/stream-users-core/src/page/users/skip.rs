//! [`Window`]: the part of a query that a page asks for, in an order in which pages can only skip.

use stream_users_model::QueryUsers;

use super::position::Position;

/// What a page asks for, so that it starts behind those who were handed out. Where the service does not skip so many,
/// the page starts further ahead, with users who are known already.
pub(super) struct Window {
    pub(super) offset: u32,
    pub(super) limit: u32,
    /// How many users of the answer are known.
    known: u32,
}

impl Window {
    /// The window behind `at` of a page of `size` users.
    pub(super) fn of(query: &QueryUsers, size: u32, at: &Position) -> Self {
        let first = query.offset.unwrap_or(0);
        let start = first.saturating_add(at.skipped());
        // An offset of the caller's own that is too large is refused with the query.
        let offset = start.min(first.max(QueryUsers::MAX_OFFSET));
        let known = start - offset;
        Self {
            offset,
            limit: known.saturating_add(size).min(size.max(QueryUsers::MAX_LIMIT)),
            known,
        }
    }

    /// Whether not even the end of the largest page is behind those who are known.
    pub(super) fn is_out_of_reach(&self) -> bool {
        self.known >= QueryUsers::MAX_LIMIT
    }

    pub(super) fn known(&self) -> usize {
        self.known as usize
    }

    /// Whether an answer of so many users is the last: a page that is not full.
    pub(super) fn is_last(&self, users: usize) -> bool {
        users < self.limit as usize
    }
}
