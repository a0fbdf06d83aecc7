//! The clients that the environment describes, the same for every command: `STREAM_API_KEY`, `STREAM_API_SECRET` and, for
//! another host than the service's, `STREAM_BASE_URL`.

use anyhow::Context;
use stream_users_core::{Client, ClientBuilder, Error};
use stream_users_http::ReqwestTransport;

/// What to look at where nothing answers.
fn unreachable(client: &Client) -> String {
    let source = match variable("STREAM_BASE_URL") {
        Some(_) => "as STREAM_BASE_URL says",
        None => "since STREAM_BASE_URL is not set",
    };
    format!("nothing answers at {}, {source}", client.base_url())
}

/// The error of a call, with what to look at where nothing answers.
pub(crate) fn explain(client: &Client, error: Error) -> anyhow::Error {
    let hint = error.is_connect().then(|| unreachable(client));
    let error = anyhow::Error::from(error);
    match hint {
        Some(hint) => error.context(hint),
        None => error,
    }
}

/// A server's client over HTTP.
pub(crate) fn client() -> anyhow::Result<Client> {
    Ok(Client::from_env(ReqwestTransport::new()?)?)
}

/// What the environment says of a client that knows no secret.
pub(crate) fn builder() -> anyhow::Result<ClientBuilder> {
    let key = variable("STREAM_API_KEY").context("the environment variable STREAM_API_KEY is not set")?;
    let builder = Client::builder(key);
    let builder = match variable("STREAM_BASE_URL") {
        Some(url) => builder.base_url(url),
        None => builder,
    };
    Ok(match variable("STREAM_ALLOW_HTTP").as_deref() {
        Some("1" | "true") => builder.allow_http(),
        _ => builder,
    })
}

/// A variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
