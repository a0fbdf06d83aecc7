//! [`Thread`]: a stream of the core as the thread runs it, one item at a time. Iterators are made of it elsewhere.

use futures_util::{Stream, StreamExt as _};
use stream_users_core::Result;
use stream_users_core::model::CustomData;

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

    /// The same over what `change` makes of the stream, unless it fails.
    pub(crate) fn try_map<T>(self, change: impl FnOnce(S) -> Result<T>) -> Result<Thread<T, C>> {
        Ok(Thread {
            users: self.users,
            stream: self.stream.map(change).transpose()?,
        })
    }

    /// The stream; `None` after the end.
    pub(crate) fn stream(&self) -> Option<&S> {
        self.stream.as_ref()
    }

    /// The stream, to be asked for what it has already; `None` after the end.
    pub(crate) fn stream_mut(&mut self) -> Option<&mut S> {
        self.stream.as_mut()
    }

    /// The handle whose thread it is.
    pub(crate) fn users(&self) -> &Users<C> {
        &self.users
    }

    /// The next item.
    pub(crate) fn next<T: Send + 'static>(&mut self) -> Option<Result<T>>
    where
        S: Stream<Item = Result<T>> + Unpin + Send + 'static,
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
