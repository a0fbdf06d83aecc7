//! [`Writers`]: the writes of a synchronization, each kind in a lane of its own. Which writes there are is decided in `plan`;
//! how often and when they are polled, in `run`.

use std::collections::VecDeque;
use std::task::{Context, Poll, ready};

use stream_users_model::{CustomData, UserId, UserPatch, UserRequest};

use super::change::{SyncChange, SyncKind, SyncOutcome};
use super::error::SyncEnd;
use super::gone::GoneIds;
use super::lane::{Lane, Running, Told};
use super::options::{Gone, Options};
use super::plan::Next;
use crate::api::UsersApi;
use crate::bulk::{self, ItemError};

/// What a write is for.
#[derive(Debug)]
pub(super) struct Work {
    id: UserId,
    number: Option<u64>,
    kind: SyncKind,
    patch: Option<UserPatch>,
}

impl Work {
    pub(super) fn new(id: &UserId, number: u64, kind: SyncKind) -> Self {
        Self {
            id: id.clone(),
            number: Some(number),
            kind,
            patch: None,
        }
    }

    pub(super) fn patch(mut self, patch: &UserPatch) -> Self {
        self.patch = Some(patch.clone());
        self
    }

    pub(super) fn next<C>(self, next: &Next<C>) -> Self {
        match next {
            Next::Update(patch) => self.patch(patch),
            Next::Nothing | Next::Replace(_) => self,
        }
    }

    pub(super) fn into_change(self, outcome: SyncOutcome) -> SyncChange {
        let mut change = SyncChange::new(Some(self.id), self.number, self.kind, outcome);
        change.patch = self.patch;
        change
    }

    fn ended(self, outcome: Result<(), ItemError>) -> SyncChange {
        self.into_change(outcome.into())
    }

    /// Whether something was done already when it waits to be written: a user was brought back.
    fn is_half_done(&self) -> bool {
        self.kind == SyncKind::Reactivate
    }

    /// A user that was brought back and not changed any more before the run ended.
    fn half_done(self) -> SyncChange {
        let reason = "the user was brought back, and the run ended before the rest of it was changed";
        self.into_change(SyncOutcome::Failed(ItemError::said(reason)))
    }
}

/// A write that waits for room in its lane.
enum Write<C> {
    Upsert(Work, UserRequest<C>),
    Patch(Work, UserPatch),
    Reactivate(Work, UserId, Next<C>),
}

pub(super) struct Writers<'a, C> {
    upserts: Lane<'a, UserRequest<C>, Work>,
    patches: Lane<'a, UserPatch, Work>,
    reactivations: Lane<'a, UserId, (Work, Next<C>)>,
    waiting: VecDeque<Write<C>>,
    /// The rest of users who were brought back. It goes first, and waits for no other kind of write than its own: nobody more
    /// is brought back meanwhile, and what waits to be brought back must not hold it up.
    following: VecDeque<Write<C>>,
    remover: Option<Box<dyn FnOnce(GoneIds) -> Removal<'a> + Send + 'a>>,
    removal: Option<Removal<'a>>,
    kind_of_gone: SyncKind,
    /// What is to be told of users whose change was begun and will not be ended.
    left: VecDeque<SyncChange>,
    is_closed: bool,
}

