//! [`Pages`]: what a listing of the service holds, page by page. What a listing is says [`Listing`]; that of users, which
//! goes past what one query can reach, is in `users`.
//!
//! The place that was reached is, as a text, in `cursor`. Single items are in `items`. Neither knows what is listed.

mod cursor;
mod items;
mod listing;
mod users;
mod walk;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

pub use self::cursor::Cursor;
pub use self::items::Items;
pub use self::listing::{Listing, Page};
use self::walk::{Walk, Walker};
use crate::error::Result;

/// What a listing holds, page by page: a stream that ends behind the last item or with the first error. No page is empty.
///
/// [`cursor`](Self::cursor) is the place that was reached, to be saved as text; [`resume`](Self::resume) goes on there,
/// also in another process.
///
/// # Pages of users
/// They are made by [`UsersApiExt::pages`](crate::UsersApiExt::pages). The order of the query decides how far they go and
/// what they promise:
///
/// | order | users | users that change meanwhile |
/// |---|---|---|
/// | none (then it goes by id), or `id` | any number | who is there throughout comes exactly once |
/// | `created_at` | any number, of any number of equal times | who is there throughout comes exactly once |
/// | `updated_at`, `role`, `name` or `last_active` | any number | who keeps the value comes exactly once; whose value changes may come twice or not at all |
/// | any other | the first 1,100, then an error | who appears or vanishes may move others over the edge of a page, so that they come twice or not at all |
///
/// Each order but the last may be followed by `id`, in either direction; without it, `id` follows in the direction of
/// the field. Their pages ask for the users behind the last one by a filter beside that of the query. Users without a
/// `name` or `last_active` come where the service puts them, first or last; together with an `offset`, these two orders
/// belong to the last row.
///
/// The query's `limit` is the size of a page, by default (and with 0) 100; its `offset` skips users at the start, and only there.
///
/// A cursor resumes a query with the same filter, order, offset, acting user and choice of deactivated users. Its `limit`
/// may differ.
///
/// # Errors
/// Those of the operation that asks for a page, and besides:
/// - `Invalid` in the place of a page that cannot be asked for: of users, because it would skip more than 1,000 of them.
/// - `Decode` where the service answers what was not asked for: the same page again; of users also another order, or users
///   with a value among those without one. Nothing of such a page is handed out. So, too, where pages lead in a circle,
///   but that is seen only once pages have come again.
///
/// After an error it has ended. The cursor still stands behind what was handed out.
#[must_use = "a stream does nothing until it is polled"]
pub struct Pages<'a, T>(Box<dyn Walk<T> + 'a>);

impl<'a, T> Pages<'a, T> {
    /// The pages of a listing; for authors of other SDKs.
    pub fn new<L: Listing<Item = T> + 'a>(listing: L) -> Self {
        Self(Box::new(Walker::new(listing)))
    }

    /// The single items of the pages, in order.
    pub fn items(self) -> Items<'a, T> {
        Items::new(self)
    }

    /// The place behind the last page that was handed out; before the first, the start.
    ///
    /// A page that is being asked for does not count before it is there, so that dropping the stream loses nothing.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        self.0.cursor()
    }

    /// Goes on at a place that was reached before, by these pages or by others of the same query, in any process.
    ///
    /// Behind the end, there is nothing but what has come since: such pages end at once, or hand out what is new.
    ///
    /// # Errors
    /// `Invalid` where the cursor is one of another query.
    pub fn resume(mut self, cursor: &Cursor) -> Result<Self> {
        self.0.resume(cursor)?;
        Ok(self)
    }
}

impl<T> Stream for Pages<'_, T> {
    type Item = Result<Vec<T>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_page(context)
    }
}

impl<T> fmt::Debug for Pages<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("operation", &self.0.operation().name)
            .finish_non_exhaustive()
    }
}
