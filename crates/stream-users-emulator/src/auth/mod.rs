//! Who sends a request: the key, then the token, then the state of the user whom the token names.

mod token;

use http::{HeaderMap, StatusCode};
use rusqlite::Transaction;
use stream_users_model::operation::{CREATE_GUEST, Caller as Allowed, UPDATE_USERS_PARTIAL, UPSERT_USERS};
use stream_users_model::{ErrorCode, Operation};

use crate::app::App;
use crate::app_settings::AppSettings;
use crate::clock::Nanos;
use crate::read::Query;
use crate::refusal::Refusal;
use crate::store::users;

pub(crate) use token::{issued_at, revoked, user_token};

/// The longest token that is read, in bytes.
const LONGEST_TOKEN: usize = 8 << 10;

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

/// What a request shows for who sends it. It is no secret of the emulator's, but it is not shown either.
#[derive(Clone, Default)]
pub(crate) struct Credentials {
    /// `jwt` or `anonymous`.
    pub(crate) auth_type: String,
    pub(crate) token: String,
}

impl Credentials {
    /// Those of a request over HTTP.
    pub(crate) fn of_headers(headers: &HeaderMap) -> Self {
        let header = |name: &str| {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        Self {
            auth_type: header("stream-auth-type"),
            token: header("authorization"),
        }
    }
}

/// Finds out who sends the request, or why it is refused.
pub(crate) fn authenticate(
    app: &App,
    tx: &Transaction<'_>,
    settings: &AppSettings,
    credentials: &Credentials,
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
    let token = credentials.token.as_str();
    let caller = match credentials.auth_type.as_str() {
        "anonymous" => Caller::Anonymous,
        "jwt" if token.len() > LONGEST_TOKEN => {
            return Err(Refusal::new(
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                ErrorCode::MAX_HEADER_SIZE,
                format!("the header authorization is larger than {LONGEST_TOKEN} bytes"),
            ));
        }
        "jwt" if !token.is_empty() => token::caller(app, tx, settings, token, now)?,
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
        return Err(Refusal::another_user());
    }
    Ok(caller)
}

/// Refuses users who may not act any more, then callers whom the operation is not for.
pub(crate) fn authorize(tx: &Transaction<'_>, caller: &Caller, operation: &Operation) -> Result<(), Refusal> {
    if let Caller::User(id) = caller {
        users::usable(tx, id)?;
    }
    match (operation.caller, caller) {
        (Allowed::Server, Caller::User(_) | Caller::Anonymous) => Err(server_only(operation)),
        (Allowed::User, Caller::Anonymous) => Err(Refusal::action("anonymous", action(operation))),
        _ => Ok(()),
    }
}

/// What permissions call the operation.
fn action(operation: &Operation) -> &'static str {
    if *operation == UPSERT_USERS || *operation == UPDATE_USERS_PARTIAL {
        return "UpdateUser";
    }
    operation.id
}

fn server_only(operation: &Operation) -> Refusal {
    if operation.id.starts_with("Export") {
        return Refusal::not_allowed("users can only be exported server side");
    }
    Refusal::not_allowed("this operation can only be called server side")
}
