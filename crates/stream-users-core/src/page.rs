//! [`Pages`]: users page by page, past what one query can reach. One page is `query_users`.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::future::BoxFuture;
use stream_users_model::{QueriedUsers, QueryUsers, Sort, SortDirection, User, UserId, field};

use crate::error::{Error, ErrorKind, Result};
use crate::response::Response;

type Ask<'a, C> = dyn Fn(QueryUsers) -> BoxFuture<'a, Result<Response<QueriedUsers<C>>>> + Send + Sync + 'a;

/// The users of a query, page by page: a stream that ends with the last page or the first error.
///
/// Ordered by id, or with no order of its own (then it goes by id), it passes any number of users: each page asks for the
/// ids after the last one, so that users who appear or vanish meanwhile neither double nor stop it. In any other order
/// it skips ahead, which the service allows for 1,000 users; where the page that starts behind them could not be asked
/// for, it ends with an error that says so.
///
/// The query's `limit` is the size of a page, by default 100; its `offset` skips users at the start.
#[must_use = "a stream does nothing until it is polled"]
pub struct Pages<'a, C> {
    ask: Box<Ask<'a, C>>,
    query: QueryUsers,
    by: By,
    state: State<'a, C>,
}

enum By {
    Id {
        direction: SortDirection,
        last: Option<UserId>,
    },
    Offset,
}

enum State<'a, C> {
    Ready,
    Asking(BoxFuture<'a, Result<Response<QueriedUsers<C>>>>),
    Done,
}

impl<'a, C> Pages<'a, C> {
    /// The pages of `query`, each asked for with `ask`.
    pub fn new(
        query: QueryUsers,
        ask: impl Fn(QueryUsers) -> BoxFuture<'a, Result<Response<QueriedUsers<C>>>> + Send + Sync + 'a,
    ) -> Self {
        let by = match query.sort.as_slice() {
            [] => By::Id {
                direction: SortDirection::Ascending,
                last: None,
            },
            [sort, ..] if sort.field == "id" => By::Id {
                direction: sort.direction,
                last: None,
            },
            _ => By::Offset,
        };
        Self {
            ask: Box::new(ask),
            query,
            by,
            state: State::Ready,
        }
    }

    /// The single users of the pages, in order.
    pub fn items(self) -> Items<'a, C> {
        Items {
            pages: self,
            page: VecDeque::new(),
        }
    }

    fn size(&self) -> u32 {
        self.query.limit.unwrap_or(QueryUsers::MAX_LIMIT)
    }

    /// The query of the next page.
    fn next_query(&self) -> QueryUsers {
        let mut query = self.query.clone();
        query.limit = Some(self.size());
        if let By::Id { direction, last } = &self.by {
            let ascending = *direction == SortDirection::Ascending;
            query.sort = vec![if ascending {
                Sort::asc("id")
            } else {
                Sort::desc("id")
            }];
            if let Some(last) = last {
                let rest = if ascending {
                    field::id().gt(last.as_str())
                } else {
                    field::id().lt(last.as_str())
                };
                query.filter = query.filter & rest;
                query.offset = None;
            }
        }
        query
    }

    /// Goes on behind `page`, unless it was the last.
    fn advance(&mut self, page: &[User<C>]) -> Result<State<'a, C>> {
        let Some(end) = page.last() else {
            return Ok(State::Done);
        };
        match &mut self.by {
            By::Id { last, .. } => {
                if last.as_ref() == Some(&end.id) {
                    // Whose users it holds was said already.
                    return Err(stuck(
                        ErrorKind::Decode,
                        "the service answered the same page again",
                    ));
                }
                *last = Some(end.id.clone());
            }
            By::Offset => {
                let size = u32::try_from(page.len()).unwrap_or(u32::MAX);
                if size < self.query.limit.unwrap_or(QueryUsers::MAX_LIMIT) {
                    return Ok(State::Done);
                }
                let offset = self.query.offset.unwrap_or(0).saturating_add(size);
                self.query.offset = Some(offset);
                if offset > QueryUsers::MAX_OFFSET {
                    // This page is handed out, and the error instead of the next.
                    let error = stuck(
                        ErrorKind::Invalid,
                        "the service skips at most 1,000 users, and in this order no page can start elsewhere; sort by id",
                    );
                    return Ok(State::Asking(Box::pin(async { Err(error) })));
                }
            }
        }
        Ok(State::Ready)
    }
}

fn stuck(kind: ErrorKind, message: &str) -> Error {
    Error::builder(kind)
        .operation("query_users")
        .message(message)
        .build()
}

impl<C> Stream for Pages<'_, C> {
    type Item = Result<Vec<User<C>>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match &mut self.state {
                State::Done => return Poll::Ready(None),
                State::Ready => {
                    let asking = (self.ask)(self.next_query());
                    self.state = State::Asking(asking);
                }
                State::Asking(answer) => {
                    let answer = std::task::ready!(answer.as_mut().poll(context));
                    self.state = State::Done;
                    let users = answer?.body.users;
                    if users.is_empty() {
                        return Poll::Ready(None);
                    }
                    self.state = self.advance(&users)?;
                    return Poll::Ready(Some(Ok(users)));
                }
            }
        }
    }
}

impl<C> fmt::Debug for Pages<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("query", &self.query)
            .finish_non_exhaustive()
    }
}

/// The users of a query, one by one; made by [`Pages::items`].
#[derive(Debug)]
#[must_use = "a stream does nothing until it is polled"]
pub struct Items<'a, C> {
    pages: Pages<'a, C>,
    page: VecDeque<User<C>>,
}

// A user that waits in the page is never pinned: it is handed out by value.
impl<C> Unpin for Items<'_, C> {}
impl<C> Unpin for Pages<'_, C> {}

impl<C> Stream for Items<'_, C> {
    type Item = Result<User<C>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(user) = self.page.pop_front() {
                return Poll::Ready(Some(Ok(user)));
            }
            match std::task::ready!(Pin::new(&mut self.pages).poll_next(context)?) {
                Some(page) => self.page = page.into(),
                None => return Poll::Ready(None),
            }
        }
    }
}
