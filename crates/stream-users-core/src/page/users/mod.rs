//! The listing of the users that a query finds, past what one query can reach. One page is `query_users`.
//!
//! Which users come behind which, and by what filter, stands in `order`; where a page starts that has to skip, in
//! `skip`; the place that was reached, in `position`.

mod order;
mod position;
mod skip;

use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use stream_users_model::{Operation, QueriedUsers, QueryUsers, User, operation};

use self::order::{Keyed, Obstacle, Order};
use self::position::Position;
use self::skip::Window;
use super::{Listing, Page, Pages};
use crate::error::{Error, ErrorKind, Result};
use crate::response::Response;

type Ask<'a, C> = dyn Fn(QueryUsers) -> BoxFuture<'a, Result<Response<QueriedUsers<C>>>> + Send + Sync + 'a;

impl<'a, C: Send + 'a> Pages<'a, User<C>> {
    /// The users of `query`, each page asked for with `ask`; for what is no [`UsersApi`](crate::UsersApi) itself.
    pub fn of_users(
        query: QueryUsers,
        ask: impl Fn(QueryUsers) -> BoxFuture<'a, Result<Response<QueriedUsers<C>>>> + Send + Sync + 'a,
    ) -> Self {
        Self::new(FoundUsers {
            ask: Box::new(ask),
            order: Order::of(&query),
            query,
        })
    }
}

struct FoundUsers<'a, C> {
    ask: Box<Ask<'a, C>>,
    query: QueryUsers,
    order: Order,
}

impl<C: Send> Listing for FoundUsers<'_, C> {
    type Item = User<C>;
    type Place = Position;

    fn operation(&self) -> &'static Operation {
        &operation::QUERY_USERS
    }

    fn query(&self) -> Value {
        let query = &self.query;
        let user = query.user.as_ref().map(|user| &user.id);
        json!({
            "filter": query.filter,
            "sort": query.sort,
            "offset": query.offset.unwrap_or(0),
            "deactivated": query.include_deactivated_users.unwrap_or(false),
            "user": query.user_id.as_ref().or(user),
        })
    }

    fn start(&self) -> Position {
        self.order.start()
    }

    async fn page(&self, at: &Position) -> Result<Page<User<C>, Position>> {
        match &self.order {
            order if !order.fits(at) => Err(failure(
                ErrorKind::Invalid,
                "the cursor holds a place of another order",
            )),
            Order::Keyed(keyed) => self.behind_key(*keyed, at).await,
            Order::Other(obstacle) => self.behind_window(*obstacle, at).await,
        }
    }

    fn behind(&self, at: &Position, user: &User<C>) -> Option<Position> {
        Some(self.order.behind_user(at, user))
    }
}

impl<C: Send> FoundUsers<'_, C> {
    fn size(&self) -> u32 {
        let limit = self.query.limit.filter(|limit| *limit > 0);
        limit.unwrap_or(QueryUsers::MAX_LIMIT)
    }

    async fn users(&self, query: QueryUsers) -> Result<Vec<User<C>>> {
        Ok((self.ask)(query).await?.body.users)
    }

    /// The users that a filter finds behind a place. Where those with a value are exhausted, those without one follow, or
    /// the other way round.
    async fn behind_key(&self, keyed: Keyed, at: &Position) -> Result<Page<User<C>, Position>> {
        let sides: &[bool] = if keyed.may_turn(at) {
            &[false, true]
        } else {
            &[false]
        };
        for turning in sides {
            let mut query = self.query.clone();
            query.limit = Some(self.size());
            query.sort = keyed.sort();
            if let Position::Behind(last) = at {
                let rest = if *turning {
                    keyed.other_side(last)
                } else {
                    keyed.behind(last)
                };
                query.filter = query.filter & rest;
                query.offset = None;
            }
            let users = self.users(query).await?;
            if !users.is_empty() {
                let next = keyed
                    .behind_page(at, *turning, &users)
                    .map_err(|message| failure(ErrorKind::Decode, message))?;
                return Ok(Page::new(users, Some(next)));
            }
        }
        Ok(Page::new([], None))
    }

    /// The users behind those that the service skips.
    async fn behind_window(&self, obstacle: Obstacle, at: &Position) -> Result<Page<User<C>, Position>> {
        let window = Window::of(&self.query, self.size(), at);
        if window.is_out_of_reach() {
            return Err(failure(ErrorKind::Invalid, obstacle.describe(&self.query)));
        }
        let mut query = self.query.clone();
        query.limit = Some(window.limit);
        query.offset = Some(window.offset).filter(|offset| *offset > 0);
        let mut users = self.users(query).await?;
        let is_last = window.is_last(users.len());
        users.drain(..window.known().min(users.len()));
        let next = at.skipping(users.len());
        let goes_on = !is_last && !users.is_empty();
        Ok(Page::new(users, Some(next).filter(|_| goes_on)))
    }
}

fn failure(kind: ErrorKind, message: impl Into<String>) -> Error {
    Error::builder(kind)
        .operation(operation::QUERY_USERS.name)
        .message(message)
        .build()
}
