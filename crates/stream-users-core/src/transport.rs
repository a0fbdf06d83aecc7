//! The seam to an HTTP stack: one method that sends one request and returns its answer.
//!
//! Here belong the trait, its error and the adapters for smart pointers. What decides (retries, tokens, JSON,
//! what a status means) lives in the engine and must not enter here, nor in an implementation.
//!
//! # A wrapper
//!
//! A transport over another transport sees every attempt of every call, just as it goes over the wire:
//!
//! ```
//! use std::sync::Arc;
//! use std::sync::atomic::{AtomicU64, Ordering};
//!
//! use async_trait::async_trait;
//! use bytes::Bytes;
//! use stream_users_core::{Transport, TransportError, TransportErrorKind};
//!
//! /// Counts the attempts whose answer never came.
//! #[derive(Debug)]
//! struct CountFailures<T> {
//!     inner: T,
//!     failures: Arc<AtomicU64>,
//! }
//!
//! #[async_trait]
//! impl<T: Transport> Transport for CountFailures<T> {
//!     async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
//!         let answer = self.inner.send(request).await;
//!         if answer.is_err() {
//!             self.failures.fetch_add(1, Ordering::Relaxed);
//!         }
//!         answer
//!     }
//! }
//!
//! /// A host that nobody can reach.
//! #[derive(Debug)]
//! struct Unplugged;
//!
//! #[async_trait]
//! impl Transport for Unplugged {
//!     async fn send(&self, _: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
//!         Err(TransportError::new(TransportErrorKind::Connect))
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let failures = Arc::new(AtomicU64::new(0));
//! let transport = CountFailures { inner: Unplugged, failures: Arc::clone(&failures) };
//! let error = transport.send(http::Request::new(Bytes::new())).await.unwrap_err();
//! assert_eq!(error.kind(), TransportErrorKind::Connect);
//! assert_eq!(failures.load(Ordering::Relaxed), 1);
//! # }
//! ```

use std::borrow::Cow;
use std::error::Error;
use std::fmt::{self, Debug};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

/// Sends HTTP requests: the one trait between the engine and the network.
///
/// # Rules for implementers
///
/// - **Any status is `Ok`.** A 404, a 429 or a 500 is an answer. `Err` says that there is no whole answer.
/// - **One attempt.** No retries, and no redirects: following one would carry the token to another place. The
///   engine decides what is sent again, and can only do so if it sees every failure.
/// - **Nothing is added or read.** The token, the api key and the body are in the request already; the answer's
///   body is returned byte for byte, whatever its content type. Only a content encoding that the transport
///   asked for itself is undone, together with its `content-encoding` and `content-length` headers. A header
///   that was sent more than once stays repeated.
/// - **Many at once.** `send` is called from many tasks at the same time and must not hold a lock while waiting.
/// - **Dropping cancels.** The future may be dropped at any point (a timeout of the engine does this). Nothing
///   may then be left broken for the next call.
/// - **A limit on the answer's size**, counted on the decoded body. Beyond it the answer is
///   [`TransportErrorKind::TooLarge`]; it is never cut short.
/// - **The kind is honest.** [`Connect`](TransportErrorKind::Connect) and [`Request`](TransportErrorKind::Request)
///   promise that the request never left; in doubt say [`Interrupted`](TransportErrorKind::Interrupted).
/// - **No secret in an error**, its `Debug`, its `Display` or any of its sources: the URL's query holds the api
///   key and a header holds the token, so errors name neither the URL nor headers.
///
/// `transport_conformance!` of the crate `stream-users-testing` holds an implementation to these rules, each as a named
/// test.
///
/// The request's extensions hold what the engine knows about the call, for logs and metrics of a wrapper.
#[async_trait]
pub trait Transport: Debug + Send + Sync + 'static {
    /// Sends `request` once and returns the whole answer, whatever its status.
    ///
    /// # Errors
    ///
    /// A [`TransportError`] where no whole answer arrived; its kind says whether the request may have been
    /// applied.
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError>;
}

#[async_trait]
impl<T: Transport + ?Sized> Transport for Arc<T> {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        (**self).send(request).await
    }
}

#[async_trait]
impl<T: Transport + ?Sized> Transport for Box<T> {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        (**self).send(request).await
    }
}

/// Why a [`Transport`] has no answer, and with that: whether the request may have been applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection could be made. The request never left.
    Connect,
    /// No whole answer came in time. The request may have been applied.
    Timeout,
    /// The connection ended before the whole answer came. The request may have been applied.
    Interrupted,
    /// The answer is larger than the transport's limit. The request was answered, so it may have been applied.
    TooLarge,
    /// The request could not be built, or the HTTP stack refused it. The request never left.
    Request,
}

