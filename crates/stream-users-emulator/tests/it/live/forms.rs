//! The form of what connections are told: that of their protocol, and for whom.

use serde_json::{Map, Value, json};
use std::time::{Duration, UNIX_EPOCH};
use stream_users_emulator::Emulator;

use super::room::{Guest, Room};

/// 2027-01-15T08:00:00Z
const START: i64 = 1_800_000_000_000_000_000;
const TIME: &str = "2027-01-15T08:00:00Z";

/// Ada with everything that a user can have, on both protocols, and bob on both, who is subscribed to her.
async fn room() -> (Room, Vec<Guest>, Vec<Guest>) {
    let builder = Emulator::builder().frozen_clock(UNIX_EPOCH + Duration::from_nanos(START.unsigned_abs()));
    let room = Room::with(builder).await;
    let ada = json!({
        "id": "ada", "name": "Ada", "image": "ada.png", "language": "en", "teams": ["red"],
        "teams_role": { "red": "admin" }, "privacy_settings": { "read_receipts": { "enabled": false } },
        "push_notifications": { "disabled": true }, "blocked_user_ids": ["eve"], "devices": [{ "id": "d", "push_provider": "apn" }],
        "latest_hidden_channels": ["messaging:x"], "avg_response_time": 7, "total_unread_count": 3,
        "revoke_tokens_issued_before": "2020-01-01T00:00:00Z", "created_at": START, "custom": { "color": "red", "created_at": "x" },
    });
    room.emulator
        .seed(&json!({ "users": [ada, { "id": "bob" }, { "id": "eve" }] }))
        .unwrap();
    let token = room
        .stream
        .token(&json!({ "user_id": "ada", "iat": START / 1_000_000_000 }));
    let newer = room.enter(&token, json!({ "id": "ada" })).await;
    let hello = json!({ "user_id": "ada", "user_details": { "id": "ada" } });
    let (client, first) = super::client::Client::older_with(&room.emulator, &token, &hello).await;
    let older = Guest {
        user: "ada".to_owned(),
        client,
        first,
    };
    let watching = vec![room.newer("bob").await, room.older("bob").await];
    for guest in &watching {
        room.watch(guest, ["ada"]);
    }
    (room, vec![newer, older], watching)
}

fn rename(room: &Room) {
    let users = json!({ "users": [{ "id": "ada", "set": { "name": "Ada L." } }] });
    room.stream.call("PATCH", "/api/v2/users", users).ok(200);
}

#[tokio::test]
async fn others_are_told_what_is_public() {
    let (room, _ada, mut watching) = room().await;
    rename(&room);
    let told = room.told(&mut watching[0]).await;
    let user = json!({
        "id": "ada", "name": "Ada L.", "image": "ada.png", "language": "en", "role": "user", "teams": ["red"],
        "teams_role": { "red": "admin" }, "banned": false, "online": true, "invisible": false, "blocked_user_ids": [],
        "avg_response_time": 7, "created_at": START, "updated_at": START, "last_active": START,
        "custom": { "color": "red", "created_at": "x" },
    });
    let event = json!({ "type": "user.updated", "created_at": START, "custom": {}, "user": user });
    assert_eq!(told, [event]);
    let told = room.told(&mut watching[1]).await;
    let user = json!({
        "id": "ada", "name": "Ada L.", "image": "ada.png", "language": "en", "role": "user", "teams": ["red"],
        "teams_role": { "red": "admin" }, "banned": false, "online": true, "invisible": false, "blocked_user_ids": [],
        "avg_response_time": 7, "created_at": TIME, "updated_at": TIME, "last_active": TIME, "color": "red",
    });
    let event = json!({ "type": "user.updated", "created_at": TIME, "user": user });
    assert_eq!(told, [event]);
}

