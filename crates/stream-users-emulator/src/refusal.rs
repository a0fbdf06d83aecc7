//! The answers that say no: Stream's error envelope and its texts.

use std::collections::BTreeMap;

use http::StatusCode;
use serde_json::{Map, Value, json};
use stream_users_model::ErrorCode;

use crate::read::Problems;

/// Where Stream's documentation lists its error codes.
const MORE_INFO: &str = "https://getstream.io/chat/docs/api_errors_response";

/// A request that is refused: a status, a code and the inner text of the message.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: ErrorCode,
    pub(crate) text: String,
    pub(crate) fields: BTreeMap<String, String>,
    /// Seconds until the request may be sent again.
    pub(crate) retry_after: Option<i64>,
    /// What the disk has failed with, if that is why: the same may succeed later.
    pub(crate) disk: Option<Box<rusqlite::Error>>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, code: ErrorCode, text: impl Into<String>) -> Self {
        Self {
            status,
            code,
            text: text.into(),
            fields: BTreeMap::new(),
            retry_after: None,
            disk: None,
        }
    }

    pub(crate) fn input(text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ErrorCode::INPUT, text)
    }

    pub(crate) fn not_found(text: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, ErrorCode::DOES_NOT_EXIST, text)
    }

    pub(crate) fn not_allowed(text: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, ErrorCode::NOT_ALLOWED, text)
    }

    pub(crate) fn unauthorized(code: impl Into<ErrorCode>, text: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code.into(), text)
    }

    pub(crate) fn invalid_json() -> Self {
        Self::input("invalid json data")
    }

    pub(crate) fn unknown_route() -> Self {
        Self::not_found("Not Found")
    }

    pub(crate) fn unknown_user(id: &str) -> Self {
        Self::not_found(format!("the user {id} does not exist"))
    }

    /// A client that says that it is another user than the one of its token.
    pub(crate) fn another_user() -> Self {
        Self::not_allowed("user_id does not match the user of the token")
    }

    /// A server that says twice who acts.
    pub(crate) fn user_twice() -> Self {
        Self::input("cannot set both user and user_id.")
    }

    pub(crate) fn action(role: &str, action: &str) -> Self {
        Self::not_allowed(format!(
            "User with role '{role}' is not allowed to perform action {action}"
        ))
    }

    /// A request over its quota, which is refilled after so many seconds.
    pub(crate) fn too_many(operation_id: &str, seconds: i64) -> Self {
        let mut refusal = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            ErrorCode::RATE_LIMIT,
            format!(
                "Too many requests for user endpoint {operation_id}, check response headers for more information."
            ),
        );
        refusal.retry_after = Some(seconds);
        refusal
    }

    /// A client that connects when too many others are connected.
    pub(crate) fn too_many_connections() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            ErrorCode::TOO_MANY_CONNECTIONS,
            "too many connections",
        )
    }

    /// A client that polls for a connection which is none of its own, or none at all any more.
    pub(crate) fn unknown_connection() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            ErrorCode::CONNECTION_ID_NOT_FOUND,
            "connection id not found",
        )
    }

    /// A failure of the emulator itself, with all its causes.
    pub(crate) fn internal(error: &dyn std::error::Error) -> Self {
        let mut text = format!("internal error: {error}");
        let mut cause = error.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::INTERNAL, text)
    }

    /// What could not be read as a request, and why as far as the status says it.
    pub(crate) fn unread(status: StatusCode) -> Self {
        let (code, text) = match status {
            StatusCode::URI_TOO_LONG => (ErrorCode::INPUT, "the URI is too long; it may have 65,534 bytes"),
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => (
                ErrorCode::MAX_HEADER_SIZE,
                "the head is too large; it may have 100 headers and 400,000 bytes",
            ),
            _ => (ErrorCode::INPUT, "this is not a request of HTTP/1.1 or HTTP/1.0"),
        };
        Self::new(status, code, text)
    }

    /// A mistake in the emulator itself, of which the standard error says more.
    pub(crate) fn panicked() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            ErrorCode::INTERNAL,
            "internal error: the emulator panicked; its standard error says where",
        )
    }

    /// All problems of one request in one refusal, as the service joins them.
    pub(crate) fn problems(problems: Problems) -> Self {
        let mut refusal = Self::input(problems.join());
        refusal.fields = problems.into_list().into_iter().collect();
        refusal
    }

    /// The body of the answer, still without its duration.
    pub(crate) fn body(&self, operation_id: &str) -> Map<String, Value> {
        let mut body = Map::new();
        body.insert("StatusCode".into(), json!(self.status.as_u16()));
        body.insert("code".into(), json!(self.code.get()));
        body.insert("details".into(), json!([]));
        body.insert(
            "message".into(),
            json!(format!("{operation_id} failed with error: \"{}\"", self.text)),
        );
        body.insert("more_info".into(), json!(MORE_INFO));
        if !self.fields.is_empty() {
            body.insert("exception_fields".into(), json!(self.fields));
        }
        body
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        let mut refusal = Self::internal(&error);
        if let Some(rusqlite::ErrorCode::DiskFull | rusqlite::ErrorCode::SystemIoFailure) =
            error.sqlite_error_code()
        {
            refusal.text =
                format!("the data directory cannot be read or written: {error}; is the disk full?");
            refusal.disk = Some(Box::new(error));
        }
        refusal
    }
}
