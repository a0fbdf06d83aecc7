//! The way of one call: attempts, and what lies between them. It is not generic, so that an endpoint adds little code;
//! encoding comes before it and decoding after.

use std::time::Duration;

use bytes::Bytes;
use stream_users_model::{ErrorCode, Operation};
use tracing::debug;

use super::attempt::{self, Request};
use super::deadline::{Deadline, within};
use super::retrying::{Next, Retrying, no_time};
use super::session::{Authorization, Session};
use super::{CallOptions, Inner};
use crate::endpoint::EncodedCall;
use crate::error::{Error, ErrorBuilder, ErrorKind, Result};
use crate::observe::{WaitReason, Waiting};
use crate::rate_limit::{LimitedAnswer, PendingAttempt, QuotaExceeded};
use crate::response::Meta;

/// Makes attempts until one is answered well, or nothing speaks for another.
pub(super) async fn run(
    client: &Inner,
    session: &Session,
    call: &EncodedCall,
    options: &CallOptions,
    began: Duration,
) -> Result<(Bytes, Meta)> {
    let operation = call.operation;
    session.credential.check(operation).map_err(|refusal| {
        Error::builder(ErrorKind::Auth)
            .of(operation)
            .message(refusal.to_string())
            .build()
    })?;
    let request = Request::new(client, call, options)?;
    let retrying = Retrying::new(client, options, began);
    let mut state = State {
        meta: Meta {
            request_id: client.random.request_id().into(),
            ..Meta::default()
        },
        may_have_been_applied: false,
        last: None,
        expired: None,
    };
    loop {
        let authorization = match authorize(client, session, &retrying, state.expired).await {
            Ok(authorization) => authorization,
            Err(error) => return Err(state.cannot_send(error.of(operation))),
        };
        let permit = match Permit::acquire(client, call, &retrying.deadline).await {
            Ok(permit) => permit,
            Err(error) => return Err(state.cannot_send(error.of(operation))),
        };
        let limit = match retrying.attempt_limit() {
            Ok(limit) => limit,
            Err(error) => return Err(state.cannot_send(error.of(operation))),
        };
        state.meta.attempts += 1;
        let failed =
            match attempt::make(client, &request, &authorization, limit, &mut state.meta, permit).await {
                Ok(body) => {
                    client.budget.refund();
                    return Ok((body, state.meta));
                }
                Err(failed) => failed,
            };
        state.may_have_been_applied |= failed.may_have_been_applied();
        let error = failed
            .error
            .of(operation)
            .may_have_been_applied(state.may_have_been_applied);
        if failed.code == Some(ErrorCode::TOKEN_EXPIRED) && session.refreshes() && state.expired.is_none() {
            // The service refused the token before it looked at the request, so that this is no retry.
            debug!("the token has expired; another is fetched");
            state.expired = Some(authorization.generation);
            // That it had expired is not news; where there is no other, that is.
            state.last = None;
            continue;
        }
        let number = state.meta.attempts;
        match retrying.next(operation, number, failed.failure.borrow()).await {
            Next::Again => state.last = Some(error),
            Next::Stop => return Err(error.meta(state.meta).build()),
            Next::Throttled => return Err(error.throttled().meta(state.meta).build()),
        }
    }
}

/// What a call has come to so far.
struct State {
    meta: Meta,
    /// By any of its attempts.
    may_have_been_applied: bool,
    /// How the last attempt failed, unless its token had expired.
    last: Option<ErrorBuilder>,
    /// The token that the service takes no longer, by its generation.
    expired: Option<u64>,
}

impl State {
    /// The error of a call whose next attempt cannot be sent: how its last one failed, or why there is none.
    fn cannot_send(self, why: ErrorBuilder) -> Error {
        let error = self
            .last
            .unwrap_or_else(|| why.may_have_been_applied(self.may_have_been_applied));
        match self.meta.attempts {
            0 => error.build(),
            _ => error.meta(self.meta).build(),
        }
    }
}

async fn authorize(
    client: &Inner,
    session: &Session,
    retrying: &Retrying<'_>,
    expired: Option<u64>,
) -> Result<Authorization, ErrorBuilder> {
    if let Some(token) = session.at_hand(expired) {
        return Ok(token);
    }
    // Boxed, so that calls that fetch nothing are smaller.
    within(
        &*client.clock,
        retrying.deadline.left(),
        Box::pin(session.authorize(client, retrying.attempt_timeout, expired)),
    )
    .await
    .unwrap_or_else(|| Err(no_time()))
}

/// Less than this is the time that asking takes, and no wait.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);

/// Leave of the limiter to send one attempt. Dropping it tells the limiter that no answer came.
pub(super) struct Permit<'c> {
    client: &'c Inner,
    operation: &'static Operation,
    open: bool,
}

impl<'c> Permit<'c> {
    async fn acquire(
        client: &'c Inner,
        call: &EncodedCall,
        deadline: &Deadline<'_>,
    ) -> Result<Self, ErrorBuilder> {
        let operation = call.operation;
        let left = deadline.left();
        let pending = PendingAttempt::new(operation, &*client.clock, &client.random)
            .max_wait(left)
            .skew(&client.skew);
        let began = client.clock.monotonic();
        let refused = match within(&*client.clock, left, client.limiter.acquire(&pending)).await {
            Some(Ok(())) => {
                // Before anyone is told: were the observer to panic, the limiter would learn that nothing was sent.
                let permit = Self {
                    client,
                    operation,
                    open: true,
                };
                let waited = client.clock.monotonic().saturating_sub(began);
                if waited >= SHORTEST_WAIT {
                    client.observer.waiting(&Waiting {
                        operation,
                        reason: WaitReason::Quota,
                        duration: waited,
                    });
                }
                return Ok(permit);
            }
            Some(Err(refused)) => refused,
            None => QuotaExceeded::new(left.unwrap_or_default()),
        };
        Err(Error::builder(ErrorKind::Throttled)
            .message(format!(
                "not sent: {refused}, and the call has only {:.1?} left; give it more time or call less often",
                left.unwrap_or_default()
            ))
            .retry_after(Some(refused.retry_after))
            .meta(Meta {
                rate_limit: client.limiter.rate_limit(operation),
                ..Meta::default()
            })
            .may_have_been_applied(false))
    }

    /// Tells the limiter what the answer said.
    pub(super) fn answered(mut self, answer: &LimitedAnswer) {
        self.open = false;
        self.client.limiter.release(self.operation, Some(answer));
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.open {
            self.client.limiter.release(self.operation, None);
        }
    }
}
