//! [`WebhookError`]: why a webhook or a message of a queue is refused. No text of it holds a secret or a signature.

use http::StatusCode;

/// Why a webhook or a message of a queue is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// One of the verifier's secrets is empty, so that anybody could sign.
    #[error("the api secret is empty: take it from the app's page in Stream's dashboard")]
    Secret,
    /// There is no signature.
    #[error("the webhook has no `X-Signature` header: it is not the service's, or a proxy has taken it out")]
    SignatureMissing,
    /// There is more than one signature.
    #[error("the webhook has more than one `X-Signature` header, and only one can be the service's")]
    SignatureRepeated,
    /// None of the secrets has signed the body.
    #[error(
        "signature mismatch: none of the secrets has signed the body, as it was before it was compressed"
    )]
    SignatureMismatch,
    /// It is about another app.
    #[error("the webhook's `X-Api-Key` is not the app's")]
    ApiKey,
    /// The message of a queue is not what the service writes there.
    #[error("invalid base64 encoding: a message of a queue is base64, of JSON or of gzip")]
    Base64,
    /// It begins as gzip and is none.
    #[error("gzip decompression failed: {reason}")]
    Gzip {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// It is larger than what is read, compressed or not.
    #[error("the body is larger than {max} bytes, and was not read")]
    TooLarge {
        /// The most that is read, in bytes.
        max: usize,
    },
    /// It is no JSON, or no event.
    #[error("invalid JSON payload: {reason}")]
    Json {
        /// What is wrong with it.
        reason: String,
    },
}

impl WebhookError {
    /// What to answer: 401 where it cannot be the service's, 413 where it is too large, 500 where the verifier is not
    /// set up, and else 400. The service tries again after 500 alone: the others would be refused again.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Secret => StatusCode::INTERNAL_SERVER_ERROR,
            Self::SignatureMissing | Self::SignatureRepeated | Self::SignatureMismatch | Self::ApiKey => {
                StatusCode::UNAUTHORIZED
            }
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Base64 | Self::Gzip { .. } | Self::Json { .. } => StatusCode::BAD_REQUEST,
        }
    }
}
