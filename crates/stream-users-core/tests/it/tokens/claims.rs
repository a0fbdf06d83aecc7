//! What each claim must be, and what becomes of it.

use std::time::Duration;

use serde_json::{Value, json};
use stream_users_core::token::{TokenError, TokenVerifier};
use stream_users_model::{ErrorCode, Timestamp};

use super::{HEADER, SECRET, signed, token_of, verify, verify_claims};
use crate::stage::{START, at, millis, seconds};

#[test]
fn a_users_token_says_what_it_holds() {
    let claims = json!({
        "user_id": "ada", "iat": START - 5, "exp": START + 60, "nbf": START - 1, "role": "guide",
        "call_cids": ["default:standup"], "channel_cids": [], "plan": {"name": "pro"}, "server": false,
    });
    let token = verify_claims(&claims).unwrap();
    assert_eq!(token.user_id().unwrap(), "ada");
    assert!(!token.is_server());
    assert_eq!(
        (token.issued_at(), token.expires_at(), token.not_before()),
        (Some(at(START - 5)), Some(at(START + 60)), Some(at(START - 1)))
    );
    assert_eq!(token.role(), Some("guide"));
    assert_eq!(token.call_cids().unwrap(), ["default:standup"]);
    assert_eq!(token.channel_cids().unwrap().len(), 0);
    assert_eq!(token.claim("plan"), Some(&json!({"name": "pro"})));
    assert_eq!(token.claim("exp"), Some(&json!(START + 60)));
    assert_eq!(token.claim("absent"), None);

    let token = verify_claims(&json!({"user_id": "ada"})).unwrap();
    assert_eq!(
        (token.issued_at(), token.expires_at(), token.not_before()),
        (None, None, None)
    );
    assert_eq!(
        (token.role(), token.call_cids(), token.channel_cids()),
        (None, None, None)
    );
}

/// As the SDKs of other languages make them.
#[test]
fn a_servers_token_names_nobody() {
    for claims in [
        json!({"server": true}),
        json!({}),
        json!({"server": true, "iat": START}),
        json!({"iat": START - 5, "nbf": START - 5, "exp": START + 3600}),
    ] {
        let token = verify_claims(&claims).unwrap();
        assert!(token.is_server() && token.user_id().is_none(), "{claims}");
    }
}

fn refused(claims: &Value) -> &'static str {
    let error = verify_claims(claims).unwrap_err();
    let TokenError::Claim { claim, .. } = error else {
        panic!("{claims}: {error}")
    };
    assert_eq!(error.code(), Some(ErrorCode::TOKEN_SIGNATURE_INVALID));
    assert!(error.to_string().contains(&format!("`{claim}`")), "{error}");
    claim
}

#[test]
fn a_claim_of_another_type_is_refused() {
    for id in [
        json!(""),
        json!("."),
        json!(".."),
        json!("é".repeat(256)),
        json!(5),
        json!(null),
        json!(["ada"]),
    ] {
        assert_eq!(refused(&json!({"user_id": id})), "user_id", "{id}");
    }
    assert!(verify_claims(&json!({"user_id": "é".repeat(255)})).is_ok());
    for server in [json!(1), json!("true"), json!(null)] {
        assert_eq!(refused(&json!({"server": server})), "server");
        assert_eq!(refused(&json!({"server": server, "user_id": "ada"})), "server");
    }
    assert_eq!(refused(&json!({"server": true, "user_id": "ada"})), "server");
    assert_eq!(refused(&json!({"server": false})), "user_id");
    for claim in ["iat", "exp", "nbf"] {
        for time in [
            json!("1700000000"),
            json!(null),
            json!(true),
            json!([1]),
            json!({}),
            json!(i64::MAX),
            json!(u64::MAX),
            json!(1e300),
            json!(-1e300),
            json!(i64::MIN),
        ] {
            assert_eq!(
                refused(&json!({"user_id": "ada", claim: time})),
                claim,
                "{claim} {time}"
            );
        }
    }
    for role in [json!(1), json!(null), json!(["admin"])] {
        assert_eq!(refused(&json!({"user_id": "ada", "role": role})), "role");
    }
    for claim in ["call_cids", "channel_cids"] {
        for cids in [
            json!("a:b"),
            json!(null),
            json!([1]),
            json!(["a:b", null]),
            json!({}),
        ] {
            assert_eq!(refused(&json!({"user_id": "ada", claim: cids})), claim);
        }
    }
}

