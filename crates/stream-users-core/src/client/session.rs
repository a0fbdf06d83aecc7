//! [`Session`]: the token that requests carry. Tokens that are fetched are fetched once for all calls that wait.

use std::error::Error as StdError;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::HeaderValue;
use http::header::{AUTHORIZATION, HeaderMap, HeaderName};
use stream_users_model::{CreateGuest, CreatedGuest, Custom, Token, UserId, UserRequest};

use super::deadline::within;
use super::{CallOptions, Inner};
use crate::credential::{Credential, Source, TokenProvider, authorization};
use crate::endpoint::{Encoder, Endpoint, reader};
use crate::error::{Error, ErrorBuilder, ErrorKind};
use crate::token::TokenError;
use crate::turns::Turns;

const AUTH_TYPE: HeaderName = HeaderName::from_static("stream-auth-type");

/// What a request carries to prove who calls.
#[derive(Clone, Default)]
pub(super) struct Authorization {
    token: Option<HeaderValue>,
    /// Which token of its session it is.
    pub(super) generation: u64,
}

impl Authorization {
    fn fixed(token: &HeaderValue) -> Self {
        Self {
            token: Some(token.clone()),
            generation: 0,
        }
    }

    /// The token's text, where there is one: what cannot be read as text was refused before.
    pub(super) fn token(&self) -> Option<&str> {
        self.token.as_ref().and_then(|token| token.to_str().ok())
    }

    pub(super) const fn auth_type(&self) -> &'static str {
        if self.token.is_some() { "jwt" } else { "anonymous" }
    }

    /// Sets `stream-auth-type` and, but for an anonymous caller, `authorization`.
    pub(super) fn apply(&self, headers: &mut HeaderMap) {
        headers.insert(AUTH_TYPE, HeaderValue::from_static(self.auth_type()));
        match &self.token {
            Some(token) => headers.insert(AUTHORIZATION, token.clone()),
            None => headers.remove(AUTHORIZATION),
        };
    }
}

/// A credential and, where its token has to be fetched, the one that was fetched last.
pub(super) struct Session {
    pub(super) credential: Credential,
    turns: Turns,
    fetched: Mutex<Fetched>,
}

#[derive(Default)]
struct Fetched {
    token: Option<Authorization>,
    /// Whom the token is for, where the service has said so.
    user_id: Option<UserId>,
    /// How many attempts at fetching one have ended.
    ended: u64,
    /// Why the last of them failed.
    failure: Option<Failure>,
}

#[derive(Clone)]
enum Failure {
    Provider(Arc<dyn StdError + Send + Sync>),
    NotAToken(TokenError),
    /// It took longer than this.
    Late(Duration),
    Guest(Arc<Error>),
}

impl Session {
    pub(super) fn new(credential: Credential) -> Self {
        Self {
            credential,
            turns: Turns::default(),
            fetched: Mutex::default(),
        }
    }

    /// Whether a token that has expired is followed by another. A guest's is not: another guest is another person.
    pub(super) fn refreshes(&self) -> bool {
        matches!(self.credential.source(), Source::Provider(_))
    }

    /// What the next request is to carry, where nothing has to be fetched for it.
    pub(super) fn at_hand(&self, expired: Option<u64>) -> Option<Authorization> {
        match self.credential.source() {
            Source::Server(_, token) | Source::User(token) => Some(Authorization::fixed(token)),
            Source::Anonymous => Some(Authorization::default()),
            Source::Provider(_) | Source::Guest(_) => self.current(expired).ok(),
        }
    }

    /// What the next request is to carry. `expired` is the generation of a token that the service takes no longer.
    ///
    /// One caller fetches a token while the others wait; they share what comes of it, a failure too.
    pub(super) async fn authorize(
        &self,
        client: &Inner,
        limit: Duration,
        expired: Option<u64>,
    ) -> Result<Authorization, ErrorBuilder> {
        if let Some(token) = self.at_hand(expired) {
            return Ok(token);
        }
        let ended = match self.current(expired) {
            Ok(token) => return Ok(token),
            Err(ended) => ended,
        };
        let _turn = self.turns.take().await;
        match self.current(expired) {
            Ok(token) => return Ok(token),
            Err(now) if now > ended => match self.fetched().failure.clone() {
                // This caller has more time than the one that gave up.
                Some(Failure::Late(after)) if after < limit => {}
                Some(failure) => return Err(failure.into()),
                None => {}
            },
            Err(_) => {}
        }
        let outcome = self.fetch(client, limit).await;
        let mut fetched = self.fetched();
        fetched.ended += 1;
        match outcome {
            Ok((header, user_id)) => {
                let token = Authorization {
                    token: Some(header),
                    generation: fetched.ended,
                };
                fetched.failure = None;
                fetched.user_id = user_id;
                Ok(fetched.token.insert(token).clone())
            }
            Err(failure) => {
                fetched.failure = Some(failure.clone());
                Err(failure.into())
            }
        }
    }

