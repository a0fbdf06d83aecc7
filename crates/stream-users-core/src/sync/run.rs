//! [`SyncRun`]: a synchronization at work. What is to be done is decided in `plan`; how requests are sent, in `bulk`.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use futures_util::task::AtomicWaker;
use stream_users_model::{CustomData, UserId};

use super::change::{SyncChange, SyncKind, SyncOutcome};
use super::error::{SyncEnd, SyncError};
use super::options::Options;
use super::plan::{Missing, Planner, Step};
use super::report::SyncReport;
use super::write::{Work, Writers};
use crate::api::UsersApi;
use crate::bulk::{FailureBudget, ItemError};

/// A synchronization at work: a stream of its changes, in no particular order. Polling it is what drives it; it ends with
/// [`report`](Self::report) and [`end`](Self::end).
///
/// A consumer that does not poll stops the reading and the writing. Dropping it drops what is in flight, of which the
/// service may do some or all; running it again is safe, for it compares again.
#[must_use = "a stream does nothing until it is polled"]
pub struct SyncRun<'a, C> {
    plan: Option<BoxStream<'a, Result<Told<C>, SyncError>>>,
    writers: Writers<'a, C>,
    ready: VecDeque<SyncChange>,
    missing: Option<Missing>,
    report: SyncReport,
    kind_of_gone: Option<SyncKind>,
    budget: FailureBudget,
    stop: Arc<Stop>,
    is_stopping: bool,
    why: Option<SyncEnd>,
    end: Option<SyncEnd>,
}

/// Steps that are taken before the writers are looked at again.
const STEPS: usize = 100;

/// What the planner says.
enum Told<C> {
    Step(Step<C>),
    Missing(Missing),
}

/// Stops a [`SyncRun`]: nothing new is sent, what is in flight ends and is told, then the run ends.
#[derive(Clone, Debug)]
pub struct SyncStopper(Arc<Stop>);

#[derive(Debug, Default)]
struct Stop {
    asked: AtomicBool,
    waker: AtomicWaker,
}

impl SyncStopper {
    /// Stops the run. To be called from anywhere, and as often as one likes.
    pub fn stop(&self) {
        self.0.asked.store(true, Ordering::SeqCst);
        self.0.waker.wake();
    }
}

impl<'a, C: CustomData> SyncRun<'a, C> {
    pub(super) fn new<A: UsersApi<C> + Clone + 'a>(
        api: A,
        planner: Planner<'a, C, A>,
        options: Options,
    ) -> Self {
        let plan = stream::unfold(Some(Box::new(planner)), |planner| async move {
            let mut planner = planner?;
            match planner.step().await {
                Ok(Some(step)) => Some((Ok(Told::Step(step)), Some(planner))),
                Ok(None) => Some((Ok(Told::Missing(planner.finish())), None)),
                Err(error) => Some((Err(error), None)),
            }
        });
        let report = SyncReport {
            dry_run: options.dry_run,
            ..SyncReport::default()
        };
        Self {
            plan: Some(plan.boxed()),
            kind_of_gone: options.gone.kind(),
            budget: options.failure_budget,
            writers: Writers::new(api, options),
            ready: VecDeque::new(),
            missing: None,
            report,
            stop: Arc::default(),
            is_stopping: false,
            why: None,
            end: None,
        }
    }
}

impl<C> SyncRun<'_, C> {
    /// The sums until now; those of the whole run, once it has ended.
    #[must_use]
    pub const fn report(&self) -> &SyncReport {
        &self.report
    }

    /// How it ended; `None` before the stream has.
    #[must_use]
    pub const fn end(&self) -> Option<&SyncEnd> {
        self.end.as_ref()
    }

    /// How it ended, by value; `None` before the stream has.
    #[must_use]
    pub fn into_end(self) -> Option<SyncEnd> {
        self.end
    }

    /// What stops it from elsewhere.
    #[must_use]
    pub fn stopper(&self) -> SyncStopper {
        SyncStopper(Arc::clone(&self.stop))
    }
}

