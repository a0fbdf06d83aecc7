//! [`BulkRun`]: a run as a stream. It reads, cuts, keeps a number of batches under way, and hands results out. What happens to
//! one batch belongs to `attempt`.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::future::{self, BoxFuture};
use futures_util::stream::{self, BoxStream, FuturesUnordered};
use futures_util::{FutureExt as _, StreamExt as _};
use stream_users_model::UserId;

use super::attempt::{Outcome, Shared, State};
use super::budget::FailureBudget;
use super::cut::{Cut, Cutter};
use super::journal::{JournalEntry, Purpose};
use super::outcome::{BulkEnd, BulkError, BulkProgress, BulkResult};
use super::row::{InputError, Row};
use super::stop::{BulkStopper, Stopped};
use super::work::Work;

/// A run, as the stream of what becomes of each row. Results come as the service answers, not in the order of the rows.
///
/// Polling it is what drives it: nothing is read or sent while nobody asks. Where there is a journal, a result is handed out
/// once it is kept. Dropping the run ends it at once, and what was under way may have been applied; to end it
/// in order, [stop](BulkStopper::stop) it and read what is left.
#[must_use = "nothing is read or sent unless it is polled"]
pub struct BulkRun<'a, D> {
    results: BoxStream<'a, BulkResult<D>>,
    state: Arc<State>,
    end: End,
    stopper: BulkStopper,
}

type End = Arc<Mutex<Option<Arc<BulkEnd>>>>;

impl<'a, D: Send + 'a> BulkRun<'a, D> {
    /// A run that has ended before it began.
    pub(super) fn failed(error: BulkError, state: Arc<State>) -> Self {
        Self {
            results: Box::pin(stream::empty()),
            state,
            end: Arc::new(Mutex::new(Some(Arc::new(BulkEnd::Failed(error))))),
            stopper: BulkStopper::default(),
        }
    }
}

impl<D> BulkRun<'_, D> {
    /// What tells the run to stop.
    #[must_use]
    pub fn stopper(&self) -> BulkStopper {
        self.stopper.clone()
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> BulkProgress {
        let state = self.state.lock();
        let mut progress = state.progress;
        progress.limit = state.limit.get();
        progress
    }

    /// How it ended; `None` before the stream has.
    #[must_use]
    pub fn end(&self) -> Option<Arc<BulkEnd>> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the run to its end, without its results, and says how far it came and how it ended.
    pub async fn finish(mut self) -> (BulkProgress, Option<Arc<BulkEnd>>) {
        while self.next().await.is_some() {}
        (self.progress(), self.end())
    }
}

impl<D> Stream for BulkRun<'_, D> {
    type Item = BulkResult<D>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.results.poll_next_unpin(context)
    }
}

impl<D> fmt::Debug for BulkRun<'_, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BulkRun")
            .field("progress", &self.progress())
            .field("end", &self.end())
            .finish_non_exhaustive()
    }
}

type Input<'a, T> = BoxStream<'a, Result<Row<T>, InputError>>;

pub(super) fn run<'a, W: Work + 'a>(
    shared: Shared<W>,
    budget: FailureBudget,
    cutter: Cutter<W::Item>,
    input: Input<'a, W::Item>,
) -> BulkRun<'a, W::Done>
where
    W::Item: 'a,
    W::Done: 'a,
{
    let end = End::default();
    let (state, stopper) = (Arc::clone(&shared.state), shared.stopper.clone());
    let engine = Engine {
        budget,
        cutter,
        stopped: shared.stopper.stopped(),
        shared: Arc::new(shared),
        input: Some(input),
        is_open: false,
        streak: 0,
        busy: HashSet::new(),
        under_way: FuturesUnordered::new(),
        ready: VecDeque::new(),
        ends: None,
        end: Arc::clone(&end),
    };
    let results = stream::unfold(engine, |mut engine| async {
        let result = engine.next().await;
        result.map(|result| (result, engine))
    });
    BulkRun {
        results: results.fuse().boxed(),
        state,
        end,
        stopper,
    }
}

/// After so many rows, others get their turn: a journal may know a million, and nothing is waited for while they are read.
const LONGEST_STREAK: u32 = 128;

/// Whose batch has ended, and how.
type Ended<D> = (Vec<UserId>, Outcome<D>);

struct Engine<'a, W: Work> {
    shared: Arc<Shared<W>>,
    stopped: Stopped,
    budget: FailureBudget,
    cutter: Cutter<W::Item>,
    /// What is to be read; `None` once it was read to its end, or nothing more is to be read.
    input: Option<Input<'a, W::Item>>,
    /// Whether the journal was opened.
    is_open: bool,
    /// How many rows were read without a pause.
    streak: u32,
    /// Whose requests are under way.
    busy: HashSet<UserId>,
    under_way: FuturesUnordered<BoxFuture<'a, Ended<W::Done>>>,
    ready: VecDeque<BulkResult<W::Done>>,
    /// Why nothing more is sent.
    ends: Option<BulkEnd>,
    end: End,
}

/// What happened next.
enum Step<T, D> {
    Read(Option<Result<Row<T>, InputError>>),
    Ended(Vec<UserId>, Outcome<D>),
    Stopped,
    /// A batch waits for the service to come back.
    Away,
    /// Nothing is under way, and nothing is left.
    Over,
}

