//! [`Items`]: the users of pages, one by one. What a page is belongs to the module above.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use stream_users_model::User;

use super::{Cursor, Pages, Position};
use crate::error::Result;

/// The users of a query, one by one; made by [`Pages::items`].
///
/// It ends, and fails, as its [`Pages`] do; who came with earlier pages is handed out before an error.
#[must_use = "a stream does nothing until it is polled"]
pub struct Items<'a, C> {
    pages: Pages<'a, C>,
    page: VecDeque<User<C>>,
    at: Position,
}

impl<'a, C> Items<'a, C> {
    pub(super) fn new(pages: Pages<'a, C>) -> Self {
        Self {
            at: pages.at.clone(),
            pages,
            page: VecDeque::new(),
        }
    }

    /// The place behind the last user who was handed out; before the first, the start.
    ///
    /// Users of the same page who were not handed out are still to come.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        self.pages.cursor_at(&self.at)
    }

    /// Goes on at a place that was reached before, as [`Pages::resume`] does.
    ///
    /// # Errors
    /// `Invalid` where the cursor is one of another query.
    pub fn resume(self, cursor: &Cursor) -> Result<Self> {
        Ok(self.pages.resume(cursor)?.items())
    }

    /// The next user, where it came with a page that is here already; `None` where one has to be asked for.
    pub fn next_buffered(&mut self) -> Option<User<C>> {
        let user = self.page.pop_front()?;
        self.at = self.pages.order.behind_user(&self.at, &user);
        Some(user)
    }
}

impl<C> Stream for Items<'_, C> {
    type Item = Result<User<C>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(user) = self.next_buffered() {
                return Poll::Ready(Some(Ok(user)));
            }
            match std::task::ready!(Pin::new(&mut self.pages).poll_next(context)?) {
                Some(page) => self.page = page.into(),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<C> fmt::Debug for Items<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items")
            .field("pages", &self.pages)
            .field("buffered", &self.page.len())
            .finish_non_exhaustive()
    }
}

// A user that waits in the page is never pinned: it is handed out by value.
impl<C> Unpin for Items<'_, C> {}
