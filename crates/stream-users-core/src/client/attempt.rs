//! One attempt: the request, sending it, and what its answer comes to. Whether another follows is decided elsewhere.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use stream_users_model::{ErrorCode, Operation, Timestamp};
use tracing::Instrument as _;

use super::call::Permit;
use super::deadline::within;
use super::session::Authorization;
use super::trace::{self, AttemptSpan};
use super::{CallOptions, Inner};
use crate::endpoint::EncodedCall;
use crate::error::{Error, ErrorBuilder, ErrorKind, Result};
use crate::observe::AttemptEnded;
use crate::path;
use crate::rate_limit::{LimitedAnswer, RateLimit};
use crate::response::Meta;
use crate::retry::{Failure, server};
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

/// The request of a call, but for what differs between its attempts.
pub(super) struct Request<'c> {
    call: &'c EncodedCall,
    options: &'c CallOptions,
    uri: Uri,
}

impl<'c> Request<'c> {
    pub(super) fn new(client: &Inner, call: &'c EncodedCall, options: &'c CallOptions) -> Result<Self> {
        let of_the_handle = options
            .query
            .iter()
            .filter(|(name, _)| *name != "api_key" && call.query.iter().all(|(own, _)| own != name));
        let pairs = std::iter::once(("api_key", client.api_key.expose())).chain(
            call.query
                .iter()
                .chain(of_the_handle)
                .map(|(name, value)| (*name, value.as_str())),
        );
        let url = path::url(client.base_url.as_str(), &call.path, pairs);
        let uri = Uri::try_from(url).map_err(|_| {
            // The parser's own words are left out: the text that it could not read holds the API key.
            Error::builder(ErrorKind::Invalid)
                .of(call.operation)
                .message("the request was not sent: its url would be too long; ask for less in one call")
                .build()
        })?;
        Ok(Self { call, options, uri })
    }

    fn http(&self, client: &Inner, authorization: &Authorization, meta: &Meta) -> http::Request<Bytes> {
        let call = self.call;
        let body = call.body.as_ref().map(|(_, body)| body.clone());
        let mut request = http::Request::new(body.unwrap_or_default());
        *request.method_mut() = method(call.operation);
        *request.uri_mut() = self.uri.clone();
        let headers = request.headers_mut();
        headers.clone_from(&self.options.headers);
        headers.reserve(USUAL_HEADERS);
        authorization.apply(headers);
        headers.insert(X_STREAM_CLIENT, client.client_header.clone());
        if let Ok(id) = HeaderValue::from_str(&meta.request_id) {
            headers.insert(X_CLIENT_REQUEST_ID, id);
        }
        if let Some((content_type, _)) = &call.body {
            headers.insert(header::CONTENT_TYPE, content_type.clone());
        }
        let extensions = request.extensions_mut();
        extensions.insert(OperationInfo {
            operation: call.operation,
        });
        extensions.insert(Attempt(meta.attempts));
        request
    }
}

const X_STREAM_CLIENT: HeaderName = HeaderName::from_static("x-stream-client");
const X_CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("x-client-request-id");
/// As many as the engine and a transport set: a map that grows is copied.
const USUAL_HEADERS: usize = 10;

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

/// A failed attempt: what the policy decides by, and what the caller is told.
pub(super) struct Failed {
    pub(super) failure: OwnedFailure,
    pub(super) code: Option<ErrorCode>,
    pub(super) error: ErrorBuilder,
}

pub(super) enum OwnedFailure {
    Transport(TransportErrorKind),
    Api {
        status: StatusCode,
        headers: HeaderMap,
        code: Option<ErrorCode>,
        unrecoverable: bool,
    },
}

