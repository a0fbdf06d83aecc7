//! [`Items`]: what pages hold, one by one. What a page is belongs to the module above.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::{Cursor, Pages};
use crate::error::Result;

/// The items of a listing, one by one; made by [`Pages::items`].
///
/// It ends, and fails, as its [`Pages`] do; what came with earlier pages is handed out before an error.
#[must_use = "a stream does nothing until it is polled"]
pub struct Items<'a, T> {
    pages: Pages<'a, T>,
    page: VecDeque<T>,
}

impl<'a, T> Items<'a, T> {
    pub(super) fn new(pages: Pages<'a, T>) -> Self {
        Self {
            pages,
            page: VecDeque::new(),
        }
    }

    /// The place behind the last item that was handed out; before the first, the start.
    ///
    /// Items of the same page that were not handed out are still to come.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        if self.page.is_empty() {
            self.pages.cursor()
        } else {
            self.pages.0.item_cursor()
        }
    }

    /// Goes on at a place that was reached before, as [`Pages::resume`] does.
    ///
    /// # Errors
    /// `Invalid` where the cursor is one of another query.
    pub fn resume(self, cursor: &Cursor) -> Result<Self> {
        Ok(self.pages.resume(cursor)?.items())
    }

    /// The next item, where it came with a page that is here already; `None` where one has to be asked for.
    pub fn next_buffered(&mut self) -> Option<T> {
        let item = self.page.pop_front()?;
        self.pages.0.hand_out(&item);
        Some(item)
    }
}

impl<T> Stream for Items<'_, T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(item) = self.next_buffered() {
                return Poll::Ready(Some(Ok(item)));
            }
            match std::task::ready!(Pin::new(&mut self.pages).poll_next(context)?) {
                Some(page) => self.page = page.into(),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<T> fmt::Debug for Items<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items")
            .field("pages", &self.pages)
            .field("buffered", &self.page.len())
            .finish_non_exhaustive()
    }
}

// An item that waits in the page is never pinned: it is handed out by value.
impl<T> Unpin for Items<'_, T> {}
