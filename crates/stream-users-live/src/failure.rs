//! [`Failure`]: why there is no connection, and what that says about another attempt. It is the one place where passing
//! failures are told from permanent ones; when the next attempt is made belongs to `machine`.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use stream_users_core::{Error, ErrorBuilder, ErrorKind, Meta, TransportError, TransportErrorKind};
use stream_users_model::{ApiError, ErrorCode, Timestamp};

use crate::socket::{Close, ConnectError};

/// The close code with which the service says that the connection is not to be made anew.
const NORMAL_CLOSE: u16 = 1000;

/// Why there is no connection.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) error: Arc<Error>,
    pub(crate) verdict: Verdict,
}

/// What a failure says about another attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Another may succeed, after the time that the service asks for.
    Passing { wait: Option<Duration> },
    /// As `Passing`, and the service has said nothing: something may keep WebSockets from it.
    Silent { wait: Option<Duration> },
    /// Something has refused that is not the service. It may keep WebSockets from it, or the address may be wrong.
    Foreign,
    /// The time in which the token is valid is over, or has not begun by the service's clock. Another token may do.
    TokenTime,
    /// Another attempt is of no use.
    Permanent,
}

impl Failure {
    fn new(error: Error, verdict: Verdict) -> Self {
        Self {
            error: Arc::new(error),
            verdict,
        }
    }

    fn silent(error: Error) -> Self {
        Self::new(error, Verdict::Silent { wait: None })
    }

    /// The service has refused, in a frame.
    pub(crate) fn refused(refusal: ApiError) -> Self {
        let error = builder(ErrorKind::Api).api(refusal).build();
        let verdict = of_service(&error);
        Self::new(error, verdict)
    }

    /// There is no WebSocket.
    pub(crate) fn not_connected(error: ConnectError, now: Timestamp) -> Self {
        match error {
            ConnectError::Transport(error) => Self::ended(error),
            ConnectError::Answer(answer) => Self::answered(answer, now),
        }
    }

    /// Something answered that opens no WebSocket.
    fn answered(answer: http::Response<Bytes>, now: Timestamp) -> Self {
        let (parts, body) = answer.into_parts();
        let mut meta = Meta::default();
        (meta.attempts, meta.status) = (1, Some(parts.status.as_u16()));
        let error = ErrorBuilder::from_answer(parts.status, &parts.headers, &body, now)
            .operation("connect")
            .meta(meta)
            .may_have_been_applied(false)
            .build();
        let wait = error.retry_after();
        let verdict = if error.api().is_some() {
            of_service(&error)
        } else {
            match parts.status {
                StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => Verdict::Passing { wait },
                StatusCode::SERVICE_UNAVAILABLE if wait.is_some() => Verdict::Passing { wait },
                status if status.is_server_error() || status.is_success() => Verdict::Silent { wait },
                _ => Verdict::Foreign,
            }
        };
        Self::new(error, verdict)
    }

    /// The connection has ended without a word.
    pub(crate) fn ended(error: TransportError) -> Self {
        let kind = error.kind();
        let error = ErrorBuilder::from_transport(error)
            .operation("connect")
            .may_have_been_applied(false)
            .build();
        let verdict = match kind {
            // There is no network, or no host: a long-poll would fare no better.
            TransportErrorKind::Connect => Verdict::Passing { wait: None },
            TransportErrorKind::Request => Verdict::Permanent,
            _ => Verdict::Silent { wait: None },
        };
        Self::new(error, verdict)
    }

    /// The connection was ended with a close frame.
    pub(crate) fn closed(close: Option<Close>) -> Self {
        let Some(Close { code, reason }) = close else {
            return Self::silent(
                builder(ErrorKind::Interrupted)
                    .message("the connection was closed without a code")
                    .build(),
            );
        };
        let reason = if reason.is_empty() {
            String::new()
        } else {
            format!(": {reason}")
        };
        let error = builder(ErrorKind::Interrupted);
        if code == NORMAL_CLOSE {
            let text = format!("the service has closed the connection for good (code {code}{reason})");
            let error = error.message(text).retryable(false).build();
            return Self::new(error, Verdict::Permanent);
        }
        let text = format!("the connection was closed (code {code}{reason})");
        Self::new(error.message(text).build(), Verdict::Passing { wait: None })
    }

