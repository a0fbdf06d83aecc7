//! What is no token, and what somebody else has made: none is accepted, and none makes the verifier panic.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;
use stream_users_core::token::{TokenError, TokenVerifier, UserToken};
use stream_users_model::{ErrorCode, Token};

use super::{HEADER, SECRET, signed, token_of, verify};
use crate::stage::{START, at};

fn is_malformed(text: &str) -> bool {
    matches!(
        verify(&Token::new(text)),
        Err(TokenError::Malformed { .. } | TokenError::Header { .. })
    )
}

#[test]
fn the_form_is_the_one_form() {
    let token = token_of(&json!({"user_id": "ada"}));
    let text = token.expose();
    assert!(verify(&token).is_ok());
    let [header, claims, signature]: [&str; 3] = text.split('.').collect::<Vec<_>>().try_into().unwrap();
    for wrong in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        format!("{header}.{claims}"),
        format!("{text}."),
        format!(".{text}"),
        format!("{text}.{signature}"),
        format!(" {text}"),
        format!("{text}\n"),
        format!("Bearer {text}"),
        format!("{text}="),
        format!("{header}=.{claims}.{signature}"),
        format!("{header}.{claims}\0.{signature}"),
        // The last letter of a signature of 32 bytes has two bits to spare.
        format!("{}{}", &text[..text.len() - 1], spare(text)),
    ] {
        assert!(is_malformed(&wrong), "{wrong:?}");
    }
}

#[test]
fn it_is_said_where_there_are_not_three_parts() {
    for text in ["a.b.c.d", "a.b", "a"] {
        let error = verify(&Token::new(text)).unwrap_err().to_string();
        assert!(error.contains("three parts"), "{text}: {error}");
    }
}

/// Another letter for the last of a token, which readers that are not strict read as the same bytes.
fn spare(text: &str) -> char {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = ALPHABET.find(text.chars().last().unwrap()).unwrap();
    ALPHABET.chars().nth(last + 1).unwrap()
}

#[test]
fn the_header_chooses_nothing() {
    let payload = br#"{"user_id":"ada"}"#;
    for fine in [
        r#"{"alg":"HS256","typ":"JWT"}"#,
        r#"{"typ":"jwt","alg":"HS256"}"#,
        r#"{"alg":"HS256"}"#,
        r#"{"alg":"HS256","kid":"1"}"#,
    ] {
        assert!(verify(&signed(fine, payload, SECRET)).is_ok(), "{fine}");
    }
    for wrong in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"None","typ":"JWT"}"#,
        r#"{"alg":"HS512"}"#,
        r#"{"alg":"hs256"}"#,
        r#"{"alg":"RS256"}"#,
        r#"{"alg":["HS256"]}"#,
        r#"{"alg":null}"#,
        r#"{"typ":"JWT"}"#,
        r#"{"alg":"HS256","typ":"JWE"}"#,
        r#"{"alg":"HS256","typ":null}"#,
        r#"{"alg":"HS256","crit":["exp"]}"#,
        r#"{"alg":"HS256","crit":null}"#,
        r#"{"alg":"none","alg":"HS256"}"#,
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"alg":"HS256","jwk":{"k":1,"k":2}}"#,
        r#"["HS256"]"#,
        r#"{"alg":"HS256"} {}"#,
        r#"{"alg":"HS256","#,
        "",
        "null",
    ] {
        assert!(is_malformed(signed(wrong, payload, SECRET).expose()), "{wrong}");
    }
    // Signed by nobody.
    let none = signed(r#"{"alg":"none"}"#, payload, SECRET);
    let unsigned = none.expose().rsplit_once('.').unwrap().0;
    assert!(is_malformed(&format!("{unsigned}.")));
}

