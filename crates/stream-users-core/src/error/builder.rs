//! [`ErrorBuilder`]: how an error is made. What it says, and what it answers, belongs to [`Error`].

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, StatusCode, Uri, header};
use stream_users_model::{ApiError, Operation, Task, Timestamp, Violations, operation};

use super::{Detail, Error, ErrorKind, Inner};
use crate::response::Meta;
use crate::retry::server;
use crate::transport::{TransportError, TransportErrorKind};

/// Builds an [`Error`]; made by [`Error::builder`].
#[derive(Debug)]
pub struct ErrorBuilder(Box<Inner>);

impl ErrorBuilder {
    pub(super) fn new(kind: ErrorKind) -> Self {
        Self(Box::new(Inner {
            kind,
            operation: None,
            read_only: false,
            message: String::new(),
            detail: Detail::None,
            meta: None,
            retry_after: None,
            retryable: None,
            may_have_been_applied: None,
            transport: None,
            source: None,
        }))
    }

    /// The error of something that had no whole answer. It has the text, the kind and the cause of the transport's.
    #[must_use]
    pub fn from_transport(error: TransportError) -> Self {
        let kind = match error.kind() {
            TransportErrorKind::Connect => ErrorKind::Connect,
            TransportErrorKind::Timeout => ErrorKind::Timeout,
            TransportErrorKind::Interrupted => ErrorKind::Interrupted,
            TransportErrorKind::TooLarge => ErrorKind::Decode,
            TransportErrorKind::Request => ErrorKind::Config,
        };
        // The error's own text becomes the message, so that a chain does not say it twice.
        let mut builder = Self::new(kind).message(error.to_string()).transport(error.kind());
        builder.0.source = error.into_source().map(Arc::from);
        builder
    }

    /// The error of an answer that says no, or is none of the service's: the service's refusal, or a text with the status and
    /// the body, cut to 4 KiB; and how long it asks to wait, counted from `now`. The status itself stands in the
    /// [meta](Self::meta) of a call, which is set apart.
    #[must_use]
    pub fn from_answer(status: StatusCode, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Self {
        let error = Self::new(ErrorKind::Api).retry_after(server::wait(status, headers, now));
        if let Some(mut api) = api_error(body) {
            if api.status == 0 {
                api.status = status.as_u16();
            }
            return error.api(api);
        }
        let text = if status.is_redirection() {
            format!(
                "http {}: a redirect{}, which is not followed: it would carry the token along; correct the base url",
                status.as_u16(),
                target(headers)
            )
        } else {
            format!("http {}, and the answer is not the service's", status.as_u16())
        };
        error.message(text).body(body)
    }

    /// The service's refusal that was set.
    pub(crate) fn refusal(&self) -> Option<&ApiError> {
        match &self.0.detail {
            Detail::Api(error) => Some(error),
            _ => None,
        }
    }

    /// Sets why there was no whole answer, in the transport's terms.
    #[must_use]
    pub fn transport(mut self, kind: TransportErrorKind) -> Self {
        self.0.transport = Some(kind);
        self
    }

    /// Sets the operation that failed.
    #[must_use]
    pub fn operation(mut self, name: &'static str) -> Self {
        self.0.operation = Some(name);
        self.0.read_only = operation::find(name).is_some_and(|operation| operation.read_only);
        self
    }

    /// Sets the operation that failed, which may be one of another SDK's.
    pub(crate) fn of(mut self, operation: &Operation) -> Self {
        self.0.operation = Some(operation.name);
        self.0.read_only = operation.read_only;
        self
    }

    /// Sets what is wrong, where the kind's own parts do not say it.
    #[must_use]
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.0.message = message.into();
        self
    }

    /// Sets the service's refusal.
    #[must_use]
    pub fn api(mut self, error: ApiError) -> Self {
        self.0.detail = Detail::Api(error);
        self
    }

    /// Sets a body that could not be read; it is cut to 4 KiB.
    #[must_use]
    pub fn body(mut self, body: &[u8]) -> Self {
        const MAX: usize = 4096;
        // A character more than is kept, so that the last one is whole before it is cut off.
        let mut text = String::from_utf8_lossy(&body[..body.len().min(MAX + 4)]).into_owned();
        let mut end = text.len().min(MAX);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        self.0.detail = Detail::Body(text);
        self
    }

    /// Sets the rules that the request breaks.
    #[must_use]
    pub fn violations(mut self, violations: Violations) -> Self {
        self.0.detail = Detail::Violations(violations);
        self
    }

    /// Sets the task that failed or did not end.
    #[must_use]
    pub fn task(mut self, task: Task) -> Self {
        self.0.detail = Detail::Task(task);
        self
    }

    /// Sets what is known about the call.
    #[must_use]
    pub fn meta(mut self, meta: Meta) -> Self {
        self.0.meta = Some(meta);
        self
    }

    /// Sets how long the service asks to wait.
    #[must_use]
    pub fn retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    /// Sets whether the same call may succeed later, where that differs from what the kind and the status say.
    #[must_use]
    pub fn retryable(mut self, retryable: bool) -> Self {
        self.0.retryable = Some(retryable);
        self
    }

    /// Sets whether the request may have had its effect, where that differs from what the kind and the status say.
    #[must_use]
    pub fn may_have_been_applied(mut self, applied: bool) -> Self {
        self.0.may_have_been_applied = Some(applied);
        self
    }

    /// The same failure as one that was not tried again because the retry budget is spent. What is known about it stays.
    pub(crate) fn throttled(mut self) -> Self {
        self.0.message = format!(
            "the retry budget is spent; the last attempt failed: {}",
            self.0.what()
        );
        self.0.kind = ErrorKind::Throttled;
        self
    }

    /// Sets the cause. It must hold no secret.
    #[must_use]
    pub fn source(self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.shared_source(Arc::from(source.into()))
    }

    pub(crate) fn shared_source(mut self, source: Arc<dyn StdError + Send + Sync>) -> Self {
        self.0.source = Some(source);
        self
    }

    /// The error.
    #[must_use]
    pub fn build(self) -> Error {
        Error(self.0)
    }
}

/// Where a redirect leads, without path and query: they may hold what is secret.
fn target(headers: &HeaderMap) -> String {
    let uri = headers
        .get(header::LOCATION)
        .and_then(|location| location.to_str().ok()?.parse::<Uri>().ok());
    match uri.as_ref().and_then(|uri| uri.scheme_str().zip(uri.host())) {
        Some((scheme, host)) => format!(" to {scheme}://{host}"),
        None => String::new(),
    }
}

/// The service's refusal, where `body` is one. An array is none, though it could be read as the fields in order.
fn api_error(body: &[u8]) -> Option<ApiError> {
    if body.trim_ascii_start().starts_with(b"{") {
        serde_json::from_slice(body).ok()
    } else {
        None
    }
}
