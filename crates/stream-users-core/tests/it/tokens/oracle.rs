//! Another library on the other side.

use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use proptest::prelude::*;
use serde_json::{Value, json};
use stream_users_core::token::{TokenVerifier, UserToken};
use stream_users_model::{Timestamp, Token};

use crate::stage::{START, at};

fn theirs(token: &Token, secret: &str) -> Option<Value> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    let key = DecodingKey::from_secret(secret.as_bytes());
    let data = jsonwebtoken::decode::<Value>(token.expose(), &key, &validation);
    data.ok().map(|data| data.claims)
}

fn cids() -> impl Strategy<Value = Option<Vec<String>>> {
    prop::option::of(prop::collection::vec("[a-z]{1,4}:[a-z:]{1,4}", 0..3))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn what_ours_signs_both_accept(
        id in "\\PC{1,40}".prop_filter("an id", |id| id != "." && id != ".."),
        secret in "\\PC{1,60}",
        lives in prop::option::of(1..100_000_u64),
        begins in prop::option::of(-100_000..1_i64),
        role in prop::option::of("\\PC{1,10}"),
        (calls, channels) in (cids(), cids()),
        custom in "\\PC{0,20}",
    ) {
        let mut token = UserToken::new(id.as_str()).claim("custom", custom.as_str());
        if let Some(seconds) = lives {
            token = token.expires_in(Duration::from_secs(seconds));
        }
        if let Some(seconds) = begins {
            token = token.not_before(at(START + seconds));
        }
        if let Some(role) = &role {
            token = token.role(role);
        }
        if let Some(cids) = &calls {
            token = token.call_cids(cids);
        }
        if let Some(cids) = &channels {
            token = token.channel_cids(cids);
        }
        let token = token.sign(&secret.as_str().into(), at(START)).unwrap();
        let claims = theirs(&token, &secret).unwrap();
        let verifier = TokenVerifier::new(secret.as_str()).leeway(Duration::ZERO);
        let verified = verifier.verify(&token, at(START)).unwrap();
        prop_assert_eq!(verified.user_id().unwrap().as_str(), id);
        prop_assert_eq!(verified.role(), role.as_deref());
        prop_assert_eq!(verified.call_cids().map(<[_]>::to_vec), calls.map(|cids| cids.into_iter().map(Into::into).collect()));
        prop_assert_eq!(
            verified.channel_cids().map(<[_]>::to_vec),
            channels.map(|cids| cids.into_iter().map(Into::into).collect())
        );
        let seconds = |time: Option<Timestamp>| time.map(Timestamp::unix_seconds);
        prop_assert_eq!(seconds(verified.issued_at()), Some(START - 5));
        prop_assert_eq!(seconds(verified.expires_at()), lives.map(|lives| START + i64::try_from(lives).unwrap()));
        prop_assert_eq!(seconds(verified.not_before()), begins.map(|begins| START + begins));
        for (name, value) in claims.as_object().unwrap() {
            prop_assert_eq!(verified.claim(name), Some(value));
        }
        let other = format!("{secret}x");
        prop_assert!(TokenVerifier::new(other).verify(&token, at(START)).is_err());
    }

    #[test]
    fn what_the_other_library_signs_ours_accepts(
        id in "\\PC{1,40}".prop_filter("an id", |id| id != "." && id != ".."),
        secret in "\\PC{1,60}",
        with_type in any::<bool>(),
        claims in prop::collection::btree_map("x[a-z]{0,5}", "\\PC{0,10}", 0..4),
    ) {
        let mut payload = json!(claims);
        payload["user_id"] = id.as_str().into();
        payload["iat"] = START.into();
        let mut header = Header::new(Algorithm::HS256);
        if !with_type {
            header.typ = None;
        }
        let key = EncodingKey::from_secret(secret.as_bytes());
        let token = Token::new(jsonwebtoken::encode(&header, &payload, &key).unwrap());
        let verified = TokenVerifier::new(secret.as_str()).verify(&token, at(START)).unwrap();
        prop_assert_eq!(verified.user_id().unwrap().as_str(), id);
        prop_assert_eq!(verified.issued_at(), Some(at(START)));
        for (name, value) in &claims {
            prop_assert_eq!(verified.claim(name), Some(&Value::from(value.as_str())));
        }
    }

    /// What ours accepts, the other accepts: ours is never the weaker.
    #[test]
    fn a_changed_token_is_refused(
        place in any::<prop::sample::Index>(),
        with in prop::collection::vec(any::<char>(), 0..4),
        length in 0..4_usize,
    ) {
        let token = UserToken::new("ada").sign(&"s".into(), at(START)).unwrap();
        let letters: Vec<char> = token.expose().chars().collect();
        let start = place.index(letters.len());
        let end = (start + length).min(letters.len());
        let changed: String = letters[..start].iter().chain(&with).chain(&letters[end..]).collect();
        prop_assume!(changed != token.expose());
        prop_assert!(TokenVerifier::new("s").verify(&Token::new(changed), at(START)).is_err());
    }
}
