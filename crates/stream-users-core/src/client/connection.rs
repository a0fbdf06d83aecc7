//! What a connection that is not made of calls, such as a WebSocket, needs of a client: its credential's token, shared
//! with the calls, its address and its sources of time and randomness. What such a connection does belongs elsewhere.

use std::fmt;
use std::sync::Arc;

use http::{HeaderMap, HeaderValue};
use stream_users_model::{Timestamp, UserId};

use super::session::{Authorization, Session};
use super::{Client, Inner};
use crate::credential::Credential;
use crate::error::{Error, ErrorBuilder, ErrorKind, Result};
use crate::observe::Observer;
use crate::path;
use crate::random::Random;
use crate::secret::Secret;
use crate::token;

/// What a client proves itself with at present; made by [`Client::session_token`]. Its `Debug` shows nothing of it.
#[derive(Clone)]
pub struct SessionToken(Authorization);

impl SessionToken {
    /// The text of the token: a secret. `None` for an anonymous client.
    #[must_use]
    pub fn expose(&self) -> Option<&str> {
        self.0.token()
    }

    /// Whom the token says that it is for. It is not verified: that is the service's matter. `None` where it does not say so,
    /// as a server's does not.
    #[must_use]
    pub fn user_id(&self) -> Option<UserId> {
        token::stated_user_id(self.expose()?)
    }

    /// What `stream-auth-type` says of it: `jwt` or `anonymous`.
    #[must_use]
    pub fn auth_type(&self) -> &'static str {
        self.0.auth_type()
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionToken")
            .field("auth_type", &self.auth_type())
            .finish_non_exhaustive()
    }
}

/// For connections: what the engine itself goes by, so that an SDK's own connection shares it with the calls.
impl Client {
    /// The same client with another credential. Both share the transport, the clock, the retry budget, the limiter and
    /// what was learnt of the service's clock; only the token is another.
    ///
    /// A backend acts as one of its users with it:
    ///
    /// ```
    /// # use stream_users_core::{Transport, TransportError, TransportErrorKind};
    /// # #[derive(Debug)] struct MyTransport;
    /// # #[async_trait::async_trait]
    /// # impl Transport for MyTransport {
    /// #     async fn send(&self, _: http::Request<bytes::Bytes>) -> Result<http::Response<bytes::Bytes>, TransportError> {
    /// #         Err(TransportErrorKind::Connect.into())
    /// #     }
    /// # }
    /// use stream_users_core::Client;
    /// use stream_users_core::credential::Credential;
    /// use stream_users_core::token::UserToken;
    ///
    /// let server = Client::builder("key").server("secret").transport(MyTransport).build()?;
    /// let token = server.create_token(&UserToken::new("ada"))?;
    /// let ada = server.with_credential(Credential::user(&token)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_credential(&self, credential: Credential) -> Self {
        let inner = &self.0;
        Self(Arc::new(Inner {
            api_key: inner.api_key.clone(),
            base_url: inner.base_url.clone(),
            session: Session::new(credential),
            transport: Arc::clone(&inner.transport),
            clock: Arc::clone(&inner.clock),
            random: Arc::clone(&inner.random),
            retry: Arc::clone(&inner.retry),
            budget: inner.budget.clone(),
            limiter: Arc::clone(&inner.limiter),
            observer: Arc::clone(&inner.observer),
            timeout: inner.timeout,
            attempt_timeout: inner.attempt_timeout,
            log_bodies: inner.log_bodies,
            client_header: inner.client_header.clone(),
            skew: Arc::clone(&inner.skew),
        }))
    }

    /// Who calls.
    #[must_use]
    pub fn credential(&self) -> &Credential {
        &self.0.session.credential
    }

    /// What the client proves itself with at present: the token that its calls carry, which is fetched, or whose guest is
    /// created, where that has not happened yet. Whoever else waits for it shares what comes of it.
    ///
    /// `refused` is the one that the service has refused as expired (code 40): where the credential is a
    /// [provider](Credential::provider), the next one is fetched in its place, once for all that were refused. Any other
    /// credential has no other token, and returns the same again; [`renews_tokens`](Self::renews_tokens) tells them apart.
    ///
    /// # Errors
    /// [`ErrorKind::Auth`] where the provider failed or what it gave is no token, [`ErrorKind::Timeout`] where it took
    /// longer than [`attempt_timeout`](crate::ClientBuilder::attempt_timeout); those of a call where the guest could not be
    /// created.
    pub async fn session_token(&self, refused: Option<&SessionToken>) -> Result<SessionToken> {
        let refused = refused.map(|token| token.0.generation);
        // Boxed, since it may be a call of its own.
        Box::pin(self.0.session.authorize(&self.0, self.0.attempt_timeout, refused))
            .await
            .map(SessionToken)
            .map_err(ErrorBuilder::build)
    }

    /// Whether a token that has expired is followed by another: only a [provider](Credential::provider) has one. A guest's is
    /// not, since another guest is another person.
    #[must_use]
    pub fn renews_tokens(&self) -> bool {
        self.0.session.refreshes()
    }

    /// The address of `path`, which begins with a slash, on the client's host, with the API key and these parameters
    /// in its query, each percent-encoded. It holds a secret: it must stand in no error, log or `Debug`.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] where the path does not begin with a slash, which would make it part of the host's name, or
    /// where it would be too long, which is about 64 KB.
    pub fn url(&self, path: &str, query: &[(&str, &str)]) -> Result<http::Uri> {
        if !path.starts_with('/') {
            return Err(Error::builder(ErrorKind::Invalid)
                .message("path: must begin with a slash")
                .build());
        }
        let pairs = std::iter::once(("api_key", self.0.api_key.expose())).chain(query.iter().copied());
        let uri = path::url(self.0.base_url.as_str(), path, pairs);
        uri.parse().map_err(|_| {
            // The parser's own words are left out: the text that it could not read holds the API key.
            Error::builder(ErrorKind::Invalid)
                .message("nothing was sent: the url would be too long; leave something out")
                .build()
        })
    }

    /// The app's API key, which stands in the query of every request.
    #[must_use]
    pub fn api_key(&self) -> &Secret {
        &self.0.api_key
    }

    /// What the client calls itself in `X-Stream-Client`.
    #[must_use]
    pub fn client_header(&self) -> &HeaderValue {
        &self.0.client_header
    }

    /// The source of the client's jitter and request ids.
    #[must_use]
    pub fn random(&self) -> &Random {
        &self.0.random
    }

    /// Who is told what happens inside the client.
    #[must_use]
    pub fn observer(&self) -> &dyn Observer {
        &*self.0.observer
    }

    /// Learns from the `date` of an answer how far the service's clock is from this machine's, as the engine does with
    /// the answers to calls. `sent` and `came` are dates of the client's [`clock`](Self::clock).
    pub fn learn_time(&self, headers: &HeaderMap, sent: Timestamp, came: Timestamp) {
        self.0.skew.learn(headers, sent, came);
    }
}
