//! The spans of calls and attempts, and the events with bodies. The names are those of OpenTelemetry's semantic
//! conventions for HTTP clients; what has none there begins with `stream`.
//!
//! No secret and no personal data stand in a span: a path is its template, and the query is left out.

use std::time::Duration;

use bytes::Bytes;
use stream_users_model::{ErrorCode, Operation};
use tracing::{Span, debug, field, info_span};

use super::Inner;
use super::redact;
use crate::error::{Error, ErrorKind};
use crate::observe::{AttemptEnded, CallEnded};
use crate::response::Meta;
use crate::transport::TransportErrorKind;

/// Watches a call from its begin to its end.
pub(super) struct CallSpan {
    span: Span,
    operation: &'static Operation,
    began: Duration,
}

impl CallSpan {
    pub(super) fn begin(client: &Inner, operation: &'static Operation) -> Self {
        Self {
            span: info_span!(
                "stream_users",
                "otel.name" = operation.name,
                operation = operation.name,
                request_id = field::Empty,
                attempts = field::Empty,
                "http.response.status_code" = field::Empty,
                "error.type" = field::Empty,
                "stream.error.code" = field::Empty,
                "otel.status_code" = field::Empty,
            ),
            operation,
            began: client.clock.monotonic(),
        }
    }

    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    /// When the call began, by the clock's stopwatch.
    pub(super) const fn began(&self) -> Duration {
        self.began
    }

    /// The call has ended.
    pub(super) fn end(self, client: &Inner, outcome: Result<&Meta, &Error>) {
        let span = &self.span;
        let (meta, error) = match outcome {
            Ok(meta) => (Some(meta), None),
            Err(error) => (error.meta(), Some(error)),
        };
        if let Some(meta) = meta {
            span.record("request_id", meta.request_id.as_str());
            span.record("attempts", meta.attempts);
            span.record("http.response.status_code", meta.status);
        }
        if let Some(error) = error {
            span.record("otel.status_code", "ERROR");
            match (error.kind(), error.status()) {
                (ErrorKind::Api, Some(status)) => span.record("error.type", field::display(status)),
                (kind, _) => span.record("error.type", error_type(kind)),
            };
            span.record("stream.error.code", error.code().map(ErrorCode::get));
        }
        client.observer.call_ended(&CallEnded {
            operation: self.operation,
            attempts: meta.map_or(0, |meta| meta.attempts),
            duration: client.clock.monotonic().saturating_sub(self.began),
            status: meta.and_then(|meta| meta.status),
            error: error.map(Error::kind),
        });
    }
}

/// The span of one request.
pub(super) struct AttemptSpan(Span);

impl AttemptSpan {
    /// An attempt at `operation`, on this host.
    pub(super) fn begin(operation: &'static Operation, number: u32, host: &str, port: Option<u16>) -> Self {
        let method = operation.method.as_str();
        Self(info_span!(
            "http",
            "otel.name" = format_args!("{method} {}", operation.path),
            "otel.kind" = "client",
            operation = operation.name,
            "http.request.method" = method,
            "url.template" = operation.path,
            "server.address" = host,
            "server.port" = port,
            // How often the request was sent before, as the conventions count.
            "http.request.resend_count" = number.checked_sub(1).filter(|count| *count > 0),
            "http.response.status_code" = field::Empty,
            "error.type" = field::Empty,
            "otel.status_code" = field::Empty,
        ))
    }

    pub(super) fn span(&self) -> &Span {
        &self.0
    }

    pub(super) fn in_scope<T>(&self, within: impl FnOnce() -> T) -> T {
        self.0.in_scope(within)
    }

    pub(super) fn end(&self, ended: &AttemptEnded) {
        if let Some(status) = ended.status {
            self.0.record("http.response.status_code", status);
            if !(200..300).contains(&status) {
                self.0.record("error.type", field::display(status));
                self.0.record("otel.status_code", "ERROR");
            }
        }
        if let Some(kind) = ended.transport {
            self.0.record("error.type", transport_type(kind));
            self.0.record("otel.status_code", "ERROR");
        }
    }
}

/// An event that shows the shape of a body.
pub(super) fn body(of: &'static str, operation: &'static Operation, body: &Bytes) {
    debug!(
        target: "stream_users::body",
        of,
        bytes = body.len(),
        body = %redact::Redacted { operation, body },
    );
}

const fn error_type(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Api => "api",
        ErrorKind::Connect => "connect",
        ErrorKind::Timeout => "timeout",
        ErrorKind::Interrupted => "interrupted",
        ErrorKind::Decode => "decode",
        ErrorKind::Invalid => "invalid",
        ErrorKind::Auth => "auth",
        ErrorKind::Throttled => "throttled",
        ErrorKind::Task => "task",
        ErrorKind::Config => "config",
        ErrorKind::Unimplemented => "unimplemented",
    }
}

const fn transport_type(kind: TransportErrorKind) -> &'static str {
    match kind {
        TransportErrorKind::Connect => "connect",
        TransportErrorKind::Timeout => "timeout",
        TransportErrorKind::Interrupted => "interrupted",
        TransportErrorKind::TooLarge => "too_large",
        TransportErrorKind::Request => "request",
    }
}
