//! [`UserToken`]: making the token of a user. Accepting one does not belong here.

use std::time::Duration;

use serde::Serialize;
use serde::ser::SerializeMap;
use serde_json::Value;
use stream_users_model::{Str, Timestamp, Token, UserId};

use super::{RESERVED, TokenError, sign, wrong_with_user_id};
use crate::secret::Secret;

/// How far tokens are dated back: the service refuses one from the future, and clocks differ.
const BACKDATE: Duration = Duration::from_secs(5);

/// A token for one user, to be given to that user's device.
///
/// It is dated five seconds back, and is valid until it is revoked unless [`expires_in`](Self::expires_in) or
/// [`expires_at`](Self::expires_at) says otherwise.
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
/// let token = UserToken::new("ada").expires_in(Duration::from_secs(3600)).role("admin").claim("plan", "pro");
/// // {"iat":1700000000,"user_id":"ada","exp":1700003605,"role":"admin","plan":"pro"}
/// let token = token.sign(&secret, now)?;
/// assert_eq!(token.expose().split('.').count(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Clocks
///
/// Times are whole seconds, rounded down. The service compares them with its own clock: it refuses an `iat` or an
/// `nbf` from its future, without leeway worth naming, and an `exp` from its past.
///
/// - `iat` is five seconds back, so that the token works at once although the service's clock is behind by that much.
///   The price: a token that is signed within five seconds after tokens were revoked counts as older than that. For a
///   user who logs in again right away, revoke at a whole second and sign with [`issued_at`](Self::issued_at) of it.
/// - `nbf` is not dated back: give a time a few seconds early where the token must work at that moment.
/// - `exp` is counted from the clock here. Where that is behind, the token ends earlier by as much.
#[derive(Debug, Clone)]
pub struct UserToken {
    user_id: UserId,
    issued_at: Option<Timestamp>,
    not_before: Option<Timestamp>,
    expiry: Option<Expiry>,
    role: Option<Str>,
    call_cids: Option<Vec<Str>>,
    channel_cids: Option<Vec<Str>>,
    claims: Vec<(String, Value)>,
}

#[derive(Debug, Clone, Copy)]
enum Expiry {
    In(Duration),
    At(Timestamp),
}

impl UserToken {
    /// A token for the user `user_id`, who need not exist yet.
    #[must_use]
    pub fn new(user_id: impl Into<UserId>) -> Self {
        Self {
            user_id: user_id.into(),
            issued_at: None,
            not_before: None,
            expiry: None,
            role: None,
            call_cids: None,
            channel_cids: None,
            claims: Vec::new(),
        }
    }

    /// The token expires this long after it was issued: after the moment of signing, or after
    /// [`issued_at`](Self::issued_at) where that is given. At least a second. Replaces
    /// [`expires_at`](Self::expires_at).
    #[must_use]
    pub fn expires_in(mut self, duration: Duration) -> Self {
        self.expiry = Some(Expiry::In(duration));
        self
    }

    /// The token expires at this time (`exp`), which must lie at least a second after it was issued. Replaces
    /// [`expires_in`](Self::expires_in).
    #[must_use]
    pub fn expires_at(mut self, time: Timestamp) -> Self {
        self.expiry = Some(Expiry::At(time));
        self
    }

    /// The token is not valid before this time (`nbf`), which must lie before it expires.
    #[must_use]
    pub fn not_before(mut self, time: Timestamp) -> Self {
        self.not_before = Some(time);
        self
    }

    /// When the token was issued (`iat`); by default five seconds before it is signed.
    ///
    /// The service refuses a token from its future, and one issued before the time that tokens were revoked at. A time
    /// in the past with [`expires_in`](Self::expires_in) makes a token that has expired, for tests.
    #[must_use]
    pub fn issued_at(mut self, time: Timestamp) -> Self {
        self.issued_at = Some(time);
        self
    }

    /// The role that the user has while acting with this token (`role`); not empty.
    #[must_use]
    pub fn role(mut self, role: impl Into<Str>) -> Self {
        self.role = Some(role.into());
        self
    }

    /// The video calls that the token opens (`call_cids`), each as `type:id`. Replaces those that were given.
    #[must_use]
    pub fn call_cids<T: Into<Str>>(mut self, cids: impl IntoIterator<Item = T>) -> Self {
        self.call_cids = Some(cids.into_iter().map(Into::into).collect());
        self
    }

