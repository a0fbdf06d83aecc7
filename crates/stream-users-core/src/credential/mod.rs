//! Who calls: what a request carries to prove it, and what that caller may ask for.
//!
//! A call that the service would refuse for its kind of caller is refused here, with the fix in the text.
//! The claims inside a user's token are not read: what that user may do is the service's word. Fetching a token, and
//! which one a request carries, belongs to the client.

mod provider;

use std::fmt;
use std::sync::Arc;

use http::header::HeaderValue;
use stream_users_model::operation::{Caller, Operation};
use stream_users_model::{Token, UserRequest};

pub use self::provider::{ProviderError, TokenProvider};
use crate::secret::Secret;
use crate::token::{TokenError, server_token};

/// What a client proves itself with. Its `Debug` shows the kind and nothing else.
#[derive(Clone)]
pub struct Credential(Source);

#[derive(Clone)]
pub(crate) enum Source {
    /// The secret, and the token that was signed with it.
    Server(Secret, HeaderValue),
    User(HeaderValue),
    Provider(Arc<dyn TokenProvider>),
    Guest(Arc<UserRequest>),
    Anonymous,
}

/// The kinds of [`Credential`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CredentialKind {
    /// The api secret, for backends: may call every operation.
    Server,
    /// One user's token.
    User,
    /// A guest, who is created with the first call.
    Guest,
    /// None at all.
    Anonymous,
}

impl fmt::Display for CredentialKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "a server credential",
            Self::User => "a user's token",
            Self::Guest => "a guest's token",
            Self::Anonymous => "no credential",
        })
    }
}

impl Credential {
    /// The api secret, for a backend. The token that proves it is signed here, once; it has no time in it, so that it
    /// neither expires nor depends on this machine's clock.
    ///
    /// # Errors
    ///
    /// [`TokenError::Secret`] where the secret is empty.
    pub fn server(secret: impl Into<Secret>) -> Result<Self, TokenError> {
        let secret = secret.into();
        let authorization = authorization(&server_token(&secret)?)?;
        Ok(Self(Source::Server(secret, authorization)))
    }

    /// One user's token, as a backend made it or as the service gave it to a guest. It is used until the end: where it
    /// may expire, give a [`provider`](Self::provider).
    ///
    /// # Errors
    ///
    /// [`TokenError::NotAJwt`] where the token is empty or cannot stand in a header.
    pub fn user(token: &Token) -> Result<Self, TokenError> {
        Ok(Self(Source::User(authorization(token)?)))
    }

    /// One user's tokens, each fetched when it is needed: before the first call, and when the service says that the one
    /// in use has expired.
    #[must_use]
    pub fn provider(provider: impl TokenProvider) -> Self {
        Self(Source::Provider(Arc::new(provider)))
    }

    /// A guest, who is created together with the first call and is then the caller of every call.
    #[must_use]
    pub fn guest(user: UserRequest) -> Self {
        Self(Source::Guest(Arc::new(user)))
    }

    /// No credential: enough to become a guest, and to read what the app shows to everyone.
    #[must_use]
    pub const fn anonymous() -> Self {
        Self(Source::Anonymous)
    }

    /// Which kind it is.
    #[must_use]
    pub const fn kind(&self) -> CredentialKind {
        match self.0 {
            Source::Server(..) => CredentialKind::Server,
            Source::User(_) | Source::Provider(_) => CredentialKind::User,
            Source::Guest(_) => CredentialKind::Guest,
            Source::Anonymous => CredentialKind::Anonymous,
        }
    }

    /// The api secret of a server credential: what signs tokens for users.
    #[must_use]
    pub const fn secret(&self) -> Option<&Secret> {
        match &self.0 {
            Source::Server(secret, _) => Some(secret),
            _ => None,
        }
    }

    pub(crate) const fn source(&self) -> &Source {
        &self.0
    }

    /// Whether a caller of this kind may call `operation` at all.
    ///
    /// # Errors
    ///
    /// [`NotAllowed`], which names the credential and the fix.
    pub fn check(&self, operation: &Operation) -> Result<(), NotAllowed> {
        let fix = match (operation.caller, self.kind()) {
            (Caller::User, CredentialKind::Anonymous) => "give the client a user's token or the api secret",
            (Caller::Server, CredentialKind::User | CredentialKind::Guest | CredentialKind::Anonymous) => {
                "call it from a backend whose client has the api secret"
            }
            // A kind of caller that is not known here is left to the service.
            _ => return Ok(()),
        };
        Err(NotAllowed {
            credential: self.kind(),
            fix,
        })
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Credential").field(&self.kind()).finish()
    }
}

/// The operation needs another kind of credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot be called with {credential}: {fix}")]
pub struct NotAllowed {
    credential: CredentialKind,
    fix: &'static str,
}

/// A token as the header carries it: raw, without `Bearer`, and marked as sensitive.
pub(crate) fn authorization(token: &Token) -> Result<HeaderValue, TokenError> {
    let text = token.expose();
    if text.is_empty() {
        return Err(TokenError::NotAJwt);
    }
    let mut value = HeaderValue::from_str(text).map_err(|_| TokenError::NotAJwt)?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use stream_users_model::operation::Method;

    use super::*;

    fn operation(caller: Caller) -> Operation {
        Operation::new("export_user", "ExportUser", Method::Get, "/x").caller(caller)
    }

    fn all() -> [Credential; 5] {
        let user = Token::new("head.body.tail");
        let provided = user.clone();
        [
            Credential::server("s3cr3t").unwrap(),
            Credential::user(&user).unwrap(),
            Credential::provider(move || {
                let token = provided.clone();
                async move { Ok(token) }
            }),
            Credential::guest(UserRequest::new("visitor")),
            Credential::anonymous(),
        ]
    }

    #[test]
    fn each_kind_may_call_what_the_table_says() {
        for (caller, allowed) in [
            (Caller::Server, [true, false, false, false, false]),
            (Caller::User, [true, true, true, true, false]),
            (Caller::Anyone, [true, true, true, true, true]),
        ] {
            assert_eq!(
                all().map(|credential| credential.check(&operation(caller)).is_ok()),
                allowed,
                "{caller:?}"
            );
        }
        let [_, user, ..] = all();
        assert_eq!(
            user.check(&operation(Caller::Server)).unwrap_err().to_string(),
            "cannot be called with a user's token: call it from a backend whose client has the api secret"
        );
    }

    #[test]
    fn debug_shows_the_kind_alone() {
        assert_eq!(
            all().map(|credential| format!("{credential:?}")),
            [
                "Credential(Server)",
                "Credential(User)",
                "Credential(User)",
                "Credential(Guest)",
                "Credential(Anonymous)",
            ]
        );
    }

    #[test]
    fn what_cannot_be_a_token_is_refused() {
        for text in ["", "two\nlines"] {
            assert_eq!(
                Credential::user(&Token::new(text)).unwrap_err(),
                TokenError::NotAJwt
            );
        }
        assert_eq!(Credential::server("").unwrap_err(), TokenError::Secret);
        let header = authorization(&Token::new("head.body.tail")).unwrap();
        assert!(header.is_sensitive() && header == "head.body.tail");
    }
}
