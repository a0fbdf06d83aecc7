//! [`ClientBuilder`]: how a client is set up. Nothing is sent here.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use stream_users_model::{Token, UserRequest};

use super::base_url::BaseUrl;
use super::session::Session;
use super::{Client, Inner};
use crate::clock::Clock;
use crate::credential::{Credential, TokenProvider};
use crate::error::{Error, ErrorKind, Result};
use crate::observe::{NoObserver, Observer};
use crate::random::Random;
use crate::rate_limit::{Pace, RateLimiter};
use crate::retry::{DefaultRetry, RetryBudget, RetryPolicy};
use crate::secret::Secret;
use crate::token::TokenError;
use crate::transport::Transport;

/// Sets a [`Client`] up; made by [`Client::builder`]. Only [`build`](Self::build) can fail.
#[must_use]
pub struct ClientBuilder {
    api_key: String,
    base_url: String,
    /// The variable that says the base URL.
    base_url_from: Option<&'static str>,
    allow_http: bool,
    /// Why it cannot be used is said when the client is built.
    credential: Option<Result<Credential, TokenError>>,
    transport: Option<Arc<dyn Transport>>,
    clock: Option<Arc<dyn Clock>>,
    random: Random,
    retry: Arc<dyn RetryPolicy>,
    budget: RetryBudget,
    limiter: Arc<dyn RateLimiter>,
    observer: Arc<dyn Observer>,
    timeout: Option<Duration>,
    attempt_timeout: Duration,
    log_bodies: bool,
    user_agent_suffix: String,
}

impl ClientBuilder {
    pub(super) fn new(api_key: String) -> Self {
        Self {
            api_key,
            base_url: Client::DEFAULT_BASE_URL.to_owned(),
            base_url_from: None,
            allow_http: false,
            credential: None,
            transport: None,
            clock: None,
            random: Random::new(),
            retry: Arc::new(DefaultRetry::new()),
            budget: RetryBudget::default(),
            limiter: Arc::new(Pace::new()),
            observer: Arc::new(NoObserver),
            timeout: None,
            attempt_timeout: Duration::from_secs(30),
            log_bodies: false,
            user_agent_suffix: String::new(),
        }
    }