#[test]
fn claims_can_be_read_in_one_way_only() {
    for payload in [
        &br#"{"user_id":"ada","user_id":"root"}"#[..],
        br#"{"user_id":"ada","user\u005fid":"root"}"#,
        br#"{"user_id":"ada","x":{"a":1,"a":1}}"#,
        br#"{"user_id":"ada","x":[{"a":1,"a":1}]}"#,
        br#"["ada"]"#,
        br#""ada""#,
        b"",
        b"{",
        b"\xff",
        br#"{"user_id":"ada"}x"#,
        br#"{"user_id":"ada","iat":1e999}"#,
        "[".repeat(3000).as_bytes(),
    ] {
        let outcome = verify(&signed(HEADER, payload, SECRET));
        assert!(
            matches!(outcome, Err(TokenError::Malformed { .. })),
            "{outcome:?}"
        );
    }
}

#[test]
fn a_development_token_is_not_signed() {
    let token = token_of(&json!({"user_id": "ada"}));
    let unsigned = token.expose().rsplit_once('.').unwrap().0;
    let error = verify(&Token::new(format!("{unsigned}.devtoken"))).unwrap_err();
    assert_eq!(error, TokenError::Development);
    assert_eq!(error.code(), Some(ErrorCode::TOKEN_SIGNATURE_INVALID));
}

#[test]
fn a_token_beyond_the_limit_is_not_read() {
    let token = UserToken::new("ada").claim("x", "x".repeat(8 * 1024));
    let token = token.sign(&SECRET.into(), at(START)).unwrap();
    let error = verify(&token).unwrap_err();
    assert_eq!(error, TokenError::TooLong { max: 8192 });
    assert_eq!(error.code(), Some(ErrorCode::MAX_HEADER_SIZE));
    let verifier = TokenVerifier::new(SECRET).max_len(token.expose().len());
    assert!(verifier.verify(&token, at(START)).is_ok());
    assert!(
        verifier
            .max_len(token.expose().len() - 1)
            .verify(&token, at(START))
            .is_err()
    );
    let huge = Token::new("a.".repeat(50_000_000));
    assert_eq!(verify(&huge).unwrap_err(), TokenError::TooLong { max: 8192 });
}

/// Every token that differs in one letter.
#[test]
fn no_other_letter_anywhere_is_accepted() {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ ";
    let token = UserToken::new("ada").expires_in(Duration::from_secs(60));
    let token = token.sign(&SECRET.into(), at(START)).unwrap();
    let text = token.expose();
    let mut tried = 0;
    for place in 0..text.len() {
        for letter in LETTERS.chars() {
            let changed = format!("{}{letter}{}", &text[..place], &text[place + 1..]);
            let inserted = format!("{}{letter}{}", &text[..place], &text[place..]);
            for other in [changed, inserted] {
                if other != text {
                    assert!(verify(&Token::new(&other)).is_err(), "{other}");
                    tried += 1;
                }
            }
        }
        let cut = format!("{}{}", &text[..place], &text[place + 1..]);
        assert!(verify(&Token::new(cut)).is_err());
    }
    assert!(tried > 10_000, "{tried}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn no_text_is_accepted(
        text in prop_oneof![".{0,80}", "[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,44}"],
    ) {
        prop_assert!(verify(&Token::new(text)).is_err());
    }

    /// Signed by whom it should be, and nonsense: neither a panic nor a user who cannot be one.
    #[test]
    fn no_payload_makes_the_verifier_panic(
        payload in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..60),
            "[\\[\\]{}:,\"a-z0-9eE+. -]{0,60}".prop_map(String::into_bytes),
            "\\{\"(user_id|exp|iat|nbf|role|server)\":[\\[\\]{}\"a-z0-9eE+.-]{0,20}\\}".prop_map(String::into_bytes),
        ],
    ) {
        if let Ok(token) = verify(&signed(HEADER, &payload, SECRET)) {
            prop_assert!(token.user_id().is_none_or(|id| !id.as_str().is_empty()));
        }
    }

    #[test]
    fn no_header_makes_the_verifier_panic(
        header in prop_oneof![".{0,40}", "\\{\"(alg|typ|crit)\":[\\[\\]{}\"A-Z0-9a-z,:.-]{0,20}\\}"],
    ) {
        let _ = verify(&signed(&header, b"{}", SECRET));
    }
}
