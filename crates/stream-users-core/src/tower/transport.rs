//! [`ServiceTransport`]: a tower service as a transport. What the errors of a service mean is decided here.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use tower_service::Service;

use crate::transport::{Transport, TransportError, TransportErrorKind};

/// A [`Transport`] over a `tower_service::Service<http::Request<Bytes>, Response = http::Response<Bytes>>` that can be
/// cloned. One that cannot goes behind a buffer first (`tower::buffer`).
///
/// Each request goes to a clone of the service of its own, and is only given to it once that clone says that
/// it is ready.
///
/// # What an error means
/// An error of a service that is not ready counts as [`Connect`](TransportErrorKind::Connect): the request was never
/// given to it. An error of the call counts as [`Interrupted`](TransportErrorKind::Interrupted), since it may have been
/// applied, unless it is, or was caused by, a [`TransportError`]: then its kind is kept. A layer whose own errors mean
/// something else says so with an error of that type, which `tower::ServiceBuilder::map_err` makes of them: that `load_shed`
/// had no room is `Connect`, that `timeout` was over is [`Timeout`](TransportErrorKind::Timeout).
///
/// The service's errors become sources of the transport's: they must not name the URL, whose query holds the
/// api key.
///
/// ```
/// use std::convert::Infallible;
/// use std::future::{Ready, ready};
/// use std::task::{Context, Poll};
///
/// use bytes::Bytes;
/// use stream_users_core::{ServiceTransport, Transport};
///
/// #[derive(Clone)]
/// struct Echo;
///
/// impl tower_service::Service<http::Request<Bytes>> for Echo {
///     type Response = http::Response<Bytes>;
///     type Error = Infallible;
///     type Future = Ready<Result<Self::Response, Infallible>>;
///
///     fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
///         Poll::Ready(Ok(()))
///     }
///
///     fn call(&mut self, request: http::Request<Bytes>) -> Self::Future {
///         ready(Ok(http::Response::new(request.into_body())))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), stream_users_core::TransportError> {
/// let transport = ServiceTransport::new(Echo);
/// let answer = transport.send(http::Request::new(Bytes::from_static(b"{}"))).await?;
/// assert_eq!(answer.body(), "{}");
/// # Ok(())
/// # }
/// ```
pub struct ServiceTransport<S> {
    // Held for as long as a clone takes, so that services that are not `Sync` serve, too.
    service: Mutex<S>,
}

impl<S> ServiceTransport<S> {
    /// A transport that gives every request to a clone of `service`.
    pub const fn new(service: S) -> Self {
        Self {
            service: Mutex::new(service),
        }
    }
}

impl<S: Clone> ServiceTransport<S> {
    fn service(&self) -> S {
        self.service
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl<S: Clone> Clone for ServiceTransport<S> {
    fn clone(&self) -> Self {
        Self::new(self.service())
    }
}

impl<S> fmt::Debug for ServiceTransport<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceTransport").finish_non_exhaustive()
    }
}

#[async_trait]
impl<S> Transport for ServiceTransport<S>
where
    S: Service<http::Request<Bytes>, Response = http::Response<Bytes>> + Clone + Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    S::Future: Send,
{
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let mut service = self.service();
        poll_fn(|context| service.poll_ready(context))
            .await
            .map_err(|error| classify(error.into(), TransportErrorKind::Connect))?;
        service
            .call(request)
            .await
            .map_err(|error| classify(error.into(), TransportErrorKind::Interrupted))
    }
}

/// The error of a service: a [`TransportError`] anywhere in its chain says the kind, else it is `otherwise`.
fn classify(error: Box<dyn Error + Send + Sync>, otherwise: TransportErrorKind) -> TransportError {
    let error = match error.downcast::<TransportError>() {
        Ok(error) => return *error,
        Err(error) => error,
    };
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(known) = inner.downcast_ref::<TransportError>() {
            return TransportError::new(known.kind()).with_source(error);
        }
        cause = inner.source();
    }
    TransportError::new(otherwise).with_source(error)
}

#[cfg(test)]
mod tests {
    use std::future::{Ready, ready};
    use std::task::{Context, Poll};

    use super::*;

    type BoxError = Box<dyn Error + Send + Sync>;

    /// Answers once it was polled ready, and panics where it was not; may fail in either place.
    #[derive(Clone, Default)]
    struct Scripted {
        polls_needed: u8,
        ready: bool,
        never_ready: bool,
        error: Option<fn() -> BoxError>,
    }

    impl Service<http::Request<Bytes>> for Scripted {
        type Response = http::Response<Bytes>;
        type Error = BoxError;
        type Future = Ready<Result<Self::Response, BoxError>>;

        fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
            if self.never_ready {
                return Poll::Ready(Err("closed".into()));
            }
            if self.polls_needed > 0 {
                self.polls_needed -= 1;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            self.ready = true;
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: http::Request<Bytes>) -> Self::Future {
            assert!(self.ready, "called before it was ready");
            self.ready = false;
            ready(self.error.map_or_else(
                || Ok(http::Response::new(request.into_body())),
                |error| Err(error()),
            ))
        }
    }

    #[derive(Debug, thiserror::Error)]
    #[error("layer")]
    struct Layer(#[source] TransportError);

    async fn kind_of(service: Scripted) -> TransportErrorKind {
        ServiceTransport::new(service)
            .send(http::Request::new(Bytes::new()))
            .await
            .unwrap_err()
            .kind()
    }

    #[tokio::test]
    async fn waits_until_the_clone_is_ready() {
        let transport = ServiceTransport::new(Scripted {
            polls_needed: 3,
            ..Scripted::default()
        });
        for body in ["a", "b"] {
            let answer = transport
                .send(http::Request::new(Bytes::from_static(body.as_bytes())))
                .await
                .unwrap();
            assert_eq!(answer.body(), body);
        }
    }

    #[tokio::test]
    async fn classifies_by_where_it_failed_and_keeps_a_known_kind() {
        let closed = Scripted {
            never_ready: true,
            ..Scripted::default()
        };
        assert_eq!(kind_of(closed).await, TransportErrorKind::Connect);
        let failing = |error: fn() -> BoxError| Scripted {
            error: Some(error),
            ..Scripted::default()
        };
        assert_eq!(
            kind_of(failing(|| "reset".into())).await,
            TransportErrorKind::Interrupted
        );
        let plain: fn() -> BoxError = || TransportError::new(TransportErrorKind::TooLarge).into();
        assert_eq!(kind_of(failing(plain)).await, TransportErrorKind::TooLarge);
        let nested: fn() -> BoxError = || Layer(TransportErrorKind::Timeout.into()).into();
        assert_eq!(kind_of(failing(nested)).await, TransportErrorKind::Timeout);
    }
}
