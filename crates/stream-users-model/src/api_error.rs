//! [`ApiError`], the envelope in which the service refuses a request. The client's own errors do not belong here.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::serde_util::or_default_where_odd;
use crate::{Str, StrMap};

/// The service's refusal of a request.
///
/// Only the code must be there. Another field that does not fit is read as its empty value, so that it does not hide
/// what the service refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ApiError {
    /// The service's own code.
    pub code: ErrorCode,
    /// What is wrong, in the service's words.
    #[serde(default, deserialize_with = "or_default_where_odd")]
    pub message: String,
    /// The HTTP status.
    #[serde(rename = "StatusCode", default, deserialize_with = "or_default_where_odd")]
    pub status: u16,
    /// How long the service worked, as the service writes it.
    #[serde(default, deserialize_with = "or_default_where_odd")]
    pub duration: Str,
    /// Where the service explains its codes.
    #[serde(default, deserialize_with = "or_default_where_odd")]
    pub more_info: Str,
    /// More numbers about what is wrong; mostly empty.
    #[serde(default, deserialize_with = "or_default_where_odd")]
    pub details: Vec<i64>,
    /// What is wrong with single fields, by the field's path: `users[ada].online`.
    #[serde(
        default,
        deserialize_with = "or_default_where_odd",
        skip_serializing_if = "StrMap::is_empty"
    )]
    pub exception_fields: StrMap<String>,
    /// Whether the service says that trying again is of no use.
    #[serde(
        default,
        deserialize_with = "or_default_where_odd",
        skip_serializing_if = "std::ops::Not::not"
    )]
    pub unrecoverable: bool,
}

impl ApiError {
    /// A refusal with a code, an HTTP status and a message; for tests and mocks.
    #[must_use]
    pub fn new(code: ErrorCode, status: u16, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            status,
            duration: Str::default(),
            more_info: Str::default(),
            details: Vec::new(),
            exception_fields: StrMap::new(),
            unrecoverable: false,
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "stream api error {} (http {}): {}",
            self.code, self.status, self.message
        )
    }
}

impl std::error::Error for ApiError {}

/// A code of the service ([table](https://getstream.io/chat/docs/node/api_errors_response/)). Any number is kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ErrorCode(i64);

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)+) => {
        impl ErrorCode {
            $($(#[$doc])* pub const $name: Self = Self($code);)+

            /// The name of the code, where this version knows it: `DOES_NOT_EXIST`.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($code => Some(stringify!($name)),)+
                    _ => None,
                }
            }
        }
    };
}

codes! {
    /// The service failed.
    INTERNAL = -1,
    /// The API key is missing or unknown.
    ACCESS_KEY = 2,
    /// The token was not accepted.
    AUTHENTICATION_FAILED = 3,
    /// The request is wrong.
    INPUT = 4,
    /// The token was not accepted, or does not allow this.
    AUTHENTICATION = 5,
    /// The name is taken.
    DUPLICATE_USERNAME = 6,
    /// Too many requests.
    RATE_LIMIT = 9,
    /// The thing does not exist; also a user that was deleted or deactivated.
    DOES_NOT_EXIST = 16,
    /// The caller may not do this.
    NOT_ALLOWED = 17,
    /// The event is not supported.
    EVENT_NOT_SUPPORTED = 18,
    /// The channel lacks the feature.
    CHANNEL_FEATURE_NOT_SUPPORTED = 19,
    /// The message is too long.
    MESSAGE_TOO_LONG = 20,
    /// Replies cannot be nested.
    MULTIPLE_NESTING_LEVEL = 21,
    /// The payload is too large.
    PAYLOAD_TOO_BIG = 22,
    /// The service took too long.
    REQUEST_TIMEOUT = 23,
    /// The headers are too large.
    MAX_HEADER_SIZE = 24,
    /// The token has expired.
    TOKEN_EXPIRED = 40,
    /// The token is not valid yet.
    TOKEN_NOT_VALID_YET = 41,
    /// The token is used before it was issued.
    TOKEN_USED_BEFORE_ISSUED = 42,
    /// The token's signature is wrong.
    TOKEN_SIGNATURE_INVALID = 43,
    /// The custom command has no endpoint.
    CUSTOM_COMMAND_ENDPOINT_MISSING = 44,
    /// The custom command's endpoint failed.
    CUSTOM_COMMAND_ENDPOINT_FAILED = 45,
    /// The connection id is unknown.
    CONNECTION_ID_NOT_FOUND = 46,
    /// The user must wait.
    COOLDOWN = 60,
    /// The app lives in another region.
    WRONG_REGION = 69,
    /// The user has no access to the channels.
    NO_ACCESS_TO_CHANNELS = 70,
    /// Too many connections.
    TOO_MANY_CONNECTIONS = 71,
    /// Moderation refused the message.
    MESSAGE_MODERATION_FAILED = 73,
    /// The app is suspended.
    APP_SUSPENDED = 99,
}

impl ErrorCode {
    /// The code of a number; for codes that have no name here.
    ///
    /// ```
    /// use stream_users_model::ErrorCode;
    ///
    /// const NO_SUCH_POLL: ErrorCode = ErrorCode::new(1234);
    /// assert_eq!((NO_SUCH_POLL.get(), NO_SUCH_POLL.name()), (1234, None));
    /// ```
    #[must_use]
    pub const fn new(code: i64) -> Self {
        Self(code)
    }

    /// The code as a number.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl From<i64> for ErrorCode {
    fn from(code: i64) -> Self {
        Self::new(code)
    }
}

impl fmt::Debug for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
