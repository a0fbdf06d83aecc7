//! [`Problem`]: the answer to a request that failed. Every error becomes one here and nowhere else.
//!
//! | what happened | status |
//! |---|---|
//! | there is no such user, deletion or route | 404 |
//! | the route has no such method | 405 |
//! | the id is taken, the user is deactivated already | 409 |
//! | the user is deactivated and asks for a token | 403 |
//! | the request breaks rules: of ours, of the library, of Stream | 400, 413, 422 |
//! | Stream's quota is used up | 429 with `Retry-After` |
//! | Stream cannot be reached, or the retries are spent | 503, with `Retry-After` where it is known |
//! | Stream fails, or says what cannot be read | 502 |
//! | Stream takes too long | 504 |
//! | Stream does not know us: our key or secret is wrong | 500 |
//!
//! A caller learns what to do, and nothing about Stream. The log has the operation, the code and the id of the request, by
//! which Stream's support finds it; it has no text of Stream's, which may name users.

use std::borrow::Cow;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use stream_users::{ErrorCode, ErrorKind};

use crate::users::Failure;

/// The answer to a request that failed.
#[derive(Debug, Serialize)]
pub(super) struct Problem {
    #[serde(skip)]
    status: StatusCode,
    #[serde(skip)]
    retry_after: Option<Duration>,
    message: Cow<'static, str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    violations: Vec<Violation>,
}

/// A rule that the request breaks.
#[derive(Debug, Serialize)]
struct Violation {
    field: String,
    rule: String,
}

impl Problem {
    fn new(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            retry_after: None,
            message: message.into(),
            violations: Vec::new(),
        }
    }
}

/// The answer where no route is.
pub(super) async fn no_such_route() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "there is no such route")
}

/// The answer where the route has other methods; axum adds which.
pub(super) async fn no_such_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "the route has no such method")
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let status = match failure {
            Failure::NotFound(_) => StatusCode::NOT_FOUND,
            Failure::IdTaken | Failure::NothingToChange => StatusCode::CONFLICT,
            Failure::Deactivated => StatusCode::FORBIDDEN,
            Failure::BadPageToken => StatusCode::BAD_REQUEST,
            Failure::Stream(error) => return error.into(),
        };
        Self::new(status, failure.to_string())
    }
}

impl From<stream_users::Error> for Problem {
    fn from(error: stream_users::Error) -> Self {
        let (status, message) = meaning(&error);
        log(status, &error);
        Self {
            retry_after: error.retry_after(),
            violations: error.violations().iter().map(Violation::from).collect(),
            ..Self::new(status, message)
        }
    }
}

/// What an error of Stream's means to our caller.
fn meaning(error: &stream_users::Error) -> (StatusCode, &'static str) {
    const UNAVAILABLE: (StatusCode, &str) = (
        StatusCode::SERVICE_UNAVAILABLE,
        "not available now; try again later",
    );
    const BAD_GATEWAY: (StatusCode, &str) = (
        StatusCode::BAD_GATEWAY,
        "something behind us failed; try again later",
    );
    const OUR_FAULT: (StatusCode, &str) = (StatusCode::INTERNAL_SERVER_ERROR, "something is wrong with us");

    // Asked of every error first: the answer may be the service's, or the client's that did not even ask.
    if error.is_rate_limited() {
        return (
            StatusCode::TOO_MANY_REQUESTS,
            "too many requests; try again later",
        );
    }
    match error.kind() {
        ErrorKind::Invalid => (StatusCode::UNPROCESSABLE_ENTITY, "the request breaks rules"),
        ErrorKind::Connect | ErrorKind::Throttled => UNAVAILABLE,
        ErrorKind::Timeout => (
            StatusCode::GATEWAY_TIMEOUT,
            "it took too long; it may have been done all the same",
        ),
        ErrorKind::Interrupted | ErrorKind::Decode | ErrorKind::Task => BAD_GATEWAY,
        ErrorKind::Api if error.is_not_found() => (StatusCode::NOT_FOUND, "there is no such thing"),
        ErrorKind::Api if error.is_auth() => OUR_FAULT,
        ErrorKind::Api => match (error.code(), error.status()) {
            (Some(ErrorCode::DUPLICATE_USERNAME), _) => {
                (StatusCode::CONFLICT, "the name is taken; choose another")
            }
            (Some(ErrorCode::PAYLOAD_TOO_BIG), _) => {
                (StatusCode::PAYLOAD_TOO_LARGE, "that is too much for one user")
            }
            (Some(ErrorCode::INPUT), _) => (StatusCode::UNPROCESSABLE_ENTITY, "a value is not accepted"),
            (_, Some(503)) => UNAVAILABLE,
            _ => BAD_GATEWAY,
        },
        _ => OUR_FAULT,
    }
}

fn log(status: StatusCode, error: &stream_users::Error) {
    let kind = error.kind();
    let operation = error.operation();
    let code = error.code().map(ErrorCode::get);
    let answered = error.status();
    let request_id = error.meta().map(|meta| meta.request_id.as_str());
    if status.is_server_error() {
        tracing::error!(?kind, operation, code, answered, request_id, "stream failed");
    } else {
        tracing::info!(?kind, operation, code, answered, request_id, "stream refused");
    }
}

impl From<&stream_users::Violation> for Violation {
    fn from(violation: &stream_users::Violation) -> Self {
        // `users[0].id`: that we send batches of one is nobody's business.
        let field = violation.field.as_str();
        let field = field.rsplit_once("].").map_or(field, |(_, field)| field);
        Self {
            field: field.to_owned(),
            rule: violation.message.to_string(),
        }
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let retry_after = self.retry_after.map(|wait| {
            // In whole seconds, and never early.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            (header::RETRY_AFTER, HeaderValue::from(seconds))
        });
        let mut response = (self.status, Json(self)).into_response();
        response.headers_mut().extend(retry_after);
        response
    }
}
