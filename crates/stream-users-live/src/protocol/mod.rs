//! The words of the service's two protocols: how a connection is asked for, and how a health check is sent. What comes
//! back is the same in both and belongs to `frame`.

mod v1;
mod v2;

use http::HeaderValue;
use serde_json::{Map, Value};
use stream_users_core::{Client, Result, SessionToken};
use stream_users_model::{Str, UserId};

use crate::connect_user::ConnectUser;
use crate::settings::Protocol;

/// Who connects, and what for.
#[derive(Clone, Debug)]
pub(crate) struct Hello {
    pub(crate) user: ConnectUser,
    pub(crate) anonymous: bool,
    pub(crate) products: Vec<Str>,
}

impl Hello {
    /// The same of a user whose id is known by now.
    pub(crate) fn of(&self, id: UserId) -> Self {
        let mut hello = self.clone();
        hello.user.id = id;
        hello
    }
}

impl Protocol {
    /// The request that opens a WebSocket. Its URL may hold the token.
    pub(crate) fn request(
        self,
        client: &Client,
        token: &SessionToken,
        hello: &Hello,
    ) -> Result<http::Request<()>> {
        let uri = match self {
            Self::V1 => v1::url(client, token, hello)?,
            Self::V2 => v2::url(client, token)?,
        };
        let mut request = http::Request::new(());
        *request.uri_mut() = uri;
        Ok(request)
    }

    /// What is sent before the first answer, where anything is. It holds the token.
    pub(crate) fn first_message(self, token: &SessionToken, hello: &Hello) -> Option<String> {
        match self {
            Self::V1 => None,
            Self::V2 => Some(v2::first_message(token, hello)),
        }
    }

    /// What a long-poll is opened with, without the token: that is in its header.
    pub(crate) fn details(self, client: &Client, hello: &Hello) -> Value {
        match self {
            Self::V1 => v1::details(client, hello),
            Self::V2 => v2::details(hello),
        }
    }

    /// A health check.
    pub(crate) fn health_check(self, connection_id: &str) -> String {
        let check = serde_json::json!({"type": "health.check", "client_id": connection_id});
        match self {
            Self::V1 => Value::from(vec![check]).to_string(),
            Self::V2 => check.to_string(),
        }
    }
}

/// The fields of a user that both protocols have under the same names.
fn fields(hello: &Hello) -> Map<String, Value> {
    let user = &hello.user;
    let mut fields = Map::new();
    fields.insert("id".to_owned(), user.id.as_str().into());
    let texts = [
        ("name", &user.name),
        ("image", &user.image),
        ("language", &user.language),
    ];
    for (name, value) in texts {
        if let Some(value) = value {
            fields.insert(name.to_owned(), value.as_str().into());
        }
    }
    if let Some(invisible) = user.invisible {
        fields.insert("invisible".to_owned(), invisible.into());
    }
    if let Some(Ok(settings)) = user.privacy_settings.as_ref().map(serde_json::to_value) {
        fields.insert("privacy_settings".to_owned(), settings);
    }
    if hello.anonymous {
        fields.insert("anon".to_owned(), true.into());
    }
    fields
}

/// What the client calls itself.
fn name(client: &Client) -> &str {
    HeaderValue::to_str(client.client_header()).unwrap_or_default()
}
