//! [`Error`], the one error of the API. What went wrong in a transport belongs to `transport`; what the service refuses
//! with, to the model's `ApiError`; how an error is made, to `builder`.

mod builder;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use stream_users_model::{ApiError, ErrorCode, Task, Violation, Violations};

pub use self::builder::ErrorBuilder;
use crate::rate_limit::RateLimit;
use crate::response::Meta;
use crate::transport::TransportErrorKind;

/// The result of a call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed.
///
/// It is one word wide, says in its text which operation failed, with the service's code, status and message, and names
/// neither the URL (which holds the API key) nor a secret. Ask the predicates rather than the text:
///
/// ```
/// use stream_users_core::{Error, ErrorKind};
/// use stream_users_model::{ApiError, ErrorCode};
///
/// let error = Error::builder(ErrorKind::Api)
///     .operation("upsert_users")
///     .api(ApiError::new(ErrorCode::DOES_NOT_EXIST, 404, "the user ada was deleted"))
///     .build();
/// assert!(error.is_not_found() && !error.is_retryable());
/// assert_eq!(error.to_string(), "upsert_users: stream api error 16 (http 404): the user ada was deleted");
/// ```
#[derive(Clone)]
pub struct Error(Box<Inner>);

/// What kind of failure an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The service refused: it answered with a status of 400 or more, or with a redirect, which is not followed.
    Api,
    /// No connection could be made. The request never left.
    Connect,
    /// No whole answer came in time. The request may have been applied, unless
    /// [`may_have_been_applied`](Error::may_have_been_applied) says that it was not sent.
    Timeout,
    /// The connection ended before the whole answer came. The request may have been applied.
    Interrupted,
    /// The answer came and could not be read. The request was applied.
    Decode,
    /// The request breaks rules and was not sent.
    Invalid,
    /// The credential does not allow the operation, or no token could be made; nothing was sent.
    Auth,
    /// The client held itself back: the retry budget is spent, so that a failure was not tried again (what is known about
    /// it stands in the error), or the quota is used up for longer than the call has time, so that it was not sent.
    Throttled,
    /// The task failed, or waiting for it took too long.
    Task,
    /// The client is set up wrongly.
    Config,
    /// This implementation of the API does not have the operation.
    Unimplemented,
}

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    operation: Option<&'static str>,
    /// Whether the operation is known to change nothing.
    read_only: bool,
    message: String,
    detail: Detail,
    meta: Option<Meta>,
    retry_after: Option<Duration>,
    /// `None`: as the kind says.
    retryable: Option<bool>,
    /// `None`: as the kind says.
    may_have_been_applied: Option<bool>,
    transport: Option<TransportErrorKind>,
    /// Shared, because one failure may be that of several calls.
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// What some kinds carry besides their text.
#[derive(Clone)]
enum Detail {
    None,
    Api(ApiError),
    /// A body that is not what it should be, cut to 4 KiB.
    Body(String),
    Violations(Violations),
    Task(Task),
}

impl Error {
    /// Builds an error of any kind; for mocks, transports and authors of other SDKs.
    #[must_use]
    pub fn builder(kind: ErrorKind) -> ErrorBuilder {
        ErrorBuilder::new(kind)
    }

    /// The error of an implementation of an API that does not have an operation: for the default bodies of
    /// [`UsersApi`](crate::UsersApi), and of another SDK's own trait.
    #[must_use]
    pub fn unimplemented(operation: &'static str) -> Self {
        Self::builder(ErrorKind::Unimplemented)
            .operation(operation)
            .message("this implementation of the api does not have the operation")
            .build()
    }

    /// The kind of failure.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The operation that failed, where it is known.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// The service's refusal. `None` also where something else answered in its place, such as a proxy: see
    /// [`status`](Self::status) and [`body`](Self::body).
    #[must_use]
    pub fn api(&self) -> Option<&ApiError> {
        match &self.0.detail {
            Detail::Api(error) => Some(error),
            _ => None,
        }
    }