impl TransportErrorKind {
    /// Whether the request may have reached the service, so that its effect may have taken place.
    #[must_use]
    pub const fn may_have_been_applied(self) -> bool {
        match self {
            Self::Connect | Self::Request => false,
            Self::Timeout | Self::Interrupted | Self::TooLarge => true,
        }
    }
}

impl TransportErrorKind {
    const fn text(self) -> &'static str {
        match self {
            Self::Connect => "the connection could not be made",
            Self::Timeout => "no whole answer came in time",
            Self::Interrupted => "the connection ended before the whole answer came",
            Self::TooLarge => "the answer is larger than the transport's limit",
            Self::Request => "the request could not be sent as it is",
        }
    }
}

impl fmt::Display for TransportErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// Says that a [`Transport`] has no whole answer.
///
/// The display text is that of the kind, unless the transport [knows more](Self::with_message); the cause, where there
/// is one, is the [`source`](std::error::Error::source) and is not repeated in the text.
#[derive(Debug, thiserror::Error)]
#[error("{}", .message.as_deref().unwrap_or(.kind.text()))]
pub struct TransportError {
    kind: TransportErrorKind,
    message: Option<Cow<'static, str>>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl TransportError {
    /// An error of this kind without a cause.
    #[must_use]
    pub const fn new(kind: TransportErrorKind) -> Self {
        Self {
            kind,
            message: None,
            source: None,
        }
    }

    /// The same error with a text of its own in place of the kind's: what happened, and what can be done about it.
    ///
    /// It becomes the text of the call's error, so it must name neither the URL nor a header, as with
    /// [`with_source`](Self::with_source).
    ///
    /// ```
    /// use stream_users_core::{TransportError, TransportErrorKind};
    ///
    /// let error = TransportError::new(TransportErrorKind::TooLarge)
    ///     .with_message("the answer is larger than 1024 bytes: ask for less in one call");
    /// assert_eq!(error.to_string(), "the answer is larger than 1024 bytes: ask for less in one call");
    /// ```
    #[must_use]
    pub fn with_message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// The same error with `source` as its cause.
    ///
    /// The cause must name neither the URL nor a header: they hold the api key and the token.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The cause alone, where there is one.
    #[must_use]
    pub fn into_source(self) -> Option<Box<dyn Error + Send + Sync>> {
        self.source
    }

    /// What happened, and whether the request may have been applied.
    #[must_use]
    pub const fn kind(&self) -> TransportErrorKind {
        self.kind
    }
}

impl From<TransportErrorKind> for TransportError {
    fn from(kind: TransportErrorKind) -> Self {
        Self::new(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Teapot;

    #[async_trait]
    impl Transport for Teapot {
        async fn send(&self, _: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
            Ok(http::Response::builder()
                .status(418)
                .body(Bytes::from_static(b"short and stout"))
                .unwrap())
        }
    }

    async fn status_of(transport: impl Transport) -> u16 {
        transport
            .send(http::Request::new(Bytes::new()))
            .await
            .unwrap()
            .status()
            .as_u16()
    }

    #[tokio::test]
    async fn pointers_to_a_transport_are_transports() {
        assert_eq!(status_of(Arc::new(Teapot)).await, 418);
        assert_eq!(status_of(Arc::new(Teapot) as Arc<dyn Transport>).await, 418);
        assert_eq!(status_of(Box::new(Teapot) as Box<dyn Transport>).await, 418);
    }

    #[test]
    fn text_is_the_kind_and_the_cause_is_only_the_source() {
        let error = TransportError::new(TransportErrorKind::Interrupted).with_source("reset by peer");
        assert_eq!(
            error.to_string(),
            "the connection ended before the whole answer came"
        );
        assert_eq!(error.source().unwrap().to_string(), "reset by peer");
        assert!(
            TransportError::from(TransportErrorKind::Timeout)
                .source()
                .is_none()
        );
    }

    #[test]
    fn only_what_never_left_is_certainly_not_applied() {
        let applied = [
            TransportErrorKind::Timeout,
            TransportErrorKind::Interrupted,
            TransportErrorKind::TooLarge,
        ];
        assert!(applied.into_iter().all(TransportErrorKind::may_have_been_applied));
        let never = [TransportErrorKind::Connect, TransportErrorKind::Request];
        assert!(!never.into_iter().any(TransportErrorKind::may_have_been_applied));
    }
}
