//! [`BaseUrl`]: where a client sends its requests, and the rule that they go encrypted.

use std::net::IpAddr;

use http::Uri;

use super::Client;
use crate::error::{Error, ErrorKind, Result};

/// A base URL that was checked: `https://host[:port][/prefix]`, without a slash at its end.
#[derive(Clone)]
pub(super) struct BaseUrl {
    text: String,
    host: String,
    port: u16,
}

impl BaseUrl {
    /// Checks `url`. Without `allow_http`, only a host of this machine may be reached unencrypted.
    ///
    /// # Errors
    /// `Config`, which names the rule. The URL is not in it: one that is refused may hold a password.
    pub(super) fn new(url: &str, allow_http: bool) -> Result<Self> {
        let trimmed = url.trim_end_matches('/');
        let wrong = |what: &str| {
            config(format!(
                "the base url {what}; it should look like {}",
                Client::DEFAULT_BASE_URL
            ))
        };
        let uri: Uri = trimmed.parse().map_err(|_| wrong("is not a url"))?;
        let encrypted = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(wrong("must start with http:// or https://")),
        };
        if uri
            .authority()
            .is_some_and(|authority| authority.as_str().contains('@'))
        {
            return Err(wrong("must not hold a user or password"));
        }
        if trimmed.contains(['?', '#']) {
            return Err(wrong("must have neither query nor fragment"));
        }
        let host = uri
            .host()
            .filter(|host| !host.is_empty())
            .ok_or_else(|| wrong("has no host"))?;
        let has_port = uri
            .authority()
            .is_some_and(|authority| authority.as_str() != host);
        if has_port && uri.port_u16().is_none() {
            return Err(wrong("has a port that is no number up to 65535"));
        }
        if !encrypted && !allow_http && !is_loopback(host) {
            return Err(config(
                "the base url starts with http://, so that the api key and tokens would go unencrypted; use https://, or \
                 where the network itself is trusted, call `allow_http` or set STREAM_ALLOW_HTTP=1",
            ));
        }
        let port = uri.port_u16().unwrap_or(if encrypted { 443 } else { 80 });
        Ok(Self {
            host: host.to_owned(),
            port,
            text: trimmed.to_owned(),
        })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }
}

/// Whether a host is this machine, by its name alone: nothing is looked up.
pub(crate) fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => address
            .to_ipv4_mapped()
            .map_or(address.is_loopback(), |address| address.is_loopback()),
        Ok(IpAddr::V4(address)) => address.is_loopback(),
        // The names that are never looked up elsewhere (RFC 6761).
        Err(_) => {
            let name = host.trim_end_matches('.').to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}

fn config(message: impl Into<String>) -> Error {
    Error::builder(ErrorKind::Config).message(message).build()
}
