//! [`ClientBuilder`]: how a client is set up. Nothing is sent here.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Uri};
use stream_users_model::Token;

use super::{Client, Inner};
use crate::clock::Clock;
use crate::credential::Credential;
use crate::error::{Error, ErrorKind, Result};
use crate::random::Random;
use crate::retry::{DefaultRetry, RetryBudget, RetryPolicy};
use crate::secret::Secret;
use crate::transport::Transport;

/// Sets a [`Client`] up; made by [`Client::builder`]. Only [`build`](Self::build) can fail.
#[must_use]
pub struct ClientBuilder {
    api_key: String,
    base_url: String,
    credential: Option<CredentialChoice>,
    transport: Option<Arc<dyn Transport>>,
    clock: Option<Arc<dyn Clock>>,
    random: Random,
    retry: Arc<dyn RetryPolicy>,
    budget: RetryBudget,
    attempt_timeout: Duration,
    user_agent_suffix: String,
}

enum CredentialChoice {
    Server(Secret),
    User(Token),
    Anonymous,
}

impl ClientBuilder {
    pub(super) fn new(api_key: String) -> Self {
        Self {
            api_key,
            base_url: Client::DEFAULT_BASE_URL.to_owned(),
            credential: None,
            transport: None,
            clock: None,
            random: Random::new(),
            retry: Arc::new(DefaultRetry::new()),
            budget: RetryBudget::default(),
            attempt_timeout: Duration::from_secs(30),
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
        Ok(match variable("STREAM_BASE_URL") {
            Some(url) => builder.base_url(url),
            None => builder,
        })
    }

    /// Calls as a server, which may do everything, with the app's API secret.
    pub fn server(mut self, api_secret: impl Into<Secret>) -> Self {
        self.credential = Some(CredentialChoice::Server(api_secret.into()));
        self
    }

    /// Calls as one user, with a token that a server made.
    pub fn user_token(mut self, token: impl Into<Token>) -> Self {
        self.credential = Some(CredentialChoice::User(token.into()));
        self
    }

    /// Calls without a token: enough to create a guest.
    pub fn anonymous(mut self) -> Self {
        self.credential = Some(CredentialChoice::Anonymous);
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

    /// Ends a single attempt after this time, by default 30 seconds.
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
    /// [`ErrorKind::Config`] where the API key is empty, the transport or the clock is missing, the base URL is none, or the
    /// user agent suffix cannot stand in a header;
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
        let auth = |error: crate::token::TokenError| {
            Error::builder(ErrorKind::Auth).message(error.to_string()).build()
        };
        let credential = match self.credential {
            Some(CredentialChoice::Server(secret)) => Credential::server(secret).map_err(auth)?,
            Some(CredentialChoice::User(token)) => Credential::user(&token).map_err(auth)?,
            Some(CredentialChoice::Anonymous) => Credential::anonymous(),
            None => {
                return Err(Error::builder(ErrorKind::Auth)
                    .message("no credential is set: call `server`, `user_token` or `anonymous`")
                    .build());
            }
        };
        let mut name = concat!("stream-users-rust-", env!("CARGO_PKG_VERSION")).to_owned();
        if !self.user_agent_suffix.is_empty() {
            name.push(' ');
            name.push_str(&self.user_agent_suffix);
        }
        let client_header = HeaderValue::try_from(name)
            .map_err(|_| config("the user agent suffix has characters that cannot be sent in a header"))?;
        let base_url = check_base_url(&self.base_url)?;
        let clock = match self.clock {
            Some(clock) => clock,
            None => default_clock()?,
        };
        Ok(Client(Arc::new(Inner {
            api_key: self.api_key.into(),
            base_url,
            credential,
            transport,
            clock,
            random: self.random,
            retry: self.retry,
            budget: self.budget,
            attempt_timeout: self.attempt_timeout,
            client_header,
        })))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            // One that is refused may hold a password.
            .field("base_url", &check_base_url(&self.base_url).ok())
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

fn check_base_url(url: &str) -> Result<String> {
    let trimmed = url.trim_end_matches('/');
    let wrong = |what: &str| {
        config(format!(
            "the base url {what}; it should look like {}",
            Client::DEFAULT_BASE_URL
        ))
    };
    let uri: Uri = trimmed.parse().map_err(|_| wrong("is not a url"))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(wrong("must start with http:// or https://"));
    }
    if uri
        .authority()
        .is_some_and(|authority| authority.as_str().contains('@'))
    {
        return Err(wrong("must not hold a user or password"));
    }
    if trimmed.contains(['?', '#']) {
        return Err(wrong("must have neither query nor fragment"));
    }
    Ok(trimmed.to_owned())
}
