//! [`WebhookVerifier`]: whether a webhook is the service's own. Whether it was handled before is another matter.

use std::borrow::Cow;

use hmac_sha256::HMAC;
use http::HeaderMap;
use stream_users_model::CustomData;

use super::unpack::{text, unpack};
use super::{API_KEY_HEADER, SIGNATURE_HEADER, Webhook, WebhookError};
use crate::secret::Secret;

/// Says whether a webhook is the service's own, and reads it.
///
/// The service signs the body as it is before it is compressed, with HMAC-SHA256 under the api secret. The signature is
/// checked before any of the JSON is looked at, in a time that does not depend on where it is wrong. One body has one
/// signature: 64 of the digits `0123456789abcdef`, as the service writes them; upper case is refused.
///
/// Give it the body byte by byte as it came: JSON that a framework has parsed and written again is another text. A body
/// that begins as gzip (`1f 8b`) is decompressed, whether a header says so or not, since proxies decompress some.
///
/// ```
/// use http::HeaderMap;
/// use stream_users_core::webhook::{Webhook, WebhookError, WebhookVerifier};
///
/// let body = br#"{"type":"user.banned"}"#;
/// let mut headers = HeaderMap::new();
/// headers.insert("x-webhook-id", "d290f1ee-6c54-4b01-90e6-d701748f0851".parse()?);
/// headers.insert("x-signature", "7f68b346cd2be88b07e2b9865b0d300937594e96f0b70db8c989dccc6cb577e9".parse()?);
///
/// // While the secret is being rotated, both count.
/// let verifier = WebhookVerifier::new("new secret").also("secret");
/// let webhook: Webhook = verifier.verify(&headers, body)?;
/// assert_eq!(webhook.event.kind(), "user.banned");
///
/// let other: Result<Webhook, _> = WebhookVerifier::new("other").verify(&headers, body);
/// assert_eq!(other.unwrap_err(), WebhookError::SignatureMismatch);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct WebhookVerifier {
    secrets: Vec<Secret>,
    /// Kept as a secret, so that it does not print.
    api_key: Option<Secret>,
    max_len: usize,
}

impl WebhookVerifier {
    /// The largest body that is read by default, in bytes.
    pub const DEFAULT_MAX_LEN: usize = 2 << 20;

    /// Accepts what `secret`, the api secret of the app, has signed.
    pub fn new(secret: impl Into<Secret>) -> Self {
        Self {
            secrets: vec![secret.into()],
            api_key: None,
            max_len: Self::DEFAULT_MAX_LEN,
        }
    }

    /// Accepts what this secret has signed as well: the old one, while secrets are rotated.
    pub fn also(mut self, secret: impl Into<Secret>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// Refuses what is said to be about another app than that of this api key. The header is not signed: this tells a
    /// webhook that was set up for the wrong app, and keeps nobody out whom the signature does not. Unset by default.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(Secret::new(key));
        self
    }

    /// The largest body that is read, in bytes, both as it came and decompressed; 2 MiB by default.
    ///
    /// To decompress one takes at most some twice this in memory. Let the web server refuse what is larger before it
    /// reads it.
    pub fn max_len(mut self, bytes: usize) -> Self {
        self.max_len = bytes;
        self
    }

