//! [`Pages`] and [`Items`]: the users of a query as iterators. Which page comes next is decided in the core.

use std::fmt;
use std::iter::FusedIterator;
use std::sync::Arc;

use stream_users_core::model::{CustomData, QueryUsers, User};
use stream_users_core::{Cursor, Items as ItemStream, Pages as PageStream, Result};

use crate::thread::Thread;
use crate::users::Users;

/// The users of a query, page by page: an iterator that ends behind the last user or with the first error; made by
/// [`Users::pages`] and [`Users::all_users`].
///
/// Each page is asked for when it is wanted, by the rules of the `Pages` of `stream-users-core`: ordered by id, by a
/// time, by role or by name, it passes any number of users; in any other order, the service allows for the first 1,100.
#[must_use = "an iterator does nothing until it is asked"]
pub struct Pages<C: CustomData> {
    query: QueryUsers,
    stream: Thread<PageStream<'static, User<C>>, C>,
    /// Where the stream stood when it last came from the thread with a page.
    cursor: Cursor,
}

impl<C: CustomData> Pages<C> {
    pub(crate) fn new(users: &Users<C>, query: QueryUsers) -> Self {
        let api = Arc::clone(users.api());
        let stream = PageStream::of_users(query.clone(), move |query| {
            let api = Arc::clone(&api);
            Box::pin(async move { api.query_users(query).await })
        });
        Self {
            query,
            cursor: stream.cursor(),
            stream: Thread::new(users, stream),
        }
    }

    /// The single users of the pages, in order.
    pub fn items(self) -> Items<C> {
        Items {
            query: self.query,
            cursor: self.cursor,
            stream: self.stream.map(PageStream::items),
        }
    }

    /// The place behind the last page that was handed out; before the first, the start.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        self.cursor.clone()
    }

    /// Goes on at a place that was reached before, by these pages or by others of the same query, in any process.
    ///
    /// The query must have the same filter, order, offset, acting user and choice of deactivated users as that which the
    /// cursor is of. Its `limit` may differ.
    ///
    /// Behind the end, there is nobody but who has come since: such pages end at once, or hand out the new ones.
    ///
    /// # Errors
    /// `Invalid` where the cursor is one of another query.
    pub fn resume(self, cursor: &Cursor) -> Result<Self> {
        // A stream that has ended may be gone.
        let mut pages = Self::new(self.stream.users(), self.query);
        pages.stream = pages.stream.try_map(|stream| stream.resume(cursor))?;
        pages.cursor = cursor.clone();
        Ok(pages)
    }
}

impl<C: CustomData> Iterator for Pages<C> {
    type Item = Result<Vec<User<C>>>;

    fn next(&mut self) -> Option<Self::Item> {
        let page = self.stream.next();
        if let (Some(Ok(_)), Some(stream)) = (&page, self.stream.stream()) {
            self.cursor = stream.cursor();
        }
        page
    }
}

impl<C: CustomData> FusedIterator for Pages<C> {}

impl<C: CustomData> fmt::Debug for Pages<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("stream", &self.stream)
            .finish_non_exhaustive()
    }
}

/// The users of a query, one by one; made by [`Users::items`] and [`Pages::items`].
#[must_use = "an iterator does nothing until it is asked"]
pub struct Items<C: CustomData> {
    query: QueryUsers,
    stream: Thread<ItemStream<'static, User<C>>, C>,
    /// Where the stream stood when it last went to the thread.
    cursor: Cursor,
}

impl<C: CustomData> Items<C> {
    /// The place behind the last user who was handed out; before the first, the start.
    ///
    /// Users of the same page who were not handed out are still to come.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        match self.stream.stream() {
            Some(stream) => stream.cursor(),
            None => self.cursor.clone(),
        }
    }

    /// Goes on at a place that was reached before, as [`Pages::resume`] does.
    ///
    /// # Errors
    /// `Invalid` where the cursor is one of another query.
    pub fn resume(self, cursor: &Cursor) -> Result<Self> {
        Ok(Pages::new(self.stream.users(), self.query)
            .resume(cursor)?
            .items())
    }

    /// The next user, where it came with a page that is here already; `None` where one has to be asked for.
    pub fn next_buffered(&mut self) -> Option<User<C>> {
        self.stream.stream_mut()?.next_buffered()
    }
}

impl<C: CustomData> Iterator for Items<C> {
    type Item = Result<User<C>>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(user) = self.next_buffered() {
            return Some(Ok(user));
        }
        self.cursor = self.cursor();
        self.stream.next()
    }
}

impl<C: CustomData> FusedIterator for Items<C> {}

impl<C: CustomData> fmt::Debug for Items<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items")
            .field("stream", &self.stream)
            .finish_non_exhaustive()
    }
}
