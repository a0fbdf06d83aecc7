//! [`Planner`]: goes through the input and the users on the service side by side, and says what is to be done. It writes
//! nothing: that is done in `run`. What differs between two users is found in `compare`.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap, VecDeque};

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use stream_users_model::{CustomData, Filter, QueryUsers, User, UserId, UserPatch, UserRequest, field};

use super::Gone;
use super::compare::{Difference, difference};
use super::error::SyncError;
use super::gone::GoneIds;
use super::options::Options;
use super::report::GoneGuard;
use crate::api::UsersApi;
use crate::api_ext::UsersApiExt;
use crate::bulk::{InputError, Rejected, Row};
use crate::page::{Items, Pages};

/// New users whose ids are asked for in one query: no more than an answer holds, and no longer than a URL may be.
const MOST_NEW: usize = QueryUsers::MAX_LIMIT as usize;
const MOST_NEW_BYTES: usize = 6 * 1024;

/// Rejected rows whose ids are remembered, so that they do not count as gone.
const MOST_REJECTED: usize = 10_000;

/// What is to be done about one user.
#[derive(Debug)]
pub(super) enum Step<C> {
    /// A row was read.
    Row,
    /// A user on the service was looked at.
    There,
    /// A user on the service is in no row that can be used, and is not gone all the same.
    Protected,
    /// It is as it should be.
    Unchanged,
    Create(u64, UserRequest<C>),
    Update(u64, UserPatch),
    /// A patch cannot say what differs.
    Replace(u64, UserRequest<C>),
    Reactivate(u64, UserId, Next<C>),
    LeaveInactive(u64, UserId),
    LeaveOutOfScope(u64, UserId),
    /// It differs, and cannot be changed.
    Fail(u64, UserId, String),
    Reject(u64, Rejected),
}

/// What is to be done to a user once it is reactivated.
#[derive(Debug)]
pub(super) enum Next<C> {
    Nothing,
    Update(UserPatch),
    Replace(UserRequest<C>),
}

/// Who is gone, and whether it may be touched.
#[derive(Debug, Default)]
pub(super) struct Missing {
    pub(super) ids: GoneIds,
    pub(super) count: u64,
    pub(super) guard: Option<GoneGuard>,
}

pub(super) struct Planner<'a, C, A> {
    api: A,
    rows: BoxStream<'a, Result<Row<UserRequest<C>>, InputError>>,
    there: Items<'a, User<C>>,
    options: Options,
    /// The next row, unless one must be read first.
    row: Head<(u64, UserRequest<C>)>,
    /// The next user on the service, unless one must be asked for first.
    user: Head<User<C>>,
    last_row: Option<(u64, UserId)>,
    last_user: Option<UserId>,
    /// Users who are in a row and were not found on the service, to be looked for by their ids.
    new: Vec<(u64, UserRequest<C>)>,
    new_bytes: usize,
    ready: VecDeque<Step<C>>,
    gone: GoneIds,
    /// How many are gone, also where their ids are not held.
    missed: u64,
    /// Users on the service that count for the share of the gone.
    judged: u64,
    rejected: BTreeSet<UserId>,
    /// Rejected rows of which nobody knows whom they are about.
    unknown: u64,
}

/// The head of a sequence.
enum Head<T> {
    Unread,
    Is(T),
    End,
}

