//! Tokens: whether one is valid, whom it names, and the tokens that guests are given.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use rusqlite::Transaction;
use serde_json::{Map, Value};
use stream_users_model::ErrorCode;

use super::Caller;
use crate::app::App;
use crate::app_settings::AppSettings;
use crate::clock::{Nanos, SECOND};
use crate::refusal::Refusal;
use crate::store::users;

/// What some clients write before a token, although none belongs there.
const BEARER: &str = "Bearer ";

/// Base64 as it comes: with padding or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

type Claims = Map<String, Value>;

/// Whom the token names, or why it is refused.
pub(super) fn caller(
    app: &App,
    tx: &Transaction<'_>,
    settings: &AppSettings,
    token: &str,
    now: Nanos,
) -> Result<Caller, Refusal> {
    let bare = token
        .strip_prefix(BEARER)
        .filter(|_| app.settings.accept_bearer_prefix);
    let token = bare.unwrap_or(token);
    if settings.disable_auth_checks
        && let Some(id) = unchecked_user(token)
    {
        return Ok(Caller::User(id));
    }
    let claims = verify(app, token)?;
    let (expires, not_before) = (time(app, &claims, "exp")?, time(app, &claims, "nbf")?);
    let issued = time(app, &claims, "iat")?;
    let named = user_id(app, &claims)?;
    let clock = seconds(now);
    if expires.is_some_and(|expires| expires <= clock) {
        return Err(Refusal::unauthorized(
            ErrorCode::TOKEN_EXPIRED,
            "JWTAuth error: token is expired (exp)",
        ));
    }
    let latest = clock + app.settings.clock_skew.as_secs_f64();
    if not_before.is_some_and(|not_before| not_before > latest) {
        return Err(Refusal::unauthorized(
            ErrorCode::TOKEN_NOT_VALID_YET,
            "JWTAuth error: token is not valid yet (nbf)",
        ));
    }
    if issued.is_some_and(|issued| issued > latest) {
        return Err(Refusal::unauthorized(
            ErrorCode::TOKEN_USED_BEFORE_ISSUED,
            "JWTAuth error: token used before issue at (iat)",
        ));
    }
    let Some(id) = named else {
        return Ok(Caller::Server);
    };
    match revoked(app, tx, settings, id, issued)? {
        None => Ok(Caller::User(id.to_owned())),
        Some(refusal) => Err(refusal),
    }
}

/// Why a token of this user that was issued at this time, in seconds since the epoch, or that does not say when, is not
/// valid any more, if so: it was revoked.
pub(crate) fn revoked(
    app: &App,
    tx: &Transaction<'_>,
    settings: &AppSettings,
    user_id: &str,
    issued: Option<f64>,
) -> rusqlite::Result<Option<Refusal>> {
    let of_user = users::find(tx, user_id)?.and_then(|user| user.revoke_tokens_issued_before);
    let revoked = settings.revoke_tokens_issued_before.max(of_user);
    let is_older = revoked.is_some_and(|revoked| issued.is_none_or(|issued| issued < seconds(revoked)));
    Ok(is_older.then(|| {
        Refusal::unauthorized(
            i64::from(app.settings.revoked_token_code),
            "JWTAuth error: token was revoked",
        )
    }))
}

/// When a token says that it was issued, in seconds since the epoch. The token has been verified.
pub(crate) fn issued_at(token: &str) -> Option<f64> {
    let claims = token.trim_start_matches(BEARER).split('.').nth(1)?;
    object(claims)?.get("iat")?.as_f64()
}

/// Whom a token names that has the form of one, whatever its signature.
fn unchecked_user(token: &str) -> Option<String> {
    let mut parts = token.split('.');
    let (header, claims, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    object(header)?;
    let id = object(claims)?.get("user_id")?.as_str()?.to_owned();
    Some(id).filter(|id| !id.is_empty())
}

/// One part of a token as a JSON object, in either alphabet of base64: development tokens come in both.
fn object(part: &str) -> Option<Claims> {
    let bytes = BASE64.decode(part.replace('-', "+").replace('_', "/")).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// A claim that is a time, in seconds since the epoch.
fn time(app: &App, claims: &Claims, name: &str) -> Result<Option<f64>, Refusal> {
    let Some(claim) = claims.get(name) else {
        return Ok(None);
    };
    match claim.as_f64() {
        Some(time) => Ok(Some(time)),
        None => Err(malformed(app, name, "has to be a number")),
    }
}

/// The user whom the token names. A token that names a user who cannot be one is not a server's.
fn user_id<'a>(app: &App, claims: &'a Claims) -> Result<Option<&'a str>, Refusal> {
    match claims.get("user_id") {
        None => Ok(None),
        Some(Value::String(id)) if !id.is_empty() => Ok(Some(id)),
        Some(_) => Err(malformed(app, "user_id", "has to be a string that is not empty")),
    }
}

fn malformed(app: &App, name: &str, predicate: &str) -> Refusal {
    Refusal::unauthorized(
        i64::from(app.settings.bad_signature_code),
        format!("JWTAuth error: the claim {name} {predicate}"),
    )
}

/// Nanoseconds as seconds with a fraction, as tokens may write them.
#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds are lost in a comparison of seconds"
)]
fn seconds(nanos: Nanos) -> f64 {
    nanos as f64 / SECOND as f64
}

/// The claims of a token that one of the secrets has signed. The algorithm is HS256, whatever the token says.
fn verify(app: &App, token: &str) -> Result<Claims, Refusal> {
    let mut validation = Validation::new(Algorithm::HS256);
    // Times are checked afterwards, against the emulator's own clock.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let claims = |secret: &String| {
        let key = DecodingKey::from_secret(secret.as_bytes());
        jsonwebtoken::decode::<Claims>(token, &key, &validation).ok()
    };
    let mut secrets = std::iter::once(&app.api_secret).chain(&app.other_secrets);
    let verified = secrets.find_map(claims);
    verified.map(|data| data.claims).ok_or_else(|| {
        Refusal::unauthorized(
            i64::from(app.settings.bad_signature_code),
            "Token signature is invalid",
        )
    })
}

/// A token for a user that never expires and says nothing else.
pub(crate) fn user_token(app: &App, id: &str) -> Result<String, Refusal> {
    let header = Header {
        typ: None,
        ..Header::new(Algorithm::HS256)
    };
    let claims = serde_json::json!({ "user_id": id });
    let key = EncodingKey::from_secret(app.api_secret.as_bytes());
    jsonwebtoken::encode(&header, &claims, &key).map_err(|error| Refusal::internal(&error))
}
