//! [`Pages`]: users page by page, past what one query can reach. One page is `query_users`.
//!
//! Which users come behind which, and by what filter, stands in `order`; where a page starts that has to skip, in
//! `skip`; the place that was reached, in `position`, and as a text in `cursor`. Single users are in `items`.

mod cursor;
mod items;
mod order;
mod position;
mod skip;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::future::BoxFuture;
use stream_users_model::{QueriedUsers, QueryUsers, User};

pub use self::cursor::Cursor;
use self::cursor::Fingerprint;
pub use self::items::Items;
use self::order::Order;
use self::position::Position;
use self::skip::Window;
use crate::error::{Error, ErrorKind, Result};
use crate::response::Response;

type Ask<'a, C> = dyn Fn(QueryUsers) -> BoxFuture<'a, Result<Response<QueriedUsers<C>>>> + Send + Sync + 'a;

/// The users of a query, page by page: a stream that ends behind the last user or with the first error.
///
/// The order of the query decides how far it goes and what it promises:
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
/// [`cursor`](Self::cursor) is the place that was reached, to be saved as text; [`resume`](Self::resume) goes on there,
/// also in another process.
///
/// # Errors
/// Those of `query_users`, and besides:
/// - `Invalid` in the place of a page that cannot be asked for, because it would skip more than 1,000 users.
/// - `Decode` where the service answers what was not asked for: the same page again, another order, users with a value
///   among those without one. Nothing of such a page is handed out.
///
/// After an error it has ended. The cursor still stands behind the last user who was handed out.
#[must_use = "a stream does nothing until it is polled"]
pub struct Pages<'a, C> {
    ask: Box<Ask<'a, C>>,
    query: QueryUsers,
    fingerprint: Fingerprint,
    order: Order,
    at: Position,
    /// Whether those on the side of `at`, the users with a value or those without one, are exhausted, and the other side
    /// is asked for.
    turning: bool,
    state: State<'a, C>,
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
        let order = Order::of(&query);
        Self {
            ask: Box::new(ask),
            fingerprint: Fingerprint::of(&query),
            query,
            at: order.start(),
            order,
            turning: false,
            state: State::Ready,
        }
    }

    /// The single users of the pages, in order.
    pub fn items(self) -> Items<'a, C> {
        Items::new(self)
    }

    /// The place behind the last page that was handed out; before the first, the start.
    ///
    /// A page that is being asked for does not count before it is there, so that dropping the stream loses nobody.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        self.cursor_at(&self.at)
    }

    fn cursor_at(&self, at: &Position) -> Cursor {
        Cursor::new(self.fingerprint.clone(), at.clone())
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
    pub fn resume(mut self, cursor: &Cursor) -> Result<Self> {
        let at = cursor.position_in(&self.fingerprint)?;
        if !self.order.fits(at) {
            return Err(cursor::of_no_query());
        }
        self.at = at.clone();
        self.turning = false;
        self.state = State::Ready;
        Ok(self)
    }

    fn size(&self) -> u32 {
        let limit = self.query.limit.filter(|limit| *limit > 0);
        limit.unwrap_or(QueryUsers::MAX_LIMIT)
    }

    /// The query of the next page.
    fn next_query(&self) -> Result<QueryUsers> {
        let mut query = self.query.clone();
        query.limit = Some(self.size());
        match (&self.order, &self.at) {
            (Order::Keyed(keyed), at) => {
                query.sort = keyed.sort();
                if let Position::Behind(last) = at {
                    let rest = if self.turning {
                        keyed.other_side(last)
                    } else {
                        keyed.behind(last)
                    };
                    query.filter = query.filter & rest;
                    query.offset = None;
                }
            }
            (Order::Other(obstacle), at) => {
                let window = Window::of(&self.query, self.size(), at);
                if window.is_out_of_reach() {
                    return Err(failure(ErrorKind::Invalid, obstacle.describe(&self.query)));
                }
                query.limit = Some(window.limit);
                query.offset = Some(window.offset).filter(|offset| *offset > 0);
            }
        }
        Ok(query)
    }

    /// What the users of an answer mean: a page of some of them, another question, or the end.
    fn take(&mut self, mut users: Vec<User<C>>) -> Result<Option<Vec<User<C>>>> {
        self.state = State::Ready;
        match &self.order {
            Order::Keyed(keyed) if users.is_empty() => {
                if !self.turning && keyed.may_turn(&self.at) {
                    self.turning = true;
                } else {
                    self.state = State::Done;
                }
                return Ok(None);
            }
            Order::Keyed(keyed) => {
                let at = keyed
                    .behind_page(&self.at, self.turning, &users)
                    .map_err(|message| failure(ErrorKind::Decode, message));
                self.at = at.inspect_err(|_| self.state = State::Done)?;
                self.turning = false;
            }
            Order::Other(_) => {
                let window = Window::of(&self.query, self.size(), &self.at);
                if window.is_last(users.len()) {
                    self.state = State::Done;
                }
                users.drain(..window.known().min(users.len()));
                if users.is_empty() {
                    self.state = State::Done;
                    return Ok(None);
                }
                self.at = self.at.skipping(users.len());
            }
        }
        Ok(Some(users))
    }
}

fn failure(kind: ErrorKind, message: impl Into<String>) -> Error {
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
                    let query = self.next_query().inspect_err(|_| self.state = State::Done)?;
                    let asking = (self.ask)(query);
                    self.state = State::Asking(asking);
                }
                State::Asking(answer) => {
                    let answer = std::task::ready!(answer.as_mut().poll(context));
                    self.state = State::Done;
                    if let Some(page) = self.take(answer?.body.users)? {
                        return Poll::Ready(Some(Ok(page)));
                    }
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

// What is asked for is boxed, and pages are handed out by value: nothing in here is ever pinned.
impl<C> Unpin for Pages<'_, C> {}
