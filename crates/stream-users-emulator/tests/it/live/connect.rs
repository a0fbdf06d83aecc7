//! Connecting: the first answer on both protocols.

use serde_json::json;
use stream_users_emulator::Emulator;

use super::client::{Client, Closed, older};
use crate::socket::within;

#[tokio::test]
async fn the_first_answer_of_the_older_protocol() {
    let emulator = Emulator::start().await.unwrap();
    let hello = json!({
        "user_id": "ada",
        "user_details": { "id": "ada", "name": "Ada", "plan": "pro" },
        "client_request_id": "x",
    });
    let (mut client, first) =
        Client::older_with(&emulator, &super::client::token(&emulator, "ada"), &hello).await;
    assert_eq!(first["type"], "health.check", "{first}");
    assert_eq!(first["cid"], "*");
    assert_eq!(first["connection_id"].as_str().unwrap().len(), 36);
    assert!(first["created_at"].is_string());
    let me = &first["me"];
    assert_eq!(me["id"], "ada");
    assert_eq!(
        (&me["name"], &me["plan"], &me["role"]),
        (&json!("Ada"), &json!("pro"), &json!("user"))
    );
    assert_eq!(me["online"], true);
    assert!(me["last_active"].is_string());
    for list in ["devices", "mutes", "channel_mutes", "blocked_user_ids", "teams"] {
        assert_eq!(me[list], json!([]), "{list}");
    }
    assert_eq!(client.ping().await, [json!(null); 0]);
}

#[tokio::test]
async fn the_first_answer_of_the_newer_protocol() {
    let emulator = Emulator::start().await.unwrap();
    let (mut client, first) = Client::newer(&emulator, "ada").await;
    assert_eq!(first["type"], "connection.ok", "{first}");
    assert!(first["created_at"].is_i64());
    assert_eq!(first["me"]["custom"], json!({}));
    assert!(first["me"]["created_at"].is_i64());
    assert_eq!(client.ping().await, [json!(null); 0]);
    within(emulator.shutdown()).await;
    assert_eq!(
        client.next().await,
        Err(Closed::Code(1001, "the emulator stops".to_owned()))
    );
}

#[tokio::test]
async fn nobody_in_particular() {
    let emulator = Emulator::start().await.unwrap();
    let hello = json!({ "user_id": "x-1", "user_details": { "id": "x-1", "anon": true } });
    for token in ["undefined", ""] {
        let mut client = Client::open(&emulator, &older(&emulator, token, "anonymous", &hello)).await;
        let first = client.json().await;
        let me = &first["me"];
        assert!(me["id"].as_str().unwrap().starts_with("!anon-"), "{first}");
        assert_eq!(me["role"], "anonymous");
    }
    assert_eq!(emulator.state().unwrap()["users"], json!([]));
}

#[tokio::test]
async fn a_bad_token_is_refused_in_a_message() {
    let emulator = Emulator::start().await.unwrap();
    let hello = json!({ "token": "x.y.z", "user_details": { "id": "ada" } });
    let (mut client, first) = Client::newer_with(&emulator, &hello).await;
    Client::refused(&first, 401, 43, "Token signature is invalid");
    assert_eq!(client.next().await, Err(Closed::Code(1000, String::new())));
}
