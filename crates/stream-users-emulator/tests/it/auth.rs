use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use stream_users_emulator::Emulator;

use crate::stream::{Answer, Stream, sign};

pub(crate) const PATH: &str = "/api/v2/users/block";

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

pub(crate) fn with_token(stream: &Stream, token: &str) -> Answer {
    stream.send(stream.request("GET", PATH, Some(token), None))
}

pub(crate) fn with_claims(stream: &Stream, claims: &Value) -> Answer {
    with_token(stream, &stream.token(claims))
}

pub(crate) fn raw(stream: &Stream, uri: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    stream.send(request.body(Bytes::new()).unwrap())
}

#[test]
fn checks_the_key_before_everything_else() {
    let stream = Stream::new();
    for headers in [
        &[][..],
        &[("stream-auth-type", "jwt"), ("authorization", "nonsense")],
    ] {
        raw(&stream, PATH, headers).fails(
            401,
            2,
            "GetBlockedUsers failed with error: \"api_key or app_id not provided\"",
        );
        raw(&stream, &format!("{PATH}?api_key=other"), headers).fails(
            401,
            2,
            "GetBlockedUsers failed with error: \"api_key not valid\"",
        );
    }
}

#[test]
fn needs_to_know_who_sends() {
    let stream = Stream::new();
    let uri = format!("{PATH}?api_key={}", stream.0.api_key());
    raw(&stream, &uri, &[]).fails(
        401,
        5,
        "GetBlockedUsers failed with error: \"stream-auth-type missing or invalid\"",
    );
    raw(&stream, &uri, &[("stream-auth-type", "jwt")]).fails(
        401,
        5,
        "GetBlockedUsers failed with error: \"Authorization header not provided\"",
    );
    raw(&stream, &uri, &[("stream-auth-type", "anonymous")]).fails(
        403,
        17,
        "GetBlockedUsers failed with error: \"User with role 'anonymous' is not allowed to perform action \
         GetBlockedUsers\"",
    );
}

#[test]
fn refuses_bad_signatures_before_it_reads_claims() {
    let stream = Stream::new();
    let expired = json!({ "user_id": "ada", "exp": 1 });
    let hs256 = json!({ "alg": "HS256" });
    let tokens = [
        sign("another secret", &hs256, &expired),
        sign(stream.0.api_secret(), &json!({ "alg": "none" }), &expired),
        sign(stream.0.api_secret(), &json!({ "alg": "HS384" }), &expired),
        format!("Bearer {}", stream.token(&json!({}))),
        stream.token(&expired).rsplit_once('.').unwrap().0.to_owned() + ".",
        "nonsense".to_owned(),
    ];
    for token in tokens {
        with_token(&stream, &token).fails(
            401,
            43,
            "GetBlockedUsers failed with error: \"Token signature is invalid\"",
        );
    }
    let old = Stream::with(Emulator::builder().settings(|settings| settings.bad_signature_code = 5));
    with_token(&old, "nonsense").fails(
        401,
        5,
        "GetBlockedUsers failed with error: \"Token signature is invalid\"",
    );
}

#[test]
fn checks_times_in_their_order() {
    let stream = Stream::new();
    let later = now() + 1_000;
    let failure = |claims: Value, code: i64, reason: &str| {
        let message = format!("GetBlockedUsers failed with error: \"JWTAuth error: {reason}\"");
        with_claims(&stream, &claims).fails(401, code, &message);
    };
    failure(
        json!({ "exp": now() - 1, "nbf": later, "iat": later }),
        40,
        "token is expired (exp)",
    );
    failure(
        json!({ "exp": later, "nbf": later, "iat": later }),
        41,
        "token is not valid yet (nbf)",
    );
    failure(
        json!({ "exp": later, "iat": later }),
        42,
        "token used before issue at (iat)",
    );
    // All times are right: what is wrong now is the request.
    let claims = json!({ "exp": later, "nbf": now() - 5, "iat": now() - 5 });
    assert_eq!(with_claims(&stream, &claims).status, 400);
    stream.0.advance_clock(std::time::Duration::from_secs(2_000));
    failure(claims, 40, "token is expired (exp)");
}

#[test]
fn a_server_is_whoever_names_no_user() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" })]);
    for claims in [
        json!({}),
        json!({ "server": true }),
        json!({ "server": true, "iat": now() }),
    ] {
        let token = stream.token(&claims);
        stream
            .send(stream.request("POST", "/api/v2/users/ada/deactivate", Some(&token), None))
            .ok(201);
        stream
            .send(stream.request("POST", "/api/v2/users/ada/reactivate", Some(&token), None))
            .ok(201);
    }
}

#[test]
fn refuses_users_who_were_deactivated() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" })]);
    stream.post("/api/v2/users/ada/deactivate", json!({})).ok(201);
    with_claims(&stream, &json!({ "user_id": "ada" })).fails(
        404,
        16,
        "GetBlockedUsers failed with error: \"the user ada was deactivated\"",
    );
}

