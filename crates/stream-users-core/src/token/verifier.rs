//! [`TokenVerifier`]: whether a token is one that the api secret has signed and that is valid now. What a token says
//! stands in [`VerifiedToken`]; whether the user exists is the service's word.

use std::time::Duration;

use serde_json::{Map, Value};
use stream_users_model::{Timestamp, Token};

use super::read::{object, parts};
use super::{TokenError, VerifiedToken, sign};
use crate::secret::Secret;

/// Checks tokens: for a backend that is given the token of a user of Stream, and for tests.
///
/// A token is accepted where it has the one form and the one algorithm (HS256) of the service, one of the secrets has
/// signed it, every claim that has a meaning is what it must be, and it is valid at the given time. Its signature is
/// checked before any claim is read. Development tokens and tokens without a signature are refused.
///
/// ```
/// use std::time::Duration;
///
/// use stream_users_core::Secret;
/// use stream_users_core::model::Timestamp;
/// use stream_users_core::token::{TokenError, TokenVerifier, UserToken};
///
/// let now = Timestamp::from_unix_seconds(1_700_000_000).ok_or("out of range")?;
/// let token = UserToken::new("ada").expires_in(Duration::from_secs(60)).sign(&Secret::new("old secret"), now)?;
///
/// // While the secret is being rotated, both count.
/// let verifier = TokenVerifier::new("new secret").also("old secret");
/// let verified = verifier.verify(&token, now)?;
/// assert_eq!(verified.user_id().map(|id| id.as_str()), Some("ada"));
///
/// let later = now.checked_add(Duration::from_secs(3600)).ok_or("out of range")?;
/// assert_eq!(verifier.verify(&token, later).unwrap_err(), TokenError::Expired);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct TokenVerifier {
    secrets: Vec<Secret>,
    leeway: Duration,
    max_len: usize,
    revoked_before: Option<Timestamp>,
}

impl TokenVerifier {
    /// How far clocks may be apart by default.
    pub const DEFAULT_LEEWAY: Duration = Duration::from_secs(5);

    /// The longest token that is read by default, in bytes.
    pub const DEFAULT_MAX_LEN: usize = 8 * 1024;

    /// Accepts tokens that `secret`, the api secret of the app, has signed.
    pub fn new(secret: impl Into<Secret>) -> Self {
        Self {
            secrets: vec![secret.into()],
            leeway: Self::DEFAULT_LEEWAY,
            max_len: Self::DEFAULT_MAX_LEN,
            revoked_before: None,
        }
    }

    /// Accepts tokens that this secret has signed as well: the old one, while secrets are rotated.
    pub fn also(mut self, secret: impl Into<Secret>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// How far the clock here may differ from that of who made the token; 5 seconds by default.
    ///
    /// A token is still accepted so long after it has expired, and already so long before its `nbf` and its `iat`. The
    /// service has no leeway worth naming: what is accepted here within it, the service may refuse.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// The longest token that is read, in bytes; 8 KiB by default, which is what fits into a header.
    pub fn max_len(mut self, bytes: usize) -> Self {
        self.max_len = bytes;
        self
    }

    /// Refuses users' tokens that were issued before `time`, and those that do not say when they were issued: the app's
    /// setting of [`Client::revoke_app_tokens`](crate::Client::revoke_app_tokens). `None`, the default, refuses none.
    ///
    /// What was revoked for one user is asked of the verified token:
    /// [`is_revoked_by`](VerifiedToken::is_revoked_by).
    pub fn revoked_before(mut self, time: Option<Timestamp>) -> Self {
        self.revoked_before = time;
        self
    }

    /// What the token says, where it is valid at `now`.
    ///
    /// A token that names no user is a backend's, which may do everything:
    /// [`user_id`](VerifiedToken::user_id) is then `None`. Do not take it for a user's.
    ///
    /// # Errors
    ///
    /// A [`TokenError`], whose [`code`](TokenError::code) is the one with which the service refuses such a token;
    /// [`TokenError::Secret`] where one of the secrets is empty. Of several things that are wrong, it names the first in
    /// this order: length, form, header, signature, types of claims, expiry, `nbf`, `iat`, revocation.
    pub fn verify(&self, token: &Token, now: Timestamp) -> Result<VerifiedToken, TokenError> {
        // With an empty key anyone could sign: a mistake that must show, also where another secret would have fitted.
        if self.secrets.iter().any(|secret| secret.expose().is_empty()) {
            return Err(TokenError::Secret);
        }
        if token.expose().len() > self.max_len {
            return Err(TokenError::TooLong { max: self.max_len });
        }
        let parts = parts(token.expose())?;
        check_header(&object(&parts.header)?)?;
        let mut signed = false;
        for secret in &self.secrets {
            signed |= sign::is_signed_by(secret, parts.signed, &parts.signature)?;
        }
        if !signed {
            return Err(TokenError::Signature);
        }
        let verified = VerifiedToken::read(object(&parts.claims)?)?;
        self.check_times(&verified, now)?;
        if verified.is_revoked_by(self.revoked_before) {
            return Err(TokenError::Revoked);
        }
        Ok(verified)
    }

    fn check_times(&self, token: &VerifiedToken, now: Timestamp) -> Result<(), TokenError> {
        // A time beyond what a timestamp holds is later than every other.
        let later = |time: Timestamp| time.checked_add(self.leeway);
        if token
            .expires_at()
            .and_then(later)
            .is_some_and(|expires| expires <= now)
        {
            return Err(TokenError::Expired);
        }
        let is_ahead =
            |time: Option<Timestamp>| later(now).zip(time).is_some_and(|(latest, time)| time > latest);
        if is_ahead(token.not_before()) {
            return Err(TokenError::NotYetValid);
        }
        if is_ahead(token.issued_at()) {
            return Err(TokenError::IssuedInTheFuture);
        }
        Ok(())
    }
}

/// The algorithm is fixed: what the header says is compared with it, and chooses nothing.
fn check_header(header: &Map<String, Value>) -> Result<(), TokenError> {
    let refused = |reason| Err(TokenError::Header { reason });
    if header.get("alg").and_then(Value::as_str) != Some("HS256") {
        return refused("its `alg` must be HS256");
    }
    match header.get("typ") {
        None => {}
        Some(Value::String(typ)) if typ.eq_ignore_ascii_case("JWT") => {}
        Some(_) => return refused("its `typ` must be JWT"),
    }
    if header.contains_key("crit") {
        return refused("it must have no `crit`: there are no extensions that this verifier knows");
    }
    Ok(())
}
