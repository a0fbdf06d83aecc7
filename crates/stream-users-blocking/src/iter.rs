//! [`Pages`] and [`Items`]: the users of a query as iterators. Which page comes next is decided in the core.

use std::fmt;
use std::iter::FusedIterator;
use std::sync::Arc;
use std::vec;

use futures_util::StreamExt as _;
use stream_users_core::model::{CustomData, QueryUsers, User};
use stream_users_core::{Pages as Stream, Result};

use crate::users::Users;

/// A stream that is polled on the thread.
#[derive(Debug)]
pub(crate) struct Thread<S, C: CustomData> {
    users: Users<C>,
    /// `None` after the end.
    stream: Option<S>,
}

impl<S, C: CustomData> Thread<S, C> {
    pub(crate) fn new(users: &Users<C>, stream: S) -> Self {
        Self {
            users: users.clone(),
            stream: Some(stream),
        }
    }

    /// The same over what `change` makes of the stream.
    pub(crate) fn map<T>(self, change: impl FnOnce(S) -> T) -> Thread<T, C> {
        Thread {
            users: self.users,
            stream: self.stream.map(change),
        }
    }

    /// The stream; `None` after the end.
    pub(crate) fn stream(&self) -> Option<&S> {
        self.stream.as_ref()
    }

    /// The next item.
    pub(crate) fn next<T: Send + 'static>(&mut self) -> Option<Result<T>>
    where
        S: futures_util::Stream<Item = Result<T>> + Unpin + Send + 'static,
    {
        // The stream goes to the thread and comes back with its item; after a panic there it stays away.
        let mut stream = self.stream.take()?;
        let asked = self.users.call(move |_| async move {
            let item = stream.next().await;
            Ok((stream, item))
        });
        match asked {
            Ok((stream, item)) => {
                // What has ended is asked no more.
                self.stream = item.is_some().then_some(stream);
                item
            }
            Err(error) => Some(Err(error)),
        }
    }
}

/// The users of a query, page by page: an iterator that ends with the last page or the first error; made by
/// [`Users::pages`] and [`Users::all_users`].
///
/// Each page is asked for when it is wanted, by the rules of the `Pages` of `stream-users-core`: ordered by id, it
/// passes any number of users; in any other order, the service allows for the first 1,100.
#[must_use = "an iterator does nothing until it is asked"]
pub struct Pages<C: CustomData> {
    stream: Thread<Stream<'static, C>, C>,
}

impl<C: CustomData> Pages<C> {
    pub(crate) fn new(users: &Users<C>, query: QueryUsers) -> Self {
        let api = Arc::clone(users.api());
        let stream = Stream::new(query, move |query| {
            let api = Arc::clone(&api);
            Box::pin(async move { api.query_users(query).await })
        });
        Self {
            stream: Thread::new(users, stream),
        }
    }

    /// The single users of the pages, in order.
    pub fn items(self) -> Items<C> {
        Items {
            pages: self,
            page: Vec::new().into_iter(),
        }
    }
}

impl<C: CustomData> Iterator for Pages<C> {
    type Item = Result<Vec<User<C>>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.stream.next()
    }
}

impl<C: CustomData> FusedIterator for Pages<C> {}

impl<C: CustomData> fmt::Debug for Pages<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("stream", &self.stream.stream())
            .finish_non_exhaustive()
    }
}

/// The users of a query, one by one; made by [`Pages::items`].
#[derive(Debug)]
#[must_use = "an iterator does nothing until it is asked"]
pub struct Items<C: CustomData> {
    pages: Pages<C>,
    page: vec::IntoIter<User<C>>,
}

impl<C: CustomData> Iterator for Items<C> {
    type Item = Result<User<C>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(user) = self.page.next() {
                return Some(Ok(user));
            }
            match self.pages.next()? {
                Ok(page) => self.page = page.into_iter(),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl<C: CustomData> FusedIterator for Items<C> {}
