//! `jsonwebtoken` is the oracle: what we sign, it must verify.

use std::collections::HashSet;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use proptest::prelude::*;
use serde_json::Value;
use stream_users_model::Timestamp;

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
                .claim("b", "x")
                .claim("a", 1)
                .claim("b", "y")
                .channel_cids(["messaging:general"])
                .call_cids(["default:standup", "livestream:news:1"])
                .role("guide")
                .not_before(now)
                .expires_in(Duration::from_secs(60))
        ),
        r#"{"iat":1699999995,"user_id":"ada","exp":1700000060,"nbf":1700000000,"role":"guide","call_cids":["default:standup","livestream:news:1"],"channel_cids":["messaging:general"],"b":"y","a":1}"#
    );
    // Of the two ways to say when it ends, the last counts.
    let hour = Duration::from_secs(3600);
    assert_eq!(
        payload(
            &UserToken::new("ada")
                .expires_in(hour)
                .expires_at(at(1_700_000_001))
        ),
        r#"{"iat":1699999995,"user_id":"ada","exp":1700000001}"#
    );
    assert_eq!(
        payload(&UserToken::new("ada").expires_at(at(1)).expires_in(hour)),
        r#"{"iat":1699999995,"user_id":"ada","exp":1700003600}"#
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
    for name in [
        "iat",
        "user_id",
        "exp",
        "nbf",
        "role",
        "call_cids",
        "channel_cids",
        "server",
    ] {
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
    for cid in ["", "general", ":general", "messaging:"] {
        for token in [
            UserToken::new("ada").call_cids(["messaging:general", cid]),
            UserToken::new("ada").channel_cids([cid]),
        ] {
            assert!(
                matches!(error(token, "s"), TokenError::Claim { claim, .. } if claim.ends_with("_cids")),
                "{cid}"
            );
        }
    }
    assert!(matches!(
        error(UserToken::new("ada").role(""), "s"),
        TokenError::Claim { claim: "role", .. }
    ));
}

#[test]
fn refuses_a_token_that_would_never_be_valid() {
    let now = at(1_700_000_000).checked_add(Duration::from_millis(900)).unwrap();
    let sign = |token: UserToken| token.sign(&Secret::new("s"), now);
    let never = |token| matches!(sign(token), Err(TokenError::NeverValid { .. }));
    let ada = || UserToken::new("ada");
    assert!(never(ada().expires_in(Duration::from_millis(999))));
    assert!(never(ada().expires_in(Duration::ZERO)));
    assert!(sign(ada().expires_in(Duration::from_secs(1))).is_ok());
    assert!(never(ada().expires_at(now)));
    assert!(never(ada().expires_at(at(1_699_999_999))));
    assert!(sign(ada().expires_at(at(1_700_000_001))).is_ok());
    assert!(never(ada().issued_at(at(50)).expires_at(at(50))));
    assert!(
        sign(ada().issued_at(at(50)).expires_at(at(51))).is_ok(),
        "for tests"
    );
    assert!(never(
        ada().not_before(at(1_700_000_010)).expires_at(at(1_700_000_010))
    ));
    assert!(sign(ada().not_before(at(1_700_000_009)).expires_at(at(1_700_000_010))).is_ok());
    assert!(
        sign(ada().not_before(at(1_800_000_000))).is_ok(),
        "it does not expire"
    );
}

proptest! {
    #[test]
    fn what_is_signed_verifies(
        id in "\\PC{1,60}",
        secret in "\\PC{1,100}",
        now in 1_000_000_000..3_000_000_000_i64,
        expires in proptest::option::of(1..100_000_000_u64),
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
