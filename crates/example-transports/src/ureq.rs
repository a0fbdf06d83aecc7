//! [`UreqTransport`]: a transport over ureq, which blocks a thread for each request. Which threads, is decided here alone.

use std::fmt;
use std::io::{self, Read as _};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::Method;
use stream_users_core::{Transport, TransportError, TransportErrorKind};
use tokio::sync::Semaphore;
use ureq::{Agent, Error, Timeout};

/// How many threads a transport takes unless told otherwise: the crate `blocking` has 500 for the whole program.
const MAX_THREADS: usize = 128;

/// A transport over a blocking client.
///
/// Requests run on the threads of the crate `blocking`, which the whole program shares: one for each request that is under
/// way, up to [`with_max_threads`](Self::with_max_threads), beyond which requests wait for a thread. No runtime is needed,
/// and one that shuts down does not wait for them.
///
/// Dropping a call leaves its thread at work until the answer has come or the timeout is over, and nobody reads what it
/// finds. So the timeout bounds how long a silent server can hold a thread, and the number of threads, how many: the other
/// users of `blocking` keep theirs.
///
/// `https://` needs ureq's feature `rustls` or `native-tls`, which this crate leaves off: it talks to servers of tests. Add
/// it to the dependency on ureq; there is nothing to change here. Without, such a request fails with
/// [`Request`](TransportErrorKind::Request).
///
/// What ureq does that a transport cannot change: an answer with neither a length nor chunks ends with its connection, and a
/// connection that is reset counts as ended, so that such an answer may be cut; and at the level `trace` of the crate `log`
/// it shows whole URLs, with the API key in them.
#[derive(Clone)]
pub struct UreqTransport {
    agent: Agent,
    threads: Arc<Semaphore>,
    max_response_bytes: u64,
}

impl UreqTransport {
    /// A transport whose requests may take `timeout` until the last byte of an answer of at most `max_response_bytes`. A wait
    /// for a thread does not count; the client ends attempts by a limit of its own, in which it does.
    #[must_use]
    pub fn new(max_response_bytes: u64, timeout: Duration) -> Self {
        let agent = Agent::config_builder()
            // A status is an answer, and so is a redirect.
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            // Nothing is added: no encoding is asked for.
            .accept("")
            .accept_encoding("")
            .proxy(None)
            // It bounds the other stages, too; a connection that takes too long is told apart from them.
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_global(Some(timeout))
            .max_idle_connections(32)
            .max_idle_connections_per_host(32)
            .max_idle_age(Duration::from_secs(55))
            .build()
            .new_agent();
        Self {
            agent,
            threads: Arc::new(Semaphore::new(MAX_THREADS)),
            max_response_bytes,
        }
    }

    /// How many threads it takes at most, its clones included; 128 by default, and at least one.
    #[must_use]
    pub fn with_max_threads(mut self, threads: usize) -> Self {
        self.threads = Arc::new(Semaphore::new(threads.clamp(1, Semaphore::MAX_PERMITS)));
        self
    }

    /// Sends a request and reads its answer, on the thread that it is called on.
    fn exchange(&self, request: &http::Request<Bytes>) -> Result<http::Response<Bytes>, Error> {
        let mut parts = http::Request::new(()).into_parts().0;
        parts.method.clone_from(request.method());
        parts.uri.clone_from(request.uri());
        parts.headers.clone_from(request.headers());
        // Where there is no body, ureq says so in chunks for methods that usually have one: those get an empty one.
        let usual = matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH);
        let answer = if request.body().is_empty() && !usual {
            self.agent.run(http::Request::from_parts(parts, ()))?
        } else {
            self.agent
                .run(http::Request::from_parts(parts, &request.body()[..]))?
        };
        let (parts, body) = answer.into_parts();
        let mut read = Vec::new();
        // One byte more than may be, so that what is too large is seen.
        let limit = self.max_response_bytes.saturating_add(1);
        body.into_reader().take(limit).read_to_end(&mut read)?;
        if read.len() as u64 > self.max_response_bytes {
            return Err(Error::BodyExceedsLimit(self.max_response_bytes));
        }
        Ok(http::Response::from_parts(parts, read.into()))
    }
}

#[async_trait]
impl Transport for UreqTransport {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        // Given back by the thread, and not by this future: a call that was dropped holds it until its thread is done. It is
        // an error only where the semaphore was closed, which nobody does.
        let thread = Arc::clone(&self.threads).acquire_owned().await;
        let transport = self.clone();
        let exchange = blocking::unblock(move || {
            let _thread = thread;
            transport.exchange(&request)
        });
        exchange.await.map_err(classify)
    }
}

/// What an error means for the request: did it leave, and is there an answer?
fn classify(error: Error) -> TransportError {
    let kind = match &error {
        Error::BadUri(_) | Error::Http(_) | Error::RequireHttpsOnly(_) | Error::TlsRequired => {
            TransportErrorKind::Request
        }
        Error::HostNotFound
        | Error::ConnectionFailed
        | Error::Tls(_)
        | Error::Timeout(Timeout::Resolve | Timeout::Connect) => TransportErrorKind::Connect,
        Error::Io(error) if never_connected(error) => TransportErrorKind::Connect,
        Error::Timeout(_) => TransportErrorKind::Timeout,
        Error::BodyExceedsLimit(_) | Error::LargeResponseHeader(..) => TransportErrorKind::TooLarge,
        // It may have left.
        _ => TransportErrorKind::Interrupted,
    };
    match error {
        // They hold the URL, whose query holds the API key.
        Error::BadUri(_) | Error::RequireHttpsOnly(_) => TransportError::new(kind),
        Error::TlsRequired => TransportError::new(kind).with_message(
            "this transport has no TLS and takes http:// alone: turn on ureq's feature rustls or native-tls",
        ),
        error => TransportError::new(kind).with_source(error),
    }
}

/// Whether an error can only come of connecting. That a host or a network is out of reach is none of these: the system says
/// so of connections that have been made, too.
fn never_connected(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::AddrNotAvailable
    )
}

impl fmt::Debug for UreqTransport {
    /// Without the agent, whose settings may hold a proxy's password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UreqTransport")
            .field("max_response_bytes", &self.max_response_bytes)
            .finish_non_exhaustive()
    }
}