    /// Verifies a webhook and reads it.
    ///
    /// # Errors
    ///
    /// A [`WebhookError`], whose [`status`](WebhookError::status) is what to answer. In this order: `Secret` where one
    /// of the secrets is empty; `SignatureMissing`, `SignatureRepeated`, and `SignatureMismatch` for what can be none;
    /// `TooLarge` and `Gzip`, since the signature is that of the decompressed body; `SignatureMismatch`; `ApiKey`;
    /// `Json` where there is no `type`.
    /// What is an event and does not fit is none: see [`Event::Other`](stream_users_model::event::Event::Other).
    pub fn verify<C: CustomData>(
        &self,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Webhook<C>, WebhookError> {
        let body = self.verified(only_signature(headers), body)?;
        if let Some(key) = &self.api_key {
            let given = headers.get(API_KEY_HEADER);
            if given.is_none_or(|given| given.as_bytes() != key.expose().as_bytes()) {
                return Err(WebhookError::ApiKey);
            }
        }
        Webhook::read(&text(body)?).map(|webhook| webhook.with_headers(headers))
    }

    /// Verifies a body whose signature was taken from the header `X-Signature` elsewhere, and reads it: for frameworks
    /// with other headers than those of the crate `http`. Set [`id`](Webhook::id) and [`attempt`](Webhook::attempt)
    /// from theirs.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    pub fn verify_signature<C: CustomData>(
        &self,
        signature: &str,
        body: &[u8],
    ) -> Result<Webhook<C>, WebhookError> {
        Webhook::read(&self.verify_text(signature, body)?)
    }

    /// Verifies a body and gives its text, decompressed: for programs that store it, and read it later with
    /// [`Event::from_json`](stream_users_model::event::Event::from_json).
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify); `Json` where it is not UTF-8, and in no other case.
    pub fn verify_text<'b>(&self, signature: &str, body: &'b [u8]) -> Result<Cow<'b, str>, WebhookError> {
        text(self.verified(Ok(signature.as_bytes()), body)?)
    }

    /// The signature with which the service would send `body`, under the first of the secrets: for tests of what receives
    /// webhooks. Of a body that is to be compressed, sign the text.
    ///
    /// ```
    /// use http::HeaderMap;
    /// use stream_users_core::webhook::{Webhook, WebhookVerifier};
    ///
    /// let verifier = WebhookVerifier::new("secret");
    /// let body = br#"{"type":"bought","item":"hat"}"#;
    /// let mut headers = HeaderMap::new();
    /// headers.insert("x-signature", verifier.sign(body)?.parse()?);
    /// let webhook: Webhook = verifier.verify(&headers, body)?;
    /// assert_eq!(webhook.event.kind(), "bought");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `Secret` where the first of the secrets is empty.
    pub fn sign(&self, body: &[u8]) -> Result<String, WebhookError> {
        let secret = self.secrets.first().filter(|secret| !secret.expose().is_empty());
        let mac = HMAC::mac(body, secret.ok_or(WebhookError::Secret)?.expose());
        let mut digits = String::with_capacity(64);
        for byte in mac {
            for half in [byte >> 4, byte & 15] {
                digits.extend(char::from_digit(u32::from(half), 16));
            }
        }
        Ok(digits)
    }

    fn verified<'b>(
        &self,
        signature: Result<&[u8], WebhookError>,
        body: &'b [u8],
    ) -> Result<Cow<'b, [u8]>, WebhookError> {
        // With an empty key anyone could sign: a mistake that must show, also where another secret would have fitted.
        if self.secrets.iter().any(|secret| secret.expose().is_empty()) {
            return Err(WebhookError::Secret);
        }
        let signature = digits(signature?).ok_or(WebhookError::SignatureMismatch)?;
        let body = unpack(body, self.max_len)?;
        let mut signed = false;
        for secret in &self.secrets {
            // Compares in constant time.
            signed |= HMAC::verify(&body, secret.expose(), &signature);
        }
        if signed {
            Ok(body)
        } else {
            Err(WebhookError::SignatureMismatch)
        }
    }
}

fn only_signature(headers: &HeaderMap) -> Result<&[u8], WebhookError> {
    let mut all = headers.get_all(SIGNATURE_HEADER).iter();
    let first = all.next().ok_or(WebhookError::SignatureMissing)?;
    match all.next() {
        None => Ok(first.as_bytes()),
        Some(_) => Err(WebhookError::SignatureRepeated),
    }
}

/// The bytes that 64 lower-case hexadecimal digits stand for.
fn digits(text: &[u8]) -> Option<[u8; 32]> {
    fn digit(digit: u8) -> Option<u8> {
        match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        }
    }

    let mut bytes = [0; 32];
    if text.len() != 2 * bytes.len() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}
