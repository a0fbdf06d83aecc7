//! Tokens: secrets, clocks, revocation, and what is taken while tokens are not checked.

use serde_json::{Value, json};
use stream_users_emulator::Emulator;

use crate::auth::{PATH, now, raw, with_claims, with_token};
use crate::stream::{Stream, sign};

#[test]
fn refuses_revoked_tokens() {
    let stream = Stream::new();
    let set = |time: Value| {
        let user = json!({ "id": "ada", "set": { "revoke_tokens_issued_before": time } });
        stream
            .call("PATCH", "/api/v2/users", json!({ "users": [user] }))
            .ok(200);
    };
    stream.upsert([json!({ "id": "ada" })]);
    let old = json!({ "user_id": "ada", "iat": now() - 100 });
    with_claims(&stream, &old).ok(200);
    set(json!((i64::try_from(now()).unwrap() - 50) * 1_000_000_000));
    for claims in [&old, &json!({ "user_id": "ada" })] {
        with_claims(&stream, claims).fails(
            401,
            40,
            "GetBlockedUsers failed with error: \"JWTAuth error: token was revoked\"",
        );
    }
    with_claims(&stream, &json!({ "user_id": "ada", "iat": now() - 10 })).ok(200);
    set(Value::Null);
    with_claims(&stream, &old).ok(200);
}

#[test]
fn takes_every_secret_and_signs_with_the_first() {
    let stream = Stream::with(
        Emulator::builder()
            .api_secret("new")
            .also_accept_secret("old")
            .also_accept_secret("older"),
    );
    assert_eq!(stream.0.api_secret(), "new");
    let header = json!({ "alg": "HS256" });
    for secret in ["new", "old", "older"] {
        with_token(&stream, &sign(secret, &header, &json!({ "user_id": "ada" }))).ok(200);
    }
    with_token(&stream, &sign("oldest", &header, &json!({ "user_id": "ada" }))).fails(
        401,
        43,
        "GetBlockedUsers failed with error: \"Token signature is invalid\"",
    );
    let guest = stream
        .post("/api/v2/guest", json!({ "user": { "id": "gus" } }))
        .ok(201);
    let id = &guest["user"]["id"];
    assert_eq!(
        guest["access_token"],
        sign("new", &header, &json!({ "user_id": id }))
    );
}

#[test]
fn lets_clocks_differ_as_far_as_the_settings_say() {
    let skewed = Stream::with(Emulator::builder().clock_skew(std::time::Duration::from_mins(1)));
    for claim in ["iat", "nbf"] {
        let ahead = |seconds: u64| json!({ "user_id": "ada", claim: now() + seconds });
        with_claims(&skewed, &ahead(50)).ok(200);
        assert_eq!(with_claims(&skewed, &ahead(120)).status, 401);
        assert_eq!(with_claims(&Stream::new(), &ahead(50)).status, 401);
    }
    // A token ends when it ends.
    let ended = json!({ "user_id": "ada", "exp": now() - 1 });
    assert_eq!(with_claims(&skewed, &ended).body["code"], 40);
}

#[test]
fn takes_a_prefix_where_the_settings_say_so() {
    let token = |stream: &Stream| format!("Bearer {}", stream.token(&json!({ "user_id": "ada" })));
    let strict = Stream::new();
    assert_eq!(with_token(&strict, &token(&strict)).body["code"], 43);
    let lenient = Stream::with(Emulator::builder().settings(|settings| settings.accept_bearer_prefix = true));
    with_token(&lenient, &token(&lenient)).ok(200);
    with_claims(&lenient, &json!({ "user_id": "ada" })).ok(200);
}

#[test]
fn refuses_tokens_that_are_no_tokens() {
    let stream = Stream::new();
    for token in ["a.b.c", "..", ".", "a.b", "a.b.c.d", "e30.e30.", "e30.e30.e30"] {
        with_token(&stream, token).fails(
            401,
            43,
            "GetBlockedUsers failed with error: \"Token signature is invalid\"",
        );
    }
    // Claims that are no object, with a valid signature.
    for claims in [json!([]), json!("x"), json!(1), Value::Null] {
        assert_eq!(with_claims(&stream, &claims).body["code"], 43, "{claims}");
    }
    let long = stream.token(&json!({ "user_id": "ada", "more": "x".repeat(8 << 10) }));
    with_token(&stream, &long).fails(
        431,
        24,
        "GetBlockedUsers failed with error: \"the header authorization is larger than 8192 bytes\"",
    );
}

