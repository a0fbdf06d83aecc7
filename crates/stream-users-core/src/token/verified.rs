//! [`VerifiedToken`]: what a token says, once it is known who says it. Checking signatures and times does not belong
//! here.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value};
use stream_users_model::{Str, Timestamp, UserId};

use super::{TokenError, wrong_with_user_id};

/// A token that [`TokenVerifier::verify`](super::TokenVerifier::verify) has accepted.
///
/// Its `Debug` shows whom it names and its times; neither the token nor other claims.
#[derive(Clone, PartialEq)]
pub struct VerifiedToken {
    user_id: Option<UserId>,
    issued_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    not_before: Option<Timestamp>,
    role: Option<Str>,
    call_cids: Option<Vec<Str>>,
    channel_cids: Option<Vec<Str>>,
    claims: Map<String, Value>,
}

impl VerifiedToken {
    /// Checks the claims that have a meaning: the type of each, and the range of times.
    pub(super) fn read(claims: Map<String, Value>) -> Result<Self, TokenError> {
        Ok(Self {
            user_id: user_id(&claims)?,
            issued_at: time(&claims, "iat")?,
            expires_at: time(&claims, "exp")?,
            not_before: time(&claims, "nbf")?,
            role: role(&claims)?,
            call_cids: texts(&claims, "call_cids")?,
            channel_cids: texts(&claims, "channel_cids")?,
            claims,
        })
    }

    /// The user whom the token names; `None` for a backend's token.
    #[must_use]
    pub const fn user_id(&self) -> Option<&UserId> {
        self.user_id.as_ref()
    }

    /// Whether it is the token of a backend, which names no user and may do everything.
    #[must_use]
    pub const fn is_server(&self) -> bool {
        self.user_id.is_none()
    }

    /// When the token was issued (`iat`), where it says so.
    #[must_use]
    pub const fn issued_at(&self) -> Option<Timestamp> {
        self.issued_at
    }

    /// When the token expires (`exp`); `None` where it does not.
    #[must_use]
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// From when on the token is valid (`nbf`), where it says so.
    #[must_use]
    pub const fn not_before(&self) -> Option<Timestamp> {
        self.not_before
    }

    /// The role that the user has while acting with the token (`role`), where it says so.
    #[must_use]
    pub fn role(&self) -> Option<&str> {
        self.role.as_deref()
    }

    /// The video calls that the token opens (`call_cids`), where it says so.
    #[must_use]
    pub fn call_cids(&self) -> Option<&[Str]> {
        self.call_cids.as_deref()
    }

    /// The chat channels that the token opens (`channel_cids`), where it says so.
    #[must_use]
    pub fn channel_cids(&self) -> Option<&[Str]> {
        self.channel_cids.as_deref()
    }

    /// Any claim by its name, as it stands in the token.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.claims.get(name)
    }

    /// Whether the token is among those that were revoked: it was issued before `before`, or does not say when.
    ///
    /// `before` is a user's `revoke_tokens_issued_before`, as the service returns it. With `None` nothing is revoked.
    /// The token of a backend is never revoked: it ends with the secret that signed it.
    #[must_use]
    pub fn is_revoked_by(&self, before: Option<Timestamp>) -> bool {
        match before {
            Some(before) => !self.is_server() && self.issued_at.is_none_or(|issued| issued < before),
            None => false,
        }
    }
}

impl fmt::Debug for VerifiedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedToken")
            .field("user_id", &self.user_id)
            .field("issued_at", &self.issued_at)
            .field("not_before", &self.not_before)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

fn wrong<T>(claim: &'static str, reason: &'static str) -> Result<T, TokenError> {
    Err(TokenError::Claim { claim, reason })
}

/// Whom the token names; nobody where it is a server's. Some servers write `server`, others just name nobody.
fn user_id(claims: &Map<String, Value>) -> Result<Option<UserId>, TokenError> {
    let server = match claims.get("server") {
        None => None,
        Some(Value::Bool(server)) => Some(*server),
        Some(_) => return wrong("server", "must be a boolean"),
    };
    match (claims.get("user_id"), server) {
        (None, None | Some(true)) => Ok(None),
        (None, Some(false)) => wrong(
            "user_id",
            "must be given, since the token says that it is no server's",
        ),
        (Some(_), Some(true)) => wrong("server", "must not be true in a token that names a user"),
        (Some(Value::String(id)), _) if wrong_with_user_id(id).is_none() => Ok(Some(id.as_str().into())),
        (Some(_), _) => wrong("user_id", "must be a text that can be a user's id"),
    }
}

/// A time in seconds since 1970. Some SDKs write it with a fraction or an exponent.
fn time(claims: &Map<String, Value>, claim: &'static str) -> Result<Option<Timestamp>, TokenError> {
    let Some(value) = claims.get(claim) else {
        return Ok(None);
    };
    let Value::Number(number) = value else {
        return wrong(claim, "must be a number of seconds since 1970");
    };
    let time = match number.as_i64() {
        Some(seconds) => Timestamp::from_unix_seconds(seconds),
        None => number.as_f64().and_then(from_seconds),
    };
    match time {
        Some(time) => Ok(Some(time)),
        None => wrong(claim, "must lie in the years 0 to 9999; it is counted in seconds"),
    }
}

fn from_seconds(seconds: f64) -> Option<Timestamp> {
    let distance = Duration::try_from_secs_f64(seconds.abs()).ok()?;
    if seconds < 0.0 {
        Timestamp::UNIX_EPOCH.checked_sub(distance)
    } else {
        Timestamp::UNIX_EPOCH.checked_add(distance)
    }
}

fn role(claims: &Map<String, Value>) -> Result<Option<Str>, TokenError> {
    match claims.get("role") {
        None => Ok(None),
        Some(Value::String(role)) => Ok(Some(role.into())),
        Some(_) => wrong("role", "must be a text"),
    }
}

fn texts(claims: &Map<String, Value>, claim: &'static str) -> Result<Option<Vec<Str>>, TokenError> {
    let Some(value) = claims.get(claim) else {
        return Ok(None);
    };
    let texts = value.as_array().and_then(|values| {
        let texts = values.iter().map(|value| value.as_str().map(Str::from));
        texts.collect()
    });
    match texts {
        Some(texts) => Ok(Some(texts)),
        None => wrong(claim, "must be a list of texts"),
    }
}
