//! What a client says of itself when it connects: on the older protocol in the query, on the newer one in its first
//! message. Long polling says it in the query on both.

use http::request::Parts;
use serde_json::{Map, Value};

use crate::auth::Credentials;
use crate::read::Query;
use crate::refusal::Refusal;
use crate::surface::Surface;

/// The JSON of a client's introduction.
pub(crate) type Hello = Result<Map<String, Value>, Refusal>;

/// What the query says.
pub(crate) fn of_query(query: &Query) -> Hello {
    of_text(query.text("json").unwrap_or_default())
}

/// What a message says.
pub(super) fn of_text(text: &str) -> Hello {
    serde_json::from_str(text).map_err(|_| Refusal::invalid_json())
}

/// What a client shows for who it is. Browsers can set no headers of a WebSocket, so that it stands in the query or in
/// the introduction; elsewhere it may be in the headers, too.
pub(crate) fn credentials(parts: &Parts, query: &Query, hello: &Hello, surface: Surface) -> Credentials {
    let headers = Credentials::of_headers(&parts.headers);
    let said = hello.as_ref().ok();
    let token = said
        .and_then(|hello| hello.get("token").or_else(|| hello.get("user_token"))?.as_str())
        .filter(|token| !token.is_empty())
        .or_else(|| query.text("authorization"))
        // What JavaScript makes of a token that is not there.
        .filter(|token| !matches!(*token, "undefined" | "null"))
        .map_or(headers.token, str::to_owned);
    let mut auth_type = query
        .text("stream-auth-type")
        .map_or(headers.auth_type, str::to_owned);
    if surface == Surface::V2 {
        if said.is_none() {
            // The token stands in what cannot be read, and that is what is to be said then.
            "anonymous".clone_into(&mut auth_type);
        } else if auth_type.is_empty() {
            "jwt".clone_into(&mut auth_type);
        }
    }
    Credentials { auth_type, token }
}
