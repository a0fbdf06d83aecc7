//! Sending one request and reading its whole answer, up to a limit.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use stream_users_core::{Transport, TransportError, TransportErrorKind};

use crate::builder::{BuildError, ReqwestTransportBuilder};
use crate::classify::classify;
#[cfg(feature = "gzip")]
use crate::gzip;
use crate::place::LastPlace;

/// The largest answer that a transport takes by default, in bytes: 32 MiB.
pub(crate) const MAX_RESPONSE_BYTES: usize = 32 * 1024 * 1024;

/// How much room is made for an answer before it is there, in bytes.
const MOST_ROOM: usize = 1024 * 1024;

/// The answer of [`Transport::send`].
type Sending<'a> = Pin<Box<dyn Future<Output = Result<http::Response<Bytes>, TransportError>> + Send + 'a>>;

/// A request that is on its way.
struct Begun<F> {
    answer: F,
    /// Whether gzip was asked for here.
    #[cfg(feature = "gzip")]
    gzip: bool,
    /// Where it went, where the answer may come from another place.
    asked: Option<Box<reqwest::Url>>,
}

/// A [`Transport`] over a [`reqwest::Client`].
///
/// Clones share one pool of connections. It must be used within a tokio runtime.
#[derive(Clone)]
pub struct ReqwestTransport {
    client: reqwest::Client,
    /// Where the last request went; of a client that was made here. One that was configured elsewhere is handed the request as
    /// it is, and may follow a redirect.
    place: Option<LastPlace>,
    /// How long the server may send nothing. reqwest's own limit makes a timer for every piece of an answer, even of one that is
    /// there already.
    read_timeout: Option<Duration>,
    /// Whether gzip is asked for and undone here. reqwest would undo it as well where the request asks for it itself.
    #[cfg(feature = "gzip")]
    gzip: bool,
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
    /// What [`builder`](Self::builder) sets is then the application's affair: timeouts for connecting and reading, and
    /// that it sends again nothing by itself (`reqwest::retry::never()`), follows no redirect
    /// (`reqwest::redirect::Policy::none()`) and decodes no content encoding that inflates without bounds.
    ///
    /// An answer that comes from another URL than the request's is refused as
    /// [`Interrupted`](TransportErrorKind::Interrupted): the client has followed a redirect, and then nobody knows
    /// what was done where. That the redirect was followed, and that headers went along, cannot be undone.
    ///
    /// Whether gzip is asked for is the client's affair: it needs reqwest's own feature `gzip`, which this crate does not turn on.
    /// A client that decodes gzip does so also where a request asks for it itself, in its own `accept-encoding`.
    #[must_use]
    pub fn from_client(client: reqwest::Client) -> Self {
        Self {
            client,
            place: None,
            read_timeout: None,
            #[cfg(feature = "gzip")]
            gzip: false,
            max_response_bytes: MAX_RESPONSE_BYTES,
        }
    }

    /// A transport over a client that was made here: it follows no redirect and leaves the read timeout to the transport.
    pub(crate) fn from_own_client(client: reqwest::Client, read_timeout: Option<Duration>) -> Self {
        Self {
            place: Some(LastPlace::default()),
            read_timeout,
            ..Self::from_client(client)
        }
    }

    #[cfg(feature = "gzip")]
    pub(crate) fn with_gzip(mut self, gzip: bool) -> Self {
        self.gzip = gzip;
        self
    }

    /// The same transport with another limit for the size of an answer, in bytes after decompression.
    #[must_use]
    pub fn with_max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    fn request(&self, request: http::Request<Bytes>) -> Result<reqwest::Request, TransportError> {
        let url = self.place.as_ref().and_then(|place| place.url(request.uri()));
        let Some(url) = url else {
            return reqwest::Request::try_from(request).map_err(classify);
        };
        let (parts, body) = request.into_parts();
        let mut request = reqwest::Request::new(parts.method, url);
        *request.headers_mut() = parts.headers;
        *request.version_mut() = parts.version;
        *request.body_mut() = Some(body.into());
        Ok(request)
    }