impl<C: CustomData> SyncRun<'_, C> {
    /// Notes how it will end, if nothing else did before, and sends nothing new.
    fn give_up(&mut self, why: SyncEnd) {
        self.why.get_or_insert(why);
        self.plan = None;
        self.missing = None;
        self.is_stopping = true;
        self.writers.stop();
    }

    fn tell(&mut self, change: SyncChange) {
        let report = &mut self.report;
        report.count(change.kind, &change.outcome);
        if change.number.is_none() && change.error().is_none() {
            report.gone_kept = report.gone_kept.saturating_sub(1);
        }
        let is_spent = self
            .budget
            .is_spent(report.failed, report.failed + report.changed());
        self.ready.push_back(change);
        if is_spent {
            self.give_up(SyncEnd::BudgetSpent);
        }
    }

    fn place(&mut self, step: Step<C>) {
        let report = &mut self.report;
        match step {
            Step::Row => report.rows += 1,
            Step::There => report.there += 1,
            Step::Protected => report.protected += 1,
            Step::Unchanged => report.unchanged += 1,
            Step::LeaveInactive(number, id) => self.leave(number, id, SyncKind::LeaveInactive),
            Step::LeaveOutOfScope(number, id) => self.leave(number, id, SyncKind::LeaveOutOfScope),
            Step::Fail(number, id, reason) => {
                let error = SyncOutcome::Failed(ItemError::said(reason));
                self.tell(SyncChange::new(Some(id), Some(number), SyncKind::Update, error));
            }
            Step::Reject(number, rejected) => {
                let id = rejected.id.clone();
                let error = SyncOutcome::Failed(ItemError::rejected(rejected));
                self.tell(SyncChange::new(id, Some(number), SyncKind::Reject, error));
            }
            Step::Create(number, user) => {
                let work = Work::new(&user.id, number, SyncKind::Create);
                self.write(work, |writers, work| writers.upsert(work, user));
            }
            Step::Replace(number, user) => {
                let work = Work::new(&user.id, number, SyncKind::Update);
                self.write(work, |writers, work| writers.upsert(work, user));
            }
            Step::Update(number, patch) => {
                let work = Work::new(&patch.id, number, SyncKind::Update).patch(&patch);
                self.write(work, |writers, work| writers.patch(work, patch));
            }
            Step::Reactivate(number, id, next) => {
                let work = Work::new(&id, number, SyncKind::Reactivate).next(&next);
                self.write(work, |writers, work| writers.reactivate(work, id, next));
            }
        }
    }

    fn leave(&mut self, number: u64, id: UserId, kind: SyncKind) {
        self.tell(SyncChange::new(Some(id), Some(number), kind, SyncOutcome::Left));
    }

    /// Writes, or in a dry run tells what would be written.
    fn write(&mut self, work: Work, write: impl FnOnce(&mut Writers<'_, C>, Work)) {
        if self.report.dry_run {
            self.tell(work.into_change(SyncOutcome::Planned));
        } else {
            write(&mut self.writers, work);
        }
    }

    /// Takes what has been found of those who are gone.
    fn judge(&mut self, missing: Missing) {
        self.report.gone = missing.count;
        self.report.gone_kept = missing.count;
        self.report.guard.clone_from(&missing.guard);
        self.plan = None;
        self.writers.close();
        if missing.guard.is_none() && self.kind_of_gone.is_some() {
            self.missing = Some(missing);
        }
    }

    /// Touches those who are gone, once all else was written.
    fn remove(&mut self, missing: Missing) {
        self.writers.remove(missing.ids, self.report.dry_run);
    }

    /// One round: whether there was anything to do.
    fn advance(&mut self, context: &mut Context<'_>) -> bool {
        let mut advanced = false;
        if self.stop.asked.load(Ordering::SeqCst) && !self.is_stopping {
            self.give_up(SyncEnd::Stopped);
            advanced = true;
        }
        for _ in 0..STEPS {
            if !self.ready.is_empty() || self.writers.poll_room(context).is_pending() {
                break;
            }
            let Some(plan) = &mut self.plan else { break };
            let Poll::Ready(told) = plan.poll_next_unpin(context) else {
                break;
            };
            advanced = true;
            match told {
                Some(Ok(Told::Step(step))) => self.place(step),
                Some(Ok(Told::Missing(missing))) => self.judge(missing),
                Some(Err(error)) => self.give_up(SyncEnd::Failed(error)),
                None => self.plan = None,
            }
        }
        if let Poll::Ready(done) = self.writers.poll_done(context) {
            match done {
                Some(change) => {
                    self.tell(change);
                    advanced = true;
                }
                None if self.plan.is_none() => {
                    if let Some(missing) = self.missing.take() {
                        self.remove(missing);
                        advanced = true;
                    }
                }
                None => {}
            }
        }
        if let Some(why) = self.writers.take_trouble() {
            self.give_up(why);
            advanced = true;
        }
        advanced
    }
}

impl<C: CustomData> Stream for SyncRun<'_, C> {
    type Item = SyncChange;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<SyncChange>> {
        let this = &mut *self;
        if this.end.is_some() {
            return Poll::Ready(None);
        }
        this.stop.waker.register(context.waker());
        loop {
            if let Some(change) = this.ready.pop_front() {
                return Poll::Ready(Some(change));
            }
            if this.advance(context) {
                continue;
            }
            if this.plan.is_none() && this.missing.is_none() && this.writers.have_ended() {
                this.end = Some(this.why.take().unwrap_or(SyncEnd::Complete));
                return Poll::Ready(None);
            }
            return Poll::Pending;
        }
    }
}

// Whatever it holds is boxed where it must not move.
impl<C> Unpin for SyncRun<'_, C> {}

impl<C> fmt::Debug for SyncRun<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncRun")
            .field("report", &self.report)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}
