//! The client that the environment describes, the same for every command: `STREAM_API_KEY`, `STREAM_API_SECRET` and,
//! for another host than the service's, `STREAM_BASE_URL`.

use stream_users_core::Client;
use stream_users_http::ReqwestTransport;

/// A server's client over HTTP.
pub(crate) fn client() -> anyhow::Result<Client> {
    Ok(Client::from_env(ReqwestTransport::new()?)?)
}
