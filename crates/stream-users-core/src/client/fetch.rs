//! Fetching what is not the service's own: a file at an address that the service has named. No key, no token and no header
//! of the handle goes there, and no quota of the service is used; retries, their budget and the clock are those of every
//! call.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, Uri};
use stream_users_model::Operation;
use tracing::Instrument as _;

use super::attempt::{Attempt, OperationInfo};
use super::deadline::within;
use super::retrying::{Next, Retrying};
use super::trace::{AttemptSpan, CallSpan};
use super::{CallOptions, Client, Inner};
use crate::error::{Error, ErrorBuilder, ErrorKind, Result};
use crate::observe::AttemptEnded;
use crate::response::Meta;
use crate::retry::Failure;
use crate::transport::{TransportError, TransportErrorKind};

impl Client {
    /// Sends `GET` with `headers` and nothing else to `uri`, and returns the last answer, whatever its status.
    pub(crate) async fn fetch(
        &self,
        operation: &'static Operation,
        uri: Uri,
        headers: HeaderMap,
        options: &CallOptions,
    ) -> Result<(http::Response<Bytes>, Meta)> {
        let span = CallSpan::begin(&self.0, operation);
        let retrying = Retrying::new(&self.0, options, span.began());
        let fetched = attempts(&self.0, operation, &uri, &headers, &retrying)
            .instrument(span.span().clone())
            .await;
        span.end(&self.0, fetched.as_ref().map(|(_, meta)| meta));
        fetched
    }
}

async fn attempts(
    client: &Inner,
    operation: &'static Operation,
    uri: &Uri,
    headers: &HeaderMap,
    retrying: &Retrying<'_>,
) -> Result<(http::Response<Bytes>, Meta)> {
    let mut meta = Meta::default();
    loop {
        let limit = match retrying.attempt_limit() {
            Ok(limit) => limit,
            Err(error) => return Err(failed(error, operation, meta)),
        };
        meta.attempts += 1;
        let mut request = http::Request::new(Bytes::new());
        *request.uri_mut() = uri.clone();
        request.headers_mut().clone_from(headers);
        request.extensions_mut().insert(OperationInfo::new(operation));
        request.extensions_mut().insert(Attempt(meta.attempts));
        let answer = match attempt(client, operation, request, limit, &mut meta).await {
            Ok(answer) if !is_for_a_retry(answer.status()) => {
                if answer.status().is_success() {
                    client.budget.refund();
                }
                return Ok((answer, meta));
            }
            answer => answer,
        };
        let failure = match &answer {
            Ok(answer) => Failure::api(answer.status(), answer.headers()),
            Err(error) => Failure::Transport(error.kind()),
        };
        match retrying.next(operation, meta.attempts, failure).await {
            Next::Again => {}
            Next::Stop => match answer {
                Ok(answer) => return Ok((answer, meta)),
                Err(error) => return Err(failed(ErrorBuilder::from_transport(error), operation, meta)),
            },
            Next::Throttled => {
                let error = match answer {
                    Ok(answer) => {
                        let text = format!("http {}", answer.status().as_u16());
                        Error::builder(ErrorKind::Api).message(text)
                    }
                    Err(error) => ErrorBuilder::from_transport(error),
                };
                return Err(failed(error.throttled(), operation, meta));
            }
        }
    }
}

async fn attempt(
    client: &Inner,
    operation: &'static Operation,
    request: http::Request<Bytes>,
    limit: Duration,
    meta: &mut Meta,
) -> Result<http::Response<Bytes>, TransportError> {
    let host = request.uri().host().unwrap_or_default();
    let span = AttemptSpan::begin(operation, meta.attempts, host, request.uri().port_u16());
    let began = client.clock.monotonic();
    let answer = within(&*client.clock, Some(limit), client.transport.send(request))
        .instrument(span.span().clone())
        .await
        .unwrap_or_else(|| Err(TransportErrorKind::Timeout.into()));
    meta.status = answer.as_ref().ok().map(|answer| answer.status().as_u16());
    let ended = AttemptEnded {
        operation,
        number: meta.attempts,
        duration: client.clock.monotonic().saturating_sub(began),
        status: meta.status,
        code: None,
        transport: answer.as_ref().err().map(TransportError::kind),
        rate_limit: None,
    };
    span.end(&ended);
    client.observer.attempt_ended(&ended);
    answer
}

/// Whether the policy is asked about an answer of this status.
fn is_for_a_retry(status: StatusCode) -> bool {
    status.is_server_error()
        || status == StatusCode::REQUEST_TIMEOUT
        || status == StatusCode::TOO_MANY_REQUESTS
}

/// Reading changes nothing, so that no failure leaves an effect.
fn failed(error: ErrorBuilder, operation: &Operation, meta: Meta) -> Error {
    error
        .of(operation)
        .may_have_been_applied(false)
        .meta(meta)
        .build()
}
