//! [`ManualClock`], time by hand. Nothing here reads the machine's time.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use stream_users_core::clock::{Clock, Sleep};
use stream_users_model::Timestamp;

/// A [`Clock`] that stands still until a test moves it, or that every wait moves to its own end. Clones are the same clock.
///
/// It starts at 2023-11-14 22:13:20 UTC, which is 1,700,000,000 seconds after the epoch.
///
/// ```
/// use std::time::Duration;
///
/// use stream_users_core::Clock;
/// use stream_users_testing::ManualClock;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let clock = ManualClock::auto_advance();
/// clock.sleep(Duration::from_secs(3600)).await; // Over at once.
/// assert_eq!(clock.monotonic(), Duration::from_secs(3600));
/// assert_eq!(clock.now().unix_seconds(), 1_700_003_600);
/// assert_eq!(clock.sleeps(), [Duration::from_secs(3600)]);
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    start: Timestamp,
    passed: Duration,
    auto: bool,
    sleeps: Vec<Duration>,
    /// The waits that have been polled and have not come to their end, by number.
    waits: BTreeMap<u64, (Duration, Waker)>,
    next: u64,
}

impl State {
    /// Takes out who waits for a moment that has come.
    fn due(&mut self) -> Vec<Waker> {
        let passed = self.passed;
        let due = self.waits.iter().filter(|(_, (end, _))| *end <= passed);
        let due: Vec<u64> = due.map(|(number, _)| *number).collect();
        due.iter()
            .filter_map(|number| self.waits.remove(number))
            .map(|(_, waker)| waker)
            .collect()
    }
}

impl ManualClock {
    /// A clock that moves only with [`advance`](Self::advance): a wait is over once the clock was moved past its end.
    #[must_use]
    pub fn new() -> Self {
        Self::with(false)
    }

    /// A clock that every wait moves to its own end, so that waits take no time.
    ///
    /// The client starts a wait beside each attempt, for its timeout. That wait moves nothing where the answer is there at
    /// once, as those of a [`ScriptedTransport`](crate::ScriptedTransport) and of a mock are; over a transport that has to
    /// wait for its answer, every attempt would time out.
    #[must_use]
    pub fn auto_advance() -> Self {
        Self::with(true)
    }

    /// The same clock, starting at another date; for a new clock.
    #[must_use]
    pub fn starting_at(self, date: Timestamp) -> Self {
        self.state().start = date;
        self
    }

    /// Moves the clock, and ends the waits whose time has come.
    pub fn advance(&self, duration: Duration) {
        let mut state = self.state();
        state.passed = state.passed.saturating_add(duration);
        let due = state.due();
        drop(state);
        due.into_iter().for_each(Waker::wake);
    }

    /// Moves the clock to the end of the wait that ends first, and ends it; by how much, or `None` where nobody waits.
    ///
    /// A test of many tasks that wait goes from event to event with it: let the tasks run until all of them wait, then
    /// call this, and so on.
    #[must_use = "`None` says that nobody waits"]
    pub fn advance_to_next(&self) -> Option<Duration> {
        let step = {
            let state = self.state();
            let first = state.waits.values().map(|(end, _)| *end).min()?;
            first.saturating_sub(state.passed)
        };
        self.advance(step);
        Some(step)
    }

    /// How many waits have been started and have neither ended nor been dropped.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.state().waits.len()
    }

    /// How long each wait was that came to its end, in the order of their ends. Waits that were dropped are not among them.
    #[must_use]
    pub fn sleeps(&self) -> Vec<Duration> {
        self.state().sleeps.clone()
    }

    fn with(auto: bool) -> Self {
        let start = Timestamp::from_unix_seconds(1_700_000_000).unwrap_or(Timestamp::UNIX_EPOCH);
        Self {
            state: Arc::new(Mutex::new(State {
                start,
                passed: Duration::ZERO,
                auto,
                sleeps: Vec::new(),
                waits: BTreeMap::new(),
                next: 0,
            })),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A test that panics elsewhere must not hide its own message behind a poisoned lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    /// The date that the clock started at, plus what has passed; beyond the last date of a [`Timestamp`] it stands still.
    fn now(&self) -> Timestamp {
        let state = self.state();
        state.start.checked_add(state.passed).unwrap_or(state.start)
    }

    fn monotonic(&self) -> Duration {
        self.state().passed
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let mut state = self.state();
        state.next += 1;
        Box::pin(Wait {
            number: state.next,
            end: state.passed.saturating_add(duration),
            clock: self.clone(),
            duration,
        })
    }
}

struct Wait {
    clock: ManualClock,
    number: u64,
    duration: Duration,
    end: Duration,
}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.clock.state();
        if state.auto && state.passed < self.end {
            state.passed = self.end;
        }
        if state.passed < self.end {
            state
                .waits
                .insert(self.number, (self.end, context.waker().clone()));
            return Poll::Pending;
        }
        state.sleeps.push(self.duration);
        state.waits.remove(&self.number);
        // Others may have waited for a moment before this one.
        let due = state.due();
        drop(state);
        due.into_iter().for_each(Waker::wake);
        Poll::Ready(())
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.clock.state().waits.remove(&self.number);
    }
}