#[test]
fn takes_any_token_while_tokens_are_not_checked() {
    let stream = Stream::new();
    let part =
        |value: Value| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, value.to_string());
    let header = part(json!({ "alg": "HS256", "typ": "JWT" }));
    let claims = json!({ "user_id": "ada" });
    let tokens = [
        // A development token, with the padding that some clients write and without.
        format!("{header}.{}.devtoken", part(claims.clone())),
        format!("{header}.{}.devtoken", part(claims.clone()).trim_end_matches('=')),
        sign("another secret", &json!({ "alg": "HS256" }), &claims),
        sign("another secret", &json!({ "alg": "none" }), &claims),
        sign(
            "another secret",
            &json!({ "alg": "HS256" }),
            &json!({ "user_id": "ada", "exp": 1, "iat": now() + 1_000 }),
        ),
    ];
    let set = |value: bool| {
        let answer = stream.call("PATCH", "/api/v2/app", json!({ "disable_auth_checks": value }));
        answer.ok(200);
    };
    for value in [false, true, false] {
        set(value);
        for token in &tokens {
            let answer = with_token(&stream, token);
            if value {
                answer.ok(200);
            } else {
                assert_eq!(
                    (answer.status, &answer.body["code"]),
                    (401, &json!(43)),
                    "{token}"
                );
            }
        }
    }
    set(true);
    // It still has to be a token, and one that names nobody is a server's only with a signature.
    for token in [
        "nonsense".to_owned(),
        "a.b.devtoken".to_owned(),
        sign("another secret", &json!({ "alg": "HS256" }), &json!({})),
    ] {
        assert_eq!(with_token(&stream, &token).status, 401, "{token}");
    }
    let raw_key = format!("{PATH}?api_key=other");
    assert_eq!(
        raw(
            &stream,
            &raw_key,
            &[("stream-auth-type", "jwt"), ("authorization", &tokens[0])]
        )
        .body["code"],
        2
    );
    stream.upsert([json!({ "id": "ada" })]);
    stream.post("/api/v2/users/ada/deactivate", json!({})).ok(201);
    with_token(&stream, &tokens[0]).fails(
        404,
        16,
        "GetBlockedUsers failed with error: \"the user ada was deactivated\"",
    );
}

#[test]
fn the_app_revokes_tokens_of_everybody_but_servers() {
    let stream = Stream::new();
    let revoke = |time: Value| {
        stream
            .call(
                "PATCH",
                "/api/v2/app",
                json!({ "revoke_tokens_issued_before": time }),
            )
            .ok(200);
    };
    let (old, new) = (
        json!({ "user_id": "ada", "iat": now() - 100 }),
        json!({ "user_id": "ada", "iat": now() - 10 }),
    );
    revoke(json!((i64::try_from(now()).unwrap() - 50) * 1_000_000_000));
    for claims in [&old, &json!({ "user_id": "ada" }), &json!({ "user_id": "bob" })] {
        with_claims(&stream, claims).fails(
            401,
            40,
            "GetBlockedUsers failed with error: \"JWTAuth error: token was revoked\"",
        );
    }
    with_claims(&stream, &new).ok(200);
    // A server may be older: the answer is about the request, which names nobody.
    for claims in [json!({}), json!({ "server": true, "iat": now() - 100 })] {
        assert_eq!(with_claims(&stream, &claims).status, 400);
    }
    // Of a user's time and the app's the later one counts.
    stream.upsert([json!({ "id": "ada" })]);
    let of_user = json!({ "id": "ada", "set": { "revoke_tokens_issued_before": "2020-01-01T00:00:00Z" } });
    stream
        .call("PATCH", "/api/v2/users", json!({ "users": [of_user] }))
        .ok(200);
    assert_eq!(with_claims(&stream, &old).body["code"], 40);
    revoke(Value::Null);
    with_claims(&stream, &old).ok(200);
}

/// Some clients write times with a fraction, and JSON has numbers that no clock shows.
#[test]
fn times_may_be_any_numbers() {
    let stream = Stream::new();
    let now = std::time::Duration::from_secs(now()).as_secs_f64();
    for claims in [
        json!({ "user_id": "ada", "iat": now - 0.5, "nbf": now - 0.5, "exp": now + 600.5 }),
        json!({ "user_id": "ada", "iat": -1, "nbf": -1e300, "exp": 1e300 }),
        json!({ "user_id": "ada", "iat": i64::MIN, "nbf": 0, "exp": u64::MAX }),
    ] {
        with_claims(&stream, &claims).ok(200);
    }
    for (claims, code) in [
        (json!({ "user_id": "ada", "exp": now - 0.5 }), 40),
        (json!({ "user_id": "ada", "exp": 0 }), 40),
        (json!({ "user_id": "ada", "exp": -1e300 }), 40),
        (json!({ "user_id": "ada", "nbf": now + 600.5 }), 41),
        (json!({ "user_id": "ada", "nbf": u64::MAX }), 41),
        (json!({ "user_id": "ada", "iat": 1e300 }), 42),
    ] {
        assert_eq!(with_claims(&stream, &claims).body["code"], code, "{claims}");
    }
}
