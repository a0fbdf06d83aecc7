//! `jsonwebtoken` is the oracle: what we sign, it must verify.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use proptest::prelude::*;

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds).unwrap()
}

fn part(token: &Token, index: usize) -> String {
    String::from_utf8(
        URL_SAFE_NO_PAD
            .decode(token.expose().split('.').nth(index).unwrap())
            .unwrap(),
    )
    .unwrap()
}

fn verify(token: &Token, secret: &str) -> Result<Value, jsonwebtoken::errors::Error> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.required_spec_claims = HashSet::new();
    validation.validate_exp = false;
    decode::<Value>(
        token.expose(),
        &DecodingKey::from_secret(secret.as_bytes()),
        &validation,
    )
    .map(|data| data.claims)
}

#[test]
fn the_server_token_is_the_one_of_the_official_sdks() {
    let token = server_token(&Secret::new("secret")).unwrap();
    assert_eq!(part(&token, 0), r#"{"alg":"HS256","typ":"JWT"}"#);
    assert_eq!(part(&token, 1), r#"{"server":true}"#);
    assert_eq!(
        verify(&token, "secret").unwrap(),
        serde_json::json!({"server": true})
    );
    assert!(verify(&token, "other").is_err());
}

#[test]
fn claims_stand_in_their_order() {
    let now = at(1_700_000_000).checked_add(Duration::from_millis(900)).unwrap();
    let secret = Secret::new("secret");
    let payload = |token: &UserToken| part(&token.sign(&secret, now).unwrap(), 1);
    assert_eq!(
        payload(&UserToken::new("ada")),
        r#"{"iat":1699999995,"user_id":"ada"}"#
    );
    assert_eq!(
        payload(
            &UserToken::new("ada")
                .claim("role", "x")
                .claim("a", 1)
                .claim("role", "y")
                .expires_in(Duration::from_secs(60))
        ),
        r#"{"iat":1699999995,"user_id":"ada","exp":1700000060,"role":"y","a":1}"#
    );
    assert_eq!(
        payload(
            &UserToken::new("ada")
                .issued_at(at(100))
                .expires_in(Duration::from_secs(5))
        ),
        r#"{"iat":100,"user_id":"ada","exp":105}"#
    );
}

#[test]
fn refuses_what_would_not_be_a_token() {
    let error = |token: UserToken, secret: &str| token.sign(&Secret::new(secret), at(0)).unwrap_err();
    for name in ["iat", "user_id", "exp", "server"] {
        let error = error(UserToken::new("ada").claim("fine", 1).claim(name, 1), "s");
        assert_eq!(
            error,
            TokenError::ReservedClaim {
                name: name.to_owned()
            }
        );
        assert!(error.to_string().contains(&format!("`{name}`")));
    }
    for id in ["", ".", "..", &"é".repeat(256)] {
        assert!(
            matches!(error(UserToken::new(id), "s"), TokenError::UserId { .. }),
            "{id}"
        );
    }
    assert!(
        UserToken::new("é".repeat(255))
            .sign(&Secret::new("s"), at(0))
            .is_ok()
    );
    assert_eq!(error(UserToken::new("ada"), ""), TokenError::Secret);
    assert_eq!(server_token(&Secret::new("")).unwrap_err(), TokenError::Secret);
    assert_eq!(
        error(UserToken::new("ada").expires_in(Duration::MAX), "s"),
        TokenError::Time { claim: "exp" }
    );
    assert_eq!(
        UserToken::new("ada")
            .sign(&Secret::new("s"), Timestamp::MIN)
            .unwrap_err(),
        TokenError::Time { claim: "iat" }
    );
}

proptest! {
    #[test]
    fn what_is_signed_verifies(
        id in "\\PC{1,60}",
        secret in "\\PC{1,100}",
        now in 1_000_000_000..3_000_000_000_i64,
        expires in proptest::option::of(0..100_000_000_u64),
        custom in "\\PC{0,30}",
    ) {
        prop_assume!(id != "." && id != "..");
        let mut token = UserToken::new(id.as_str()).claim("custom", custom.as_str());
        let mut expected = serde_json::json!({"iat": now - 5, "user_id": id, "custom": custom});
        if let Some(seconds) = expires {
            token = token.expires_in(Duration::from_secs(seconds));
            expected["exp"] = (now + i64::try_from(seconds).unwrap()).into();
        }
        let token = token.sign(&Secret::new(secret.as_str()), at(now)).unwrap();
        prop_assert_eq!(verify(&token, &secret).unwrap(), expected);
        let (other, shown) = (format!("{secret}x"), format!("{token:?}"));
        prop_assert!(verify(&token, &other).is_err());
        prop_assert!(!shown.contains(token.expose()));
    }
}
