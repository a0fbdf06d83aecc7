//! Tokens that the service accepts: HS256 JWTs over the api secret.
//!
//! Making them belongs here; which one a call carries is decided in [`credential`](crate::credential).
//! The only algorithm is the service's, so there is no choice to get wrong.

mod sign;

use std::time::Duration;

use serde::Serialize;
use serde::ser::SerializeMap;
use serde_json::Value;
use stream_users_model::{Timestamp, Token, UserId};

use crate::secret::Secret;

/// How far tokens are dated back: the service refuses one from the future, and clocks differ.
const BACKDATE: Duration = Duration::from_secs(5);

/// The claims that a [`UserToken`] sets itself, and the one that would make it a server's.
const RESERVED: [&str; 4] = ["iat", "user_id", "exp", "server"];

/// The longest user id, in characters.
const MAX_USER_ID: usize = 255;

/// Why a token could not be made, or not be used.
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
    /// A custom claim has the name of one that the token sets itself.
    #[error("the claim `{name}` is the token's own and cannot be set by `claim`")]
    ReservedClaim {
        /// The claim's name.
        name: String,
    },
    /// The time of issue or of expiry is not a time that a [`Timestamp`] holds.
    #[error("the token's `{claim}` is out of range")]
    Time {
        /// The claim: `iat` or `exp`.
        claim: &'static str,
    },
    /// The token has characters that cannot stand in a header, so that it cannot be a JWT.
    #[error("the token is not a JWT: it has characters that cannot be sent in a header, or is empty")]
    NotAJwt,
}

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

/// A token for one user, to be given to that user's device.
///
/// It is dated five seconds back, and is valid until it is revoked unless [`expires_in`](Self::expires_in) says
/// otherwise.
///
/// ```
/// use std::time::Duration;
///
/// use stream_users_core::Secret;
/// use stream_users_core::model::Timestamp;
/// use stream_users_core::token::UserToken;
///
/// let secret = Secret::new("secret of the docs");
/// let now = Timestamp::from_unix_seconds(1_700_000_005).ok_or("out of range")?;
/// let token = UserToken::new("ada").expires_in(Duration::from_secs(3600)).claim("role", "admin");
/// // {"iat":1700000000,"user_id":"ada","exp":1700003605,"role":"admin"}
/// let token = token.sign(&secret, now)?;
/// assert_eq!(token.expose().split('.').count(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct UserToken {
    user_id: UserId,
    issued_at: Option<Timestamp>,
    expires_in: Option<Duration>,
    claims: Vec<(String, Value)>,
}

impl UserToken {
    /// A token for the user `user_id`, who need not exist yet.
    #[must_use]
    pub fn new(user_id: impl Into<UserId>) -> Self {
        Self {
            user_id: user_id.into(),
            issued_at: None,
            expires_in: None,
            claims: Vec::new(),
        }
    }

    /// The token expires this long after it was issued: after the moment of signing, or after
    /// [`issued_at`](Self::issued_at) where that is given. Counted in whole seconds, rounded down.
    #[must_use]
    pub fn expires_in(mut self, duration: Duration) -> Self {
        self.expires_in = Some(duration);
        self
    }

    /// When the token was issued (`iat`), in whole seconds; by default five seconds before it is signed.
    ///
    /// The service refuses a token from its future, and one issued before the time that tokens were revoked at.
    #[must_use]
    pub fn issued_at(mut self, time: Timestamp) -> Self {
        self.issued_at = Some(time);
        self
    }

    /// A claim of your own. The second of the same name replaces the first.
    ///
    /// `iat`, `user_id`, `exp` and `server` are the token's own: signing then fails and names the claim.
    #[must_use]
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        let (name, value) = (name.into(), value.into());
        match self.claims.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.claims.push((name, value)),
        }
        self
    }

    /// Signs the token at `now`.
    ///
    /// # Errors
    ///
    /// A [`TokenError`] where the secret or the user id cannot be used, a claim is reserved or a time is out of
    /// range.
    pub fn sign(&self, secret: &Secret, now: Timestamp) -> Result<Token, TokenError> {
        check_user_id(self.user_id.as_str())?;
        if let Some((name, _)) = self
            .claims
            .iter()
            .find(|(name, _)| RESERVED.contains(&name.as_str()))
        {
            return Err(TokenError::ReservedClaim { name: name.clone() });
        }
        let issued_at = match self.issued_at {
            Some(time) => time,
            None => now
                .checked_sub(BACKDATE)
                .ok_or(TokenError::Time { claim: "iat" })?,
        };
        let expires_at = match self.expires_in {
            Some(duration) => {
                let start = self.issued_at.unwrap_or(now);
                Some(
                    start
                        .checked_add(duration)
                        .ok_or(TokenError::Time { claim: "exp" })?,
                )
            }
            None => None,
        };
        sign::hs256(
            secret,
            &Claims {
                token: self,
                issued_at,
                expires_at,
            },
        )
    }
}

fn check_user_id(id: &str) -> Result<(), TokenError> {
    let reason = match id {
        "" => "it is empty",
        "." | ".." => "it is `.` or `..`",
        id if id.chars().count() > MAX_USER_ID => "it is longer than 255 characters",
        _ => return Ok(()),
    };
    Err(TokenError::UserId { reason })
}

/// The payload of a user's token. The order of the claims is part of what other tools compare.
struct Claims<'t> {
    token: &'t UserToken,
    issued_at: Timestamp,
    expires_at: Option<Timestamp>,
}

impl Serialize for Claims<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("iat", &self.issued_at.unix_seconds())?;
        map.serialize_entry("user_id", self.token.user_id.as_str())?;
        if let Some(time) = self.expires_at {
            map.serialize_entry("exp", &time.unix_seconds())?;
        }
        for (name, value) in &self.token.claims {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests;
