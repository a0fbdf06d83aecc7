//! [`Retrying`]: how long an attempt may take and what follows one that failed, whatever it was that was attempted.

use std::time::Duration;

use stream_users_model::Operation;
use stream_users_model::operation::Idempotency;
use tracing::debug;

use super::deadline::Deadline;
use super::{CallOptions, Inner};
use crate::error::{Error, ErrorBuilder, ErrorKind};
use crate::observe::{WaitReason, Waiting};
use crate::retry::{FailedAttempt, Failure, RetryDecision, RetryPolicy};

/// The policy, the budget and the deadline of one call.
pub(super) struct Retrying<'c> {
    client: &'c Inner,
    policy: &'c dyn RetryPolicy,
    pub(super) attempt_timeout: Duration,
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
    /// Of a call that began at this time of the clock's stopwatch.
    pub(super) fn new(client: &'c Inner, options: &'c CallOptions, began: Duration) -> Self {
        Self {
            client,
            policy: &**options.retry.as_ref().unwrap_or(&client.retry),
            attempt_timeout: options.attempt_timeout.unwrap_or(client.attempt_timeout),
            deadline: Deadline::new(&*client.clock, began, options.timeout.or(client.timeout)),
        }
    }

    /// How long the next attempt may take.
    ///
    /// # Errors
    /// Where that is no time at all.
    pub(super) fn attempt_limit(&self) -> Result<Duration, ErrorBuilder> {
        let limit = self
            .attempt_timeout
            .min(self.deadline.left().unwrap_or(Duration::MAX));
        if limit.is_zero() {
            Err(no_time())
        } else {
            Ok(limit)
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

/// The error of a call whose time ran out before its request could be sent.
pub(super) fn no_time() -> ErrorBuilder {
    Error::builder(ErrorKind::Timeout)
        .message("there was no time to send the request")
        .may_have_been_applied(false)
}