#[test]
fn each_time_has_its_error_and_its_leeway() {
    let now = at(START).checked_add(millis(500)).unwrap();
    let strict = TokenVerifier::new(SECRET).leeway(Duration::ZERO);
    let lenient = TokenVerifier::new(SECRET);
    let outcome = |verifier: &TokenVerifier, claim: &str, time: i64| {
        let mut claims = json!({"user_id": "ada"});
        claims[claim] = time.into();
        let outcome = verifier.verify(&token_of(&claims), now);
        outcome.map_err(|error| error.code().unwrap().get()).err()
    };
    for (claim, time, code) in [
        // It is 500 ms past the second: at that second it has expired, and begun.
        ("exp", START, Some(40)),
        ("exp", START + 1, None),
        ("nbf", START, None),
        ("nbf", START + 1, Some(41)),
        ("iat", START, None),
        ("iat", START + 1, Some(42)),
    ] {
        assert_eq!(outcome(&strict, claim, time), code, "{claim} {time}");
    }
    for (claim, time, code) in [
        ("exp", START - 5, Some(40)),
        ("exp", START - 4, None),
        ("nbf", START + 5, None),
        ("nbf", START + 6, Some(41)),
        ("iat", START + 5, None),
        ("iat", START + 6, Some(42)),
    ] {
        assert_eq!(outcome(&lenient, claim, time), code, "{claim} {time}");
    }
    // To the very moment.
    for (claim, code) in [("exp", Some(40)), ("nbf", None), ("iat", None)] {
        let mut claims = json!({"user_id": "ada"});
        claims[claim] = START.into();
        let outcome = strict.verify(&token_of(&claims), at(START));
        assert_eq!(
            outcome.err().map(|error| error.code().unwrap().get()),
            code,
            "{claim}"
        );
    }
    // The bounds of time bound nothing else.
    let forever = TokenVerifier::new(SECRET).leeway(Duration::MAX);
    for claim in ["exp", "nbf", "iat"] {
        assert_eq!(outcome(&forever, claim, 0), None);
    }
    for now in [Timestamp::MIN, Timestamp::MAX] {
        let token = token_of(&json!({"user_id": "ada"}));
        assert!(lenient.verify(&token, now).is_ok());
    }
}

/// `exp` is said first: it is what a client refreshes for.
#[test]
fn of_several_errors_the_first_is_named() {
    let claims = json!({"user_id": "ada", "exp": 1, "nbf": START + 60, "iat": START + 60});
    assert_eq!(verify_claims(&claims).unwrap_err(), TokenError::Expired);
    let forged = signed(HEADER, claims.to_string().as_bytes(), "another secret");
    assert_eq!(verify(&forged).unwrap_err(), TokenError::Signature);
}

/// Go writes times as floats, Python with a fraction.
#[test]
fn times_may_be_floats() {
    for (text, time) in [
        ("1.7e9", at(1_700_000_000)),
        ("1699999999.0", at(1_699_999_999)),
        (
            "1699999999.25",
            at(1_699_999_999).checked_add(millis(250)).unwrap(),
        ),
        ("-0.5", at(0).checked_sub(millis(500)).unwrap()),
        ("-2", at(-2)),
        ("0", at(0)),
    ] {
        let payload = format!(r#"{{"user_id":"ada","iat":{text}}}"#);
        let token = verify(&signed(HEADER, payload.as_bytes(), SECRET)).unwrap();
        assert_eq!(token.issued_at(), Some(time), "{text}");
    }
    let late = at(START).checked_add(seconds(1)).unwrap();
    let payload = format!(r#"{{"user_id":"ada","exp":{START}.75}}"#);
    let token = signed(HEADER, payload.as_bytes(), SECRET);
    let verifier = TokenVerifier::new(SECRET).leeway(Duration::ZERO);
    assert!(verifier.verify(&token, at(START)).is_ok());
    assert_eq!(verifier.verify(&token, late).unwrap_err(), TokenError::Expired);
}
