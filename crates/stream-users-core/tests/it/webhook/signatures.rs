//! Who has signed what.

use std::borrow::Cow;

use http::{HeaderMap, HeaderValue, StatusCode};
use proptest::prelude::*;
use stream_users_core::model::Custom;
use stream_users_core::model::event::{Event, RequestOrigin};
use stream_users_core::webhook::{Webhook, WebhookError, WebhookVerifier};
use stream_users_core::{Client, ErrorKind};
use stream_users_testing::ScriptedTransport;

use super::{BODY, SECRET, SIGNATURE, gzip, headers, sign, verifier, verify};

#[test]
fn what_the_service_sends_is_verified_and_read() {
    assert_eq!(sign(SECRET, BODY.as_bytes()), SIGNATURE);
    let webhook = verify(SIGNATURE, BODY.as_bytes()).unwrap();
    assert_eq!(
        (webhook.id.as_deref(), webhook.attempt),
        (Some("d290f1ee"), Some(2))
    );
    let info = webhook.request_info().unwrap();
    assert_eq!(
        (info.origin.as_ref(), info.ip.as_str()),
        (Some(&RequestOrigin::Server), "203.0.113.7")
    );
    let Event::UserUpdated(updated) = &webhook.event else {
        panic!("{webhook:?}")
    };
    assert_eq!(
        updated.user.custom.get::<String>("plan").unwrap().as_deref(),
        Some("pro")
    );
    let without_headers: Webhook = verifier().verify_signature(SIGNATURE, BODY.as_bytes()).unwrap();
    assert_eq!((without_headers.event, without_headers.id), (webhook.event, None));
    assert_eq!(verifier().verify_text(SIGNATURE, BODY.as_bytes()).unwrap(), BODY);
}

#[test]
fn every_wrong_byte_of_the_body_is_refused() {
    for place in 0..BODY.len() {
        for bit in 0..8 {
            let mut body = BODY.as_bytes().to_vec();
            body[place] ^= 1 << bit;
            let error = verify(SIGNATURE, &body).unwrap_err();
            assert_eq!(error, WebhookError::SignatureMismatch, "byte {place}, bit {bit}");
        }
    }
}

#[test]
fn every_wrong_byte_of_the_signature_is_refused() {
    for place in 0..SIGNATURE.len() {
        for byte in 0..=255_u8 {
            let mut signature = SIGNATURE.as_bytes().to_vec();
            if signature[place] == byte {
                continue;
            }
            signature[place] = byte;
            if let Ok(value) = HeaderValue::from_bytes(&signature) {
                let mut headers = headers(SIGNATURE);
                headers.insert("x-signature", value);
                let error = verifier()
                    .verify(&headers, BODY.as_bytes())
                    .map(|_: Webhook| ())
                    .unwrap_err();
                assert_eq!(error, WebhookError::SignatureMismatch, "{byte} at {place}");
            }
        }
    }
}

#[test]
fn a_signature_has_one_form() {
    for signature in [
        String::new(),
        SIGNATURE.to_uppercase(),
        format!("0x{SIGNATURE}"),
        format!("sha256={SIGNATURE}"),
        format!("{SIGNATURE}00"),
        format!("{SIGNATURE},{SIGNATURE}"),
        format!(" {SIGNATURE}"),
        format!("{SIGNATURE}\n"),
        SIGNATURE[..63].to_owned(),
        SIGNATURE[2..].to_owned(),
        "ä".repeat(32),
        sign("", BODY.as_bytes()),
        sign("other", BODY.as_bytes()),
    ] {
        let error = verifier().verify_text(&signature, BODY.as_bytes()).unwrap_err();
        assert_eq!(error, WebhookError::SignatureMismatch, "{signature}");
        assert!(signature.is_empty() || !error.to_string().contains(&signature));
    }
}

#[test]
fn a_body_that_is_cut_off_longer_or_written_again_is_refused() {
    let value: serde_json::Value = serde_json::from_str(BODY).unwrap();
    let mut bodies: Vec<Vec<u8>> = (0..BODY.len())
        .map(|length| BODY.as_bytes()[..length].to_vec())
        .collect();
    bodies.extend([
        serde_json::to_vec_pretty(&value).unwrap(),
        serde_json::to_vec(&value).unwrap(),
        format!("{BODY}\n").into_bytes(),
        format!(" {BODY}").into_bytes(),
        format!("\u{feff}{BODY}").into_bytes(),
        BODY.encode_utf16().flat_map(u16::to_le_bytes).collect(),
    ]);
    for body in bodies {
        assert_eq!(
            verify(SIGNATURE, &body).unwrap_err(),
            WebhookError::SignatureMismatch,
            "{body:?}"
        );
        assert_eq!(
            verify(SIGNATURE, &gzip(&body, 6)).unwrap_err(),
            WebhookError::SignatureMismatch
        );
    }
}

#[test]
fn any_of_several_secrets_counts_and_an_empty_one_shows() {
    let rotating = WebhookVerifier::new("new").also(SECRET).also("older");
    for secret in ["new", SECRET, "older"] {
        assert!(
            rotating.verify_text(&sign(secret, b"{}"), b"{}").is_ok(),
            "{secret}"
        );
    }
    let error = rotating.verify_text(&sign("oldest", b"{}"), b"{}").unwrap_err();
    assert_eq!(
        (&error, error.status()),
        (&WebhookError::SignatureMismatch, StatusCode::UNAUTHORIZED)
    );
    for careless in [WebhookVerifier::new(""), WebhookVerifier::new(SECRET).also("")] {
        for secret in ["", SECRET] {
            let error = careless.verify_text(&sign(secret, b"{}"), b"{}").unwrap_err();
            assert_eq!(
                (&error, error.status()),
                (&WebhookError::Secret, StatusCode::INTERNAL_SERVER_ERROR)
            );
        }
    }
}

