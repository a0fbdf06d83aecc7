//! [`Retrying`]: what follows a failed attempt, whatever it was that was attempted.

use stream_users_model::Operation;
use stream_users_model::operation::Idempotency;
use tracing::debug;

use super::deadline::Deadline;
use super::{CallOptions, Inner};
use crate::observe::{WaitReason, Waiting};
use crate::retry::{FailedAttempt, Failure, RetryDecision, RetryPolicy};

/// The policy, the budget and the deadline of one call.
pub(super) struct Retrying<'c> {
    client: &'c Inner,
    policy: &'c dyn RetryPolicy,
    pub(super) deadline: Deadline<'c>,
}

/// What follows a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Another attempt, now: the wait is over.
    Again,
    /// The failure is the call's.
    Stop,
    /// The failure is the call's, because the budget is spent.
    Throttled,
}

impl<'c> Retrying<'c> {
    pub(super) fn new(client: &'c Inner, options: &'c CallOptions) -> Self {
        Self {
            client,
            policy: &**options.retry.as_ref().unwrap_or(&client.retry),
            deadline: Deadline::new(&*client.clock, options.timeout.or(client.timeout)),
        }
    }

    /// Decides what follows attempt `number` of `operation`, and waits.
    pub(super) async fn next(
        &self,
        operation: &'static Operation,
        number: u32,
        failure: Failure<'_>,
    ) -> Next {
        let client = self.client;
        let attempt = FailedAttempt::new(failure, client.service_time())
            .number(number, self.deadline.elapsed())
            .idempotent(operation.idempotency == Idempotency::Idempotent);
        let RetryDecision::After(wait) = self.policy.decide(&attempt, &client.random) else {
            return Next::Stop;
        };
        if self.deadline.left().is_some_and(|left| wait >= left) {
            return Next::Stop;
        }
        if !client.budget.try_spend() {
            return Next::Throttled;
        }
        let status = match failure {
            Failure::Api { status, .. } => Some(status.as_u16()),
            Failure::Transport(_) => None,
        };
        debug!(
            attempt = number,
            wait_ms = wait.as_millis(),
            status,
            "trying again"
        );
        client.observer.waiting(&Waiting {
            operation,
            reason: WaitReason::Retry,
            duration: wait,
        });
        client.clock.sleep(wait).await;
        Next::Again
    }
}
