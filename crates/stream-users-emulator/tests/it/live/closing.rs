//! Whose connections end when a token is revoked or a user is gone, and how.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};
use stream_users_emulator::{Emulator, EmulatorBuilder};

use super::client::{Client, Closed};
use super::room::{Guest, Room};
use crate::stream::encode;

/// 2027-01-15T08:00:00Z, in seconds.
const START: i64 = 1_800_000_000;

fn builder() -> EmulatorBuilder {
    Emulator::builder().frozen_clock(UNIX_EPOCH + Duration::from_secs(START.unsigned_abs()))
}

/// A connection with a token that was issued so many seconds before the start; nothing is a token that does not say.
async fn with_token(room: &Room, user: &str, before: Option<i64>) -> Guest {
    let mut claims = json!({ "user_id": user });
    if let Some(before) = before {
        claims["iat"] = json!(START - before);
    }
    let token = room.stream.token(&claims);
    room.enter(&token, json!({ "id": user })).await
}

fn set(room: &Room, user: &str, revoked: Value) {
    let users = json!({ "users": [{ "id": user, "set": { "revoke_tokens_issued_before": revoked } }] });
    room.stream.call("PATCH", "/api/v2/users", users).ok(200);
}

/// The time so many seconds before the start.
fn before(seconds: i64) -> Value {
    json!((START - seconds) * 1_000_000_000)
}

async fn is_told_to_come_again(guest: &mut Guest) {
    let (before, error, closed) = guest.end().await;
    assert!(before.iter().all(|kind| kind == "user.updated"), "{before:?}");
    assert_eq!(
        error,
        json!({
            "code": 40, "StatusCode": 401, "message": "JWTAuth error: token was revoked",
            "details": [], "duration": "", "more_info": "",
        })
    );
    // Not 1000, after which official clients would stay away.
    assert_eq!(closed, Err(Closed::Code(1008, String::new())));
}

#[tokio::test]
async fn revoking_a_users_tokens_closes_what_was_opened_with_them() {
    let room = Room::with(builder()).await;
    let mut old = with_token(&room, "ada", Some(100)).await;
    let mut undated = with_token(&room, "ada", None).await;
    let mut fresh = with_token(&room, "ada", Some(10)).await;
    let mut at_once = with_token(&room, "ada", Some(50)).await;
    let mut bob = with_token(&room, "bob", Some(100)).await;
    room.watch(&bob, ["ada"]);
    set(&room, "ada", before(50));
    is_told_to_come_again(&mut old).await;
    is_told_to_come_again(&mut undated).await;
    // Those that were issued at that time or later are spared, and so are other users.
    for guest in [&mut fresh, &mut at_once, &mut bob] {
        assert_eq!(room.heard(guest).await, ["user.updated"], "{}", guest.user);
    }
    // Ada has not gone.
    assert_eq!(room.stream.user("ada")["online"], true);
    let hello = json!({ "token": room.stream.token(&json!({ "user_id": "ada", "iat": START - 100 })), "user_details": { "id": "ada" } });
    let (_, refused) = Client::newer_with(&room.emulator, &hello).await;
    assert_eq!(refused["error"]["code"], 40);
    // The last ones go, and others see it.
    set(&room, "ada", before(5));
    is_told_to_come_again(&mut fresh).await;
    is_told_to_come_again(&mut at_once).await;
    let told = room.told(&mut bob).await;
    assert_eq!(told.last().unwrap()["user"]["online"], false);
    assert_eq!(room.stream.user("ada")["online"], false);
    // With a new token it is back.
    let back = with_token(&room, "ada", Some(0)).await;
    assert_eq!(back.first["me"]["online"], true);
}

#[tokio::test]
async fn taking_a_revocation_back_closes_nobody() {
    let room = Room::with(builder()).await;
    let mut ada = with_token(&room, "ada", Some(10)).await;
    for revoked in [before(1000), Value::Null, before(20), before(10)] {
        set(&room, "ada", revoked.clone());
        assert_eq!(room.heard(&mut ada).await, ["user.updated"], "{revoked}");
    }
    // An upsert says nothing of it.
    room.stream.upsert([json!({ "id": "ada", "name": "Ada" })]);
    assert_eq!(room.heard(&mut ada).await, ["user.updated"]);
}

#[tokio::test]
async fn revoking_the_apps_tokens_closes_everybodys() {
    let room = Room::with(builder()).await;
    let mut ada = with_token(&room, "ada", Some(100)).await;
    let mut bob = with_token(&room, "bob", None).await;
    let mut eve = with_token(&room, "eve", Some(10)).await;
    let hello = json!({ "user_id": "x", "user_details": { "id": "x", "anon": true } });
    let path = super::client::older(&room.emulator, "undefined", "anonymous", &hello);
    let mut nobody = Client::open(&room.emulator, &path).await;
    nobody.json().await;
    let change = |settings: Value| {
        room.stream.call("PATCH", "/api/v2/app", settings).ok(200);
    };
    change(json!({ "revoke_tokens_issued_before": null }));
    change(json!({ "enforce_unique_usernames": "no" }));
    assert_eq!(room.emulator.connections().len(), 4);
    change(json!({ "revoke_tokens_issued_before": "2027-01-15T07:59:00Z" }));
    is_told_to_come_again(&mut ada).await;
    is_told_to_come_again(&mut bob).await;
    let nothing: [&str; 0] = [];
    assert_eq!(room.heard(&mut eve).await, nothing);
    assert_eq!(room.emulator.connections().len(), 2);
    nobody.ping().await;
}

