//! Who sends a request: the key, then the token, then the state of the user whom the token names.

use http::HeaderMap;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use rusqlite::Transaction;
use serde_json::{Map, Value};
use stream_users_model::operation::{CREATE_GUEST, Caller as Allowed};
use stream_users_model::{ErrorCode, Operation};

use crate::app::App;
use crate::clock::{Nanos, SECOND};
use crate::read::Query;
use crate::refusal::Refusal;
use crate::store::users;

/// Who sends a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    /// A valid token that names no user.
    Server,
    /// A valid token that names this user.
    User(String),
    /// Nobody in particular.
    Anonymous,
}

/// Finds out who sends the request, or why it is refused.
pub(crate) fn authenticate(
    app: &App,
    tx: &Transaction<'_>,
    headers: &HeaderMap,
    query: &Query,
    operation: &Operation,
    now: Nanos,
) -> Result<Caller, Refusal> {
    match query.text("api_key") {
        None => {
            return Err(Refusal::unauthorized(
                ErrorCode::ACCESS_KEY,
                "api_key or app_id not provided",
            ));
        }
        Some(key) if key != app.api_key => {
            return Err(Refusal::unauthorized(ErrorCode::ACCESS_KEY, "api_key not valid"));
        }
        Some(_) => {}
    }
    let header = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let token = header("authorization");
    let caller = match header("stream-auth-type") {
        "anonymous" => Caller::Anonymous,
        "jwt" if !token.is_empty() => caller_of(app, tx, token, now)?,
        // A guest to be need not even say that it is anonymous.
        _ if *operation == CREATE_GUEST && token.is_empty() => Caller::Anonymous,
        "jwt" => {
            return Err(Refusal::unauthorized(
                ErrorCode::AUTHENTICATION,
                "Authorization header not provided",
            ));
        }
        _ => {
            return Err(Refusal::unauthorized(
                ErrorCode::AUTHENTICATION,
                "stream-auth-type missing or invalid",
            ));
        }
    };
    if let (Caller::User(id), Some(named)) = (&caller, query.text("user_id"))
        && id != named
    {
        return Err(Refusal::not_allowed(
            "user_id does not match the user of the token",
        ));
    }
    Ok(caller)
}

/// Refuses callers whom the operation is not for.
pub(crate) fn authorize(tx: &Transaction<'_>, caller: &Caller, operation: &Operation) -> Result<(), Refusal> {
    match (operation.caller, caller) {
        (Allowed::Server, Caller::User(_) | Caller::Anonymous) => Err(server_only(operation)),
        (Allowed::User, Caller::Anonymous) => Err(Refusal::action("anonymous", operation.id)),
        (_, Caller::User(id)) => users::usable(tx, id).map(|_| ()),
        _ => Ok(()),
    }
}

fn server_only(operation: &Operation) -> Refusal {
    if operation.id.starts_with("Export") {
        return Refusal::not_allowed("users can only be exported server side");
    }
    Refusal::not_allowed("this operation can only be called server side")
}

fn caller_of(app: &App, tx: &Transaction<'_>, token: &str, now: Nanos) -> Result<Caller, Refusal> {
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
    if not_before.is_some_and(|not_before| not_before > clock) {
        return Err(Refusal::unauthorized(
            ErrorCode::TOKEN_NOT_VALID_YET,
            "JWTAuth error: token is not valid yet (nbf)",
        ));
    }
    if issued.is_some_and(|issued| issued > clock) {
        return Err(Refusal::unauthorized(
            ErrorCode::TOKEN_USED_BEFORE_ISSUED,
            "JWTAuth error: token used before issue at (iat)",
        ));
    }
    let Some(id) = named else {
        return Ok(Caller::Server);
    };
    let revoked = users::find(tx, id)?.and_then(|user| user.revoke_tokens_issued_before);
    if let Some(revoked) = revoked
        && issued.is_none_or(|issued| issued < seconds(revoked))
    {
        return Err(Refusal::unauthorized(
            i64::from(app.settings.revoked_token_code),
            "JWTAuth error: token was revoked",
        ));
    }
    Ok(Caller::User(id.to_owned()))
}

/// A claim that is a time, in seconds since the epoch.
fn time(app: &App, claims: &Map<String, Value>, name: &str) -> Result<Option<f64>, Refusal> {
    let Some(claim) = claims.get(name) else {
        return Ok(None);
    };
    match claim.as_f64() {
        Some(time) => Ok(Some(time)),
        None => Err(malformed(app, name, "has to be a number")),
    }
}

/// The user whom the token names. A token that names a user who cannot be one is not a server's.
fn user_id<'a>(app: &App, claims: &'a Map<String, Value>) -> Result<Option<&'a str>, Refusal> {
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

/// The claims of a token with a valid signature. The algorithm is HS256, whatever the token says.
fn verify(app: &App, token: &str) -> Result<Map<String, Value>, Refusal> {
    let mut validation = Validation::new(Algorithm::HS256);
    // Times are checked afterwards, against the emulator's own clock and without leeway.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let key = DecodingKey::from_secret(app.api_secret.as_bytes());
    jsonwebtoken::decode::<Map<String, Value>>(token, &key, &validation)
        .map(|data| data.claims)
        .map_err(|_| {
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
