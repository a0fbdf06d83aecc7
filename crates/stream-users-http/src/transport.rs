//! Sending one request and reading its whole answer, up to a limit.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use stream_users_core::{Transport, TransportError, TransportErrorKind};

use crate::builder::{BuildError, ReqwestTransportBuilder};
use crate::classify::classify;

/// The largest answer that a transport takes by default, in bytes: 32 MiB.
pub(crate) const MAX_RESPONSE_BYTES: usize = 32 * 1024 * 1024;

/// A [`Transport`] over a [`reqwest::Client`].
///
/// Clones share one pool of connections. It must be used within a tokio runtime.
#[derive(Clone)]
pub struct ReqwestTransport {
    client: reqwest::Client,
    max_response_bytes: usize,
}

impl ReqwestTransport {
    /// A transport with the default settings.
    ///
    /// # Errors
    ///
    /// A [`BuildError`] where the TLS library cannot be set up.
    pub fn new() -> Result<Self, BuildError> {
        Self::builder().build()
    }

    /// Settings for a transport, at their defaults.
    pub fn builder() -> ReqwestTransportBuilder {
        ReqwestTransportBuilder::new()
    }

    /// A transport over a client that was configured elsewhere, with the default limit of 32 MiB per answer.
    ///
    /// The client should not follow redirects (`reqwest::redirect::Policy::none()`): they would carry the
    /// token to another place.
    #[must_use]
    pub fn from_client(client: reqwest::Client) -> Self {
        Self {
            client,
            max_response_bytes: MAX_RESPONSE_BYTES,
        }
    }

    /// The same transport with another limit for the size of an answer, in bytes after decompression.
    #[must_use]
    pub fn with_max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    async fn read(&self, mut response: reqwest::Response) -> Result<Bytes, TransportError> {
        let limit = self.max_response_bytes;
        let too_large = || TransportError::new(TransportErrorKind::TooLarge);
        if response
            .content_length()
            .is_some_and(|length| usize::try_from(length).map_or(true, |length| length > limit))
        {
            return Err(too_large());
        }
        let mut chunks = Vec::new();
        let mut length = 0_usize;
        while let Some(chunk) = response.chunk().await.map_err(classify)? {
            length = length.saturating_add(chunk.len());
            if length > limit {
                return Err(too_large());
            }
            chunks.push(chunk);
        }
        // Most answers come in one piece, which then is not copied.
        Ok(match chunks.pop() {
            None => Bytes::new(),
            Some(only) if chunks.is_empty() => only,
            Some(last) => {
                chunks.push(last);
                chunks.concat().into()
            }
        })
    }
}

impl fmt::Debug for ReqwestTransport {
    /// Without the client: it shows the proxy, whose URL may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestTransport")
            .field("max_response_bytes", &self.max_response_bytes)
            .finish_non_exhaustive()
    }
}

impl From<reqwest::Client> for ReqwestTransport {
    fn from(client: reqwest::Client) -> Self {
        Self::from_client(client)
    }
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let request = reqwest::Request::try_from(request).map_err(classify)?;
        let mut response = self.client.execute(request).await.map_err(classify)?;
        let mut answer = http::Response::new(Bytes::new());
        *answer.status_mut() = response.status();
        *answer.version_mut() = response.version();
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        *answer.body_mut() = self.read(response).await?;
        Ok(answer)
    }
}
