//! [`Client`]: what is shared by all calls, and the way of a request through the engine. What decides (retries, tokens,
//! paths) has files of its own at the root of the crate.

mod attempt;
mod base_url;
mod builder;
mod call;
mod connection;
mod deadline;
pub(crate) mod decode;
mod fetch;
mod options;
mod redact;
mod retrying;
mod session;
mod trace;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use stream_users_model::{Custom, CustomData, Operation, Timestamp, Token, UserId};
use tracing::Instrument as _;

pub use self::attempt::{Attempt, OperationInfo};
use self::base_url::BaseUrl;
pub(crate) use self::base_url::is_loopback;
pub use self::builder::ClientBuilder;
pub(crate) use self::builder::default_clock;
pub use self::connection::SessionToken;
pub use self::options::CallOptions;
use self::session::Session;
use self::trace::CallSpan;
use crate::clock::Clock;
use crate::duration_text::parse_duration;
use crate::endpoint::{EncodedCall, Encoder, Endpoint, Reader};
use crate::error::{Error, ErrorKind, Result};
use crate::observe::Observer;
use crate::random::Random;
use crate::rate_limit::{RateLimit, RateLimiter};
use crate::response::{Meta, Response};
use crate::retry::{RetryBudget, RetryPolicy};
use crate::secret::Secret;
use crate::skew::Skew;
use crate::token::{TokenVerifier, UserToken};
use crate::transport::Transport;
use crate::users::Users;

/// A client of Stream over any [`Transport`]: a cheap handle, to be cloned freely. Clones share credentials, retry
/// budget and transport.
///
/// ```
/// use stream_users_core::{Client, Users};
/// # use stream_users_core::{Transport, TransportError, TransportErrorKind};
/// # #[derive(Debug)] struct MyTransport;
/// # #[async_trait::async_trait]
/// # impl Transport for MyTransport {
/// #     async fn send(&self, _: http::Request<bytes::Bytes>) -> Result<http::Response<bytes::Bytes>, TransportError> {
/// #         Err(TransportErrorKind::Connect.into())
/// #     }
/// # }
///
/// let client = Client::builder("api-key").server("api-secret").transport(MyTransport).build()?;
/// let users: Users = client.users();
/// # Ok::<(), stream_users_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Client(Arc<Inner>);

/// What all clones of a client share.
struct Inner {
    api_key: Secret,
    base_url: BaseUrl,
    session: Session,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    random: Arc<Random>,
    retry: Arc<dyn RetryPolicy>,
    budget: RetryBudget,
    limiter: Arc<dyn RateLimiter>,
    observer: Arc<dyn Observer>,
    timeout: Option<Duration>,
    attempt_timeout: Duration,
    log_bodies: bool,
    client_header: http::HeaderValue,
    skew: Arc<Skew>,
}

impl Inner {
    /// Makes a call and decodes its answer: the one way of every call.
    async fn call<T: DeserializeOwned>(
        &self,
        session: &Session,
        call: &EncodedCall,
        options: &CallOptions,
        reader: Reader<T>,
    ) -> Result<(T, Meta)> {
        let span = CallSpan::begin(self, call.operation);
        // Boxed, so that the futures of programs stay small.
        let outcome = Box::pin(call::run(self, session, call, options, span.began()))
            .instrument(span.span().clone())
            .await
            .and_then(|(body, meta)| Ok((decode::decode(call.operation, reader, &body, &meta)?, meta)));
        span.end(self, outcome.as_ref().map(|(_, meta)| meta));
        outcome
    }

    /// The time by the service's clock, as far as it is known.
    fn service_time(&self) -> Timestamp {
        self.skew.apply(self.clock.now())
    }
}

impl Client {
    /// The host of the service.
    pub const DEFAULT_BASE_URL: &str = "https://chat.stream-io-api.com";

    /// Sets a client up. A credential and a transport must be given.
    pub fn builder(api_key: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(api_key.into())
    }

    /// A server's client as the environment describes it: `STREAM_API_KEY`, `STREAM_API_SECRET`, and where they are set
    /// `STREAM_BASE_URL` and `STREAM_ALLOW_HTTP` (`1`: as [`ClientBuilder::allow_http`]). [`ClientBuilder::from_env`] is where
    /// more is to be set, such as an observer.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where the key or the secret is missing or empty, or the URL is none; the text names it.
    pub fn from_env(transport: impl Transport) -> Result<Self> {
        ClientBuilder::from_env()?.transport(transport).build()
    }

    /// The API of users, with custom data of type `C`.
    #[must_use]
    pub fn users<C: CustomData>(&self) -> Users<C> {
        Users::new(self.clone())
    }

