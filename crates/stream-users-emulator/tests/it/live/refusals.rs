//! Who is refused is told so in a message, on both protocols in the same words, after the upgrade.

use serde_json::{Value, json};
use stream_users_emulator::{Emulator, EmulatorBuilder};

use super::client::{Client, Closed, newer, older, token, token_of};
use crate::stream::Stream;

/// Connects on both protocols; the first answers.
async fn both(emulator: &Emulator, token: &str, details: &Value) -> [Value; 2] {
    let hello = json!({ "token": token, "user_details": details });
    let (mut first, told) = Client::newer_with(emulator, &hello).await;
    let hello = json!({ "user_id": details["id"], "user_details": details });
    let (mut second, told_too) = Client::older_with(emulator, token, &hello).await;
    for (client, told) in [(&mut first, &told), (&mut second, &told_too)] {
        if told["type"] == "connection.error" {
            // After every other code official clients would come again.
            assert_eq!(client.next().await, Err(Closed::Code(1000, String::new())));
        }
    }
    assert!(told["created_at"].is_i64() && told_too["created_at"].is_string());
    [told, told_too]
}

async fn refused(emulator: &Emulator, token: &str, details: &Value, status: u16, code: i64, text: &str) {
    for first in both(emulator, token, details).await {
        Client::refused(&first, status, code, text);
    }
}

async fn started(builder: EmulatorBuilder) -> Emulator {
    builder.start().await.unwrap()
}

#[tokio::test]
async fn for_the_key_and_for_the_token() {
    let emulator = Emulator::start().await.unwrap();
    let now = emulator
        .now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let ada = json!({ "id": "ada" });
    for (claims, code, text) in [
        (
            json!({ "user_id": "ada", "exp": now - 10 }),
            40,
            "JWTAuth error: token is expired (exp)",
        ),
        (
            json!({ "user_id": "ada", "nbf": now + 1_000 }),
            41,
            "JWTAuth error: token is not valid yet (nbf)",
        ),
        (
            json!({ "user_id": "ada", "iat": now + 1_000 }),
            42,
            "JWTAuth error: token used before issue at (iat)",
        ),
    ] {
        refused(&emulator, &token_of(&emulator, &claims), &ada, 401, code, text).await;
    }
    let tampered = format!("{}x", token(&emulator, "ada"));
    refused(&emulator, &tampered, &ada, 401, 43, "Token signature is invalid").await;
    refused(&emulator, "", &ada, 401, 5, "Authorization header not provided").await;
    let server = token_of(&emulator, &json!({ "server": true }));
    for first in both(&emulator, &server, &ada).await {
        assert_eq!(first["error"]["code"], 17, "{first}");
    }
    refused(
        &emulator,
        &token(&emulator, "bob"),
        &ada,
        403,
        17,
        "user_id does not match the user of the token",
    )
    .await;
    let path = newer(&emulator).replace(emulator.api_key(), "another");
    let mut client = Client::open(&emulator, &path).await;
    client.say("{}").await;
    Client::refused(&client.json().await, 401, 2, "api_key not valid");
    let mut client = Client::open(&emulator, "/connect").await;
    Client::refused(&client.json().await, 401, 2, "api_key or app_id not provided");
    let path = older(&emulator, "x", "basic", &json!({ "user_id": "ada" }));
    let mut client = Client::open(&emulator, &path).await;
    Client::refused(
        &client.json().await,
        401,
        5,
        "stream-auth-type missing or invalid",
    );
    assert!(emulator.connections().is_empty());
    assert_eq!(emulator.state().unwrap()["users"], json!([]));
}

#[tokio::test]
async fn for_what_has_become_of_the_user() {
    let emulator = Emulator::start().await.unwrap();
    let stream = Stream(emulator.service());
    for id in ["gone", "off", "out"] {
        stream.upsert([json!({ "id": id })]);
    }
    stream.call("DELETE", "/users/gone", Value::Null).ok(200);
    stream.post("/api/v2/users/off/deactivate", json!({})).ok(201);
    let revoked = json!({ "users": [{ "id": "out", "set": { "revoke_tokens_issued_before": "2100-01-01T00:00:00Z" } }] });
    stream.call("PATCH", "/api/v2/users", revoked).ok(200);
    for (id, status, code, text) in [
        ("gone", 404, 16, "the user gone was deleted"),
        ("off", 404, 16, "the user off was deactivated"),
        ("out", 401, 40, "JWTAuth error: token was revoked"),
    ] {
        refused(
            &emulator,
            &token(&emulator, id),
            &json!({ "id": id }),
            status,
            code,
            text,
        )
        .await;
    }
}

