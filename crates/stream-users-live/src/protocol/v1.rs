//! The older protocol: everything stands in the URL, the token too.

use serde_json::{Value, json};
use stream_users_core::{Client, Result, SessionToken};

use super::{Hello, fields, name};

/// `/connect?json=..&authorization=..`: a secret.
pub(super) fn url(client: &Client, token: &SessionToken, hello: &Hello) -> Result<http::Uri> {
    let json = details(client, hello).to_string();
    let mut query = vec![
        ("json", &*json),
        ("stream-auth-type", token.auth_type()),
        ("X-Stream-Client", name(client)),
    ];
    if let Some(token) = token.expose() {
        query.push(("authorization", token));
    }
    client.url("/connect", &query)
}

/// Who connects. Custom data stand beside the other fields, which the service reads first.
pub(super) fn details(client: &Client, hello: &Hello) -> Value {
    let custom = hello.user.custom.as_ref();
    let mut details = custom.and_then(|custom| custom.to_map().ok()).unwrap_or_default();
    details.extend(fields(hello));
    json!({
        "user_id": hello.user.id,
        "user_details": details,
        "client_request_id": client.random().request_id(),
    })
}
