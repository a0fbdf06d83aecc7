//! [`Client`]: what is shared by all calls, and the way of a request through the engine. What decides (retries, tokens,
//! paths) has files of its own at the root of the crate.

mod builder;
mod call;
pub(crate) mod decode;
mod fetch;
mod options;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use stream_users_model::{Custom, CustomData, Token};

pub use self::builder::ClientBuilder;
pub(crate) use self::builder::default_clock;
use self::call::Outcome;
pub use self::call::{Attempt, OperationInfo};
pub use self::options::CallOptions;
use crate::clock::Clock;
use crate::credential::Credential;
use crate::duration_text::parse_duration;
use crate::endpoint::{Encoder, Endpoint};
use crate::error::{Error, ErrorKind, Result};
use crate::random::Random;
use crate::response::Response;
use crate::retry::{RetryBudget, RetryPolicy};
use crate::secret::Secret;
use crate::token::UserToken;
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
    base_url: String,
    credential: Credential,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    random: Random,
    retry: Arc<dyn RetryPolicy>,
    budget: RetryBudget,
    attempt_timeout: Duration,
    client_header: http::HeaderValue,
}

impl Client {
    /// The host of the service.
    pub const DEFAULT_BASE_URL: &str = "https://chat.stream-io-api.com";

    /// Sets a client up. A credential and a transport must be given.
    pub fn builder(api_key: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(api_key.into())
    }

    /// A server's client as the environment describes it: `STREAM_API_KEY`, `STREAM_API_SECRET`, and
    /// `STREAM_BASE_URL` where it is set.
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
        &self.0.base_url
    }

    /// The clock that the client waits by.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.0.clock)
    }

    /// Makes a token with which a user can act, to be given to the user's device.
    ///
    /// # Errors
    /// [`ErrorKind::Auth`] where the client has no API secret, or the token cannot be made.
    pub fn create_token(&self, token: &UserToken) -> Result<Token> {
        let auth = || Error::builder(ErrorKind::Auth).operation("create_token");
        let secret = self.0.credential.secret().ok_or_else(|| {
            auth()
                .message("needs the api secret; make tokens on the server")
                .build()
        })?;
        token
            .sign(secret, self.0.clock.now())
            .map_err(|error| auth().message(error.to_string()).build())
    }

    /// Sends the request of an endpoint and reads its answer: the one way of every call.
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

    /// [`execute`](Self::execute) with custom data of type `C` in the answer.
    pub(crate) fn execute_as<C, E: Endpoint<C>>(
        &self,
        endpoint: &E,
        options: &CallOptions,
    ) -> impl Future<Output = Result<Response<E::Response>>> + Send + use<C, E> {
        // Encoded before the first await: the request need not live, nor be sent between threads.
        let mut request = Encoder::default();
        endpoint.encode(&mut request);
        let call = request.finish(endpoint.operation());
        let (client, options) = (self.clone(), options.clone());
        async move {
            let call = call?;
            let operation = call.operation;
            let Outcome { body, mut meta, span } = call::run(&client.0, call, &options).await?;
            let body = decode::decode::<E::Response>(operation, &body, &meta)
                .inspect_err(|error| call::record_error(&span, error))?;
            meta.server_duration = E::server_duration(&body).and_then(parse_duration);
            Ok(Response { body, meta })
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.0.base_url)
            .field("credential", &self.0.credential)
            .field("transport", &self.0.transport)
            .finish_non_exhaustive()
    }
}
