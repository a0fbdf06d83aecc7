//! What connecting does to the user: it is an upsert that merges, counts as activity, and says who is connected.

use serde_json::{Value, json};
use stream_users_emulator::Emulator;

use super::client::{Client, newer, older, token};
use crate::stream::Stream;

#[tokio::test]
async fn what_is_sent_is_added_and_the_rest_stays() {
    let emulator = Emulator::builder().role("speaker").start().await.unwrap();
    let stream = Stream(emulator.service());
    stream.upsert([json!({
        "id": "ada", "name": "Ada", "role": "speaker", "teams": ["red"], "image": "i",
        "privacy_settings": { "typing_indicators": { "enabled": false } },
        "custom": { "plan": "pro", "color": "red" },
    })]);
    let told = stream.events().len();
    let before = stream.user("ada");
    emulator.advance_clock(std::time::Duration::from_secs(5));
    // A user as the service answers it, but for the times: what guests connect with.
    let same = json!({
        "id": "ada", "name": "Ada", "role": "admin", "teams": ["red"], "banned": false, "shadow_banned": false,
        "devices": [], "mutes": [], "custom": { "plan": "pro" },
    });
    let hello = json!({ "token": token(&emulator, "ada"), "user_details": same });
    let (client, first) = Client::newer_with(&emulator, &hello).await;
    assert_eq!(first["type"], "connection.ok", "{first}");
    let me = &first["me"];
    assert_eq!(me["role"], "speaker");
    assert_eq!(me["custom"], json!({ "plan": "pro", "color": "red" }));
    assert_eq!(me["updated_at"], before["updated_at"]);
    let updates = || {
        stream
            .events()
            .into_iter()
            .filter(|event| event["type"] == "user.updated")
            .count()
    };
    assert_eq!(updates(), told);
    drop(client);

    let hello = json!({ "user_id": "ada", "user_details": {
        "id": "ada", "color": "blue", "image": "j", "invisible": true,
        "privacy_settings": { "read_receipts": { "enabled": false } },
    } });
    let (_client, first) = Client::older_with(&emulator, &token(&emulator, "ada"), &hello).await;
    let me = &first["me"];
    for (name, value) in [
        ("name", json!("Ada")),
        ("image", json!("j")),
        ("plan", json!("pro")),
        ("color", json!("blue")),
        ("invisible", json!(true)),
        ("teams", json!(["red"])),
        (
            "privacy_settings",
            json!({ "typing_indicators": { "enabled": false }, "read_receipts": { "enabled": false } }),
        ),
    ] {
        assert_eq!(me[name], value, "{name} of {me}");
    }
    assert!(me["updated_at"].as_str() > me["created_at"].as_str());
    assert_eq!(updates(), told + 1);
    let last = stream
        .events()
        .into_iter()
        .rfind(|event| event["type"] == "user.updated")
        .unwrap();
    assert_eq!(
        (&last["user"]["color"], &last["request_info"]["type"]),
        (&json!("blue"), &json!("client"))
    );
}