/// Sends the request once and reads what comes of it.
pub(super) async fn make(
    client: &Inner,
    request: &Request<'_>,
    authorization: &Authorization,
    limit: Duration,
    meta: &mut Meta,
    permit: Permit<'_>,
) -> Result<Bytes, Box<Failed>> {
    let operation = request.call.operation;
    let (host, port) = (client.base_url.host(), client.base_url.port());
    let span = AttemptSpan::begin(operation, meta.attempts, host, Some(port));
    meta.status = None;
    // The request is gone before the first await: what is held over one makes every call larger.
    let (sending, sent_at, began) = {
        let request = request.http(client, authorization, meta);
        if client.log_bodies {
            span.in_scope(|| trace::body("request", operation, request.body()));
        }
        let (sent_at, began) = (client.clock.now(), client.clock.monotonic());
        let sending = span.in_scope(|| client.transport.send(request));
        (sending, sent_at, began)
    };
    let answer = within(&*client.clock, Some(limit), sending)
        .instrument(span.span().clone())
        .await
        .unwrap_or_else(|| Err(TransportError::new(TransportErrorKind::Timeout)));
    let duration = client.clock.monotonic().saturating_sub(began);
    let outcome = match answer {
        Ok(answer) => {
            let came = client.clock.now();
            client.skew.learn(answer.headers(), sent_at, came);
            if client.log_bodies {
                span.in_scope(|| trace::body("response", operation, answer.body()));
            }
            read(answer, client.skew.apply(came), meta, permit)
        }
        Err(error) => Err(Box::new(Failed {
            failure: OwnedFailure::Transport(error.kind()),
            code: None,
            error: ErrorBuilder::from_transport(error),
        })),
    };
    let ended = AttemptEnded {
        operation,
        number: meta.attempts,
        duration,
        status: meta.status,
        code: outcome.as_ref().err().and_then(|failed| failed.code),
        transport: outcome.as_ref().err().and_then(|failed| failed.transport()),
        rate_limit: meta.rate_limit,
    };
    span.end(&ended);
    client.observer.attempt_ended(&ended);
    outcome
}

/// What an answer comes to that came at `now`; the limiter and the call's facts learn from it first.
fn read(
    answer: http::Response<Bytes>,
    now: Timestamp,
    meta: &mut Meta,
    permit: Permit<'_>,
) -> Result<Bytes, Box<Failed>> {
    let (parts, body) = answer.into_parts();
    let stated = RateLimit::from_headers(&parts.headers);
    meta.status = Some(parts.status.as_u16());
    meta.rate_limit = stated.or(meta.rate_limit);
    let mut limited = LimitedAnswer::new(now).rate_limit(stated);
    if parts.status == StatusCode::TOO_MANY_REQUESTS {
        limited = limited.refused(server::wait(parts.status, &parts.headers, now));
    }
    permit.answered(&limited);
    if parts.status.is_success() {
        Ok(body)
    } else {
        Err(Box::new(refusal(parts, &body, now)))
    }
}

/// What is made of an answer that says no. A body that is not the service's is kept, cut short.
fn refusal(parts: http::response::Parts, body: &Bytes, now: Timestamp) -> Failed {
    let error = ErrorBuilder::from_answer(parts.status, &parts.headers, body, now);
    let (code, unrecoverable) = error
        .refusal()
        .map_or((None, false), |api| (Some(api.code), api.unrecoverable));
    let failure = OwnedFailure::Api {
        status: parts.status,
        headers: parts.headers,
        code,
        unrecoverable,
    };
    Failed { failure, code, error }
}

impl Failed {
    pub(super) fn may_have_been_applied(&self) -> bool {
        match &self.failure {
            OwnedFailure::Transport(kind) => kind.may_have_been_applied(),
            OwnedFailure::Api { status, .. } => {
                status.is_server_error() || *status == StatusCode::REQUEST_TIMEOUT
            }
        }
    }

    fn transport(&self) -> Option<TransportErrorKind> {
        match &self.failure {
            OwnedFailure::Transport(kind) => Some(*kind),
            OwnedFailure::Api { .. } => None,
        }
    }
}

impl OwnedFailure {
    pub(super) fn borrow(&self) -> Failure<'_> {
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
