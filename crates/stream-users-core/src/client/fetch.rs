//! Fetching what is not the service's own: a file at an address that the service has named. No key, no token and no header
//! of the handle goes there; retries, their budget and the clock are those of every call.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, select};
use http::{HeaderMap, StatusCode, Uri};
use tracing::{Instrument, debug, field, info_span};

use super::{Attempt, CallOptions, Client};
use crate::error::{Error, ErrorBuilder, ErrorKind, Result};
use crate::response::Meta;
use crate::retry::{FailedAttempt, Failure, RetryDecision};
use crate::transport::{TransportError, TransportErrorKind};

impl Client {
    /// Sends `GET` with `headers` and nothing else to `uri`, and returns the last answer, whatever its status.
    pub(crate) async fn fetch(
        &self,
        name: &'static str,
        uri: Uri,
        headers: HeaderMap,
        options: &CallOptions,
    ) -> Result<(http::Response<Bytes>, Meta)> {
        let span = info_span!(
            "stream_users",
            operation = name,
            attempts = field::Empty,
            status = field::Empty,
            error = field::Empty,
        );
        let fetched = self
            .attempts(name, &uri, &headers, options)
            .instrument(span.clone())
            .await;
        let meta = match &fetched {
            Ok((_, meta)) => Some(meta),
            Err(error) => {
                span.record("error", field::debug(error.kind()));
                error.meta()
            }
        };
        if let Some(meta) = meta {
            span.record("attempts", meta.attempts);
            if let Some(status) = meta.status {
                span.record("status", status);
            }
        }
        fetched
    }

    async fn attempts(
        &self,
        name: &'static str,
        uri: &Uri,
        headers: &HeaderMap,
        options: &CallOptions,
    ) -> Result<(http::Response<Bytes>, Meta)> {
        let client = &*self.0;
        let start = client.clock.monotonic();
        let elapsed = || client.clock.monotonic().saturating_sub(start);
        let retry = options.retry.as_ref().unwrap_or(&client.retry);
        let attempt_timeout = options.attempt_timeout.unwrap_or(client.attempt_timeout);
        let mut meta = Meta::default();
        loop {
            let left = options.timeout.map(|timeout| timeout.saturating_sub(elapsed()));
            if left.is_some_and(|left| left.is_zero()) {
                let text = "there was no time to send the request";
                let error = Error::builder(ErrorKind::Timeout).message(text);
                return Err(failed(error, name, meta));
            }
            meta.attempts += 1;
            meta.status = None;
            let mut request = http::Request::new(Bytes::new());
            *request.uri_mut() = uri.clone();
            request.headers_mut().clone_from(headers);
            request.extensions_mut().insert(Attempt(meta.attempts));
            let send = pin!(client.transport.send(request));
            let limit = attempt_timeout.min(left.unwrap_or(Duration::MAX));
            let answer = match select(send, client.clock.sleep(limit)).await {
                Either::Left((answer, _)) => answer,
                Either::Right(((), _)) => Err(TransportError::new(TransportErrorKind::Timeout)),
            };
            meta.status = answer.as_ref().ok().map(|answer| answer.status().as_u16());
            let answer = match answer {
                Ok(answer) if !is_for_a_retry(answer.status()) => {
                    if answer.status().is_success() {
                        client.budget.refund();
                    }
                    return Ok((answer, meta));
                }
                answer => answer,
            };
            let failure = match &answer {
                Ok(answer) => Failure::Api {
                    status: answer.status(),
                    headers: answer.headers(),
                    code: None,
                    unrecoverable: false,
                },
                Err(error) => Failure::Transport(error.kind()),
            };
            let attempt = FailedAttempt::new(failure, client.clock.now())
                .number(meta.attempts, elapsed())
                .idempotent(true);
            let decision = retry.decide(&attempt, &client.random);
            let wait = match decision {
                RetryDecision::After(wait)
                    if options
                        .timeout
                        .is_none_or(|timeout| elapsed().saturating_add(wait) < timeout) =>
                {
                    wait
                }
                _ => {
                    return match answer {
                        Ok(answer) => Ok((answer, meta)),
                        Err(error) => Err(failed(Error::from_transport(error), name, meta)),
                    };
                }
            };
            if !client.budget.try_spend() {
                let error = match answer {
                    Ok(answer) => {
                        let text = format!("http {}", answer.status().as_u16());
                        Error::builder(ErrorKind::Api).message(text)
                    }
                    Err(error) => Error::from_transport(error),
                };
                return Err(failed(error.throttled(), name, meta));
            }
            debug!(
                attempt = meta.attempts,
                wait_ms = wait.as_millis(),
                status = meta.status,
                "trying again"
            );
            client.clock.sleep(wait).await;
        }
    }
}

/// Whether the policy is asked about an answer of this status.
fn is_for_a_retry(status: StatusCode) -> bool {
    status.is_server_error()
        || status == StatusCode::REQUEST_TIMEOUT
        || status == StatusCode::TOO_MANY_REQUESTS
}

/// Reading changes nothing, so that no failure leaves an effect.
fn failed(error: ErrorBuilder, name: &'static str, meta: Meta) -> Error {
    error
        .operation(name)
        .may_have_been_applied(false)
        .meta(meta)
        .build()
}