#[tokio::test]
async fn a_user_who_was_not_there_is_made_and_counts() {
    let emulator = Emulator::start().await.unwrap();
    let stream = Stream(emulator.service());
    let guest = stream.post("/guest", json!({ "user": { "id": "eve" } })).ok(201);
    // As the service's JavaScript client does.
    let mut details = guest["user"].clone();
    for name in ["created_at", "updated_at", "last_active", "online"] {
        details.as_object_mut().unwrap().remove(name);
    }
    let hello = json!({ "user_id": details["id"], "user_details": details });
    let token = guest["access_token"].as_str().unwrap();
    let (_guest, first) = Client::older_with(&emulator, token, &hello).await;
    assert_eq!(first["me"]["role"], "guest", "{first}");
    let (_user, first) = Client::newer(&emulator, "ada").await;
    assert_eq!(first["me"]["role"], "user");
    let (_twice, _) = Client::newer(&emulator, "ada").await;
    let nobody = json!({ "user_id": "x", "user_details": { "id": "x", "anon": true } });
    let mut anonymous = Client::open(&emulator, &older(&emulator, "undefined", "anonymous", &nobody)).await;
    anonymous.json().await;
    let path = newer(&emulator).replace("=jwt", "=anonymous");
    let mut anonymous_too = Client::open(&emulator, &path).await;
    anonymous_too
        .say(r#"{"token":"","user_details":{"id":"x"}}"#)
        .await;
    let first = anonymous_too.json().await;
    assert_eq!(
        (&first["type"], &first["me"]["role"]),
        (&json!("connection.ok"), &json!("anonymous"))
    );
    let usage = &emulator.usage().unwrap()[0];
    assert_eq!((usage.users, usage.guests), (1, 1));

    let connections = emulator.connections();
    let shown: Vec<(&str, &str, bool)> = connections
        .iter()
        .map(|connection| {
            (
                connection.user_id.as_str(),
                connection.protocol,
                connection.anonymous,
            )
        })
        .collect();
    let (guest, first, second) = (
        details["id"].as_str().unwrap(),
        &connections[3].user_id,
        &connections[4].user_id,
    );
    assert_ne!(first, second);
    assert_eq!(
        shown,
        [
            (guest, "v1", false),
            ("ada", "v2", false),
            ("ada", "v2", false),
            (first, "v1", true),
            (second, "v2", true)
        ]
    );
    let logged = emulator.requests();
    let last = logged.last().unwrap();
    assert_eq!(
        (last.operation, last.status, last.caller),
        (Some("connect"), 101, Some("anonymous"))
    );
    let older: Vec<&str> = logged.iter().map(|request| request.query.as_str()).collect();
    assert!(
        older
            .iter()
            .any(|query| query.contains("&authorization=redacted&")),
        "{older:?}"
    );
}

#[tokio::test]
async fn the_answer_says_what_is_private_to_the_user() {
    let emulator = Emulator::start().await.unwrap();
    let stream = Stream(emulator.service());
    emulator
        .seed(&json!({
            "users": [
                { "id": "bob" },
                {
                    "id": "ada", "total_unread_count": 3, "unread_channels": 2, "unread_count": 3, "unread_threads": 1,
                    "shadow_banned": true, "banned": true, "bypass_moderation": true,
                },
            ],
        }))
        .unwrap();
    stream
        .call_as(
            "ada",
            "POST",
            "/api/v2/users/block",
            json!({ "blocked_user_id": "bob" }),
        )
        .ok(201);
    stream
        .call_as(
            "ada",
            "POST",
            "/api/v2/moderation/mute",
            json!({ "target_ids": ["bob"] }),
        )
        .ok(201);
    let hello = json!({
        "user_id": "ada", "user_details": { "id": "ada" },
        "device": { "id": "d-1", "push_provider": "firebase" },
    });
    let (_client, first) = Client::older_with(&emulator, &token(&emulator, "ada"), &hello).await;
    let me = &first["me"];
    assert_eq!(me["total_unread_count"], 3);
    assert_eq!(
        (&me["unread_channels"], &me["unread_threads"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(me["blocked_user_ids"], json!(["bob"]));
    assert_eq!(me["mutes"][0]["target"]["id"], "bob");
    assert_eq!(me["devices"][0]["id"], "d-1");
    for absent in ["shadow_banned", "bypass_moderation", "ban_expires", "custom"] {
        assert_eq!(me.get(absent), None, "{absent}");
    }
}

#[tokio::test]
async fn whoever_has_gone_is_offline() {
    let emulator = Emulator::start().await.unwrap();
    let stream = Stream(emulator.service());
    let (first, _) = Client::newer(&emulator, "ada").await;
    let (mut second, _) = Client::older(&emulator, "ada").await;
    assert_eq!(stream.user("ada")["online"], true);
    drop(first);
    crate::socket::within(async {
        while emulator.connections().len() == 2 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(stream.user("ada")["online"], true);
    second.0.close(None).await.unwrap();
    assert!(second.next().await.is_err());
    crate::socket::within(async {
        while !emulator.connections().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let ada: Value = stream.user("ada");
    assert_eq!(ada["online"], false, "{ada}");
}