    /// A server's client as the environment describes it; see [`Client::from_env`].
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where the key or the secret is missing or empty; the text names it.
    pub fn from_env() -> Result<Self> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let required = |name: &str| {
            variable(name).ok_or_else(|| config(format!("the environment variable {name} is not set")))
        };
        let builder = Self::new(required("STREAM_API_KEY")?).server(required("STREAM_API_SECRET")?);
        let builder = match variable("STREAM_BASE_URL") {
            Some(url) => Self {
                base_url: url,
                base_url_from: Some("STREAM_BASE_URL"),
                ..builder
            },
            None => builder,
        };
        Ok(match variable("STREAM_ALLOW_HTTP").as_deref() {
            Some("1" | "true") => builder.allow_http(),
            _ => builder,
        })
    }

    /// Calls as a server, which may do everything, with the app's API secret.
    pub fn server(mut self, api_secret: impl Into<Secret>) -> Self {
        self.credential = Some(Credential::server(api_secret));
        self
    }

    /// Calls as one user, with a token that a server made and that does not expire meanwhile.
    pub fn user_token(mut self, token: impl Into<Token>) -> Self {
        self.credential = Some(Credential::user(&token.into()));
        self
    }

    /// Calls without a token: enough to create a guest.
    pub fn anonymous(self) -> Self {
        self.credential(Credential::anonymous())
    }

    /// Calls as a guest, who is created with the first call: [`Client::guest_id`] says under which id.
    pub fn guest(self, user: UserRequest) -> Self {
        self.credential(Credential::guest(user))
    }

    /// Calls as one user, with tokens that are fetched when they are needed.
    pub fn token_provider(self, provider: impl TokenProvider) -> Self {
        self.credential(Credential::provider(provider))
    }

    /// Calls with a credential that was made elsewhere.
    pub fn credential(mut self, credential: Credential) -> Self {
        self.credential = Some(Ok(credential));
        self
    }

    /// Sets what sends the requests.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Sets the host, by default [`Client::DEFAULT_BASE_URL`]: `https://host[:port][/prefix]`.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self.base_url_from = None;
        self
    }

    /// Lets the base URL be `http://` for a host that is not this machine. The API key and the tokens then go
    /// unencrypted: only for a network that is itself trusted, such as that of a sidecar proxy.
    pub fn allow_http(mut self) -> Self {
        self.allow_http = true;
        self
    }

    /// Sets the clock; by default tokio's, where the feature `tokio` is on. That one waits within a tokio runtime whose
    /// time driver is enabled and panics elsewhere: on another runtime, give a clock of its own.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Makes jitter and request ids the same in every run; for tests.
    pub fn random_seed(mut self, seed: u64) -> Self {
        self.random = Random::seeded(seed);
        self
    }

    /// Decides whether to try again; by default [`DefaultRetry`].
    pub fn retry(mut self, policy: impl RetryPolicy) -> Self {
        self.retry = Arc::new(policy);
        self
    }

    /// Sets how many further attempts all calls together may make; clones of one budget can be given to many clients.
    pub fn retry_budget(mut self, budget: RetryBudget) -> Self {
        self.budget = budget;
        self
    }

    /// Decides when attempts may be sent; by default [`Pace`]. Clones of one limiter can be given to many clients.
    pub fn rate_limiter(mut self, limiter: impl RateLimiter) -> Self {
        self.limiter = Arc::new(limiter);
        self
    }

    /// Tells `observer` what happens, for metrics.
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observer = Arc::new(observer);
        self
    }

    /// Shows the shape of each request's and answer's body in an event of level debug and target `stream_users::body`:
    /// the service's field names, and values that are about nobody. Ids, names, texts, custom data and tokens are left
    /// out; so is every value in a body of another SDK's operation. Off by default: it reads every body once more.
    pub fn log_bodies(mut self, log: bool) -> Self {
        self.log_bodies = log;
        self
    }

    /// Ends a call after this time, waits and further attempts included; by default there is no such limit, and
    /// [`CallOptions::timeout`](crate::CallOptions::timeout) sets one for single calls.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Ends a single attempt after this time, by default 30 seconds; fetching a token, too.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// Adds a text to the client's name in `X-Stream-Client`, such as the name of one's own program.
    pub fn user_agent_suffix(mut self, suffix: impl Into<String>) -> Self {
        self.user_agent_suffix = suffix.into();
        self
    }

    /// The client.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where the API key is empty, the transport or the clock is missing, the base URL is none
    /// or not encrypted, or the user agent suffix cannot stand in a header;
    /// [`ErrorKind::Auth`] where the credential is missing or cannot be used.
    pub fn build(self) -> Result<Client> {
        if self.api_key.is_empty() {
            return Err(config(
                "the api key is empty: take it from the app's page in Stream's dashboard",
            ));
        }
        let transport = self
            .transport
            .ok_or_else(|| config("no transport is set: call `transport`"))?;
        let auth = |message: String| Error::builder(ErrorKind::Auth).message(message).build();
        let credential = self
            .credential
            .ok_or_else(|| {
                auth(
                    "no credential is set: call `server`, `user_token`, `token_provider`, `guest` or `anonymous`"
                        .to_owned(),
                )
            })?
            .map_err(|error| auth(error.to_string()))?;
        let mut name = concat!("stream-users-rust-", env!("CARGO_PKG_VERSION")).to_owned();
        if !self.user_agent_suffix.is_empty() {
            name.push(' ');
            name.push_str(&self.user_agent_suffix);
        }
        let client_header = HeaderValue::try_from(name)
            .map_err(|_| config("the user agent suffix has characters that cannot be sent in a header"))?;
        let named = |error: Error| match self.base_url_from {
            Some(variable) => config(format!("{variable}: {error}")),
            None => error,
        };
        let base_url = BaseUrl::new(&self.base_url, self.allow_http).map_err(named)?;
        let clock = match self.clock {
            Some(clock) => clock,
            None => default_clock()?,
        };
        Ok(Client(Arc::new(Inner {
            api_key: self.api_key.into(),
            base_url,
            session: Session::new(credential),
            transport,
            clock,
            random: Arc::new(self.random),
            retry: self.retry,
            budget: self.budget,
            limiter: self.limiter,
            observer: self.observer,
            timeout: self.timeout,
            attempt_timeout: self.attempt_timeout,
            log_bodies: self.log_bodies,
            client_header,
            skew: Arc::default(),
        })))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            // One that is refused may hold a password.
            .field(
                "base_url",
                &BaseUrl::new(&self.base_url, true)
                    .ok()
                    .as_ref()
                    .map(BaseUrl::as_str),
            )
            .finish_non_exhaustive()
    }
}

/// The clock of whoever gives none.
#[cfg(feature = "tokio")]
#[allow(clippy::unnecessary_wraps, reason = "without the feature there is none")]
pub(crate) fn default_clock() -> Result<Arc<dyn Clock>> {
    Ok(Arc::new(crate::clock::TokioClock::new()))
}

/// There is no clock to give.
#[cfg(not(feature = "tokio"))]
pub(crate) fn default_clock() -> Result<Arc<dyn Clock>> {
    Err(config(
        "no clock is set: give one, or turn on the feature `tokio`",
    ))
}

fn config(message: impl Into<String>) -> Error {
    Error::builder(ErrorKind::Config).message(message).build()
}
