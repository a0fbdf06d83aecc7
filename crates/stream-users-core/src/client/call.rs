//! The way of one call: attempts, and what lies between them. It is not generic, so that an endpoint adds little code;
//! encoding comes before it and decoding after.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, select};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use stream_users_model::operation::{Idempotency, Operation};
use stream_users_model::{ApiError, ErrorCode};
use tracing::{Instrument, Span, debug, field, info_span};

use super::{CallOptions, Inner};
use crate::endpoint::EncodedCall;
use crate::error::{Error, ErrorBuilder, ErrorKind, Result};
use crate::path;
use crate::rate_limit::RateLimit;
use crate::response::Meta;
use crate::retry::{FailedAttempt, Failure, RetryDecision, server};
use crate::transport::{TransportError, TransportErrorKind};

/// What a transport can learn about the call that a request belongs to: it is in the request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperationInfo {
    /// The operation.
    pub operation: &'static Operation,
}

/// Which attempt of its call a request is, counted from 1: it is in the request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt(pub u32);

impl OperationInfo {
    /// What the engine says of a call of `operation`; for tests of transports.
    #[must_use]
    pub const fn new(operation: &'static Operation) -> Self {
        Self { operation }
    }
}

impl Attempt {
    /// What the engine says of the `number`th attempt; for tests of transports.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }
}

/// An answer that the service did not refuse with.
pub(super) struct Outcome {
    pub(super) body: Bytes,
    pub(super) meta: Meta,
    /// The call's span, for what goes wrong after it.
    pub(super) span: Span,
}

/// A failed attempt: what the policy decides by, and what the caller is told.
struct Failed {
    failure: OwnedFailure,
    error: ErrorBuilder,
}

enum OwnedFailure {
    Transport(TransportErrorKind),
    Api {
        status: StatusCode,
        headers: HeaderMap,
        code: Option<ErrorCode>,
        unrecoverable: bool,
    },
}

pub(super) async fn run(client: &Inner, call: EncodedCall, options: &CallOptions) -> Result<Outcome> {
    let span = info_span!(
        "stream_users",
        operation = call.operation.name,
        request_id = field::Empty,
        attempts = field::Empty,
        status = field::Empty,
        error = field::Empty,
    );
    match attempts(client, &call, options).instrument(span.clone()).await {
        Ok((body, meta)) => {
            record(&span, &meta);
            Ok(Outcome { body, meta, span })
        }
        Err(error) => {
            record_error(&span, &error);
            if let Some(meta) = error.meta() {
                record(&span, meta);
            }
            Err(error)
        }
    }
}

/// Notes in a call's span how it failed.
pub(super) fn record_error(span: &Span, error: &Error) {
    span.record("error", field::debug(error.kind()));
}

fn record(span: &Span, meta: &Meta) {
    span.record("request_id", meta.request_id.as_str());
    span.record("attempts", meta.attempts);
    if let Some(status) = meta.status {
        span.record("status", status);
    }
}

async fn attempts(client: &Inner, call: &EncodedCall, options: &CallOptions) -> Result<(Bytes, Meta)> {
    let operation = call.operation;
    client.credential.check(operation).map_err(|refusal| {
        Error::builder(ErrorKind::Auth)
            .operation(operation.name)
            .message(refusal.to_string())
            .build()
    })?;
    let uri = uri(client, call)?;
    let start = client.clock.monotonic();
    let retry = options.retry.as_ref().unwrap_or(&client.retry);
    let mut meta = Meta {
        request_id: client.random.request_id().into(),
        ..Meta::default()
    };
    let mut may_have_been_applied = false;
    let mut last: Option<ErrorBuilder> = None;
    loop {
        meta.attempts += 1;
        let left = options
            .timeout
            .map(|timeout| timeout.saturating_sub(client.clock.monotonic().saturating_sub(start)));
        let limit = options
            .attempt_timeout
            .unwrap_or(client.attempt_timeout)
            .min(left.unwrap_or(Duration::MAX));
        if limit.is_zero() {
            meta.attempts -= 1;
            return Err(match last {
                Some(last) => last.meta(meta).build(),
                None => Error::builder(ErrorKind::Timeout)
                    .operation(operation.name)
                    .message("there was no time to send the request")
                    .may_have_been_applied(false)
                    .build(),
            });
        }
        let request = request(client, call, options, &uri, &meta);
        let failed = match attempt(client, request, limit, &mut meta).await {
            Ok(body) => {
                client.budget.refund();
                return Ok((body, meta));
            }
            Err(failed) => failed,
        };
        let elapsed = client.clock.monotonic().saturating_sub(start);
        let decision = retry.decide(
            &FailedAttempt::new(failed.failure.borrow(), client.clock.now())
                .number(meta.attempts, elapsed)
                .idempotent(operation.idempotency == Idempotency::Idempotent),
            &client.random,
        );
        may_have_been_applied |= failed.failure.may_have_been_applied();
        let error = failed
            .error
            .operation(operation.name)
            .may_have_been_applied(may_have_been_applied);
        let RetryDecision::After(wait) = decision else {
            return Err(error.meta(meta).build());
        };
        if options
            .timeout
            .is_some_and(|timeout| elapsed.saturating_add(wait) >= timeout)
        {
            return Err(error.meta(meta).build());
        }
        if !client.budget.try_spend() {
            return Err(error.throttled().meta(meta).build());
        }
        debug!(
            attempt = meta.attempts,
            wait_ms = wait.as_millis(),
            status = meta.status,
            "trying again"
        );
        last = Some(error);
        client.clock.sleep(wait).await;
    }
}

