//! [`Origin`], the other end of a transport under test, and the [`Log`] of what arrived there.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::watch;

use super::reply::Reply;

/// The other end of a transport under test: it replies as a rule says, and keeps what arrived.
///
/// [`SocketOrigin`](super::SocketOrigin) is the one for transports that open connections. A transport that has none (over
/// a queue, over a function) needs one of its own: see
/// [`transport_conformance!`](crate::transport_conformance).
pub trait Origin: Send + Sync + 'static {
    /// The URL under which a request for `target`, a path with or without a query, comes to this origin.
    fn url(&self, target: &str) -> String;

    /// From now on every request for `path`, whatever its query, is replied to in this way.
    fn reply(&self, path: &str, reply: Reply);

    /// The URL of a `path` that cannot be reached: the connection is refused, or what stands for that here.
    fn refusing_url(&self, path: &str) -> String;

    /// What has arrived.
    fn log(&self) -> &Log;
}

/// A request as it arrived at an [`Origin`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Seen {
    /// The method: `POST`.
    pub method: String,
    /// Path and query as they were sent.
    pub target: String,
    /// The headers in their order, their names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, without what HTTP does to carry it.
    pub body: Bytes,
}

impl Seen {
    /// A request that arrived.
    #[must_use]
    pub fn new(
        method: impl Into<String>,
        target: impl Into<String>,
        headers: Vec<(String, Vec<u8>)>,
        body: Bytes,
    ) -> Self {
        Self {
            method: method.into(),
            target: target.into(),
            headers,
            body,
        }
    }

    /// A request that never was on a wire.
    #[must_use]
    pub fn of(request: &http::Request<Bytes>) -> Self {
        let uri = request.uri();
        let target = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let headers = request.headers().iter();
        let headers = headers.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()));
        Self::new(
            request.method().as_str(),
            target,
            headers.collect(),
            request.body().clone(),
        )
    }

    /// The path without the query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The values of the headers of that name, in their order.
    #[must_use]
    pub fn header(&self, name: &str) -> Vec<&[u8]> {
        let headers = self.headers.iter().filter(|(known, _)| known == name);
        headers.map(|(_, value)| value.as_slice()).collect()
    }
}

/// What has arrived at an [`Origin`]. Clones share it.
#[derive(Clone, Debug)]
pub struct Log {
    requests: Arc<Mutex<Vec<Seen>>>,
    count: watch::Sender<usize>,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            requests: Arc::default(),
            count: watch::Sender::new(0),
        }
    }
}

impl Log {
    /// Adds a request that arrived as a whole.
    pub fn add(&self, request: Seen) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.push(request);
        self.count.send_replace(requests.len());
    }

    /// Every request so far, in the order of their arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<Seen> {
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// How many requests have arrived.
    #[must_use]
    pub fn count(&self) -> usize {
        *self.count.borrow()
    }

    /// Waits until that many requests have arrived.
    pub async fn arrived(&self, requests: usize) {
        // The sender lives as long as this.
        let _ = self.count.subscribe().wait_for(|count| *count >= requests).await;
    }
}
