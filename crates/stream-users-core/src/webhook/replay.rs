//! [`ReplayGuard`]: whether something was handled before. Whether it is the service's own is another matter.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::StatusCode;
use stream_users_model::Timestamp;

use super::{Webhook, digest};
use crate::clock::Clock;

/// Remembers what was handled, so that nothing is handled twice: neither what the service sends again, nor what somebody
/// else does who has seen it.
///
/// [`begin`](Self::begin) says whether a webhook is new and gives a [`Delivery`], which is
/// [committed](Delivery::commit) once it is handled. **A delivery that is dropped without it was not handled**: by an
/// error, a panic or a caller who hung up; the next attempt is new then. While one attempt is handled another is
/// refused, with a status after which the service tries again. So each is handled at least once as far as the service
/// delivers it, and twice only where a program does something and ends before it commits.
///
/// A webhook is known by its id **and by its text**. The id is not signed, so that somebody could send a webhook again
/// with another; the text is. What happened longer ago than the [window](Self::window) is refused, since it is
/// remembered no longer: the time stands in the signed text, too. The service writes one into every event; what has none
/// is refused for as long as it is remembered, and no longer.
///
/// Clones remember together. It belongs to one process: several that share the work of one address keep ids where they
/// share them, such as in a table with a unique key, written in the transaction of what is done.
///
/// ```
/// use http::HeaderMap;
/// use stream_users_core::webhook::{Replay, ReplayGuard, Webhook};
/// # use stream_users_core::TokioClock;
///
/// let guard = ReplayGuard::new(TokioClock::new()).any_age();
/// let webhook: Webhook = Webhook::from_sqs("eyJ0eXBlIjoidXNlci5iYW5uZWQifQ==")?;
///
/// let first = guard.begin(&webhook)?;
/// assert_eq!(guard.begin(&webhook).unwrap_err(), Replay::UnderWay);
/// drop(first); // It has failed.
///
/// guard.begin(&webhook)?.commit();
/// assert_eq!(guard.begin(&webhook).unwrap_err(), Replay::Handled);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct ReplayGuard {
    clock: Arc<dyn Clock>,
    window: Duration,
    capacity: usize,
    any_age: bool,
    memory: Arc<Mutex<Memory>>,
}

/// Why a webhook is not handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Replay {
    /// It was handled.
    #[error("the webhook was handled before")]
    Handled,
    /// It is being handled.
    #[error("the webhook is being handled")]
    UnderWay,
    /// What it tells happened longer ago than the guard remembers.
    #[error(
        "the webhook tells what happened longer ago than is remembered; fix: a longer `ReplayGuard::window`"
    )]
    TooOld,
}

impl Replay {
    /// What to answer: 200 for what was handled, 503 for what is being handled, so that the service tries again, and 400
    /// for what is too old, after which it does not.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Handled => StatusCode::OK,
            Self::UnderWay => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooOld => StatusCode::BAD_REQUEST,
        }
    }
}

/// What is new, and being handled. [`commit`](Self::commit) says that it was; dropped without it, it is forgotten.
#[must_use = "dropped at once it is forgotten, and the next attempt is new"]
pub struct Delivery {
    guard: ReplayGuard,
    /// When it happened, as it says.
    then: Option<Timestamp>,
    /// Empty once it is committed.
    keys: Vec<Key>,
}

/// The half of a hash of an id or a text.
type Key = [u8; 16];

#[derive(Default)]
struct Memory {
    /// Whether what has the key was handled; else it is being handled.
    known: HashMap<Key, bool>,
    /// What was handled, in that order.
    handled: VecDeque<Handled>,
    /// What happened until then may have been forgotten since the window is over, whatever the clock says.
    horizon: Option<Timestamp>,
}

struct Handled {
    at: Duration,
    /// When it happened, as it says.
    then: Option<Timestamp>,
    keys: Vec<Key>,
}

impl Memory {
    fn forget(&mut self, keys: &[Key]) {
        for key in keys {
            self.known.remove(key);
        }
    }

    /// Forgets the oldest, if `is_wanted` says so of how many there are and of it.
    fn forget_oldest(&mut self, is_wanted: impl FnOnce(usize, &Handled) -> bool) -> Option<Handled> {
        let oldest = self.handled.front()?;
        if !is_wanted(self.handled.len(), oldest) {
            return None;
        }
        let oldest = self.handled.pop_front()?;
        self.forget(&oldest.keys);
        Some(oldest)
    }