fn uri(client: &Inner, call: &EncodedCall) -> Result<Uri> {
    let pairs = std::iter::once(("api_key", client.api_key.expose()))
        .chain(call.query.iter().map(|(name, value)| (*name, value.as_str())));
    let uri = format!("{}{}?{}", client.base_url, call.path, path::query(pairs));
    uri.parse().map_err(|_| {
        // The parser's own words are left out: the text that it could not read holds the API key.
        Error::builder(ErrorKind::Invalid)
            .operation(call.operation.name)
            .message("the request was not sent: its url would be too long; ask for less in one call")
            .build()
    })
}

fn request(
    client: &Inner,
    call: &EncodedCall,
    options: &CallOptions,
    uri: &Uri,
    meta: &Meta,
) -> http::Request<Bytes> {
    let mut request = http::Request::new(call.body.clone().unwrap_or_default());
    *request.method_mut() = method(call.operation);
    *request.uri_mut() = uri.clone();
    let headers = request.headers_mut();
    headers.clone_from(&options.headers);
    client.credential.apply(headers);
    headers.insert("x-stream-client", client.client_header.clone());
    if let Ok(id) = HeaderValue::from_str(&meta.request_id) {
        headers.insert("x-client-request-id", id);
    }
    if call.body.is_some() {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    let extensions = request.extensions_mut();
    extensions.insert(OperationInfo {
        operation: call.operation,
    });
    extensions.insert(Attempt(meta.attempts));
    request
}

fn method(operation: &Operation) -> http::Method {
    use stream_users_model::operation::Method;
    match operation.method {
        Method::Post => http::Method::POST,
        Method::Put => http::Method::PUT,
        Method::Patch => http::Method::PATCH,
        Method::Delete => http::Method::DELETE,
        _ => http::Method::GET,
    }
}

async fn attempt(
    client: &Inner,
    request: http::Request<Bytes>,
    limit: Duration,
    meta: &mut Meta,
) -> Result<Bytes, Failed> {
    meta.status = None;
    let send = pin!(client.transport.send(request));
    let answer = match select(send, client.clock.sleep(limit)).await {
        Either::Left((answer, _)) => answer,
        Either::Right(((), _)) => Err(TransportError::new(TransportErrorKind::Timeout)),
    };
    let answer = answer.map_err(|error| Failed {
        failure: OwnedFailure::Transport(error.kind()),
        error: Error::from_transport(error),
    })?;
    let (parts, body) = answer.into_parts();
    meta.status = Some(parts.status.as_u16());
    meta.rate_limit = RateLimit::from_headers(&parts.headers).or(meta.rate_limit);
    if parts.status.is_success() {
        Ok(body)
    } else {
        Err(refusal(client, parts, &body))
    }
}

/// What is made of an answer that says no. A body that is not the service's is kept, cut short.
fn refusal(client: &Inner, parts: http::response::Parts, body: &Bytes) -> Failed {
    let wait = server::wait(parts.status, &parts.headers, client.clock.now());
    let error = Error::builder(ErrorKind::Api).retry_after(wait);
    let (error, code, unrecoverable) = if let Some(mut api) = api_error(body) {
        if api.status == 0 {
            api.status = parts.status.as_u16();
        }
        let (code, unrecoverable) = (api.code, api.unrecoverable);
        (error.api(api), Some(code), unrecoverable)
    } else {
        let text = format!(
            "http {}, and the answer is not the service's",
            parts.status.as_u16()
        );
        (error.message(text).body(body), None, false)
    };
    let failure = OwnedFailure::Api {
        status: parts.status,
        headers: parts.headers,
        code,
        unrecoverable,
    };
    Failed { failure, error }
}

/// The service's refusal, where `body` is one. An array is none, though it could be read as the fields in order.
fn api_error(body: &Bytes) -> Option<ApiError> {
    if body.trim_ascii_start().starts_with(b"{") {
        serde_json::from_slice(body).ok()
    } else {
        None
    }
}

impl OwnedFailure {
    fn may_have_been_applied(&self) -> bool {
        match self {
            Self::Transport(kind) => kind.may_have_been_applied(),
            Self::Api { status, .. } => status.is_server_error() || *status == StatusCode::REQUEST_TIMEOUT,
        }
    }

    fn borrow(&self) -> Failure<'_> {
        match self {
            Self::Transport(kind) => Failure::Transport(*kind),
            Self::Api {
                status,
                headers,
                code,
                unrecoverable,
            } => Failure::Api {
                status: *status,
                headers,
                code: code.map(ErrorCode::get),
                unrecoverable: *unrecoverable,
            },
        }
    }
}
