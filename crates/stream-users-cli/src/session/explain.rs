//! What to do about an error of a call. The error itself says what happened; here is what to look at. No text here has a
//! URL with its query, a key or a secret.

use std::error::Error as StdError;
use std::io;

use stream_users_core::{Error, ErrorKind};
use stream_users_model::ErrorCode;

use super::Session;
use crate::output::Hint;

impl Session {
    /// The error of a call, with what to do about it.
    pub(crate) fn explain(&self, error: Error) -> anyhow::Error {
        if error.is_connect() {
            let (text, hint) = self.about_connecting(&error);
            return anyhow::Error::from(error).context(Hint::new(hint, text));
        }
        match self.about(&error) {
            Some((text, hint)) => anyhow::Error::from(error).context(Hint::new(hint, text)),
            None => error.into(),
        }
    }

    /// Host and port.
    fn host(&self) -> String {
        let url = self.client().base_url();
        let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
        let authority = rest.split('/').next().unwrap_or(rest);
        let after_brackets = authority.rsplit(']').next().unwrap_or(authority);
        if after_brackets.contains(':') {
            return authority.to_owned();
        }
        let port = if scheme == "http" { 80 } else { 443 };
        format!("{authority}:{port}")
    }

    /// Why there is no connection, and what to look at.
    fn about_connecting(&self, error: &Error) -> (String, String) {
        let host = self.host();
        let (text, check) = match Cause::of(error) {
            Cause::Proxy => (
                format!("there is no connection to {host} through the proxy"),
                "check the proxy of the environment (HTTPS_PROXY, HTTP_PROXY, NO_PROXY)",
            ),
            Cause::Refused => (
                format!("nothing answers at {host}: the connection was refused"),
                "nothing listens on this port: check the port, and that what should listen runs",
            ),
            Cause::Name => (
                format!("nothing answers at {host}: the name cannot be looked up"),
                "check the spelling of the host, and the network",
            ),
            Cause::Encryption => (
                format!("there is no encrypted connection to {host}"),
                "check that the port speaks https (an emulator speaks http), and the certificate of the host",
            ),
            Cause::Other => (
                format!("nothing answers at {host}"),
                "check the host, the port and the network",
            ),
        };
        let source = match &self.base_url_source {
            Some(source) => format!("the host comes from {source}"),
            None => "this is the service itself, since no other host is set".to_owned(),
        };
        (text, format!("{check}; {source}"))
    }

    /// What a refusal means that says something about the credentials, and what to do about it.
    fn about(&self, error: &Error) -> Option<(&'static str, String)> {
        let credentials = &self.source;
        let host = self.host();
        Some(match error.code() {
            Some(ErrorCode::ACCESS_KEY) => (
                "the API key is not known",
                format!("check the key, which comes from {credentials}, and that its app is one of {host}"),
            ),
            Some(ErrorCode::TOKEN_SIGNATURE_INVALID) => (
                "the API secret does not belong to the API key",
                format!("take both from the same app's page in the dashboard; they come from {credentials}"),
            ),
            Some(
                ErrorCode::TOKEN_EXPIRED
                | ErrorCode::TOKEN_NOT_VALID_YET
                | ErrorCode::TOKEN_USED_BEFORE_ISSUED,
            ) => (
                "the service's clock and this machine's differ",
                "tokens bear this machine's time: compare it with `date -u`, and have it set by NTP"
                    .to_owned(),
            ),
            Some(ErrorCode::AUTHENTICATION | ErrorCode::AUTHENTICATION_FAILED) => (
                "the credentials are refused",
                format!("check API key and API secret; they come from {credentials}"),
            ),
            Some(ErrorCode::WRONG_REGION) => (
                "the app lives in another region",
                "set its host with --base-url or STREAM_BASE_URL".to_owned(),
            ),
            Some(ErrorCode::APP_SUSPENDED) => (
                "the app is suspended",
                "look at its page in the dashboard".to_owned(),
            ),
            _ if error.status().is_some() && error.api().is_none() && error.kind() == ErrorKind::Api => (
                "what answered is not Stream",
                format!("check the host, {host}, and what stands before it, such as a proxy"),
            ),
            _ => return None,
        })
    }
}

/// Why there is no connection, as far as it can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    Refused,
    Name,
    Encryption,
    Proxy,
    Other,
}

impl Cause {
    fn of(error: &Error) -> Self {
        let mut found = Self::Other;
        let mut next: Option<&(dyn StdError + 'static)> = Some(error);
        while let Some(cause) = next {
            let text = cause.to_string();
            let refused = cause
                .downcast_ref::<io::Error>()
                .is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
            if text.contains("tunnel") || text.contains("proxy") {
                return Self::Proxy;
            }
            if refused {
                found = Self::Refused;
            } else if text.contains("dns error") {
                found = Self::Name;
            } else if ["certificate", "InvalidContentType", "handshake"]
                .iter()
                .any(|word| text.contains(word))
            {
                found = Self::Encryption;
            }
            next = cause.source();
        }
        found
    }
}
