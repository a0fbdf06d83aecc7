//! The client that the environment describes, the same for every command: `STREAM_API_KEY`, `STREAM_API_SECRET` and,
//! for another host than the service's, `STREAM_BASE_URL`.

use stream_users_core::Client;
use stream_users_http::ReqwestTransport;

/// What to look at where nothing answers.
pub(crate) fn unreachable(client: &Client) -> String {
    let source = match std::env::var("STREAM_BASE_URL") {
        Ok(url) if !url.is_empty() => "as STREAM_BASE_URL says",
        _ => "since STREAM_BASE_URL is not set",
    };
    format!("nothing answers at {}, {source}", client.base_url())
}

/// A server's client over HTTP.
pub(crate) fn client() -> anyhow::Result<Client> {
    Ok(Client::from_env(ReqwestTransport::new()?)?)
}