impl<'a, W: Work + 'a> Engine<'a, W> {
    async fn next(&mut self) -> Option<BulkResult<W::Done>> {
        if !self.is_open {
            self.is_open = true;
            if let Err(error) = self.open().await {
                self.stop_with(BulkEnd::Failed(error));
            }
        }
        loop {
            if let Some(result) = self.ready.pop_front() {
                return Some(result);
            }
            self.launch();
            match self.step().await {
                Step::Read(Some(row)) => self.take(row),
                Step::Read(None) => {
                    self.input = None;
                    if let Err(error) = self.cutter.end() {
                        self.stop_with(BulkEnd::Failed(error));
                    }
                }
                Step::Ended(ids, outcome) => self.ended(&ids, outcome),
                Step::Away => {}
                Step::Stopped => self.stop_with(BulkEnd::Stopped),
                Step::Over => {
                    self.finish().await;
                    return None;
                }
            }
        }
    }

    async fn open(&mut self) -> Result<(), BulkError> {
        let Some(journal) = &self.shared.journal else {
            return Ok(());
        };
        let purpose = Purpose::new(self.shared.operation().name).options(self.shared.work.options());
        let history = journal.open(&purpose).await?;
        self.shared.state.lock().progress.finished_before = history.finished().is_some();
        self.cutter.set_history(history);
        Ok(())
    }

    /// Sends what may be sent.
    fn launch(&mut self) {
        // A batch that gave up because of a stop has left its users: nothing of theirs may go ahead of it.
        if self.ends.is_none() && self.shared.stopper.is_stopped() {
            self.stop_with(BulkEnd::Stopped);
        }
        while self.ends.is_none() && self.has_room() {
            let Some(Cut { batch, ids, task }) = self.cutter.cut(&self.busy, self.input.is_none()) else {
                break;
            };
            self.busy.extend(ids.iter().cloned());
            let shared = Arc::clone(&self.shared);
            self.under_way.push(Box::pin(async move {
                let outcome = shared.run(batch, task).await;
                (ids, outcome)
            }));
            self.shared.state.lock().progress.in_flight = self.under_way.len();
        }
    }

    /// Whether another batch may be sent.
    fn has_room(&self) -> bool {
        let state = self.shared.state.lock();
        let count = self.under_way.len();
        // Where all wait for the service to come back, it may be one user of each that it fails for: another batch may get through.
        let all_wait = state.backing_off >= count && count < state.limit.max();
        count < state.limit.get() || all_wait
    }

    async fn step(&mut self) -> Step<W::Item, W::Done> {
        let (stopped, under_way, input, streak, cutter) = (
            &mut self.stopped,
            &mut self.under_way,
            &mut self.input,
            &mut self.streak,
            &self.cutter,
        );
        let is_ending = self.ends.is_some();
        let state = &self.shared.state;
        let backing_off = state.lock().backing_off;
        future::poll_fn(|context| {
            if !is_ending && stopped.poll_unpin(context).is_ready() {
                return Poll::Ready(Step::Stopped);
            }
            if let Poll::Ready(Some((ids, outcome))) = under_way.poll_next_unpin(context) {
                return Poll::Ready(Step::Ended(ids, outcome));
            }
            if state.lock().backing_off > backing_off {
                return Poll::Ready(Step::Away);
            }
            if let Some(input) = input {
                if cutter.wants_row() {
                    if *streak >= LONGEST_STREAK {
                        *streak = 0;
                        context.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                    let row = input.poll_next_unpin(context);
                    *streak = if row.is_ready() { *streak + 1 } else { 0 };
                    return row.map(Step::Read);
                }
            } else if under_way.is_empty() && (is_ending || cutter.is_empty()) {
                return Poll::Ready(Step::Over);
            }
            Poll::Pending
        })
        .await
    }

    fn take(&mut self, row: Result<Row<W::Item>, InputError>) {
        let taken = match row {
            Ok(row) => self.cutter.take(row, |item| self.shared.work.check(item)),
            Err(source) => Err(BulkError::Input {
                last: self.cutter.last(),
                source,
            }),
        };
        if let Err(error) = taken {
            self.stop_with(BulkEnd::Failed(error));
            return;
        }
        let (known, failed) = self.cutter.take_passed();
        let mut state = self.shared.state.lock();
        state.progress.read = self.cutter.rows();
        state.progress.known += known;
        state.progress.known_failed += failed;
    }

    fn ended(&mut self, ids: &[UserId], outcome: Outcome<W::Done>) {
        for id in ids {
            self.busy.remove(id);
        }
        self.ready.extend(outcome.results);
        let progress = {
            let mut state = self.shared.state.lock();
            state.progress.in_flight = self.under_way.len();
            state.progress
        };
        if let Some(failure) = outcome.failure {
            self.stop_with(BulkEnd::Failed(failure));
        }
        let tried = progress.done + progress.failed;
        if self.budget.is_spent(progress.failed, tried) {
            self.stop_with(BulkEnd::BudgetSpent);
        }
    }

    /// Reads and sends nothing more. The first reason is the one that counts.
    fn stop_with(&mut self, end: BulkEnd) {
        self.input = None;
        if self.ends.is_none() {
            self.ends = Some(end);
        }
        // What waits for the service gives up.
        self.shared.stopper.stop();
    }

    async fn finish(&mut self) {
        let end = if let Some(end) = self.ends.take() {
            end
        } else {
            let entry = JournalEntry::Finished {
                rows: self.cutter.rows(),
                last: self.cutter.last(),
            };
            let kept = match &self.shared.journal {
                Some(journal) if !self.cutter.is_finished() => journal.append(&[entry]).await,
                _ => Ok(()),
            };
            kept.map_or_else(|error| BulkEnd::Failed(error.into()), |()| BulkEnd::Complete)
        };
        *self.end.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(end));
    }
}
