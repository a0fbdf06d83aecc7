//! [`HyperTransport`]: a transport over the pooled client of hyper-util. Connecting belongs to the connector.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use stream_users_core::{Transport, TransportError, TransportErrorKind};

/// A transport over the pooled client of hyper-util, with HTTP/1.1.
///
/// It has to be used within a tokio runtime. Clones share one pool.
#[derive(Clone)]
pub struct HyperTransport<C = HttpConnector> {
    client: Client<C, Full<Bytes>>,
    /// Whether only `http://` is taken, as there is no TLS.
    plain: bool,
    max_response_bytes: usize,
    timeout: Duration,
}

impl HyperTransport {
    /// A transport for `http://` addresses alone, which gives a connection up that is not made within 10 seconds.
    #[must_use]
    pub fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(Duration::from_secs(10)));
        connector.set_nodelay(true);
        Self {
            plain: true,
            ..Self::with_connector(connector)
        }
    }
}

impl Default for HyperTransport {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Connect + Clone + Send + Sync + 'static> HyperTransport<C> {
    /// A transport over connections of any kind. For `https://`, that of `hyper-rustls` or of `hyper-tls`.
    ///
    /// The connector ends attempts to connect that take too long. It must not agree with the server on HTTP/2, for which
    /// the client here is not built: `hyper-rustls` is to have `enable_http1` alone.
    pub fn with_connector(connector: C) -> Self {
        // The client has one kind of retry: of what a connection from the pool did not take, since it was just closed. Whether
        // to send again is decided elsewhere, so it is turned off. It follows no redirect and asks for no encoding.
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(55))
            .retry_canceled_requests(false)
            .build(connector);
        Self {
            client,
            plain: false,
            max_response_bytes: 32 << 20,
            timeout: Duration::from_secs(30),
        }
    }

    /// The largest answer that is taken, in bytes; 32 MiB by default.
    #[must_use]
    pub fn with_max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    /// How long a request may take until its answer's last byte; 30 seconds by default. The client ends attempts by a limit
    /// of its own.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    async fn exchange(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let answer = self.client.request(request.map(Full::new)).await;
        let (parts, body) = answer.map_err(classify)?.into_parts();
        Ok(http::Response::from_parts(parts, self.read(body).await?))
    }

    async fn read(&self, body: Incoming) -> Result<Bytes, TransportError> {
        // What says that it is too large is not read at all.
        let limit = u64::try_from(self.max_response_bytes).unwrap_or(u64::MAX);
        if body.size_hint().lower() > limit {
            return Err(TransportError::new(TransportErrorKind::TooLarge));
        }
        let mut body = Limited::new(body, self.max_response_bytes);
        let mut whole = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| {
                let kind = if error.is::<LengthLimitError>() {
                    TransportErrorKind::TooLarge
                } else {
                    TransportErrorKind::Interrupted
                };
                TransportError::new(kind).with_source(error)
            })?;
            // Copied as it comes: a piece may be one byte that takes forty to keep, and then the limit would bound nothing.
            if let Some(piece) = frame.data_ref() {
                whole.extend_from_slice(piece);
            }
        }
        Ok(whole.into())
    }
}

/// What an error means for the request: did it leave, and is there an answer? None of hyper's errors names the URL.
fn classify(error: hyper_util::client::legacy::Error) -> TransportError {
    let cause = of_hyper(&error);
    let kind = if error.is_connect() || cause.is_some_and(hyper::Error::is_canceled) {
        // There was no connection, or one from the pool that was closed before it took the request.
        TransportErrorKind::Connect
    } else if cause.is_some_and(hyper::Error::is_parse_too_large) {
        TransportErrorKind::TooLarge
    } else {
        // It may have left: whoever says `Connect` here has it sent twice.
        TransportErrorKind::Interrupted
    };
    TransportError::new(kind).with_source(error)
}

fn of_hyper<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e hyper::Error> {
    let mut causes = std::iter::successors(Some(error), |&cause| cause.source());
    causes.find_map(|cause| cause.downcast_ref())
}

#[async_trait]
impl<C: Connect + Clone + Send + Sync + 'static> Transport for HyperTransport<C> {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        // Said here, and not by the connector: as a failure to connect, it would be tried again in vain.
        let wrong = match request.uri().scheme_str() {
            // A URL with a scheme has a host as well.
            None => Some("the request's URL has no scheme or no host: check the base url"),
            Some(scheme) if self.plain && scheme != "http" => {
                Some("this transport has no TLS and takes http:// alone: give it a connector that has TLS")
            }
            Some(_) => None,
        };
        if let Some(message) = wrong {
            return Err(TransportError::new(TransportErrorKind::Request).with_message(message));
        }
        let exchange = tokio::time::timeout(self.timeout, self.exchange(request));
        exchange
            .await
            .unwrap_or_else(|_| Err(TransportError::new(TransportErrorKind::Timeout)))
    }
}

impl<C> fmt::Debug for HyperTransport<C> {
    /// Without the client, whose connector may know a proxy's password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HyperTransport")
            .field("max_response_bytes", &self.max_response_bytes)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