    fn begin(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<Begun<impl Future<Output = reqwest::Result<reqwest::Response>> + Send>, TransportError> {
        #[cfg_attr(not(feature = "gzip"), expect(unused_mut, reason = "gzip is asked for in it"))]
        let mut request = self.request(request)?;
        #[cfg(feature = "gzip")]
        let gzip = self.gzip && gzip::ask(request.headers_mut());
        let asked = self.place.is_none().then(|| Box::new(request.url().clone()));
        Ok(Begun {
            answer: self.client.execute(request),
            #[cfg(feature = "gzip")]
            gzip,
            asked,
        })
    }

    async fn finish(
        &self,
        begun: Begun<impl Future<Output = reqwest::Result<reqwest::Response>>>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let mut response = self.heard(begun.answer).await?;
        if begun.asked.is_some_and(|asked| !is_same(&asked, response.url())) {
            return Err(TransportError::new(TransportErrorKind::Interrupted).with_message(
                "the HTTP client followed a redirect, and the answer is another place's: build the client with \
                 redirect::Policy::none(), and check the base url",
            ));
        }
        let mut answer = http::Response::new(Bytes::new());
        *answer.status_mut() = response.status();
        *answer.version_mut() = response.version();
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        #[cfg(feature = "gzip")]
        if begun.gzip && gzip::take_encoding(answer.headers_mut()) {
            *answer.body_mut() = gzip::read(self, &mut response, self.max_response_bytes).await?;
            return Ok(answer);
        }
        *answer.body_mut() = self.read(&mut response).await?;
        Ok(answer)
    }

    /// What the server sends next, where it does so in time.
    async fn heard<T>(&self, next: impl Future<Output = reqwest::Result<T>>) -> Result<T, TransportError> {
        let Some(limit) = self.read_timeout else {
            return next.await.map_err(classify);
        };
        match tokio::time::timeout(limit, next).await {
            Ok(heard) => heard.map_err(classify),
            Err(elapsed) => Err(TransportError::new(TransportErrorKind::Timeout).with_source(elapsed)),
        }
    }

    /// The next piece of the answer's body.
    pub(crate) async fn chunk(
        &self,
        response: &mut reqwest::Response,
    ) -> Result<Option<Bytes>, TransportError> {
        // What is there already needs no timer; to drop a `chunk` that is not there loses nothing.
        match response.chunk().now_or_never() {
            Some(chunk) => chunk.map_err(classify),
            None => self.heard(response.chunk()).await,
        }
    }

    async fn read(&self, response: &mut reqwest::Response) -> Result<Bytes, TransportError> {
        let limit = self.max_response_bytes;
        let announced = response
            .content_length()
            .map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
        if announced > limit {
            return Err(too_large(limit));
        }
        // Most answers come in one piece, which then is not copied. Others are copied as they come: a piece may be one
        // byte of a buffer that it keeps alive, so that pieces together may take far more than the limit.
        let mut first = Bytes::new();
        let mut whole = Vec::new();
        while let Some(chunk) = self.chunk(response).await? {
            let length = first.len().max(whole.len());
            if chunk.len() > limit.saturating_sub(length) {
                return Err(too_large(limit));
            }
            if first.is_empty() && whole.is_empty() {
                first = chunk;
                continue;
            }
            if !first.is_empty() {
                // Room for all of it at once, as long as what was announced is not out of all measure.
                whole.reserve_exact(announced.min(MOST_ROOM).max(first.len() + chunk.len()));
                whole.extend_from_slice(&std::mem::take(&mut first));
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(if whole.is_empty() { first } else { whole.into() })
    }
}

/// The error for an answer that is larger than `limit`.
pub(crate) fn too_large(limit: usize) -> TransportError {
    TransportError::new(TransportErrorKind::TooLarge).with_message(format!(
        "the answer is larger than {limit} bytes, the transport's limit: ask for less in one call, or raise \
         max_response_bytes"
    ))
}

/// Whether an answer from one URL is the answer of the other. A user, a password and a fragment are not sent in it.
fn is_same(asked: &reqwest::Url, answered: &reqwest::Url) -> bool {
    type Sent<'a> = (&'a str, Option<&'a str>, Option<u16>, &'a str, Option<&'a str>);
    fn sent(url: &reqwest::Url) -> Sent<'_> {
        let port = url.port_or_known_default();
        (url.scheme(), url.host_str(), port, url.path(), url.query())
    }
    sent(asked) == sent(answered)
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

impl Transport for ReqwestTransport {
    // Without `async_trait`, which would hold the request until its answer is there.
    fn send<'a, 'b>(&'a self, request: http::Request<Bytes>) -> Sending<'b>
    where
        'a: 'b,
        Self: 'b,
    {
        // It begins when it is polled: only then it is within a runtime.
        let request = Box::new(request);
        Box::pin(async move { self.finish(self.begin(*request)?).await })
    }
}