/// Official clients take for removed what they have of their own user and an event does not, but for these fields.
#[tokio::test]
async fn a_user_is_told_all_of_itself() {
    const KEPT: [&str; 7] = [
        "channel_mutes",
        "devices",
        "mutes",
        "total_unread_count",
        "unread_channels",
        "unread_count",
        "unread_threads",
    ];
    let (room, ada, _watching) = room().await;
    let hide = |invisible: bool| {
        let users = json!({ "users": [{ "id": "ada", "set": { "invisible": invisible } }] });
        room.stream.call("PATCH", "/api/v2/users", users).ok(200);
    };
    rename(&room);
    hide(true);
    hide(false);
    for mut guest in ada {
        let mut expected: Map<String, Value> = guest.first["me"].as_object().unwrap().clone();
        assert!(
            KEPT.iter().all(|name| expected.contains_key(*name)),
            "{expected:?}"
        );
        expected.retain(|name, _| !KEPT.contains(&name.as_str()));
        assert!(expected.contains_key("privacy_settings") && expected.contains_key("latest_hidden_channels"));
        assert_eq!(expected["blocked_user_ids"], json!(["eve"]));
        expected["name"] = json!("Ada L.");
        let told = room.told(&mut guest).await;
        let kinds: Vec<&Value> = told.iter().map(|event| &event["type"]).collect();
        let (updated, presence) = ("user.updated", "user.presence.changed");
        assert_eq!(kinds, [updated, updated, presence, updated, presence]);
        for (event, invisible) in told.iter().zip([false, true, true, false, false]) {
            expected["invisible"] = json!(invisible);
            assert_eq!(event["user"], json!(expected), "{event}");
        }
    }
}

#[tokio::test]
async fn presence_says_what_everybody_may_know() {
    let (room, ada, mut watching) = room().await;
    for guest in ada {
        room.leave(guest).await;
    }
    let told = room.told(&mut watching[0]).await;
    let user = json!({
        "id": "ada", "name": "Ada", "image": "ada.png", "language": "en", "role": "user", "teams": ["red"],
        "teams_role": { "red": "admin" }, "banned": false, "online": false, "blocked_user_ids": [], "avg_response_time": 7,
        "created_at": START, "updated_at": START, "last_active": START, "custom": { "color": "red", "created_at": "x" },
    });
    let event = json!({ "type": "user.presence.changed", "created_at": START, "custom": {}, "user": user });
    assert_eq!(told, [event]);
    let told = room.told(&mut watching[1]).await;
    assert_eq!(told[0]["user"]["color"], "red");
    assert_eq!(
        (&told[0]["created_at"], told[0].get("custom")),
        (&json!(TIME), None)
    );
}

#[tokio::test]
async fn what_the_app_has_made_up_has_the_form_of_the_protocol() {
    let (room, ada, _watching) = room().await;
    let event =
        json!({ "event": { "type": "friendship_request", "custom": { "from": "bob", "created_at": 7 } } });
    room.stream.post("/api/v2/chat/users/ada/event", event).ok(201);
    let older = json!({ "event": { "type": "poke", "from": "eve" } });
    room.stream.post("/users/ada/event", older).ok(201);
    for (mut guest, newer) in ada.into_iter().zip([true, false]) {
        let mut told = room.told(&mut guest).await;
        for event in &mut told {
            assert_eq!(event["user"]["id"], "ada");
            event.as_object_mut().unwrap().remove("user");
        }
        let expected = if newer {
            json!([
                { "type": "friendship_request", "created_at": START, "custom": { "from": "bob", "created_at": 7 } },
                { "type": "poke", "created_at": START, "custom": { "from": "eve" } },
            ])
        } else {
            json!([
                { "type": "friendship_request", "created_at": TIME, "from": "bob" },
                { "type": "poke", "created_at": TIME, "from": "eve" },
            ])
        };
        assert_eq!(json!(told), expected);
    }
}

