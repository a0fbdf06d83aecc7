//! [`Pages`] and [`Items`]: the users of a query as iterators. Which page comes next is decided in the core.

use std::fmt;
use std::iter::FusedIterator;
use std::sync::Arc;
use std::vec;

use futures_util::StreamExt as _;
use stream_users_core::model::{CustomData, QueryUsers, User};
use stream_users_core::{Pages as Stream, Result};

use crate::users::Users;

/// The users of a query, page by page: an iterator that ends with the last page or the first error; made by
/// [`Users::pages`] and [`Users::all_users`].
///
/// Each page is asked for when it is wanted, by the rules of the `Pages` of `stream-users-core`: ordered by id, it
/// passes any number of users; in any other order, the service allows for the first 1,100.
#[must_use = "an iterator does nothing until it is asked"]
pub struct Pages<C: CustomData> {
    users: Users<C>,
    /// `None` after the end.
    stream: Option<Stream<'static, C>>,
}

impl<C: CustomData> Pages<C> {
    pub(crate) fn new(users: &Users<C>, query: QueryUsers) -> Self {
        let api = Arc::clone(users.api());
        let stream = Stream::new(query, move |query| {
            let api = Arc::clone(&api);
            Box::pin(async move { api.query_users(query).await })
        });
        Self {
            users: users.clone(),
            stream: Some(stream),
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
        // The stream goes to the thread and comes back with its page; after a panic there it stays away.
        let mut stream = self.stream.take()?;
        let asked = self.users.call(move |_| async move {
            let page = stream.next().await;
            Ok((stream, page))
        });
        match asked {
            Ok((stream, Some(Ok(page)))) => {
                self.stream = Some(stream);
                Some(Ok(page))
            }
            Ok((_, end)) => end,
            Err(error) => Some(Err(error)),
        }
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
