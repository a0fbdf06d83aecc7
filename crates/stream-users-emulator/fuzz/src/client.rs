//! Sends requests to an emulator without a socket. Tokens are signed with code that the emulator does not use.

use std::task::{Context, Poll, Waker};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::Request;
use stream_users_emulator::{EmulatorBuilder, EmulatorService};
use tower_service::Service;

use crate::answer::Answer;

/// An emulator without a socket.
pub struct Client {
    /// The emulator itself: state, clock, seed.
    pub service: EmulatorService,
}

/// Who sends a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sender<'a> {
    /// A token that names nobody.
    Server,
    /// A token that names this user.
    User(&'a str),
    /// The auth type `anonymous`.
    Anonymous,
    /// No header at all.
    Nobody,
    /// This token, whatever it is.
    Token(&'a str),
}

impl Client {
    /// Starts an emulator.
    #[must_use]
    pub fn new(builder: EmulatorBuilder) -> Self {
        // Nobody waits for a poll here.
        let builder = builder.settings(|settings| settings.long_poll_wait = Duration::ZERO);
        let service = builder.build().expect("an emulator in memory can be made");
        Self { service }
    }

    /// Sends a request, whose target gets the key unless it names one. Nothing where that is no request in
    /// HTTP, or where a fault takes the answer away.
    #[must_use]
    pub fn send(&self, sender: &Sender<'_>, method: &str, target: &str, body: &[u8]) -> Option<Answer> {
        let mut target = target.to_owned();
        if !target.contains("api_key=") {
            target.push(if target.contains('?') { '&' } else { '?' });
            target.push_str("api_key=");
            target.push_str(self.service.api_key());
        }
        let mut request = Request::builder().method(method).uri(uri(&target)?);
        let token = match sender {
            Sender::Server => Some(self.sign(br#"{"alg":"HS256","typ":"JWT"}"#, br#"{"server":true}"#)),
            Sender::User(id) => {
                let claims = serde_json::json!({ "user_id": id }).to_string();
                Some(self.sign(br#"{"alg":"HS256","typ":"JWT"}"#, claims.as_bytes()))
            }
            Sender::Token(token) => Some((*token).to_owned()),
            Sender::Anonymous | Sender::Nobody => None,
        };
        match (token, sender) {
            (Some(token), _) => {
                request = request
                    .header("authorization", token.as_bytes())
                    .header("stream-auth-type", "jwt");
            }
            (None, Sender::Anonymous) => request = request.header("stream-auth-type", "anonymous"),
            (None, _) => {}
        }
        let request = request.body(Bytes::copy_from_slice(body)).ok()?;
        let mut answer = self.call(request)?;
        answer.path = target;
        Some(answer)
    }

    /// The answer; nothing where a fault that was asked for drops the connection or lets the request wait.
    fn call(&self, request: Request<Bytes>) -> Option<Answer> {
        let head = request.method() == http::Method::HEAD;
        let spoilt = !self.service.faults().is_empty();
        let mut future = self.service.clone().call(request);
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(response)) => {
                let (parts, body) = response.into_parts();
                Some(Answer {
                    path: String::new(),
                    status: parts.status.as_u16(),
                    headers: parts.headers,
                    body,
                    head,
                    spoilt,
                })
            }
            _ if spoilt => None,
            Poll::Ready(Err(error)) => panic!("no fault was asked for: {error}"),
            Poll::Pending => panic!("the service has to answer at once"),
        }
    }

    /// A token with the right signature.
    #[must_use]
    pub fn sign(&self, header: &[u8], claims: &[u8]) -> String {
        sign(self.service.api_secret(), header, claims)
    }
}

/// A token with the signature of a secret.
#[must_use]
pub fn sign(secret: &str, header: &[u8], claims: &[u8]) -> String {
    let text = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims)
    );
    let signature = URL_SAFE_NO_PAD.encode(signature(secret, &text));
    format!("{text}.{signature}")
}

/// The HMAC of SHA-256.
#[must_use]
pub fn signature(secret: &str, text: &str) -> Vec<u8> {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// The address of a target as it stands, or with everything encoded that may not stand in one.
fn uri(target: &str) -> Option<http::Uri> {
    if !target.starts_with('/') {
        return None;
    }
    if let Ok(uri) = target.parse() {
        return Some(uri);
    }
    let mut encoded = String::new();
    for byte in target.bytes() {
        if byte.is_ascii_alphanumeric() || b"/?&=%-._~!$'()*+,;:@".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encode(byte, &mut encoded);
        }
    }
    encoded.parse().ok()
}

/// Percent-encodes a byte.
pub(crate) fn encode(byte: u8, to: &mut String) {
    to.push('%');
    for digit in [byte >> 4, byte & 15] {
        to.extend(char::from_digit(digit.into(), 16).map(|digit| digit.to_ascii_uppercase()));
    }
}
