//! Verifying tokens. `jsonwebtoken` is the oracle: what it signs, ours accepts, and what ours signs, it accepts.

mod claims;
mod forged;
mod oracle;

use serde_json::{Value, json};
use stream_users_core::Secret;
use stream_users_core::token::{TokenError, TokenVerifier, VerifiedToken};
use stream_users_model::{ErrorCode, Token};

use crate::stage::{START, at};

const SECRET: &str = "the secret of an app";

/// Signs anything at all as HS256, header and payload as they are.
fn signed(header: &str, payload: &[u8], secret: &str) -> Token {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let message = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(payload)
    );
    let key = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
    let signature =
        jsonwebtoken::crypto::sign(message.as_bytes(), &key, jsonwebtoken::Algorithm::HS256).unwrap();
    Token::new(format!("{message}.{signature}"))
}

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

fn token_of(claims: &Value) -> Token {
    signed(HEADER, claims.to_string().as_bytes(), SECRET)
}

fn verify(token: &Token) -> Result<VerifiedToken, TokenError> {
    TokenVerifier::new(SECRET).verify(token, at(START))
}

fn verify_claims(claims: &Value) -> Result<VerifiedToken, TokenError> {
    verify(&token_of(claims))
}

#[test]
fn any_of_the_secrets_counts() {
    let token = token_of(&json!({"user_id": "ada"}));
    let verify = |verifier: TokenVerifier| verifier.verify(&token, at(START)).map(drop);
    assert_eq!(verify(TokenVerifier::new(SECRET).also("new")), Ok(()));
    assert_eq!(verify(TokenVerifier::new("new").also(SECRET)), Ok(()));
    assert_eq!(
        verify(TokenVerifier::new("new").also("newer")),
        Err(TokenError::Signature)
    );
    // With an empty key anyone could sign, so that the mistake must show even where another secret fits.
    for verifier in [
        TokenVerifier::new(""),
        TokenVerifier::new(SECRET).also(""),
        TokenVerifier::new("").also(SECRET),
    ] {
        assert_eq!(verify(verifier.clone()), Err(TokenError::Secret));
        let nonsense = verifier.verify(&Token::new("nonsense"), at(START));
        assert_eq!(nonsense.unwrap_err(), TokenError::Secret);
    }
}

#[test]
fn no_text_shows_a_token_or_a_secret() {
    let secret = Secret::new("marker-of-the-secret");
    let token = signed(
        HEADER,
        br#"{"user_id":"ada","password":"marker-of-a-claim"}"#,
        secret.expose(),
    );
    let verifier = TokenVerifier::new(secret).also("marker-of-the-other");
    let accepted = verifier.verify(&token, at(START)).unwrap();
    let signature = token.expose().rsplit('.').next().unwrap();
    let error = TokenVerifier::new("another")
        .verify(&token, at(START))
        .unwrap_err();
    for text in [
        format!("{verifier:?} {verifier:#?}"),
        format!("{accepted:?} {accepted:#?}"),
        format!("{error} {error:?}"),
    ] {
        assert!(!text.contains("marker-of") && !text.contains(signature), "{text}");
    }
}

#[test]
fn what_was_revoked_is_refused() {
    let before = Some(at(START - 60));
    let verifier = TokenVerifier::new(SECRET).revoked_before(before);
    let verify = |claims: Value| verifier.verify(&token_of(&claims), at(START));
    let error = verify(json!({"user_id": "ada", "iat": START - 61})).unwrap_err();
    assert_eq!(error, TokenError::Revoked);
    assert_eq!(error.code(), Some(ErrorCode::TOKEN_EXPIRED));
    let error = verify(json!({"user_id": "ada"})).unwrap_err();
    assert_eq!(error, TokenError::Revoked, "it does not say when it was issued");
    assert!(verify(json!({"user_id": "ada", "iat": START - 60})).is_ok());
    assert!(
        verify(json!({"server": true})).is_ok(),
        "it ends with its secret alone"
    );

    let accepted = verify_claims(&json!({"user_id": "ada", "iat": START - 61})).unwrap();
    assert!(accepted.is_revoked_by(before) && !accepted.is_revoked_by(None));
    assert!(!accepted.is_revoked_by(Some(at(START - 61))));
    assert!(
        verify_claims(&json!({"user_id": "ada"}))
            .unwrap()
            .is_revoked_by(Some(at(0)))
    );
}
