//! [`Response`]: what a call returns besides its body. Failures belong to `error`.

use std::time::Duration;

use stream_users_model::Str;

use crate::rate_limit::RateLimit;

/// The body of an answer, and what is known about the call.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Response<T> {
    /// The body.
    pub body: T,
    /// What is known about the call.
    pub meta: Meta,
}

impl<T> Response<T> {
    /// A response with this body and nothing known about the call; for mocks.
    #[must_use]
    pub fn new(body: T) -> Self {
        Self {
            body,
            meta: Meta::default(),
        }
    }

    /// The body alone.
    #[must_use]
    pub fn into_body(self) -> T {
        self.body
    }

    /// The same response with another body.
    #[must_use]
    pub fn map<U>(self, map: impl FnOnce(T) -> U) -> Response<U> {
        Response {
            body: map(self.body),
            meta: self.meta,
        }
    }
}

/// What is known about a call.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Meta {
    /// The id that every attempt carried as `x-client-request-id`: a UUID.
    pub request_id: Str,
    /// How many times the request was sent.
    pub attempts: u32,
    /// The HTTP status of the last answer; `None` where there was none.
    pub status: Option<u16>,
    /// The quota that the last answer stated.
    pub rate_limit: Option<RateLimit>,
    /// How long the service worked, by its own word.
    pub server_duration: Option<Duration>,
}