    /// The host that the client calls.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.0.base_url.as_str()
    }

    /// The clock that the client waits by.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.0.clock)
    }

    /// What the service stated last of an operation's quota; `None` before its first answer, and where the limiter does
    /// not remember it.
    #[must_use]
    pub fn rate_limit(&self, operation: &Operation) -> Option<RateLimit> {
        self.0.limiter.rate_limit(operation)
    }

    /// The time by the service's clock: this machine's, put right by the dates of the service's answers where the two
    /// are more than a second apart. Quotas, waits and tokens go by it.
    #[must_use]
    pub fn service_time(&self) -> Timestamp {
        self.0.service_time()
    }

    /// The id that the service gave to the guest whom this client is, once it has been created. `None` before the first
    /// call, and with any other credential.
    #[must_use]
    pub fn guest_id(&self) -> Option<UserId> {
        self.0.session.guest_id()
    }

    /// Makes a token with which a user can act, to be given to the user's device.
    ///
    /// # Errors
    /// [`ErrorKind::Auth`] where the client has no API secret, or the token cannot be made.
    pub fn create_token(&self, token: &UserToken) -> Result<Token> {
        let auth = || Error::builder(ErrorKind::Auth).operation("create_token");
        let secret = self.0.session.credential.secret().ok_or_else(|| {
            auth()
                .message("needs the api secret; make tokens on the server")
                .build()
        })?;
        token
            .sign(secret, self.0.service_time())
            .map_err(|error| auth().message(error.to_string()).build())
    }

    /// What verifies tokens that were signed with the client's secret, such as those that users' devices send along.
    ///
    /// # Errors
    /// [`ErrorKind::Auth`] where the client has no API secret.
    pub fn token_verifier(&self) -> Result<TokenVerifier> {
        let secret = self.0.session.credential.secret().ok_or_else(|| {
            Error::builder(ErrorKind::Auth)
                .operation("token_verifier")
                .message("needs the api secret; verify tokens on the server")
                .build()
        })?;
        Ok(TokenVerifier::new(secret.clone()))
    }

    /// What verifies webhooks that were signed with the client's secret.
    ///
    /// # Errors
    /// [`ErrorKind::Auth`] where the client has no API secret.
    #[cfg(feature = "webhook")]
    pub fn webhook_verifier(&self) -> Result<crate::webhook::WebhookVerifier> {
        let secret = self.0.session.credential.secret().ok_or_else(|| {
            Error::builder(ErrorKind::Auth)
                .operation("webhook_verifier")
                .message("needs the api secret; verify webhooks on the server")
                .build()
        })?;
        Ok(crate::webhook::WebhookVerifier::new(secret.clone()))
    }

    /// Sends the request of an endpoint and reads its answer: the one way of every call.
    ///
    /// The future may be dropped at any time; nothing is left behind but what the service may have done by then.
    ///
    /// # Errors
    /// Any [`ErrorKind`] but `Task` and `Unimplemented`.
    pub fn execute<E: Endpoint>(
        &self,
        endpoint: &E,
        options: &CallOptions,
    ) -> impl Future<Output = Result<Response<E::Response>>> + Send + use<E> {
        self.execute_as::<Custom, E>(endpoint, options)
    }

    /// [`execute`](Self::execute) with custom data of type `C` in the answer: for a handle that has such a type, as
    /// [`Users`] has. An SDK's own handle calls `client.execute_as::<C, _>(&request, &options)`.
    ///
    /// # Errors
    /// Those of [`execute`](Self::execute).
    pub fn execute_as<C, E: Endpoint<C>>(
        &self,
        endpoint: &E,
        options: &CallOptions,
    ) -> impl Future<Output = Result<Response<E::Response>>> + Send + use<C, E> {
        // Encoded before the first await: the request need not live, nor be sent between threads.
        let mut request = Encoder::default();
        endpoint.encode(&mut request);
        let (operation, reader) = (endpoint.operation(), endpoint.reader());
        let call = request.finish(operation);
        let (client, options) = (self.clone(), options.clone());
        async move {
            let call = call.inspect_err(|error| {
                // What is not sent is a call that failed all the same.
                CallSpan::begin(&client.0, operation).end(&client.0, Err(error));
            })?;
            let (body, mut meta) = client.0.call(&client.0.session, &call, &options, reader).await?;
            meta.server_duration = E::server_duration(&body).and_then(parse_duration);
            Ok(Response { body, meta })
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.base_url())
            .field("credential", &self.0.session.credential)
            .field("transport", &self.0.transport)
            .finish_non_exhaustive()
    }
}
