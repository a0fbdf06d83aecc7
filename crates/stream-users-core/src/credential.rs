//! Who calls: what a request carries to prove it, and what that caller may ask for.
//!
//! A call that the service would refuse for its kind of caller is refused here, with the fix in the text.
//! The claims inside a user's token are not read: what that user may do is the service's word.

use std::fmt;

use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use stream_users_model::Token;
use stream_users_model::operation::{Caller, Operation};

use crate::secret::Secret;
use crate::token::{TokenError, server_token};

const AUTH_TYPE: HeaderName = HeaderName::from_static("stream-auth-type");

/// What a client proves itself with. Its `Debug` shows the kind and nothing else.
#[derive(Clone)]
pub struct Credential {
    kind: CredentialKind,
    secret: Option<Secret>,
    /// The raw token, without `Bearer`, made once and marked as sensitive.
    authorization: Option<HeaderValue>,
}

/// The kinds of [`Credential`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CredentialKind {
    /// The api secret, for backends: may call every operation.
    Server,
    /// One user's token.
    User,
    /// None at all.
    Anonymous,
}

impl fmt::Display for CredentialKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "a server credential",
            Self::User => "a user's token",
            Self::Anonymous => "no credential",
        })
    }
}

impl Credential {
    /// The api secret, for a backend. The token that proves it is signed here, once.
    ///
    /// # Errors
    ///
    /// [`TokenError::Secret`] where the secret is empty.
    pub fn server(secret: impl Into<Secret>) -> Result<Self, TokenError> {
        let secret = secret.into();
        let authorization = authorization(&server_token(&secret)?)?;
        Ok(Self {
            kind: CredentialKind::Server,
            secret: Some(secret),
            authorization: Some(authorization),
        })
    }

    /// One user's token, as a backend made it or as the service gave it to a guest.
    ///
    /// # Errors
    ///
    /// [`TokenError::NotAJwt`] where the token is empty or cannot stand in a header.
    pub fn user(token: &Token) -> Result<Self, TokenError> {
        Ok(Self {
            kind: CredentialKind::User,
            secret: None,
            authorization: Some(authorization(token)?),
        })
    }

    /// No credential: enough to become a guest, and to read what the app shows to everyone.
    #[must_use]
    pub const fn anonymous() -> Self {
        Self {
            kind: CredentialKind::Anonymous,
            secret: None,
            authorization: None,
        }
    }

    /// Which kind it is.
    #[must_use]
    pub const fn kind(&self) -> CredentialKind {
        self.kind
    }

    /// The api secret of a server credential: what signs tokens for users.
    #[must_use]
    pub const fn secret(&self) -> Option<&Secret> {
        self.secret.as_ref()
    }

    /// Sets `stream-auth-type` and, but for an anonymous caller, `authorization`.
    ///
    /// The token is raw, without `Bearer`, and its header value is marked as sensitive.
    pub fn apply(&self, headers: &mut HeaderMap) {
        let auth_type = match self.kind {
            CredentialKind::Server | CredentialKind::User => "jwt",
            CredentialKind::Anonymous => "anonymous",
        };
        headers.insert(AUTH_TYPE, HeaderValue::from_static(auth_type));
        match &self.authorization {
            Some(token) => headers.insert(AUTHORIZATION, token.clone()),
            None => headers.remove(AUTHORIZATION),
        };
    }

    /// Whether a caller of this kind may call `operation` at all.
    ///
    /// # Errors
    ///
    /// [`NotAllowed`], which names the credential and the fix.
    pub fn check(&self, operation: &Operation) -> Result<(), NotAllowed> {
        let fix = match (operation.caller, self.kind) {
            (Caller::User, CredentialKind::Anonymous) => "give the client a user's token or the api secret",
            (Caller::Server, CredentialKind::User | CredentialKind::Anonymous) => {
                "call it from a backend whose client has the api secret"
            }
            // A kind of caller that is not known here is left to the service.
            _ => return Ok(()),
        };
        Err(NotAllowed {
            credential: self.kind,
            fix,
        })
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Credential").field(&self.kind).finish()
    }
}

/// The operation needs another kind of credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot be called with {credential}: {fix}")]
pub struct NotAllowed {
    credential: CredentialKind,
    fix: &'static str,
}

fn authorization(token: &Token) -> Result<HeaderValue, TokenError> {
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

    fn all() -> [Credential; 3] {
        let user = Token::new("head.body.tail");
        [
            Credential::server("s3cr3t").unwrap(),
            Credential::user(&user).unwrap(),
            Credential::anonymous(),
        ]
    }

    #[test]
    fn each_kind_may_call_what_the_table_says() {
        for (caller, allowed) in [
            (Caller::Server, [true, false, false]),
            (Caller::User, [true, true, false]),
            (Caller::Anyone, [true, true, true]),
        ] {
            assert_eq!(
                all().map(|credential| credential.check(&operation(caller)).is_ok()),
                allowed,
                "{caller:?}"
            );
        }
        let [_, user, _] = all();
        assert_eq!(
            user.check(&operation(Caller::Server)).unwrap_err().to_string(),
            "cannot be called with a user's token: call it from a backend whose client has the api secret"
        );
    }

    #[test]
    fn the_headers_are_the_services() {
        let headers = all().map(|credential| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_static("left over"));
            credential.apply(&mut headers);
            headers
        });
        let [server, user, anonymous] = &headers;
        assert_eq!(
            (&server[AUTH_TYPE], &user[AUTH_TYPE], &anonymous[AUTH_TYPE]),
            (
                &HeaderValue::from_static("jwt"),
                &HeaderValue::from_static("jwt"),
                &HeaderValue::from_static("anonymous"),
            )
        );
        assert_eq!(
            server[AUTHORIZATION].to_str().unwrap(),
            server_token(&"s3cr3t".into()).unwrap().expose()
        );
        assert_eq!(user[AUTHORIZATION], "head.body.tail");
        assert!(server[AUTHORIZATION].is_sensitive() && user[AUTHORIZATION].is_sensitive());
        assert!(!anonymous.contains_key(AUTHORIZATION));
    }

    #[test]
    fn debug_shows_the_kind_alone() {
        assert_eq!(
            all().map(|credential| format!("{credential:?}")),
            ["Credential(Server)", "Credential(User)", "Credential(Anonymous)",]
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
    }
}
