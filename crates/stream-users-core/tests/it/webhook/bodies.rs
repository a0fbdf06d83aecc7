//! What a body may be: compressed or not, as large as it may, and an event.

use flate2::Compression;
use flate2::write::GzEncoder;
use http::StatusCode;
use proptest::prelude::*;
use std::io::Write;
use stream_users_core::model::event::Event;
use stream_users_core::webhook::{Webhook, WebhookError, WebhookVerifier};

use super::{BODY, SECRET, SIGNATURE, gzip, headers, refused, sign, verifier, verify};

#[test]
fn a_body_may_be_compressed_however_it_likes() {
    let plain = verify(SIGNATURE, BODY.as_bytes()).unwrap();
    for level in 0..=9 {
        assert_eq!(verify(SIGNATURE, &gzip(BODY.as_bytes(), level)).unwrap(), plain);
    }
    // The header `Content-Encoding` says nothing: a proxy may have decompressed it, or taken the header away.
    let mut lying = headers(SIGNATURE);
    lying.insert("content-encoding", http::HeaderValue::from_static("gzip"));
    assert_eq!(
        verifier()
            .verify::<stream_users_core::model::Custom>(&lying, BODY.as_bytes())
            .unwrap(),
        plain
    );
    let mut named = flate2::GzBuilder::new()
        .filename("event.json")
        .comment("a comment")
        .extra([1, 2, 3])
        .write(Vec::new(), Compression::best());
    named.write_all(BODY.as_bytes()).unwrap();
    assert_eq!(verify(SIGNATURE, &named.finish().unwrap()).unwrap(), plain);
}

#[test]
fn the_signature_of_the_compressed_body_is_none() {
    let packed = gzip(BODY.as_bytes(), 6);
    assert_eq!(
        verify(&sign(SECRET, &packed), &packed).unwrap_err(),
        WebhookError::SignatureMismatch
    );
}

#[test]
fn gzip_that_is_cut_off_damaged_or_followed_by_more_is_refused() {
    let plain = verify(SIGNATURE, BODY.as_bytes()).unwrap();
    let packed = gzip(BODY.as_bytes(), 6);
    for length in 2..packed.len() {
        let error = verify(SIGNATURE, &packed[..length]).unwrap_err();
        assert!(matches!(error, WebhookError::Gzip { .. }), "{length}: {error}");
        assert_eq!(error.status(), StatusCode::BAD_REQUEST);
    }
    for place in 2..packed.len() {
        for bit in 0..8 {
            let mut damaged = packed.clone();
            damaged[place] ^= 1 << bit;
            // Some bits mean nothing, such as the header's time: then it is the same body.
            match verify(SIGNATURE, &damaged) {
                Ok(webhook) => assert_eq!(webhook, plain, "byte {place}, bit {bit}"),
                Err(error) => assert!(
                    matches!(error, WebhookError::Gzip { .. } | WebhookError::TooLarge { .. }),
                    "byte {place}, bit {bit}: {error}"
                ),
            }
        }
    }
    for more in [&b"\0"[..], b"{}", &packed, &gzip(b"", 6), &[0; 512]] {
        let error = verify(SIGNATURE, &[&packed, more].concat()).unwrap_err();
        assert!(matches!(error, WebhookError::Gzip { .. }), "{error}");
    }
    // A part that holds nothing, before it.
    let error = verify(SIGNATURE, &[gzip(b"", 6), packed.clone()].concat()).unwrap_err();
    assert!(matches!(error, WebhookError::Gzip { .. }), "{error}");
    for garbage in [
        &b"\x1f\x8b"[..],
        b"\x1f\x8b\x08",
        b"\x1f\x8b\x08\0\0\0\0\0\0\0",
        b"\x1f\x8b{\"type\":\"x\"}",
    ] {
        assert!(matches!(refused(garbage), WebhookError::Gzip { .. }));
    }
}

#[test]
fn the_limit_is_that_of_both_forms() {
    let check = |max: usize, body: &[u8]| verifier().max_len(max).verify_text(SIGNATURE, body).map(drop);
    let packed = gzip(BODY.as_bytes(), 9);
    assert!(packed.len() < BODY.len());
    for body in [BODY.as_bytes(), &packed] {
        assert_eq!(check(BODY.len(), body), Ok(()));
        let max = BODY.len() - 1;
        assert_eq!(check(max, body), Err(WebhookError::TooLarge { max }));
        assert_eq!(check(0, body), Err(WebhookError::TooLarge { max: 0 }));
    }
    let stored = gzip(BODY.as_bytes(), 0);
    let max = BODY.len();
    assert_eq!(
        check(max, &stored),
        Err(WebhookError::TooLarge { max }),
        "larger than what it holds"
    );
}

/// 64 MiB of zeros in 64 KiB.
#[test]
fn a_bomb_is_not_unpacked() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![0; 1 << 20];
    for _ in 0..64 {
        encoder.write_all(&zeros).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 100 << 10);
    let error = verify(SIGNATURE, &bomb).unwrap_err();
    assert_eq!(
        error,
        WebhookError::TooLarge {
            max: WebhookVerifier::DEFAULT_MAX_LEN
        }
    );
    assert_eq!(error.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

/// A bomb within a bomb is not looked into: what is decompressed is JSON.
#[test]
fn a_body_is_decompressed_once() {
    let twice = gzip(&gzip(BODY.as_bytes(), 6), 6);
    assert_eq!(
        verify(SIGNATURE, &twice).unwrap_err(),
        WebhookError::SignatureMismatch
    );
}

#[test]
fn what_is_signed_and_no_event_is_refused_as_such() {
    for body in [
        &b""[..],
        b"{",
        b"[]",
        b"{}",
        b"null",
        b"{\"type\":1}",
        b"{\"type\":\"\xff\"}",
        b"{\"type\":\"x\"}x",
    ] {
        let error = refused(body);
        assert!(matches!(error, WebhookError::Json { .. }), "{error}");
        assert_eq!(error.status(), StatusCode::BAD_REQUEST);
    }
}

#[test]
fn what_does_not_fit_is_kept_rather_than_refused() {
    let body = br#"{"type":"user.banned","created_at":1}"#;
    let webhook = verify(&sign(SECRET, body), body).unwrap();
    let Event::Other(other) = webhook.event else {
        panic!("{webhook:?}")
    };
    assert!(other.problem().is_some_and(|problem| problem.contains("`user`")));
    assert_eq!(other.json.as_json().as_bytes(), body);
}

#[test]
fn times_in_both_forms_are_the_same_event() {
    let nanos = br#"{"type":"bought","created_at":1538713200250000000,"custom":{"n":1}}"#;
    let text = br#"{"type":"bought","created_at":"2018-10-05T04:20:00.25Z","n":1}"#;
    let [nanos, text] = [&nanos[..], text].map(|body| verify(&sign(SECRET, body), body).unwrap().event);
    assert_eq!(
        (nanos.kind(), nanos.created_at()),
        (text.kind(), text.created_at())
    );
}

proptest! {
    #[test]
    fn no_body_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..300), max in 0_usize..400) {
        let signature = sign(SECRET, &body);
        let verified = verifier().max_len(max).verify_signature(&signature, &body).map(|_: Webhook| ());
        if body.len() > max {
            prop_assert_eq!(verified, Err(WebhookError::TooLarge { max }));
        }
        let packed = [&[0x1f, 0x8b, 8][..], &body].concat();
        let _: Result<Webhook, _> = verifier().verify_signature(&signature, &packed);
    }
}