#[test]
fn keeps_clients_from_what_is_for_servers() {
    let stream = Stream::new();
    for (method, path, id) in [
        ("POST", "/api/v2/users/ada/deactivate", "DeactivateUser"),
        ("POST", "/api/v2/users/ada/reactivate", "ReactivateUser"),
        ("POST", "/api/v2/users/deactivate", "DeactivateUsers"),
        ("POST", "/api/v2/users/reactivate", "ReactivateUsers"),
        ("POST", "/api/v2/users/delete", "DeleteUsers"),
        ("POST", "/api/v2/users/restore", "RestoreUsers"),
        ("GET", "/api/v2/tasks/x", "GetTask"),
        ("GET", "/api/v2/rate_limits", "GetRateLimits"),
    ] {
        stream.call_as("ada", method, path, Value::Null).fails(
            403,
            17,
            &format!("{id} failed with error: \"this operation can only be called server side\""),
        );
    }
    for (method, path, id) in [
        ("GET", "/api/v2/users/ada/export", "ExportUser"),
        ("POST", "/api/v2/export/users", "ExportUsers"),
    ] {
        let message = format!("{id} failed with error: \"users can only be exported server side\"");
        stream
            .call_as("ada", method, path, Value::Null)
            .fails(403, 17, &message);
    }
}

#[test]
fn a_client_is_who_its_token_says() {
    let stream = Stream::new();
    stream
        .call_as("ada", "GET", &format!("{PATH}?user_id=ada"), Value::Null)
        .ok(200);
    stream
        .call_as("ada", "GET", &format!("{PATH}?user_id=bob"), Value::Null)
        .fails(
            403,
            17,
            "GetBlockedUsers failed with error: \"user_id does not match the user of the token\"",
        );
}

#[test]
fn refuses_claims_of_wrong_types() {
    let stream = Stream::new();
    for (claim, value, predicate) in [
        ("exp", json!("1"), "has to be a number"),
        ("exp", Value::Null, "has to be a number"),
        ("nbf", json!(true), "has to be a number"),
        ("iat", json!("1"), "has to be a number"),
        ("user_id", json!(5), "has to be a string that is not empty"),
        ("user_id", json!(""), "has to be a string that is not empty"),
        ("user_id", Value::Null, "has to be a string that is not empty"),
    ] {
        for operation in ["GetBlockedUsers", "GetTask"] {
            let path = if operation == "GetTask" {
                "/api/v2/tasks/x"
            } else {
                PATH
            };
            let token = stream.token(&json!({ claim: value }));
            stream
                .send(stream.request("GET", path, Some(&token), None))
                .fails(
                    401,
                    43,
                    &format!(
                        "{operation} failed with error: \"JWTAuth error: the claim {claim} {predicate}\""
                    ),
                );
        }
    }
}

#[test]
fn asks_who_sends_before_it_looks_at_the_body() {
    let stream = Stream::new();
    for body in [vec![b'['; 10 << 20], b"{".to_vec()] {
        let mut request = stream.request("POST", "/api/v2/users", Some("nonsense"), None);
        *request.body_mut() = body.into();
        let answer = stream.send(request);
        assert_eq!((answer.status, &answer.body["code"]), (401, &json!(43)));
    }
}

#[test]
fn checks_one_thing_after_the_other() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" })]);
    let revocation = json!({ "id": "ada", "set": { "revoke_tokens_issued_before": now() * 1_000_000_000 } });
    stream
        .call("PATCH", "/api/v2/users", json!({ "users": [revocation] }))
        .ok(200);
    stream.post("/api/v2/users/ada/deactivate", json!({})).ok(201);
    let (past, future) = (now() - 1_000, now() + 1_000);
    // Each token has what the ones before it were refused for set right.
    for (claims, code) in [
        (
            json!({ "user_id": "ada", "exp": past, "nbf": future, "iat": future }),
            40,
        ),
        (
            json!({ "user_id": "ada", "exp": future, "nbf": future, "iat": future }),
            41,
        ),
        (
            json!({ "user_id": "ada", "exp": future, "nbf": past, "iat": future }),
            42,
        ),
        (
            json!({ "user_id": "ada", "exp": future, "nbf": past, "iat": past }),
            40,
        ),
    ] {
        let answer = with_claims(&stream, &claims);
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (401, &json!(code)),
            "{claims}"
        );
    }
    let valid = with_claims(
        &stream,
        &json!({ "user_id": "ada", "exp": future, "nbf": past, "iat": now() }),
    );
    assert_eq!((valid.status, &valid.body["code"]), (404, &json!(16)));
}

#[test]
fn nobody_in_particular_may_read_and_not_write() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" })]);
    let anonymous = |method: &str, path: &str, body: Value| {
        let mut request = stream.request(method, path, None, Some(body));
        // Some clients send what is no token along.
        let token = http::HeaderValue::from_static("undefined");
        request.headers_mut().insert("authorization", token);
        stream.send(request)
    };
    let payload = crate::stream::encode(r#"{"filter_conditions":{}}"#);
    let path = format!("/api/v2/users?payload={payload}&user_id=some-uuid");
    assert_eq!(
        crate::stream::ids(&anonymous("GET", &path, Value::Null).ok(200)),
        ["ada"]
    );
    for (method, path, id, action) in [
        ("POST", "/api/v2/users", "UpdateUsers", "UpdateUser"),
        ("PATCH", "/api/v2/users", "UpdateUsersPartial", "UpdateUser"),
        ("POST", "/api/v2/users/block", "BlockUsers", "BlockUsers"),
        ("GET", "/api/v2/app", "GetApp", "GetApp"),
    ] {
        let inner = format!("User with role 'anonymous' is not allowed to perform action {action}");
        anonymous(method, path, json!({})).fails(403, 17, &format!("{id} failed with error: \"{inner}\""));
    }
    assert_eq!(anonymous("POST", "/api/v2/users/delete", json!({})).status, 403);
}