impl<'a, C: CustomData, A: UsersApi<C> + Clone + 'a> Planner<'a, C, A> {
    pub(super) fn new(
        api: A,
        rows: BoxStream<'a, Result<Row<UserRequest<C>>, InputError>>,
        options: Options,
    ) -> Self {
        let query = QueryUsers::new(options.scope.clone())
            .sort(field::id().asc())
            .include_deactivated_users(true)
            .limit(QueryUsers::MAX_LIMIT);
        let asked = api.clone();
        let pages = Pages::of_users(query, move |query| {
            let api = asked.clone();
            Box::pin(async move { api.query_users(query).await })
        });
        Self {
            api,
            rows,
            there: pages.items(),
            options,
            row: Head::Unread,
            user: Head::Unread,
            last_row: None,
            last_user: None,
            new: Vec::new(),
            new_bytes: 0,
            ready: VecDeque::new(),
            gone: GoneIds::default(),
            missed: 0,
            judged: 0,
            rejected: BTreeSet::new(),
            unknown: 0,
        }
    }

    /// The next thing to do; `None` once both sides have come to their end.
    pub(super) async fn step(&mut self) -> Result<Option<Step<C>>, SyncError> {
        loop {
            if let Some(step) = self.ready.pop_front() {
                return Ok(Some(step));
            }
            if self.new.len() >= MOST_NEW || self.new_bytes >= MOST_NEW_BYTES {
                self.look_for_new().await?;
                continue;
            }
            if let Head::Unread = self.row {
                self.read_row().await?;
                continue;
            }
            if let Head::Unread = self.user {
                self.read_user().await?;
                continue;
            }
            let order = match (&self.row, &self.user) {
                (Head::Is((_, row)), Head::Is(user)) => by_bytes(&row.id, &user.id),
                (Head::Is(_), _) => Ordering::Less,
                (_, Head::Is(_)) => Ordering::Greater,
                _ if self.new.is_empty() => return Ok(None),
                _ => {
                    self.look_for_new().await?;
                    continue;
                }
            };
            let row = take_if(&mut self.row, order != Ordering::Greater);
            let user = take_if(&mut self.user, order != Ordering::Less);
            match (row, user) {
                (Some((number, row)), Some(user)) => self.compare(number, row, &user),
                (Some((number, row)), None) => {
                    self.new_bytes += row.id.as_str().len();
                    self.new.push((number, row));
                }
                (None, Some(user)) => self.miss(&user),
                (None, None) => {}
            }
        }
    }

    /// Who is gone. To be asked behind the last step.
    pub(super) fn finish(self) -> Missing {
        let held = self.gone.count();
        let is_too_many = held < self.missed;
        let mut ids = self.gone;
        if !self.rejected.is_empty() {
            let mut rest = GoneIds::default();
            for id in ids.into_ids().filter(|id| !self.rejected.contains(id)) {
                rest.push(&id);
            }
            ids = rest;
        }
        let named = held - ids.count();
        let (count, judged) = (self.missed - named, self.judged - named);
        let options = &self.options;
        let guard = if is_too_many {
            Some(GoneGuard::TooMany {
                max: options.max_gone,
            })
        } else if self.unknown > 0 && !options.gone_despite_rejected {
            Some(GoneGuard::Rejected { rows: self.unknown })
        } else if count > 0 && share(count, judged) > options.max_gone_share {
            Some(GoneGuard::Share {
                gone: count,
                of: judged,
                max: options.max_gone_share,
            })
        } else {
            None
        };
        Missing {
            ids,
            count,
            guard: guard.filter(|_| !matches!(options.gone, Gone::Keep)),
        }
    }

    async fn read_row(&mut self) -> Result<(), SyncError> {
        let Some(row) = self.rows.next().await else {
            self.row = Head::End;
            return Ok(());
        };
        let row = row.map_err(SyncError::Input)?;
        self.ready.push_back(Step::Row);
        let number = row.number;
        let user = match row.item {
            Ok(user) => user,
            Err(rejected) => {
                self.reject(number, rejected);
                return Ok(());
            }
        };
        if let Some((previous_number, previous_id)) = &self.last_row {
            match by_bytes(&user.id, previous_id) {
                Ordering::Greater => {}
                Ordering::Equal => {
                    let reason = format!("the id stands in row {previous_number} already, which counts");
                    let rejected = Rejected::new(reason).id(user.id);
                    self.ready.push_back(Step::Reject(number, rejected));
                    return Ok(());
                }
                Ordering::Less => {
                    return Err(SyncError::NotSorted {
                        number,
                        id: user.id,
                        previous_number: *previous_number,
                        previous_id: previous_id.clone(),
                    });
                }
            }
        }
        self.last_row = Some((number, user.id.clone()));
        self.row = Head::Is((number, user));
        Ok(())
    }

    /// A row that cannot be used. Whom it names is not gone; where it names nobody, nobody knows who is not.
    fn reject(&mut self, number: u64, rejected: Rejected) {
        match &rejected.id {
            Some(id) if self.rejected.len() < MOST_REJECTED => {
                self.rejected.insert(id.clone());
            }
            _ => self.unknown += 1,
        }
        self.ready.push_back(Step::Reject(number, rejected));
    }

    async fn read_user(&mut self) -> Result<(), SyncError> {
        let Some(user) = self.there.next().await else {
            self.user = Head::End;
            return Ok(());
        };
        let user = user.map_err(SyncError::Api)?;
        if let Some(last) = &self.last_user {
            if by_bytes(&user.id, last) != Ordering::Greater {
                return Err(SyncError::ServiceOrder {
                    id: user.id,
                    previous_id: last.clone(),
                });
            }
        }
        self.last_user = Some(user.id.clone());
        self.ready.push_back(Step::There);
        self.user = Head::Is(user);
        Ok(())
    }

    fn compare(&mut self, number: u64, wanted: UserRequest<C>, there: &User<C>) {
        self.judged += 1;
        let id = wanted.id.clone();
        if there.deactivated_at.is_some() && !self.options.reactivates() {
            self.ready.push_back(Step::LeaveInactive(number, id));
            return;
        }
        let step = match (
            difference(there, wanted, self.options.merge),
            there.deactivated_at.is_some(),
        ) {
            (Difference::None, false) => Step::Unchanged,
            (Difference::Patch(patch), false) => Step::Update(number, patch),
            (Difference::Replace(user), false) => Step::Replace(number, user),
            (Difference::Unspeakable(reason), _) => Step::Fail(number, id, reason),
            (Difference::None, true) => Step::Reactivate(number, id, Next::Nothing),
            (Difference::Patch(patch), true) => Step::Reactivate(number, id, Next::Update(patch)),
            (Difference::Replace(user), true) => Step::Reactivate(number, id, Next::Replace(user)),
        };
        self.ready.push_back(step);
    }

    /// A user on the service who is in no row.
    fn miss(&mut self, user: &User<C>) {
        let options = &self.options;
        if options.protects(&user.id, &user.role) || self.rejected.contains(&user.id) {
            self.ready.push_back(Step::Protected);
            return;
        }
        if matches!(options.gone, Gone::Deactivate(_)) && user.deactivated_at.is_some() {
            return;
        }
        self.judged += 1;
        self.missed += 1;
        if !matches!(options.gone, Gone::Keep) && self.gone.count() < options.max_gone {
            self.gone.push(&user.id);
        }
    }

    /// Asks for the users who were not found, by their ids: they may be outside of the scope, or have come since.
    async fn look_for_new(&mut self) -> Result<(), SyncError> {
        let ids = self.new.iter().map(|(_, user)| user.id.clone());
        let found = self.api.get_users(ids).await.map_err(SyncError::Api)?;
        let mut found: HashMap<UserId, User<C>> =
            found.into_iter().map(|user| (user.id.clone(), user)).collect();
        self.new_bytes = 0;
        for (number, user) in std::mem::take(&mut self.new) {
            match found.remove(&user.id) {
                None => self.ready.push_back(Step::Create(number, user)),
                Some(_) if self.options.scope != Filter::all() => {
                    self.ready.push_back(Step::LeaveOutOfScope(number, user.id));
                }
                Some(there) => {
                    self.ready.push_back(Step::There);
                    self.compare(number, user, &there);
                }
            }
        }
        Ok(())
    }
}

fn take_if<T>(next: &mut Head<T>, condition: bool) -> Option<T> {
    match next {
        Head::Is(_) if condition => match std::mem::replace(next, Head::Unread) {
            Head::Is(item) => Some(item),
            Head::Unread | Head::End => None,
        },
        _ => None,
    }
}

fn by_bytes(one: &UserId, other: &UserId) -> Ordering {
    one.as_str().as_bytes().cmp(other.as_str().as_bytes())
}

#[expect(clippy::cast_precision_loss, reason = "a share need not be more exact")]
fn share(part: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
}
