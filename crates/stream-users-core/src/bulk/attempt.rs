//! One batch, from its first request until each of its rows has a result: halving, waiting for a service that is away,
//! following a task, and the journal. How many batches are under way belongs to `run`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::{self, Either};
use stream_users_model::{Operation, TaskId};

use super::batch::Batch;
use super::journal::{FailedRow, Journal, JournalEntry};
use super::limit::Limit;
use super::outcome::{BulkError, BulkProgress, BulkResult, ItemError};
use super::row::BulkItem;
use super::stop::BulkStopper;
use super::work::{Answers, Sent, Work};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::random::Random;
use crate::retry::Backoff;

/// How long to wait for a service that is away: at most half a minute, so that its return is noticed.
const BACKOFF: Backoff = Backoff::exponential(Duration::from_millis(500), Duration::from_secs(30));

/// How often the service must say that it does not know a task before it is started again.
const GONE: u32 = 3;

/// A batch that has failed this often is halved: one user of it may be what the service fails for.
const STUBBORN: u32 = 5;

/// How often a batch is halved for that while nothing shows that the service is there at all: enough to come down to one user.
const SPLITS: usize = 7;

/// What all batches of a run share.
pub(super) struct Shared<W> {
    pub(super) work: W,
    pub(super) journal: Option<Arc<dyn Journal>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Random,
    pub(super) patience: Duration,
    pub(super) stopper: BulkStopper,
    pub(super) state: Arc<State>,
}

/// What changes while a run goes on.
#[derive(Debug)]
pub(super) struct State(Mutex<Numbers>);

#[derive(Debug)]
pub(super) struct Numbers {
    pub(super) progress: BulkProgress,
    pub(super) limit: Limit,
    /// Since when nothing has succeeded, by the clock's stopwatch, where the last request failed in a way that may pass.
    pub(super) away_since: Option<Duration>,
    /// How many requests the service has answered well.
    pub(super) answered: u64,
    /// How many batches wait for a service that is away, other than for its quota.
    pub(super) backing_off: usize,
}

