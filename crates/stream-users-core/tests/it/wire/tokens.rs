//! The tokens: same claims in the same order, and a signature that another library accepts.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use stream_users_core::token::UserToken;
use stream_users_model::StrMap;

use super::records;
use crate::stage::{START, Stage};

pub(super) const SECRET: &str = crate::stage::SECRET;

/// The claims of a token, in their order, after another library has checked the signature.
pub(super) fn verified(token: &str) -> StrMap<Value> {
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::HS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    let key = jsonwebtoken::DecodingKey::from_secret(SECRET.as_bytes());
    jsonwebtoken::decode::<Value>(token, &key, &validation).unwrap();
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

/// The same claims in the same order. A recorded time is so many seconds from now; one may have ended meanwhile.
pub(super) fn check_claims(name: &str, ours: &StrMap<Value>, theirs: &Map<String, Value>) {
    assert_eq!(ours.len(), theirs.len(), "{name}: {ours:?}");
    for (claim, value) in theirs {
        let our = ours
            .get(claim)
            .unwrap_or_else(|| panic!("{name}: {claim} is missing"));
        match value.get("seconds_from_now").and_then(Value::as_i64) {
            Some(offset) => {
                let ours = our.as_i64().unwrap() - START;
                assert!(
                    (offset..=offset + 1).contains(&ours),
                    "{name}: {claim} {ours} {offset}"
                );
            }
            None => assert_eq!(our, value, "{name}: {claim}"),
        }
    }
}

#[test]
fn every_recorded_token_is_made_the_same() {
    let client = Stage::new([]).client;
    let mut compared = 0;
    for record in records() {
        let Some(recorded) = &record.token else { continue };
        let mut token = UserToken::new(record.input["user_id"].as_str().unwrap());
        if let Some(seconds) = record.input.get("expires_in").and_then(Value::as_u64) {
            token = token.expires_in(Duration::from_secs(seconds));
        }
        let token = client.create_token(&token).unwrap();
        let header = URL_SAFE_NO_PAD
            .decode(token.expose().split('.').next().unwrap())
            .unwrap();
        assert_eq!(
            serde_json::from_slice::<Value>(&header).unwrap(),
            recorded["header"]
        );
        let claims = verified(token.expose());
        check_claims(&record.case, &claims, recorded["claims"].as_object().unwrap());
        let order: Vec<&str> = claims.iter().map(|(name, _)| name).collect();
        assert_eq!(recorded["claim_order"], Value::from(order), "{}", record.case);
        compared += 1;
    }
    assert_eq!(compared, 3);
}

/// What the SDK has no way to say, ours says.
#[test]
fn what_the_sdk_could_not_make_is_made() {
    let client = Stage::new([]).client;
    let given = UserToken::new("t-1").issued_at(crate::stage::at(1_767_323_045));
    let claims = verified(client.create_token(&given).unwrap().expose());
    assert_eq!(claims.get("iat"), Some(&Value::from(1_767_323_045)));

    let custom = UserToken::new("t-1").role("guide").claim("level", 3);
    let claims = verified(client.create_token(&custom).unwrap().expose());
    let names: Vec<&str> = claims.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["iat", "user_id", "role", "level"]);
}