#[test]
fn no_signature_and_two_are_told_apart() {
    let check = |headers: &HeaderMap| verifier().verify(headers, BODY.as_bytes()).map(|_: Webhook| ());
    let mut headers = headers(SIGNATURE);
    for second in [SIGNATURE, "0"] {
        let mut two = headers.clone();
        two.append("X-Signature", HeaderValue::from_str(second).unwrap());
        let error = check(&two).unwrap_err();
        assert_eq!(
            (&error, error.status()),
            (&WebhookError::SignatureRepeated, StatusCode::UNAUTHORIZED)
        );
    }
    headers.remove("x-signature");
    let error = check(&headers).unwrap_err();
    assert_eq!(
        (&error, error.status()),
        (&WebhookError::SignatureMissing, StatusCode::UNAUTHORIZED)
    );
}

#[test]
fn another_apps_webhook_is_refused_where_the_app_is_said() {
    let check = |verifier: WebhookVerifier, headers: &HeaderMap| {
        verifier.verify(headers, BODY.as_bytes()).map(|_: Webhook| ())
    };
    let mut headers = headers(SIGNATURE);
    assert_eq!(check(verifier().api_key("key"), &headers), Ok(()));
    assert_eq!(
        check(verifier().api_key("other"), &headers),
        Err(WebhookError::ApiKey)
    );
    headers.remove("x-api-key");
    assert_eq!(
        check(verifier().api_key("key"), &headers),
        Err(WebhookError::ApiKey)
    );
    assert_eq!(check(verifier(), &headers), Ok(()));
    headers.insert("x-signature", HeaderValue::from_static("0"));
    assert_eq!(
        check(verifier().api_key("other"), &headers),
        Err(WebhookError::SignatureMismatch),
        "first"
    );
}

#[test]
fn odd_headers_of_a_delivery_are_passed_over() {
    for (id, attempt) in [("", ""), ("\u{e4}", "-1"), ("", "4294967296"), ("\u{e4}", "two")] {
        let mut headers = headers(SIGNATURE);
        headers.insert("x-webhook-id", HeaderValue::from_bytes(id.as_bytes()).unwrap());
        headers.insert("x-webhook-attempt", HeaderValue::from_str(attempt).unwrap());
        let webhook: Webhook = verifier().verify(&headers, BODY.as_bytes()).unwrap();
        assert_eq!((webhook.id, webhook.attempt), (None, None));
    }
}

#[test]
fn a_client_verifies_what_is_signed_with_its_secret() {
    let builder = || Client::builder("key").transport(ScriptedTransport::new([]));
    let server = builder().server(SECRET).build().unwrap();
    let verifier = server.webhook_verifier().unwrap();
    assert_eq!(verifier.verify_text(SIGNATURE, BODY.as_bytes()).unwrap(), BODY);
    let anonymous = builder().anonymous().build().unwrap();
    assert_eq!(anonymous.webhook_verifier().unwrap_err().kind(), ErrorKind::Auth);
}

#[test]
fn a_test_signs_as_the_service_does() {
    // What another implementation of HMAC made of the same body.
    assert_eq!(
        WebhookVerifier::new(SECRET).sign(BODY.as_bytes()).unwrap(),
        SIGNATURE
    );
    let rotated = WebhookVerifier::new("new").also(SECRET);
    let signature = rotated.sign(BODY.as_bytes()).unwrap();
    assert_ne!(signature, SIGNATURE, "the first of the secrets signs");
    assert!(
        rotated
            .verify_signature::<Custom>(&signature, BODY.as_bytes())
            .is_ok()
    );
    let empty = WebhookVerifier::new("").also(SECRET);
    assert_eq!(empty.sign(BODY.as_bytes()).unwrap_err(), WebhookError::Secret);
}

#[test]
fn nothing_prints_a_secret() {
    let verifier = WebhookVerifier::new("sesame-1")
        .also("sesame-2")
        .api_key("sesame-3");
    assert!(!format!("{verifier:?}").contains("sesame"));
}

proptest! {
    #[test]
    fn what_was_signed_is_accepted_and_nothing_else(
        body in proptest::collection::vec(any::<u8>(), 0..200),
        secret in "[ -~]{1,100}",
        other in "[ -~]{1,100}",
        packed in any::<bool>(),
    ) {
        // Such a body is taken for gzip, and JSON never is one.
        prop_assume!(!body.starts_with(&[0x1f, 0x8b]) && secret != other);
        let signature = sign(&secret, &body);
        let sent = if packed { gzip(&body, 1) } else { body.clone() };
        let verifier = WebhookVerifier::new(&*secret);
        let text = verifier.verify_text(&signature, &sent).map(Cow::into_owned);
        if let Ok(body) = String::from_utf8(body) {
            prop_assert_eq!(text, Ok(body));
        } else {
            prop_assert_eq!(text.unwrap_err().to_string(), "invalid JSON payload: it is not UTF-8");
        }
        let wrong = WebhookVerifier::new(&*other).verify_text(&signature, &sent).unwrap_err();
        prop_assert_eq!(wrong, WebhookError::SignatureMismatch);
    }
}
