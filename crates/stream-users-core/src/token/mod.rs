//! Tokens that the service accepts: HS256 JWTs over the api secret.
//!
//! [`UserToken`] makes the token of a user, [`TokenVerifier`] checks one that came back. Which token a call carries is
//! decided in [`credential`](crate::credential); how tokens are revoked stands with
//! [`UsersApiExt`](crate::UsersApiExt) and [`Client::revoke_app_tokens`](crate::Client::revoke_app_tokens).
//! The only algorithm is the service's, so there is no choice to get wrong.

mod error;
mod read;
mod sign;
mod user_token;
mod verified;
mod verifier;

use serde::Serialize;
use stream_users_model::{Token, UserId};

pub use self::error::TokenError;
pub use self::user_token::UserToken;
pub use self::verified::VerifiedToken;
pub use self::verifier::TokenVerifier;
use crate::secret::Secret;

/// The claims with a meaning: those that the methods of [`UserToken`] set, and the one that would make it a server's.
const RESERVED: [&str; 8] = [
    "iat",
    "user_id",
    "exp",
    "nbf",
    "role",
    "call_cids",
    "channel_cids",
    "server",
];

/// The token of a backend: it may do everything. It has no time in it, so it is the same at every call.
///
/// # Errors
///
/// [`TokenError::Secret`] where the secret is empty.
pub fn server_token(secret: &Secret) -> Result<Token, TokenError> {
    #[derive(Serialize)]
    struct Claims {
        server: bool,
    }
    sign::hs256(secret, &Claims { server: true })
}

/// Whom a token says that it is for, whoever has signed it.
pub(crate) fn stated_user_id(token: &str) -> Option<UserId> {
    read::stated_claims(token)?
        .remove("user_id")?
        .as_str()
        .map(UserId::from)
}

/// What is wrong with the id of a user whom a token is to name.
fn wrong_with_user_id(id: &str) -> Option<&'static str> {
    match id {
        "" => Some("it is empty"),
        "." | ".." => Some("it is `.` or `..`"),
        id if id.chars().count() > UserId::MAX_LEN => Some("it is longer than 255 characters"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
