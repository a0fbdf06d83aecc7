//! [`Observe`]: remembers what the service states, and delays nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use stream_users_model::Operation;

use super::{LimitedAnswer, PendingAttempt, QuotaExceeded, RateLimit, RateLimiter};

/// Remembers the quota of each operation as the service stated it last, and delays nothing. Clones share what they
/// know.
#[derive(Clone, Debug, Default)]
pub struct Observe {
    stated: Arc<Mutex<HashMap<&'static str, RateLimit>>>,
}

impl Observe {
    /// A limiter that knows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn stated(&self) -> MutexGuard<'_, HashMap<&'static str, RateLimit>> {
        self.stated.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl RateLimiter for Observe {
    async fn acquire(&self, _: &PendingAttempt<'_>) -> Result<(), QuotaExceeded> {
        Ok(())
    }

    fn release(&self, operation: &'static Operation, answer: Option<&LimitedAnswer>) {
        if let Some(rate_limit) = answer.and_then(|answer| answer.rate_limit) {
            self.stated().insert(operation.name, rate_limit);
        }
    }

    fn rate_limit(&self, operation: &Operation) -> Option<RateLimit> {
        self.stated().get(operation.name).copied()
    }
}
