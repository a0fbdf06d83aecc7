//! [`TransportService`]: a transport as a tower service.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use tower_service::Service;

use crate::transport::{Transport, TransportError};

/// A `tower_service::Service<http::Request<Bytes>, Response = http::Response<Bytes>>` over a [`Transport`], for layers to be
/// put around it. [`ServiceTransport`](crate::ServiceTransport) makes a transport of the stack again.
///
/// It is always ready. The transport is cloned for each request; one that cannot be cloned goes in an `Arc`, as does a
/// `dyn Transport`.
///
/// Layers see every attempt of every call as it goes over the wire. What the engine knows of the call is in the request's
/// extensions: [`OperationInfo`](crate::OperationInfo) and [`Attempt`](crate::Attempt). A layer must not send a request
/// again, which is for the engine to decide, and what it logs must show neither the query nor the header `authorization`.
///
/// ```
/// use bytes::Bytes;
/// use http::HeaderValue;
/// use stream_users_core::{Client, ServiceTransport, TransportService, Users, UsersApiExt};
/// use stream_users_testing::{Answer, ScriptedTransport};
/// use tower::ServiceBuilder;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let transport = ScriptedTransport::new([Answer::json(200, serde_json::json!({"users": []}))]);
/// let service = ServiceBuilder::new()
///     .concurrency_limit(8)
///     .map_request(|mut request: http::Request<Bytes>| {
///         let pass = HeaderValue::from_static("let me through");
///         request.headers_mut().insert("x-gateway", pass);
///         request
///     })
///     .service(TransportService::new(transport.clone()));
/// let client = Client::builder("key").server("secret").transport(ServiceTransport::new(service)).build()?;
///
/// let users: Users = client.users();
/// assert!(users.get_user("ada").await?.is_none());
/// assert_eq!(transport.requests()[0].header("x-gateway"), Some("let me through"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TransportService<T> {
    transport: T,
}

impl<T> TransportService<T> {
    /// A service that sends every request with `transport`.
    pub const fn new(transport: T) -> Self {
        Self { transport }
    }
}

impl<T: Transport + Clone> Service<http::Request<Bytes>> for TransportService<T> {
    type Response = http::Response<Bytes>;
    type Error = TransportError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, TransportError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Bytes>) -> Self::Future {
        let transport = self.transport.clone();
        Box::pin(async move { transport.send(request).await })
    }
}
