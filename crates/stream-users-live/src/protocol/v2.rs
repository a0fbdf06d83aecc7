//! The newer protocol: the URL says which app, the first message who.

use serde_json::{Value, json};
use stream_users_core::{Client, Result, SessionToken};

use super::{Hello, fields, name};

/// `/api/v2/connect`, without the token.
pub(super) fn url(client: &Client, token: &SessionToken) -> Result<http::Uri> {
    let query = [
        ("stream-auth-type", token.auth_type()),
        ("X-Stream-Client", name(client)),
    ];
    client.url("/api/v2/connect", &query)
}

/// Who connects, and the token: a secret. An anonymous user's is empty.
pub(super) fn first_message(token: &SessionToken, hello: &Hello) -> String {
    let mut message = details(hello);
    message["token"] = token.expose().unwrap_or_default().into();
    message.to_string()
}

/// Who connects, and what for.
pub(super) fn details(hello: &Hello) -> Value {
    let mut details = fields(hello);
    if let Some(custom) = &hello.user.custom {
        let custom = custom.to_map().unwrap_or_default();
        details.insert("custom".to_owned(), custom.into());
    }
    json!({ "user_details": details, "products": hello.products })
}
