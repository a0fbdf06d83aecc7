//! Webhooks and messages of queues: what is accepted, what is refused and with which word, and what is handled once.

mod bodies;
mod queues;
mod replays;
mod signatures;

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue};
use sha2::Sha256;
use stream_users_core::webhook::{Webhook, WebhookError, WebhookVerifier};

const SECRET: &str = "s3cr3t";
/// A body as the service was seen to send it.
const BODY: &str = r#"{"type":"user.updated","created_at":"2026-04-08T14:23:35.879421674Z","user":{"id":"ada","name":"Ada","language":"","role":"user","teams":[],"plan":"pro","created_at":"2025-10-20T15:13:35.51354Z","updated_at":"2026-04-08T14:23:35.87Z","banned":false,"online":false,"blocked_user_ids":[],"invisible":false},"members":[],"request_info":{"type":"server","ip":"203.0.113.7","user_agent":"curl","sdk":"stream-go-client-9"}}"#;
/// What another library signed it with.
const SIGNATURE: &str = "abf43f2a3d0d79d8af282aeb826071732c868567a715a80265939b1ab7c32869";

fn sign(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    let bytes: [u8; 32] = mac.finalize().into_bytes().into();
    let mut text = String::new();
    for byte in bytes {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}

fn gzip(body: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn headers(signature: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(
        "x-signature",
        HeaderValue::from_bytes(signature.as_bytes()).unwrap(),
    );
    headers.insert("x-webhook-id", HeaderValue::from_static("d290f1ee"));
    headers.insert("x-webhook-attempt", HeaderValue::from_static("2"));
    headers.insert("x-api-key", HeaderValue::from_static("key"));
    headers
}

fn verifier() -> WebhookVerifier {
    WebhookVerifier::new(SECRET)
}

fn verify(signature: &str, body: &[u8]) -> Result<Webhook, WebhookError> {
    verifier().verify(&headers(signature), body)
}

/// What is wrong with a body that is signed as it should be.
fn refused(body: &[u8]) -> WebhookError {
    verify(&sign(SECRET, body), body).unwrap_err()
}
