//! [`RecordedRequest`], a request as it would have gone over the wire. Judging it is the test's matter.

use std::fmt;

use bytes::Bytes;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use stream_users_core::{Attempt, OperationInfo};
use stream_users_model::Operation;

/// A request that a [`ScriptedTransport`](crate::ScriptedTransport) was given.
///
/// Its `Debug` shows neither the API key nor the token; [`as_http`](Self::as_http) has them.
#[derive(Clone)]
pub struct RecordedRequest(http::Request<Bytes>);

impl RecordedRequest {
    pub(crate) fn new(request: http::Request<Bytes>) -> Self {
        Self(request)
    }

    /// The whole request, with the API key and the token in it.
    #[must_use]
    pub fn as_http(&self) -> &http::Request<Bytes> {
        &self.0
    }

    /// The method: `POST`.
    #[must_use]
    pub fn method(&self) -> &str {
        self.0.method().as_str()
    }

    /// The path as it was sent, percent-encoded.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.uri().path()
    }

    /// The segments of the path, each decoded.
    #[must_use]
    pub fn segments(&self) -> Vec<String> {
        self.path().split('/').skip(1).map(decode).collect()
    }

    /// The parameters of the query in their order, decoded. A `+` is a plus, not a space.
    #[must_use]
    pub fn query(&self) -> Vec<(String, String)> {
        let query = self.0.uri().query().unwrap_or_default();
        query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (decode(name), decode(value)))
            .collect()
    }

    /// The first parameter of that name in the query, decoded.
    #[must_use]
    pub fn query_value(&self, name: &str) -> Option<String> {
        let mut pairs = self.query().into_iter();
        pairs.find_map(|(known, value)| (known == name).then_some(value))
    }

    /// The first header of that name, in whatever case; `None` also where it is not text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.headers().get(name)?.to_str().ok()
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        self.0.body()
    }

    /// The body as JSON; `None` where it is empty or something else.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(self.body()).ok()
    }

    /// The operation that the request belongs to; `None` where no client sent it.
    #[must_use]
    pub fn operation(&self) -> Option<&'static Operation> {
        let info = self.0.extensions().get::<OperationInfo>()?;
        Some(info.operation)
    }

    /// Which attempt of its call the request was, counted from 1; `None` where no client sent it.
    #[must_use]
    pub fn attempt(&self) -> Option<u32> {
        self.0.extensions().get::<Attempt>().map(|attempt| attempt.0)
    }
}

/// What stands percent-encoded in `text`; bytes that are no UTF-8 are replaced.
fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut query = self.query();
        query.retain(|(name, _)| name != "api_key");
        f.debug_struct("RecordedRequest")
            .field("operation", &self.operation().map(|operation| operation.name))
            .field("attempt", &self.attempt())
            .field("method", &self.method())
            .field("path", &self.path())
            .field("query", &query)
            .field("body", self.body())
            .finish_non_exhaustive()
    }
}