    /// The service's code.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        self.api().map(|error| error.code)
    }

    /// The HTTP status of the answer, where there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status()
    }

    /// A body that could not be read, cut to 4 KiB.
    #[must_use]
    pub fn body(&self) -> Option<&str> {
        match &self.0.detail {
            Detail::Body(body) => Some(body),
            _ => None,
        }
    }

    /// The rules that the request breaks, all of them; at most an [`ErrorKind::Invalid`] has some.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        match &self.0.detail {
            Detail::Violations(violations) => violations.as_slice(),
            _ => &[],
        }
    }

    /// The task that failed or did not end.
    #[must_use]
    pub fn task(&self) -> Option<&Task> {
        match &self.0.detail {
            Detail::Task(task) => Some(task),
            _ => None,
        }
    }

    /// What is known about the call: attempts, request id, rate limit. `None`, or without attempts, where it was never
    /// tried.
    #[must_use]
    pub fn meta(&self) -> Option<&Meta> {
        self.0.meta.as_ref()
    }

    /// The quota that the service stated in its last answer.
    #[must_use]
    pub fn rate_limit(&self) -> Option<RateLimit> {
        self.meta().and_then(|meta| meta.rate_limit)
    }

    /// How long the service asks to wait before the next call, or how long the quota is used up.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the same call may succeed later, with nothing changed. The client has already tried again where that was
    /// safe.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.retryable.unwrap_or_else(|| match self.0.kind {
            ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Interrupted | ErrorKind::Throttled => true,
            ErrorKind::Api => {
                self.status().is_some_and(is_retryable_status)
                    && !self.api().is_some_and(|api| api.unrecoverable)
            }
            _ => false,
        })
    }

    /// Whether the request may have had its effect although the call failed: by any of its attempts, not just the last.
    #[must_use]
    pub fn may_have_been_applied(&self) -> bool {
        self.0.may_have_been_applied()
    }

    /// Why there was no whole answer, in the transport's terms; `None` where the last attempt did not fail there.
    #[must_use]
    pub fn transport(&self) -> Option<TransportErrorKind> {
        self.0.transport
    }

    /// Whether the service says that the thing does not exist: also a user that was deleted or deactivated.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.code() == Some(ErrorCode::DOES_NOT_EXIST) || self.status() == Some(404)
    }

    /// Whether the service refused for too many requests, or the client did not send the request because it would.
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        let is_held_back =
            || self.0.kind == ErrorKind::Throttled && self.meta().is_some_and(|meta| meta.attempts == 0);
        self.code() == Some(ErrorCode::RATE_LIMIT) || self.status() == Some(429) || is_held_back()
    }

    /// Whether the caller is not known or may not do this, by the service's word or the client's.
    #[must_use]
    pub fn is_auth(&self) -> bool {
        self.0.kind == ErrorKind::Auth || matches!(self.status(), Some(401 | 403))
    }

    /// Whether the request was not sent because it breaks rules.
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        self.0.kind == ErrorKind::Invalid
    }

    /// Whether no answer came in time.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Timeout
    }

    /// Whether no connection could be made.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        self.0.kind == ErrorKind::Connect
    }

    /// Whether the answer could not be read.
    #[must_use]
    pub fn is_decode(&self) -> bool {
        self.0.kind == ErrorKind::Decode
    }

    pub(crate) fn invalid(operation: &'static str, violations: Violations) -> Self {
        Self::builder(ErrorKind::Invalid)
            .operation(operation)
            .violations(violations)
            .build()
    }
}

fn is_retryable_status(status: u16) -> bool {
    matches!(status, 408 | 429) || (status >= 500 && status != 501)
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl Inner {
    /// Whether the request may have had its effect although the call failed.
    fn may_have_been_applied(&self) -> bool {
        self.may_have_been_applied.unwrap_or_else(|| match self.kind {
            ErrorKind::Timeout | ErrorKind::Interrupted | ErrorKind::Decode | ErrorKind::Task => true,
            ErrorKind::Api => self.status().is_some_and(|status| status == 408 || status >= 500),
            _ => false,
        })
    }

    /// Whether it is of use to say that the request may have had its effect: it is known and has one.
    fn is_unsure(&self) -> bool {
        self.may_have_been_applied() && self.meta.is_some() && !self.read_only
    }

    /// The HTTP status of the answer, where there was one.
    fn status(&self) -> Option<u16> {
        let stated = || match &self.detail {
            Detail::Api(error) => Some(error.status),
            _ => None,
        };
        self.meta.as_ref().and_then(|meta| meta.status).or_else(stated)
    }

    /// What went wrong, without the operation.
    fn what(&self) -> Cow<'_, str> {
        match &self.detail {
            _ if self.kind == ErrorKind::Throttled && !self.message.is_empty() => Cow::from(&self.message),
            Detail::Api(error) => Cow::from(error.to_string()),
            Detail::Violations(violations) => Cow::from(format!("the request was not sent: {violations}")),
            _ if self.message.is_empty() => Cow::from(self.kind.as_str()),
            _ => Cow::from(&self.message),
        }
    }
}

impl fmt::Display for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = self.operation {
            write!(f, "{operation}: ")?;
        }
        f.write_str(&self.what())?;
        let attempts = self.meta.as_ref().map_or(0, |meta| meta.attempts);
        match (attempts > 1, self.is_unsure()) {
            (true, true) => write!(
                f,
                " (after {attempts} attempts; the request may have been applied)"
            ),
            (true, false) => write!(f, " (after {attempts} attempts)"),
            (false, true) => f.write_str(" (the request may have been applied)"),
            (false, false) => Ok(()),
        }
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind)
            .field("text", &self.to_string())
            .field("meta", &self.meta)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

impl ErrorKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "the service refused",
            Self::Connect => "the connection could not be made",
            Self::Timeout => "no whole answer came in time",
            Self::Interrupted => "the connection ended before the whole answer came",
            Self::Decode => "the answer could not be read",
            Self::Invalid => "the request breaks rules and was not sent",
            Self::Auth => "the credential does not allow this",
            Self::Throttled => "the client holds itself back",
            Self::Task => "the task did not complete",
            Self::Config => "the client is set up wrongly",
            Self::Unimplemented => "not implemented",
        }
    }
}
