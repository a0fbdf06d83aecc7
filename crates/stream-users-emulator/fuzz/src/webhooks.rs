//! Bodies of webhooks and messages of queues, as whoever finds the address of a receiver can send them. What is read
//! must be what was signed, no more than the limit may be unpacked, and no event may be lost or changed by writing it.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use stream_users_core::webhook::{SnsMessage, Webhook, WebhookError, WebhookVerifier};
use stream_users_model::event::Event;
use stream_users_model::{Custom, CustomData};

const SECRET: &str = "s3cr3t";
/// Less than what an input of the fuzzer's size can unpack to.
const MAX_LEN: usize = 64 << 10;

/// Custom data that much does not fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Profile {
    plan: String,
}

/// Takes the input as a body, signed and not, as gzip, as a message of each queue, and as an event.
pub fn run(data: &[u8]) {
    let verifier = WebhookVerifier::new("other").also(SECRET).max_len(MAX_LEN);
    let signature = sign(data);
    let outcome = verifier.verify_text(&signature, data);
    if !data.starts_with(&[0x1f, 0x8b]) {
        match (std::str::from_utf8(data), &outcome) {
            (Ok(text), Ok(read)) => assert_eq!(text, read),
            (Err(_), Err(WebhookError::Json { .. })) => {}
            other => panic!("{other:?}"),
        }
        let packed = gzip(data);
        let packed = verifier.verify_text(&signature, &packed);
        assert_eq!(packed.ok(), outcome.clone().ok(), "compressed");
    }
    if let Ok(text) = &outcome {
        assert!(text.len() <= MAX_LEN);
    }
    refused(&verifier, &signature, data);
    // As gzip, whatever it is.
    let as_gzip = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0], data].concat();
    assert!(verifier.verify_text(&signature, &as_gzip).is_err() || data.is_empty());

    let webhook: Result<Webhook, _> = verifier.verify_signature(&signature, data);
    let message: Result<Webhook, _> = Webhook::from_sqs(&STANDARD.encode(data));
    // The limit of messages is a larger one.
    if !matches!(webhook, Err(WebhookError::TooLarge { .. })) {
        assert_eq!(webhook, message);
    }
    if let Ok(text) = std::str::from_utf8(data) {
        let _: Result<Webhook, _> = Webhook::from_sqs(text.trim_end());
        let _: Result<SnsMessage, _> = SnsMessage::read(text);
        event::<Custom>(text);
        event::<Profile>(text);
    }
}

/// A wrong signature, and a right one of another text.
fn refused(verifier: &WebhookVerifier, signature: &str, data: &[u8]) {
    let place = data.len() % 64;
    let mut wrong = signature.as_bytes().to_vec();
    wrong[place] ^= 1;
    let wrong = String::from_utf8_lossy(&wrong);
    assert!(verifier.verify_text(&wrong, data).is_err());
    let mut longer = data.to_vec();
    longer.push(b' ');
    assert!(verifier.verify_text(signature, &longer).is_err());
}

/// However it is read it is the same, and written and read again, too.
fn event<C: CustomData + PartialEq>(text: &str) {
    let Ok(event) = Event::<C>::from_json(text) else {
        assert!(serde_json::from_str::<Event<C>>(text).is_err());
        return;
    };
    assert!(serde_json::from_str::<Event<C>>(text).is_ok_and(|same| same.kind() == event.kind()));
    let written = serde_json::to_string(&event).expect("an event can be written");
    let again = Event::<C>::from_json(&written).expect("what was written is an event");
    let rewritten = serde_json::to_string(&again).expect("an event can be written");
    assert_eq!(written, rewritten);
    if let Event::Other(other) = &event {
        assert_eq!(other.json.as_json(), text.trim_matches([' ', '\n', '\t', '\r']));
        assert_eq!(
            other.problem().is_some(),
            Event::<C>::KINDS.contains(&other.kind.as_str())
        );
        let _ = (
            other.custom::<Profile>(),
            other.custom::<Custom>(),
            other.user::<Profile>(),
        );
    }
}

fn sign(data: &[u8]) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key will do");
    // Of what it is when it is unpacked, where that is what the verifier looks at.
    mac.update(&unpacked(data));
    format!(
        "{:x}",
        bytes::Bytes::copy_from_slice(&mac.finalize().into_bytes())
    )
}

fn unpacked(data: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let limit = MAX_LEN as u64 + 1;
    let mut decoder = std::io::Read::take(flate2::read::GzDecoder::new(data), limit);
    if data.starts_with(&[0x1f, 0x8b]) && std::io::Read::read_to_end(&mut decoder, &mut text).is_ok() {
        return text;
    }
    data.to_vec()
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(data).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}