#[tokio::test]
async fn for_what_it_says_of_itself() {
    let emulator = Emulator::start().await.unwrap();
    let token = &token(&emulator, "ada");
    for name in [
        "created_at",
        "updated_at",
        "online",
        "last_active",
        "deleted_at",
        "deactivated_at",
    ] {
        let text = format!("user_details.{name} is a reserved field");
        let details = json!({ "id": "ada", name: "2027-01-01T00:00:00Z" });
        let firsts = both(&emulator, token, &details).await;
        for first in &firsts {
            Client::refused(first, 400, 4, &text);
            assert_eq!(
                first["error"]["exception_fields"][format!("user_details.{name}")],
                text
            );
        }
    }
    let teams = json!({ "id": "ada", "teams": ["red"] });
    refused(
        &emulator,
        token,
        &teams,
        400,
        4,
        "user teams cannot be changed at connection time",
    )
    .await;
    let large = json!({ "id": "ada", "custom": { "text": "x".repeat(6_000) } });
    refused(
        &emulator,
        token,
        &large,
        413,
        22,
        "users[ada] is larger than 5 KB",
    )
    .await;
    for hello in ["", "[]", "nonsense", "{\"user_id\":"] {
        let (json, key) = (crate::stream::encode(hello), emulator.api_key());
        let path = format!("/connect?json={json}&api_key={key}&authorization={token}&stream-auth-type=jwt");
        let mut client = Client::open(&emulator, &path).await;
        Client::refused(&client.json().await, 400, 4, "invalid json data");
        if hello.is_empty() {
            continue;
        }
        let mut client = Client::open(&emulator, &newer(&emulator)).await;
        client.say(hello).await;
        Client::refused(&client.json().await, 400, 4, "invalid json data");
    }
    let (_, first) = Client::newer_with(&emulator, &json!({ "token": token })).await;
    Client::refused(&first, 400, 4, "user_details is a required field");
    let hello = json!({ "token": token, "user_details": { "id": "ada" }, "products": ["chess"] });
    let (_, first) = Client::newer_with(&emulator, &hello).await;
    Client::refused(&first, 400, 4, "products must be one of [chat video feeds]");
    assert_eq!(emulator.state().unwrap()["users"], json!([]));
}

#[tokio::test]
async fn for_how_often_it_connects() {
    let emulator = started(Emulator::builder().quota("connect", 1)).await;
    let (_client, first) = Client::newer(&emulator, "ada").await;
    assert_eq!(first["type"], "connection.ok", "{first}");
    let (_, first) = Client::newer(&emulator, "ada").await;
    let text = "Too many requests for user endpoint Connect, check response headers for more information.";
    Client::refused(&first, 429, 9, text);
    // Browsers say what they are in the query.
    let path = format!("{}-browser", newer(&emulator));
    let mut client = Client::open(&emulator, &path).await;
    client
        .say(json!({ "token": token(&emulator, "ada"), "user_details": { "id": "ada" } }).to_string())
        .await;
    assert_eq!(client.json().await["type"], "connection.ok");
    // Whoever may not connect at all uses up nobody's quota.
    let documented =
        started(Emulator::builder().rate_limits(stream_users_emulator::RateLimits::Documented)).await;
    Client::newer_with(&documented, &json!({ "token": "x", "user_details": {} })).await;
    let limits = Stream(documented.service())
        .get("/api/v2/rate_limits?endpoints=Connect&server_side=true")
        .ok(200);
    assert_eq!(limits["server_side"]["Connect"]["limit"], 10_000);
    assert_eq!(limits["server_side"]["Connect"]["remaining"], 10_000);
}

#[tokio::test]
async fn for_how_many_are_connected() {
    let emulator = started(Emulator::builder().settings(|settings| settings.max_live_connections = 1)).await;
    let (first, _) = Client::newer(&emulator, "ada").await;
    let (_, told) = Client::older(&emulator, "bob").await;
    Client::refused(&told, 429, 71, "too many connections");
    drop(first);
    // There is room as soon as the emulator has seen that the first one is gone.
    crate::socket::within(async {
        while Client::newer(&emulator, "bob").await.1["type"] != "connection.ok" {}
    })
    .await;
}

#[tokio::test]
async fn nobody_when_the_app_checks_no_tokens() {
    let emulator = started(Emulator::builder().app_setting("disable_auth_checks", true)).await;
    // {"alg":"HS256"}, {"user_id":"ada"}
    let dev = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoiYWRhIn0.devtoken";
    for first in both(&emulator, dev, &json!({ "id": "ada" })).await {
        assert_eq!(first["me"]["id"], "ada", "{first}");
    }
}

#[tokio::test(start_paused = true)]
async fn for_saying_nothing() {
    let emulator = started(Emulator::builder().settings(|settings| {
        settings.longest_handshake = std::time::Duration::from_secs(5);
    }))
    .await;
    let mut client = Client::open(&emulator, &newer(&emulator)).await;
    let text = "the first message, which carries token and user_details, took too long";
    Client::refused(&client.json().await, 408, 23, text);
    assert_eq!(client.next().await, Err(Closed::Code(1008, String::new())));
}