    /// The chat channels that the token opens (`channel_cids`), each as `type:id`. Replaces those that were given.
    #[must_use]
    pub fn channel_cids<T: Into<Str>>(mut self, cids: impl IntoIterator<Item = T>) -> Self {
        self.channel_cids = Some(cids.into_iter().map(Into::into).collect());
        self
    }

    /// A claim of your own. The second of the same name replaces the first.
    ///
    /// `iat`, `user_id`, `exp`, `nbf`, `role`, `call_cids`, `channel_cids` and `server` are not for this method:
    /// signing then fails and names the claim.
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
    /// A [`TokenError`]: where the secret or the user id cannot be used, a claim is reserved or is not what it must be, a
    /// time is out of range, or the token would never be valid.
    pub fn sign(&self, secret: &Secret, now: Timestamp) -> Result<Token, TokenError> {
        if let Some(reason) = wrong_with_user_id(self.user_id.as_str()) {
            return Err(TokenError::UserId { reason });
        }
        self.check_claims()?;
        let times = self.times(now)?;
        sign::hs256(secret, &Claims { token: self, times })
    }

    fn check_claims(&self) -> Result<(), TokenError> {
        let mut names = self.claims.iter().map(|(name, _)| name);
        if let Some(name) = names.find(|name| RESERVED.contains(&name.as_str())) {
            return Err(TokenError::ReservedClaim { name: name.clone() });
        }
        if self.role.as_deref() == Some("") {
            return Err(TokenError::Claim {
                claim: "role",
                reason: "must not be empty",
            });
        }
        for (claim, cids) in [
            ("call_cids", &self.call_cids),
            ("channel_cids", &self.channel_cids),
        ] {
            if !cids.iter().flatten().all(|cid| is_cid(cid)) {
                return Err(TokenError::Claim {
                    claim,
                    reason: "must hold ids with their type, as in `messaging:general`",
                });
            }
        }
        Ok(())
    }

    /// The times in whole seconds.
    fn times(&self, now: Timestamp) -> Result<Times, TokenError> {
        let out_of_range = |claim| move || TokenError::Time { claim };
        let never = |reason| Err(TokenError::NeverValid { reason });
        let start = self.issued_at.unwrap_or(now);
        let iat = match self.issued_at {
            Some(time) => time,
            None => now.checked_sub(BACKDATE).ok_or_else(out_of_range("iat"))?,
        }
        .unix_seconds();
        let exp = match self.expiry {
            Some(Expiry::In(duration)) if duration < Duration::from_secs(1) => {
                return never("`expires_in` is less than a second; give it at least one");
            }
            Some(Expiry::In(duration)) => Some(start.checked_add(duration).ok_or_else(out_of_range("exp"))?),
            Some(Expiry::At(time)) => Some(time),
            None => None,
        }
        .map(Timestamp::unix_seconds);
        let nbf = self.not_before.map(Timestamp::unix_seconds);
        match (nbf, exp) {
            (_, Some(exp)) if exp <= start.unix_seconds() => {
                never("it expires before, or in the second that, it is issued; give a later `expires_at`")
            }
            (Some(nbf), Some(exp)) if exp <= nbf => never(
                "it expires before, or in the second that, it becomes valid; give an earlier `not_before`",
            ),
            _ => Ok(Times { iat, nbf, exp }),
        }
    }
}

/// Whether the text has the form `type:id`. Which types and ids there are is the service's word.
fn is_cid(text: &str) -> bool {
    text.split_once(':')
        .is_some_and(|(kind, id)| !kind.is_empty() && !id.is_empty())
}

struct Times {
    iat: i64,
    nbf: Option<i64>,
    exp: Option<i64>,
}

/// The payload of a user's token. The order of the claims is part of what other tools compare.
struct Claims<'t> {
    token: &'t UserToken,
    times: Times,
}

impl Serialize for Claims<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("iat", &self.times.iat)?;
        map.serialize_entry("user_id", self.token.user_id.as_str())?;
        if let Some(time) = self.times.exp {
            map.serialize_entry("exp", &time)?;
        }
        if let Some(time) = self.times.nbf {
            map.serialize_entry("nbf", &time)?;
        }
        if let Some(role) = &self.token.role {
            map.serialize_entry("role", role)?;
        }
        if let Some(cids) = &self.token.call_cids {
            map.serialize_entry("call_cids", cids)?;
        }
        if let Some(cids) = &self.token.channel_cids {
            map.serialize_entry("channel_cids", cids)?;
        }
        for (name, value) in &self.token.claims {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