    async fn fetch(&self, client: &Inner, limit: Duration) -> Result<(HeaderValue, Option<UserId>), Failure> {
        let outcome = match self.credential.source() {
            Source::Guest(user) => guest(client, user).await,
            Source::Provider(provider) => provided(&**provider, client, limit).await,
            // They have no token to fetch.
            Source::Server(..) | Source::User(_) | Source::Anonymous => {
                Err(Failure::NotAToken(TokenError::NotAJwt))
            }
        };
        let outcome = outcome.and_then(|(token, user_id)| {
            let header = authorization(&token).map_err(Failure::NotAToken)?;
            Ok((header, user_id))
        });
        client.observer.token_fetched(outcome.is_ok());
        outcome
    }

    /// The token in use, unless it is the one that has expired; else how many attempts at fetching one have ended.
    fn current(&self, expired: Option<u64>) -> Result<Authorization, u64> {
        let fetched = self.fetched();
        match &fetched.token {
            Some(token) if Some(token.generation) != expired => Ok(token.clone()),
            _ => Err(fetched.ended),
        }
    }

    /// Who the guest is that was created.
    pub(super) fn guest_id(&self) -> Option<UserId> {
        self.fetched().user_id.clone()
    }

    fn fetched(&self) -> MutexGuard<'_, Fetched> {
        // What was fetched is whole after every step, so a poisoned lock does no harm.
        self.fetched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn provided(
    provider: &dyn TokenProvider,
    client: &Inner,
    limit: Duration,
) -> Result<(Token, Option<UserId>), Failure> {
    match within(&*client.clock, Some(limit), provider.token()).await {
        Some(Ok(token)) => Ok((token, None)),
        Some(Err(error)) => Err(Failure::Provider(error.into())),
        None => Err(Failure::Late(limit)),
    }
}

/// Creates the guest, as nobody. The future is boxed: it is a call within a call.
fn guest<'c>(
    client: &'c Inner,
    user: &'c UserRequest,
) -> BoxFuture<'c, Result<(Token, Option<UserId>), Failure>> {
    Box::pin(async move {
        let created = async {
            let request = CreateGuest::new(user.clone());
            let mut encoder = Encoder::default();
            Endpoint::<Custom>::encode(&request, &mut encoder);
            let call = encoder.finish(Endpoint::<Custom>::operation(&request))?;
            let nobody = Session::new(Credential::anonymous());
            client
                .call::<CreatedGuest>(&nobody, &call, &CallOptions::new(), reader())
                .await
        };
        match created.await {
            Ok((guest, _)) => Ok((guest.access_token, Some(guest.user.id))),
            Err(error) => Err(Failure::Guest(Arc::new(error))),
        }
    })
}

impl From<Failure> for ErrorBuilder {
    /// The error of a call that has no token. It was not sent.
    fn from(failure: Failure) -> Self {
        let error = match failure {
            Failure::Provider(error) => Error::builder(ErrorKind::Auth)
                .message(format!("the token provider failed: {error}"))
                .shared_source(error),
            Failure::NotAToken(error) => Error::builder(ErrorKind::Auth)
                .message(format!("the token that was fetched cannot be used: {error}")),
            Failure::Late(_) => {
                Error::builder(ErrorKind::Timeout).message("the token provider did not answer in time")
            }
            Failure::Guest(error) => Error::builder(error.kind())
                .message(format!("the guest could not be created: {error}"))
                .retryable(error.is_retryable())
                .retry_after(error.retry_after())
                .shared_source(error),
        };
        error.may_have_been_applied(false)
    }
}