    /// Forgets what was handled longer ago than `window`.
    fn forget_old(&mut self, clock: &dyn Clock, window: Duration) {
        let (now, date) = (clock.monotonic(), clock.now());
        while let Some(old) = self.forget_oldest(|_, oldest| oldest.at.saturating_add(window) < now) {
            // What tells of the future still must not keep out what is new.
            self.horizon = self.horizon.max(old.then.filter(|then| *then <= date));
        }
    }
}

impl ReplayGuard {
    /// How long is remembered by default what was handled.
    pub const DEFAULT_WINDOW: Duration = Duration::from_secs(60 * 60);

    /// How many are remembered at most by default.
    pub const DEFAULT_CAPACITY: usize = 65_536;

    /// Remembers nothing yet.
    pub fn new(clock: impl Clock) -> Self {
        Self {
            clock: Arc::new(clock),
            window: Self::DEFAULT_WINDOW,
            capacity: Self::DEFAULT_CAPACITY,
            any_age: false,
            memory: Arc::default(),
        }
    }

    /// How long is remembered what was handled, and how long ago may have happened what is told; an hour by default. The
    /// service sends a webhook for 15 seconds at most. The clock here may be wrong by less than this: where it is faster,
    /// all is too old, and where it is slower, what was forgotten may be handled again.
    pub fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// How many are remembered at most, with the oldest forgotten first; 65,536 by default, which takes at most some 10
    /// MiB. What is being handled is remembered beyond that. Where more come within the window, what is forgotten could
    /// be handled again.
    pub fn capacity(mut self, webhooks: usize) -> Self {
        self.capacity = webhooks;
        self
    }

    /// Takes what happened at any time: for queues, in which a message may wait for days, and for tests in which the
    /// service's time is another one. What is sent again after the window is then handled again: it keeps a webhook from
    /// being handled twice by accident, and nobody who has recorded one from sending it later.
    pub fn any_age(mut self) -> Self {
        self.any_age = true;
        self
    }

    /// Whether a webhook is new. It is being handled from now on, until the [`Delivery`] is committed or dropped.
    ///
    /// # Errors
    ///
    /// Where it is not new, or may not be: a [`Replay`], whose [`status`](Replay::status) is what to answer.
    pub fn begin<C>(&self, webhook: &Webhook<C>) -> Result<Delivery, Replay> {
        let then = webhook.event.created_at();
        let age = then.and_then(|then| self.clock.now().duration_since(then));
        if !self.any_age && age.is_some_and(|age| age > self.window) {
            return Err(Replay::TooOld);
        }
        let mut memory = self.memory();
        memory.forget_old(&*self.clock, self.window);
        let keys = keys(webhook);
        let known: Vec<bool> = keys
            .iter()
            .filter_map(|key| memory.known.get(key).copied())
            .collect();
        if !known.is_empty() {
            let is_handled = known.contains(&true);
            return Err(if is_handled {
                Replay::Handled
            } else {
                Replay::UnderWay
            });
        }
        if !self.any_age && then.is_some() && then <= memory.horizon {
            return Err(Replay::TooOld);
        }
        memory.known.extend(keys.iter().map(|key| (*key, false)));
        Ok(Delivery {
            guard: self.clone(),
            then,
            keys,
        })
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a webhook is known by.
fn keys<C>(webhook: &Webhook<C>) -> Vec<Key> {
    let mut keys = vec![webhook.digest];
    if let Some(id) = &webhook.id {
        // No text of an event begins so.
        keys.push(digest(&[b"id ", id.as_bytes()].concat()));
    }
    keys
}

impl Delivery {
    /// Says that it was handled: it is refused from now on.
    pub fn commit(mut self) {
        let keys = std::mem::take(&mut self.keys);
        let now = self.guard.clock.monotonic();
        let mut memory = self.guard.memory();
        memory.known.extend(keys.iter().map(|key| (*key, true)));
        let then = self.then;
        memory.handled.push_back(Handled { at: now, then, keys });
        while memory
            .forget_oldest(|count, _| count > self.guard.capacity)
            .is_some()
        {}
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        if !self.keys.is_empty() {
            let keys = std::mem::take(&mut self.keys);
            self.guard.memory().forget(&keys);
        }
    }
}

impl fmt::Debug for ReplayGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplayGuard")
            .field("window", &self.window)
            .field("capacity", &self.capacity)
            .field("any_age", &self.any_age)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").finish_non_exhaustive()
    }
}