impl State {
    pub(super) fn new(limit: Limit) -> Self {
        Self(Mutex::new(Numbers {
            progress: BulkProgress::default(),
            limit,
            away_since: None,
            answered: 0,
            backing_off: 0,
        }))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Numbers> {
        // Whole after every step, so a poisoned lock does no harm.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How far a batch came.
pub(super) struct Outcome<D> {
    /// What became of its rows; fewer than it has where it was given up.
    pub(super) results: Vec<BulkResult<D>>,
    /// Why the run cannot go on.
    pub(super) failure: Option<BulkError>,
}

/// What to do after an answer to a part of a batch.
enum Answer<D> {
    Done(Answers<D>),
    /// The service refuses these users, or one of them.
    Refused(Error),
    /// It fails again and again in a way that may pass.
    Stubborn,
    /// The run was told to stop while the service was away.
    GivenUp,
}

impl<W: Work> Shared<W> {
    /// Does a batch. `task` is one that an earlier run started for it.
    pub(super) async fn run(
        self: Arc<Self>,
        batch: Batch<W::Item>,
        mut task: Option<TaskId>,
    ) -> Outcome<W::Done> {
        let mut outcome = Outcome {
            results: Vec::with_capacity(batch.0.len()),
            failure: None,
        };
        // Of a batch that an earlier run may have sent, nobody knows what became.
        let mut unsure = self.journal.is_some();
        let mut parts = vec![batch];
        let mut splits = SPLITS;
        while let Some(part) = parts.pop() {
            // Also what is left of a refused batch would be sent anew.
            if self.stopper.is_stopped() {
                break;
            }
            let count = part.items().count();
            let can_yield = !parts.is_empty() || count > 1 && splits > 0;
            let answered = self.state.lock().answered;
            match self.settle(&part, task.take(), &mut unsure, can_yield).await {
                Ok(Answer::Done(answers)) => {
                    if let Err(error) = self.keep(part, answers, &mut outcome.results).await {
                        outcome.failure = Some(error);
                        break;
                    }
                }
                Ok(Answer::Refused(error)) if count > 1 => {
                    drop(error);
                    let (first, second) = part.halve();
                    parts.extend([second, first]);
                }
                Ok(Answer::Refused(error)) => {
                    let refusal = ItemError::refused(error);
                    let done = match part.items().next() {
                        Some(item) if unsure => self.work.done_already(item, &refusal).await,
                        _ => None,
                    };
                    let answers = vec![done.ok_or(refusal)];
                    if let Err(error) = self.keep(part, answers, &mut outcome.results).await {
                        outcome.failure = Some(error);
                        break;
                    }
                }
                Ok(Answer::Stubborn) => {
                    let is_there = self.state.lock().answered > answered;
                    if count > 1 && (is_there || splits > 0) {
                        splits -= usize::from(!is_there);
                        let (first, second) = part.halve();
                        parts.extend([second, first]);
                    } else {
                        // The others need not wait for it.
                        parts.insert(0, part);
                    }
                }
                Ok(Answer::GivenUp) => break,
                Err(error) => {
                    outcome.failure = Some(error);
                    break;
                }
            }
        }
        outcome
    }

    /// Sends a part until the service has said something about it.
    async fn settle(
        &self,
        part: &Batch<W::Item>,
        mut task: Option<TaskId>,
        unsure: &mut bool,
        can_yield: bool,
    ) -> Result<Answer<W::Done>, BulkError> {
        if part.items().next().is_none() {
            return Ok(Answer::Done(Vec::new()));
        }
        let mut failures = 0_u32;
        // A task that was only just started may not be seen everywhere yet: it is gone when it is not there three times.
        let mut gone = if task.is_some() { GONE - 1 } else { 0 };
        loop {
            let error = match self.once(part, &mut task).await? {
                Ok(answers) => {
                    self.is_there();
                    self.state.lock().answered += 1;
                    return Ok(Answer::Done(answers));
                }
                Err(error) => error,
            };
            *unsure |= error.may_have_been_applied();
            let verdict = Verdict::of(&error, task.is_some());
            match verdict {
                Verdict::Refused => {
                    self.is_there();
                    return Ok(Answer::Refused(error));
                }
                Verdict::Fatal => return Err(error.into()),
                Verdict::TaskGone => {
                    gone += 1;
                    if gone >= GONE {
                        // What it has done before it was forgotten stays done.
                        *unsure = true;
                        (task, gone) = (None, 0);
                    }
                }
                Verdict::Passing => {}
            }
            failures += 1;
            {
                let now = self.clock.monotonic();
                let mut state = self.state.lock();
                let state = &mut *state;
                state.limit.congested(state.progress.in_flight);
                state.progress.retried += 1;
                state.progress.waiting = true;
                let since = *state.away_since.get_or_insert(now);
                if now.saturating_sub(since) >= self.patience {
                    return Err(error.into());
                }
            }
            let came_through = !error.is_connect() && !error.is_rate_limited();
            let is_of_users = came_through && task.is_none() && matches!(verdict, Verdict::Passing);
            if failures >= STUBBORN && is_of_users && can_yield {
                return Ok(Answer::Stubborn);
            }
            let wait = BACKOFF
                .wait(failures, &self.random)
                .max(error.retry_after().unwrap_or_default());
            let is_away = usize::from(!error.is_rate_limited());
            self.state.lock().backing_off += is_away;
            let goes_on = self.wait(wait.min(self.patience)).await;
            self.state.lock().backing_off -= is_away;
            if !goes_on {
                return Ok(Answer::GivenUp);
            }
        }
    }

    /// Sends a part once, or goes on to follow its task.
    async fn once(
        &self,
        part: &Batch<W::Item>,
        task: &mut Option<TaskId>,
    ) -> Result<Result<Answers<W::Done>, Error>, BulkError> {
        let items = || part.items().cloned().collect();
        if task.is_none() {
            let (began, in_flight) = {
                let mut state = self.state.lock();
                state.progress.requests += 1;
                (self.clock.monotonic(), state.progress.in_flight)
            };
            let answer = match self.work.send(items()).await {
                Ok(answer) => answer,
                Err(error) => return Ok(Err(error)),
            };
            if answer.meta.attempts > 1 {
                self.state.lock().limit.congested(in_flight);
            } else {
                let took = self.clock.monotonic().saturating_sub(began);
                let quota = answer.meta.rate_limit;
                let users = part.items().count();
                self.state
                    .lock()
                    .limit
                    .answered(took, users, in_flight, quota.as_ref());
            }
            match answer.body {
                Sent::Done(answers) => return Ok(Ok(answers)),
                Sent::Started(id) => {
                    if let Some(journal) = &self.journal {
                        let entry = JournalEntry::Started {
                            part: part.part(),
                            task_id: id.clone(),
                        };
                        journal.append(&[entry]).await?;
                    }
                    *task = Some(id);
                }
            }
        }
        let Some(id) = task.clone() else {
            return Ok(Ok(Vec::new()));
        };
        Ok(self.work.follow(id, items(), &|| self.is_there()).await)
    }

    /// The service has answered.
    fn is_there(&self) {
        let mut state = self.state.lock();
        state.away_since = None;
        state.progress.waiting = false;
    }

    /// Keeps what became of a part, and only then counts it and hands it out.
    async fn keep(
        &self,
        part: Batch<W::Item>,
        answers: Answers<W::Done>,
        results: &mut Vec<BulkResult<W::Done>>,
    ) -> Result<(), BulkError> {
        let of_part = self.journal.is_some().then(|| part.part());
        let mut answers = answers.into_iter();
        let begin = results.len();
        let mut failures = Vec::new();
        for entry in part.0 {
            let id = entry.id().cloned();
            let outcome = match entry.item {
                Ok(_) => answers
                    .next()
                    .unwrap_or_else(|| Err(ItemError::said("the answer does not hold the user"))),
                Err((_, error)) => Err(error),
            };
            if let Err(error) = &outcome {
                failures.push(JournalEntry::Failed(FailedRow::new(
                    entry.number,
                    id.clone(),
                    error.to_string(),
                )));
            }
            results.push(BulkResult {
                number: entry.number,
                id,
                outcome,
            });
        }
        let failed = failures.len() as u64;
        if let (Some(journal), Some(part)) = (&self.journal, of_part) {
            let mut entries = failures;
            entries.push(JournalEntry::Done { part, failed });
            if let Err(error) = journal.append(&entries).await {
                // What is not kept is not said to be done.
                results.truncate(begin);
                return Err(error.into());
            }
        }
        let mut state = self.state.lock();
        state.progress.failed += failed;
        state.progress.done += (results.len() - begin) as u64 - failed;
        Ok(())
    }

    /// Waits; whether it may go on then.
    async fn wait(&self, duration: Duration) -> bool {
        match future::select(self.stopper.stopped(), self.clock.sleep(duration)).await {
            Either::Left(_) => false,
            Either::Right(_) => !self.stopper.is_stopped(),
        }
    }

    pub(super) fn operation(&self) -> &'static Operation {
        self.work.operation()
    }
}

/// What a failed request means for the batch.
enum Verdict {
    /// The service does not take these users, or one of them.
    Refused,
    /// It may succeed later.
    Passing,
    /// The service does not know the task: it is started again, unless it is new.
    TaskGone,
    /// No request of this run will succeed.
    Fatal,
}

impl Verdict {
    fn of(error: &Error, of_task: bool) -> Self {
        match error.kind() {
            ErrorKind::Task if error.task().is_some_and(|task| task.status.is_terminal()) => Self::Refused,
            // A page of something else than the service, which answers with an object.
            ErrorKind::Decode
                if error
                    .body()
                    .is_some_and(|body| !body.trim_start().starts_with('{')) =>
            {
                Self::Passing
            }
            ErrorKind::Decode | ErrorKind::Invalid => Self::Refused,
            ErrorKind::Api if of_task && error.api().is_some() && error.is_not_found() => Self::TaskGone,
            _ if error.is_auth() => Self::Fatal,
            _ if error.is_retryable() || error.is_rate_limited() => Self::Passing,
            ErrorKind::Api if error.api().is_some() || error.status() == Some(413) => Self::Refused,
            // Something else than the service answered, such as a proxy whose backend is away.
            ErrorKind::Api => Self::Passing,
            _ => Self::Fatal,
        }
    }
}

impl<T: BulkItem> std::fmt::Debug for Batch<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batch").field("rows", &self.0.len()).finish()
    }
}
