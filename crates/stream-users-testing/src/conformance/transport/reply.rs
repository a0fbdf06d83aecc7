//! [`Reply`], what an origin does with a request. How it goes over a wire belongs to the origin.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};

/// What an [`Origin`](super::Origin) does with a request for a path.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reply {
    /// The status of the answer, from 100 to 999.
    pub status: u16,
    /// The headers of the answer in their order, without those that say how long its body is.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body of the answer, as it goes over the wire.
    pub body: Bytes,
    /// How the answer says where its body ends.
    pub framing: Framing,
    /// Whether the whole of the answer comes, and what happens if not.
    pub ending: Ending,
    /// How many requests must have arrived at the origin before it replies to this one.
    pub after: usize,
}

/// How an answer says where its body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Framing {
    /// By `content-length`.
    Length,
    /// By `transfer-encoding: chunked`, in chunks of at most this many bytes.
    Chunks(usize),
    /// By the end of the connection.
    End,
}

/// Whether the whole of an answer comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// All of it.
    Whole,
    /// The connection ends at this point.
    Cut(Point),
    /// The connection stays open, and from this point on nothing more comes.
    Silent(Point),
    /// Instead of an answer the body is sent as it is, which is no HTTP, and the connection ends.
    NoHttp,
}

/// A point in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Point {
    /// Before its first byte.
    Before,
    /// In the middle of a header.
    Head,
    /// In the middle of the body.
    Body,
    /// Before the last byte of the body, or before the chunk that says that it is over.
    End,
}

impl Reply {
    /// A whole answer of this status and this body, with its length.
    #[must_use]
    pub fn new(status: u16, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
            framing: Framing::Length,
            ending: Ending::Whole,
            after: 0,
        }
    }

    /// These bytes, which are no HTTP.
    #[must_use]
    pub fn no_http(bytes: impl Into<Bytes>) -> Self {
        Self::new(200, bytes).ending(Ending::NoHttp)
    }

    /// The same with a header more.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        let name = HeaderName::from_static(name);
        if let Ok(value) = HeaderValue::from_bytes(value.as_ref()) {
            self.headers.push((name, value));
        }
        self
    }

    /// The same with another way of saying where the body ends.
    #[must_use]
    pub fn framing(mut self, framing: Framing) -> Self {
        self.framing = framing;
        self
    }

    /// The same with another ending.
    #[must_use]
    pub fn ending(mut self, ending: Ending) -> Self {
        self.ending = ending;
        self
    }

    /// The same, but only once that many requests have arrived at the origin.
    #[must_use]
    pub fn after(mut self, requests: usize) -> Self {
        self.after = requests;
        self
    }

    /// The whole answer, for origins that write no bytes. How it ends and when it comes is theirs to see to.
    #[must_use]
    pub fn response(&self) -> http::Response<Bytes> {
        let mut response = http::Response::new(self.body.clone());
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or_default();
        for (name, value) in &self.headers {
            response.headers_mut().append(name, value.clone());
        }
        response
    }
}
