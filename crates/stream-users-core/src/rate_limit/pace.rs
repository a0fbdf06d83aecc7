//! [`Pace`]: which operation a call belongs to, whose turn it is, and the waiting. When a call may go is decided in
//! [`lane`](super::lane).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use stream_users_model::Operation;

use super::lane::{Lane, Plan};
use super::{LimitedAnswer, PendingAttempt, QuotaExceeded, RateLimit, RateLimiter};
use crate::turns::Turns;

/// Spreads calls over the time to the reset where the quota would run out before; what a client does by default.
///
/// It learns the quota of each operation from the answers, what others use of it included: clients that know nothing of
/// each other share a quota evenly, and hardly any call is refused. Calls that wait go in the order in which they came.
///
/// A call is delayed only where
/// - at the pace of the last five seconds the quota would run out before its reset, or has run out, or
/// - the service has refused a call and asked to wait, and does not say that something is left of the quota.
///
/// A reset that is in the past or more than an hour away is ignored. A call that has a deadline (see
/// [`CallOptions::timeout`](crate::CallOptions::timeout)) fails with
/// [`ErrorKind::Throttled`](crate::ErrorKind::Throttled) where it would have to wait past it; it is not sent. Nothing is
/// known before the first answer, so that calls that start together at the beginning all go.
///
/// Clones share what they know, so that one can be given to several clients of one app.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    lanes: Arc<Mutex<BTreeMap<&'static str, Arc<Entry>>>>,
}

#[derive(Debug, Default)]
struct Entry {
    turns: Turns,
    lane: Mutex<Lane>,
}

impl Entry {
    fn lane(&self) -> MutexGuard<'_, Lane> {
        // A lane is whole after every step, so a poisoned lock does no harm.
        self.lane.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pace {
    /// A limiter that knows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn lanes(&self) -> MutexGuard<'_, BTreeMap<&'static str, Arc<Entry>>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn entry(&self, operation: &'static Operation) -> Arc<Entry> {
        Arc::clone(self.lanes().entry(operation.name).or_default())
    }
}

/// Refuses a wait that is of no use to the call.
fn check(wait: Duration, max_wait: Option<Duration>) -> Result<(), QuotaExceeded> {
    match max_wait {
        Some(max) if wait >= max && !wait.is_zero() => Err(QuotaExceeded::new(wait)),
        _ => Ok(()),
    }
}

#[async_trait]
impl RateLimiter for Pace {
    async fn acquire(&self, attempt: &PendingAttempt<'_>) -> Result<(), QuotaExceeded> {
        let entry = self.entry(attempt.operation);
        let now = attempt.now();
        if entry.turns.are_free() && entry.lane().plan(now, attempt.random) == Plan::Go {
            return Ok(());
        }
        let began = attempt.monotonic();
        // Who comes last need not wait for the turn to learn that it is of no use.
        check(entry.lane().closed_for(now), attempt.max_wait)?;
        let _turn = entry.turns.take().await;
        loop {
            let plan = entry.lane().plan(attempt.now(), attempt.random);
            match plan {
                Plan::Go => return Ok(()),
                Plan::Wait(wait) => {
                    let waited = attempt.monotonic().saturating_sub(began);
                    check(waited.saturating_add(wait), attempt.max_wait)?;
                    attempt.sleep(wait).await;
                }
            }
        }
    }

    fn release(&self, operation: &'static Operation, answer: Option<&LimitedAnswer>) {
        self.entry(operation).lane().release(answer);
    }

    fn rate_limit(&self, operation: &Operation) -> Option<RateLimit> {
        let entry = self.lanes().get(operation.name).cloned()?;
        let lane = entry.lane();
        lane.stated()
    }
}