    /// A call failed that connecting needs: for the token, for the guest, or of a long-poll.
    pub(crate) fn of_call(error: Error) -> Self {
        // The refusal of a guest is the cause of the error that all calls of the guest share.
        let cause = std::error::Error::source(&error);
        let guest = cause.and_then(|cause| cause.downcast_ref::<Error>());
        let told = guest.unwrap_or(&error);
        let wait = error.retry_after();
        let verdict = match error.kind() {
            ErrorKind::Api if told.api().is_some() => of_service(told),
            ErrorKind::Api if !error.is_retryable() => Verdict::Foreign,
            // The provider has failed, as whatever it asks may do for a while.
            ErrorKind::Auth if cause.is_some() => Verdict::Passing { wait },
            // It is not the service's answer, or was cut on the way. Of a guest's, there would be another guest.
            ErrorKind::Decode if guest.is_none() => Verdict::Silent { wait },
            _ if error.is_retryable() => Verdict::Passing { wait },
            _ => Verdict::Permanent,
        };
        Self::new(error, verdict)
    }

    /// What came is nothing that the service says.
    pub(crate) fn garbled(what: &str, body: &[u8]) -> Self {
        Self::silent(
            builder(ErrorKind::Decode)
                .message(format!("{what}: check what stands between here and the service"))
                .body(body)
                .build(),
        )
    }

    /// The user who is connected does not fit the program.
    pub(crate) fn misfit(problem: &str) -> Self {
        let text = format!("one's own user could not be read: {problem}");
        Self::new(
            builder(ErrorKind::Decode).message(text).build(),
            Verdict::Permanent,
        )
    }

    /// There was no first answer in time.
    pub(crate) fn late(limit: Duration) -> Self {
        Self::silent(
            builder(ErrorKind::Timeout)
                .message(format!("no connection and no first answer within {limit:?}"))
                .build(),
        )
    }

    /// Nothing was heard for too long.
    pub(crate) fn dead(after: Duration) -> Self {
        Self::silent(
            builder(ErrorKind::Timeout)
                .message(format!("the connection is dead: nothing was heard for {after:?}"))
                .build(),
        )
    }

    /// The client is set up in a way that cannot work.
    pub(crate) fn unusable(error: Error) -> Self {
        Self::new(error, Verdict::Permanent)
    }
}

/// An error of connecting, before its parts are set.
pub(crate) fn builder(kind: ErrorKind) -> ErrorBuilder {
    Error::builder(kind)
        .operation("connect")
        .may_have_been_applied(false)
}

/// What the service's own refusal says: its code first, and else what the core says of every call.
fn of_service(error: &Error) -> Verdict {
    let (Some(api), wait) = (error.api(), error.retry_after()) else {
        return Verdict::Permanent;
    };
    let passes = match api.code {
        ErrorCode::TOKEN_EXPIRED | ErrorCode::TOKEN_NOT_VALID_YET | ErrorCode::TOKEN_USED_BEFORE_ISSUED => {
            return Verdict::TokenTime;
        }
        // Whatever the status, which a frame may not state. That a long-poll's connection is no longer known does not say
        // that another is of no use.
        ErrorCode::INTERNAL
        | ErrorCode::RATE_LIMIT
        | ErrorCode::REQUEST_TIMEOUT
        | ErrorCode::CONNECTION_ID_NOT_FOUND
        | ErrorCode::TOO_MANY_CONNECTIONS => true,
        _ => error.is_retryable(),
    };
    if passes && !api.unrecoverable {
        Verdict::Passing { wait }
    } else {
        Verdict::Permanent
    }
}