/// Those who are gone, on their way.
enum Removal<'a> {
    Planned(Box<dyn Iterator<Item = UserId> + Send + 'a>),
    Written(Running<'a>),
}

impl<'a, C: CustomData> Writers<'a, C> {
    pub(super) fn new<A: UsersApi<C> + Clone + 'a>(api: A, options: Options) -> Self {
        let engine = options.engine.clone();
        let reactivation = options.reactivation.clone();
        let kind_of_gone = options.gone.kind().unwrap_or(SyncKind::Delete);
        let gone = api.clone();
        let remover = move |ids: GoneIds| {
            let bulk = options.engine.of(gone);
            let ids = bulk::iter(ids.into_ids());
            Removal::Written(match options.gone {
                Gone::Deactivate(template) => Running::new(bulk.deactivate_users(template, ids)),
                Gone::Delete(template) => Running::new(bulk.delete_users(template, ids)),
                Gone::Keep => return Removal::Planned(Box::new(std::iter::empty())),
            })
        };
        Self {
            upserts: Lane::new(|rows| engine.of(api.clone()).upsert_users(rows)),
            patches: Lane::new(|rows| engine.of(api.clone()).update_users_partial(rows)),
            reactivations: Lane::new(|rows| engine.of(api).reactivate_users(reactivation, rows)),
            waiting: VecDeque::new(),
            following: VecDeque::new(),
            remover: Some(Box::new(remover)),
            removal: None,
            kind_of_gone,
            left: VecDeque::new(),
            is_closed: false,
        }
    }

    pub(super) fn upsert(&mut self, work: Work, user: UserRequest<C>) {
        self.waiting.push_back(Write::Upsert(work, user));
    }

    pub(super) fn patch(&mut self, work: Work, patch: UserPatch) {
        self.waiting.push_back(Write::Patch(work, patch));
    }

    pub(super) fn reactivate(&mut self, work: Work, id: UserId, next: Next<C>) {
        self.waiting.push_back(Write::Reactivate(work, id, next));
    }

    /// Touches those who are gone; in a dry run, only tells who they are.
    pub(super) fn remove(&mut self, ids: GoneIds, dry_run: bool) {
        self.removal = if dry_run {
            Some(Removal::Planned(Box::new(ids.into_ids())))
        } else {
            self.remover.take().map(|remover| remover(ids))
        };
    }

    /// No more writes come.
    pub(super) fn close(&mut self) {
        self.is_closed = true;
        self.reactivations.close();
    }

    /// Sends nothing new; what is in flight goes on to its end.
    pub(super) fn stop(&mut self) {
        self.is_closed = true;
        self.upserts.stop();
        self.patches.stop();
        self.reactivations.stop();
        match &self.removal {
            Some(Removal::Written(running)) => running.stop(),
            Some(Removal::Planned(_)) => self.removal = None,
            None => {}
        }
        self.waiting.clear();
        let left = self.following.drain(..).filter_map(|write| match write {
            Write::Upsert(work, _) | Write::Patch(work, _) => Some(work.half_done()),
            Write::Reactivate(..) => None,
        });
        self.left.extend(left);
    }

    /// Moves what waits into the lanes: ready once nothing waits any more.
    pub(super) fn poll_room(&mut self, context: &mut Context<'_>) -> Poll<()> {
        ready!(self.poll_following(context));
        while let Some(write) = self.waiting.pop_front() {
            if self.poll_lane(&write, context).is_pending() {
                self.waiting.push_front(write);
                return Poll::Pending;
            }
            self.send(write);
        }
        Poll::Ready(())
    }

    /// Moves the rest of users who were brought back into the lanes: ready once nothing of it waits any more.
    fn poll_following(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while let Some(write) = self.following.pop_front() {
            if self.poll_lane(&write, context).is_pending() {
                self.following.push_front(write);
                return Poll::Pending;
            }
            self.send(write);
        }
        Poll::Ready(())
    }

    /// Whether there is room for a write in its lane.
    fn poll_lane(&mut self, write: &Write<C>, context: &mut Context<'_>) -> Poll<()> {
        match write {
            Write::Upsert(..) => self.upserts.poll_ready(context),
            Write::Patch(..) => self.patches.poll_ready(context),
            Write::Reactivate(..) => self.reactivations.poll_ready(context),
        }
    }

    fn send(&mut self, write: Write<C>) {
        match write {
            Write::Upsert(work, user) => self.upserts.send(user, work),
            Write::Patch(work, patch) => self.patches.send(patch, work),
            Write::Reactivate(work, id, next) => self.reactivations.send(id, (work, next)),
        }
    }

    /// What was done; `None` once all has come back that was sent.
    pub(super) fn poll_done(&mut self, context: &mut Context<'_>) -> Poll<Option<SyncChange>> {
        loop {
            if let Some(change) = self.left.pop_front() {
                return Poll::Ready(Some(change));
            }
            if let Poll::Ready(Some((work, outcome))) = self.upserts.poll(context) {
                return Poll::Ready(Some(work.ended(outcome)));
            }
            if let Poll::Ready(Some((work, outcome))) = self.patches.poll(context) {
                return Poll::Ready(Some(work.ended(outcome)));
            }
            if self.poll_following(context).is_ready() {
                if let Poll::Ready(Some(((work, next), outcome))) = self.reactivations.poll(context) {
                    match (outcome, next) {
                        (Ok(()), Next::Update(patch)) => self.following.push_back(Write::Patch(work, patch)),
                        (Ok(()), Next::Replace(user)) => self.following.push_back(Write::Upsert(work, user)),
                        (outcome, _) => return Poll::Ready(Some(work.ended(outcome))),
                    }
                    continue;
                }
            }
            if self.is_closed && self.waiting.is_empty() && self.following.is_empty() {
                let has_ended = self.reactivations.running.has_ended();
                // The engines, which have been looked at above, learn of their end in another round.
                if has_ended && self.upserts.close() | self.patches.close() {
                    continue;
                }
            }
            if let Poll::Ready(Some(change)) = self.poll_removal(context) {
                return Poll::Ready(Some(change));
            }
            if self.have_ended() {
                let left = self.upserts.take_left().chain(self.patches.take_left());
                self.left
                    .extend(left.filter(Work::is_half_done).map(Work::half_done));
                if self.left.is_empty() {
                    return Poll::Ready(None);
                }
                continue;
            }
            return Poll::Pending;
        }
    }

    fn poll_removal(&mut self, context: &mut Context<'_>) -> Poll<Option<SyncChange>> {
        let (id, outcome) = match &mut self.removal {
            None => return Poll::Ready(None),
            Some(Removal::Planned(ids)) => {
                let Some(id) = ids.next() else {
                    self.removal = None;
                    return Poll::Ready(None);
                };
                (Some(id), SyncOutcome::Planned)
            }
            Some(Removal::Written(running)) => match ready!(running.poll(context)) {
                Some(Told { id, outcome, .. }) => (id, outcome.into()),
                None => return Poll::Ready(None),
            },
        };
        Poll::Ready(Some(SyncChange::new(id, None, self.kind_of_gone, outcome)))
    }

    /// Whether all has come back that was sent, and nothing waits.
    pub(super) fn have_ended(&self) -> bool {
        let is_removing = match &self.removal {
            None => false,
            Some(Removal::Planned(_)) => true,
            Some(Removal::Written(running)) => !running.has_ended(),
        };
        !is_removing
            && self.waiting.is_empty()
            && self.following.is_empty()
            && self.left.is_empty()
            && self.upserts.running.has_ended()
            && self.patches.running.has_ended()
            && self.reactivations.running.has_ended()
    }

    /// Why one of the engines came to an early end; once for each.
    pub(super) fn take_trouble(&mut self) -> Option<SyncEnd> {
        let removal = match &mut self.removal {
            Some(Removal::Written(running)) => running.take_trouble(),
            _ => None,
        };
        removal
            .or_else(|| self.upserts.running.take_trouble())
            .or_else(|| self.patches.running.take_trouble())
            .or_else(|| self.reactivations.running.take_trouble())
    }
}