#[tokio::test]
async fn bans_and_mutes_in_both_forms() {
    let (room, ada, _watching) = room().await;
    let ban = json!({ "target_user_id": "ada", "banned_by_id": "bob", "timeout": 60, "reason": "spam" });
    room.stream.post("/api/v2/moderation/ban", ban).ok(201);
    let mute = json!({ "target_ids": ["bob", "eve"], "user_id": "ada" });
    room.stream.post("/api/v2/moderation/mute", mute).ok(201);
    let hour = START + 3_600_000_000_000;
    for (mut guest, (start, end)) in ada.into_iter().zip([
        (json!(START), json!(hour)),
        (json!(TIME), json!("2027-01-15T09:00:00Z")),
    ]) {
        let told = room.told(&mut guest).await;
        let [banned, muted, updated] = &told[..] else {
            panic!("{told:?}")
        };
        assert_eq!(banned["type"], "user.banned");
        assert_eq!((&banned["created_at"], &banned["expiration"]), (&start, &end));
        assert_eq!(
            (&banned["reason"], &banned["shadow"]),
            (&json!("spam"), &json!(false))
        );
        assert_eq!(
            (&banned["user"]["id"], &banned["user"]["banned"]),
            (&json!("ada"), &json!(true))
        );
        assert_eq!(banned["created_by"]["id"], "bob");
        assert_eq!(muted["type"], "user.muted");
        let targets = muted["target_users"].as_array().unwrap();
        let targets: Vec<&Value> = targets.iter().map(|user| &user["id"]).collect();
        assert_eq!(targets, ["bob", "eve"]);
        assert_eq!(
            (&updated["type"], &updated["me"]["id"]),
            (&json!("notification.mutes_updated"), &json!("ada"))
        );
        let targets = updated["me"]["mutes"].as_array().unwrap();
        let targets: Vec<&Value> = targets.iter().map(|mute| &mute["target"]["id"]).collect();
        assert_eq!(targets, ["bob", "eve"]);
        assert_eq!(updated["me"]["mutes"][0]["created_at"], start);
    }
}

/// What is private of whoever acts is not told to whom it is done.
#[tokio::test]
async fn who_has_banned_is_shown_as_others_see_it() {
    let (room, mut ada, _watching) = room().await;
    let users = json!({ "users": [{ "id": "bob", "set": {
        "invisible": true, "privacy_settings": { "read_receipts": { "enabled": false } },
    } }] });
    room.stream.call("PATCH", "/api/v2/users", users).ok(200);
    let block = json!({ "blocked_user_id": "eve", "user_id": "bob" });
    room.stream.post("/api/v2/users/block", block).ok(201);
    let ban = json!({ "target_user_id": "ada", "banned_by_id": "bob" });
    room.stream.post("/api/v2/moderation/ban", ban).ok(201);
    let told = room.told(&mut ada[0]).await;
    let by = told[0]["created_by"].as_object().unwrap();
    assert_eq!(
        (&by["id"], &by["online"], &by["blocked_user_ids"]),
        (&json!("bob"), &json!(false), &json!([]))
    );
    for name in [
        "last_active",
        "revoke_tokens_issued_before",
        "privacy_settings",
        "push_notifications",
    ] {
        assert!(!by.contains_key(name), "{name}: {by:?}");
    }
    // The webhook is a server's.
    let events = room.stream.events();
    let webhook = events
        .iter()
        .find(|event| event["type"] == "user.banned")
        .unwrap();
    assert_eq!(
        (
            &webhook["created_by"]["online"],
            &webhook["created_by"]["blocked_user_ids"]
        ),
        (&json!(true), &json!(["eve"]))
    );
}

/// The first answer tells of bans as they are.
#[tokio::test]
async fn me_is_banned_while_a_ban_lasts() {
    let room = Room::new().await;
    room.stream.upsert([json!({ "id": "ada" })]);
    let ban = |body: Value| {
        room.stream.post("/api/v2/moderation/ban", body).ok(201);
    };
    ban(json!({ "target_user_id": "ada", "timeout": 10 }));
    assert_eq!(room.newer("ada").await.first["me"]["banned"], true);
    room.emulator.advance_clock(Duration::from_mins(11));
    assert_eq!(room.older("ada").await.first["me"]["banned"], false);
    ban(json!({ "target_user_id": "ada", "shadow": true }));
    let ada = room.newer("ada").await;
    assert_eq!(ada.first["me"]["banned"], false);
    assert_ne!(ada.first["me"]["shadow_banned"], true);
    ban(json!({ "target_user_id": "ada" }));
    assert_eq!(room.newer("ada").await.first["me"]["banned"], true);
    let unban = "/api/v2/moderation/unban?target_user_id=ada";
    room.stream.post(unban, json!({})).ok(201);
    assert_eq!(room.newer("ada").await.first["me"]["banned"], false);
    // Blocks are there, too.
    let block = json!({ "blocked_user_id": "eve", "user_id": "ada" });
    room.stream.upsert([json!({ "id": "eve" })]);
    room.stream.post("/api/v2/users/block", block).ok(201);
    assert_eq!(
        room.newer("ada").await.first["me"]["blocked_user_ids"],
        json!(["eve"])
    );
}
