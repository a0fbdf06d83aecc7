//! How many retries a client can afford: a bucket of tokens that all its clones share.
//!
//! Without it, a service in trouble would be sent three times the traffic just when it can bear the least.

use std::sync::{Arc, Mutex, PoisonError};

/// A bucket of tokens. Retries take from it, successes put back; an empty one ends retries until calls succeed
/// again. Clones share the bucket.
///
/// By default it holds 500 tokens, a retry costs 5 and a success returns 1: a hundred retries at once, then one
/// for every five successes.
#[derive(Clone, Debug)]
pub struct RetryBudget {
    capacity: u32,
    cost: u32,
    refund: u32,
    tokens: Arc<Mutex<u32>>,
}

impl RetryBudget {
    /// A full bucket of `capacity` tokens, where a retry costs `cost` and a success returns `refund`.
    #[must_use]
    pub fn new(capacity: u32, cost: u32, refund: u32) -> Self {
        Self {
            capacity,
            cost,
            refund,
            tokens: Arc::new(Mutex::new(capacity)),
        }
    }

    /// A bucket that never runs out.
    #[must_use]
    pub fn unlimited() -> Self {
        Self::new(0, 0, 0)
    }

    /// Pays for one retry. `false`: there are too few tokens, none was taken and the retry must not happen.
    #[must_use]
    pub fn try_spend(&self) -> bool {
        self.update(|tokens| tokens.checked_sub(self.cost))
    }

    /// Notes that a call succeeded.
    pub fn refund(&self) {
        self.update(|tokens| Some(tokens.saturating_add(self.refund).min(self.capacity)));
    }

    /// How many tokens are left.
    #[must_use]
    pub fn tokens(&self) -> u32 {
        *self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn update(&self, change: impl FnOnce(u32) -> Option<u32>) -> bool {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        match change(*tokens) {
            Some(changed) => {
                *tokens = changed;
                true
            }
            None => false,
        }
    }
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self::new(500, 5, 1)
    }
}
