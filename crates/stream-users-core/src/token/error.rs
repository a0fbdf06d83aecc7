//! [`TokenError`]: why a token was not made, or is not accepted. No text of it holds any part of a token.

use stream_users_model::ErrorCode;

/// Why a token could not be made, or not be used, or was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The api secret is empty.
    #[error("the api secret is empty: take it from the app's page in Stream's dashboard")]
    Secret,
    /// No token can be made for such a user id.
    #[error("no token can be made for the user id: {reason}")]
    UserId {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A custom claim has the name of one with a meaning of its own.
    #[error(
        "the claim `{name}` has a method of its own or makes another kind of token: `claim` cannot set it"
    )]
    ReservedClaim {
        /// The claim's name.
        name: String,
    },
    /// A time is not one that a [`Timestamp`](stream_users_model::Timestamp) holds.
    #[error("the token's `{claim}` is out of range")]
    Time {
        /// The claim: `iat`, `nbf` or `exp`.
        claim: &'static str,
    },
    /// A token to be made would not be valid for a single second.
    #[error("the token would never be valid: {reason}")]
    NeverValid {
        /// Which two times do not go together, and the fix.
        reason: &'static str,
    },
    /// The token has characters that cannot stand in a header, so that it cannot be a JWT.
    #[error("the token is not a JWT: it has characters that cannot be sent in a header, or is empty")]
    NotAJwt,
    /// The token is longer than what is read.
    #[error("the token is longer than {max} bytes, and was not read")]
    TooLong {
        /// The most that is read, in bytes.
        max: usize,
    },
    /// The token does not have the form of a JWT.
    #[error("the token is not a JWT: {reason}")]
    Malformed {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The header says something else than that this is a JWT signed with HS256.
    #[error("the token's header is refused: {reason}")]
    Header {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A development token: nobody has signed it, so anyone can make one.
    #[error("the token is a development token, which nobody has signed: make one with the api secret")]
    Development,
    /// None of the secrets has signed the token.
    #[error("the token's signature is wrong: none of the secrets has signed it")]
    Signature,
    /// A claim is not what it must be.
    #[error("the token's claim `{claim}` {reason}")]
    Claim {
        /// The claim's name.
        claim: &'static str,
        /// What it must be.
        reason: &'static str,
    },
    /// The token has expired (`exp`).
    #[error("the token has expired: make a new one")]
    Expired,
    /// The token is not valid yet (`nbf`).
    #[error("the token is not valid yet: its `nbf` is in the future")]
    NotYetValid,
    /// The token was issued in the future (`iat`).
    #[error("the token was issued in the future: its `iat` is ahead of the clock here")]
    IssuedInTheFuture,
    /// The token was issued before the time that tokens were revoked at, or does not say when.
    #[error("the token was revoked: make a new one")]
    Revoked,
}

impl TokenError {
    /// The code with which the service refuses such a token; `None` for what goes wrong before there is a token.
    ///
    /// | code | error |
    /// |---|---|
    /// | 24 | [`TooLong`](Self::TooLong) |
    /// | 40 | [`Expired`](Self::Expired), [`Revoked`](Self::Revoked) |
    /// | 41 | [`NotYetValid`](Self::NotYetValid) |
    /// | 42 | [`IssuedInTheFuture`](Self::IssuedInTheFuture) |
    /// | 43 | [`Signature`](Self::Signature), and whatever is not a token that the service could have accepted |
    #[must_use]
    pub const fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::TooLong { .. } => Some(ErrorCode::MAX_HEADER_SIZE),
            Self::Expired | Self::Revoked => Some(ErrorCode::TOKEN_EXPIRED),
            Self::NotYetValid => Some(ErrorCode::TOKEN_NOT_VALID_YET),
            Self::IssuedInTheFuture => Some(ErrorCode::TOKEN_USED_BEFORE_ISSUED),
            Self::NotAJwt
            | Self::Malformed { .. }
            | Self::Header { .. }
            | Self::Development
            | Self::Signature
            | Self::Claim { .. } => Some(ErrorCode::TOKEN_SIGNATURE_INVALID),
            Self::Secret
            | Self::UserId { .. }
            | Self::ReservedClaim { .. }
            | Self::Time { .. }
            | Self::NeverValid { .. } => None,
        }
    }
}