/// Where no tokens are checked, none is revoked.
#[tokio::test]
async fn an_app_that_checks_no_tokens_closes_nobody() {
    let room = Room::with(builder()).await;
    let app = json!({ "disable_auth_checks": true });
    room.stream.call("PATCH", "/api/v2/app", app).ok(200);
    let mut ada = with_token(&room, "ada", Some(100)).await;
    set(&room, "ada", before(0));
    assert_eq!(room.heard(&mut ada).await, ["user.updated"]);
}

#[tokio::test]
async fn the_code_of_a_revoked_token_is_the_settings() {
    let room = Room::with(builder().settings(|settings| settings.revoked_token_code = 5)).await;
    let mut ada = with_token(&room, "ada", Some(100)).await;
    set(&room, "ada", before(0));
    let (_, error, _) = ada.end().await;
    assert_eq!(error["code"], 5);
}

/// Clients without a WebSocket are told in the answer to a poll: the one that waits, or the next.
#[tokio::test]
async fn polls_are_refused_for_what_ends_the_connection() {
    let room = Room::with(builder()).await;
    let claims = |user: &str| json!({ "user_id": user, "iat": START - 100 });
    let poll = |user: &str, query: &str| {
        let token = room.stream.token(&claims(user));
        room.stream
            .request("GET", &format!("/longpoll?{query}"), Some(&token), None)
    };
    let mut ids = Vec::new();
    for user in ["ada", "bob", "eve", "max"] {
        let hello = json!({ "user_id": user, "user_details": { "id": user } });
        let first = room
            .stream
            .send(poll(user, &format!("json={}", encode(&hello.to_string()))));
        let id = first.ok(200)["event"]["connection_id"]
            .as_str()
            .unwrap()
            .to_owned();
        ids.push(format!("connection_id={id}"));
    }
    // Ada waits when it happens.
    let waiting = {
        let mut service = room.stream.0.clone();
        let request = poll("ada", &ids[0]);
        tokio::spawn(async move { tower_service::Service::call(&mut service, request).await })
    };
    // It waits from here on: there is one thread for both, and without a socket nothing else is waited for.
    tokio::task::yield_now().await;
    room.stream
        .post("/api/v2/users/ada/deactivate", json!({}))
        .ok(201);
    let answer = waiting.await.unwrap().unwrap();
    assert_eq!(answer.status(), 404);
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(body["code"], 16);
    // The others come later.
    room.stream
        .post("/api/v2/users/delete", json!({ "user_ids": ["bob"] }))
        .ok(201);
    set(&room, "eve", before(0));
    for (user, id, status, code) in [("bob", &ids[1], 404, 16), ("eve", &ids[2], 401, 40)] {
        let answer = room.stream.send(poll(user, id));
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (status, &json!(code)),
            "{user}"
        );
    }
    // With a new token eve learns that it has to connect again.
    let token = room.stream.token(&json!({ "user_id": "eve", "iat": START }));
    let path = format!("/longpoll?{}", ids[2]);
    let answer = room
        .stream
        .send(room.stream.request("GET", &path, Some(&token), None));
    assert_eq!((answer.status, &answer.body["code"]), (400, &json!(46)));
    let there: Vec<String> = room
        .emulator
        .connections()
        .into_iter()
        .map(|one| one.user_id)
        .collect();
    assert_eq!(there, ["max"]);
}

/// A user who comes back is not closed for what it was before.
#[tokio::test]
async fn those_who_come_back_stay() {
    let room = Room::with(builder()).await;
    let mut ada = with_token(&room, "ada", Some(10)).await;
    room.stream
        .post("/api/v2/users/ada/deactivate", json!({}))
        .ok(201);
    room.stream
        .post("/api/v2/users/ada/reactivate", json!({}))
        .ok(201);
    let mut again = with_token(&room, "ada", Some(10)).await;
    // What was asked for first is done, although the user was back before anybody has noticed.
    let (_, error, closed) = ada.end().await;
    assert_eq!(error["message"], "the user ada was deactivated");
    assert_eq!(closed, Err(Closed::Code(1000, String::new())));
    let nothing: [&str; 0] = [];
    assert_eq!(room.heard(&mut again).await, nothing);
    assert_eq!(room.stream.user("ada")["online"], true);
}

/// A task that fails closes nobody, and one that is left undone neither.
#[tokio::test]
async fn what_is_not_done_closes_nobody() {
    let room = Room::with(builder()).await;
    let mut ada = with_token(&room, "ada", Some(10)).await;
    let fault = stream_users_emulator::Fault::failed_task("InternalError", "the worker is gone");
    room.emulator.fault("deactivate_users", fault).unwrap();
    let body = json!({ "user_ids": ["ada"] });
    room.stream
        .finish(room.stream.post("/api/v2/users/deactivate", body));
    let refused = json!({ "user_ids": ["ada"], "user": "hard" });
    assert_eq!(room.stream.post("/api/v2/users/delete", refused).status, 400);
    let nothing: [&str; 0] = [];
    assert_eq!(room.heard(&mut ada).await, nothing);
}

/// Whether a token is valid is asked when its user connects.
#[tokio::test]
async fn a_token_that_expires_closes_nobody() {
    let room = Room::with(builder()).await;
    let token = room.stream.token(&json!({ "user_id": "ada", "exp": START + 60 }));
    let mut ada = room.enter(&token, json!({ "id": "ada" })).await;
    room.emulator.advance_clock(Duration::from_mins(2));
    assert!(room.told(&mut ada).await.is_empty());
    let hello = json!({ "token": token, "user_details": { "id": "ada" } });
    let (_, refused) = Client::newer_with(&room.emulator, &hello).await;
    Client::refused(&refused, 401, 40, "JWTAuth error: token is expired (exp)");
    assert_eq!(room.emulator.connections().len(), 1);
}
