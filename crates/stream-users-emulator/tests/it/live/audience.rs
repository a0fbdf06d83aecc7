//! Who is told of what, and who is not.

use serde_json::{Value, json};

use super::room::{Guest, Room, types};
use crate::stream::Stream;

/// What somebody does, whom it concerns being ada; bob, max and eve are there too.
type Deed = fn(&Stream);

fn post(stream: &Stream, path: &str, body: Value) {
    stream.post(path, body).ok(201);
}

/// A deed; then what each of ada's two connections is told, what those are who are subscribed to ada, and the webhook.
type Row = (
    &'static str,
    Deed,
    &'static [&'static str],
    &'static [&'static str],
    &'static [&'static str],
);

const NOTHING: &[&str] = &[];
const UPDATED: &[&str] = &["user.updated"];

const ROWS: [Row; 16] = [
    (
        "an upsert",
        |stream| drop(stream.upsert([json!({ "id": "ada", "name": "Ada" })])),
        UPDATED,
        UPDATED,
        UPDATED,
    ),
    (
        "an upsert that changes nothing",
        |stream| drop(stream.upsert([json!({ "id": "ada" })])),
        NOTHING,
        NOTHING,
        NOTHING,
    ),
    (
        "a partial update, and one of somebody else",
        |stream| {
            let set = |id: &str| json!({ "id": id, "set": { "color": "red" } });
            let users = json!({ "users": [set("max"), set("ada")] });
            stream.call("PATCH", "/api/v2/users", users).ok(200);
        },
        UPDATED,
        UPDATED,
        &["user.updated", "user.updated"],
    ),
    (
        "what is refused",
        |stream| {
            let users =
                json!({ "users": { "ada": { "id": "ada", "name": "x" }, "b": { "id": "b", "role": "x" } } });
            assert_eq!(stream.post("/api/v2/users", users).status, 400);
        },
        NOTHING,
        NOTHING,
        NOTHING,
    ),
    (
        "a change that one makes of itself",
        |stream| {
            let users = json!({ "users": [{ "id": "ada", "set": { "name": "Ada" } }] });
            stream.call_as("ada", "PATCH", "/api/v2/users", users).ok(200);
        },
        UPDATED,
        UPDATED,
        UPDATED,
    ),
    (
        "a ban",
        |stream| {
            post(
                stream,
                "/api/v2/moderation/ban",
                json!({ "target_user_id": "ada", "banned_by_id": "max" }),
            );
        },
        &["user.banned"],
        NOTHING,
        &["user.banned"],
    ),
    (
        "a ban that takes messages along",
        |stream| {
            let ban = json!({ "target_user_id": "ada", "delete_messages": "soft" });
            post(stream, "/api/v2/moderation/ban", ban);
        },
        &["user.banned", "user.messages.deleted"],
        NOTHING,
        &["user.banned", "user.messages.deleted"],
    ),
    (
        "a ban and its end",
        |stream| {
            post(
                stream,
                "/api/v2/moderation/ban",
                json!({ "target_user_id": "ada" }),
            );
            post(stream, "/api/v2/moderation/unban?target_user_id=ada", json!({}));
        },
        &["user.banned", "user.unbanned"],
        NOTHING,
        &["user.banned", "user.unbanned"],
    ),
    (
        "a shadow ban and its end",
        |stream| {
            post(
                stream,
                "/api/v2/moderation/ban",
                json!({ "target_user_id": "ada", "shadow": true }),
            );
            post(stream, "/api/v2/moderation/unban?target_user_id=ada", json!({}));
        },
        NOTHING,
        NOTHING,
        &["user.banned", "user.unbanned"],
    ),
    (
        "a ban that ends by itself",
        |stream| {
            post(
                stream,
                "/api/v2/moderation/ban",
                json!({ "target_user_id": "ada", "timeout": 1 }),
            );
            stream.0.advance_clock(std::time::Duration::from_mins(2));
            assert_eq!(stream.user("ada")["banned"], false);
        },
        &["user.banned"],
        NOTHING,
        &["user.banned"],
    ),
    (
        "a mute by ada, and its end",
        |stream| {
            post(
                stream,
                "/api/v2/moderation/mute",
                json!({ "target_ids": ["max"], "user_id": "ada" }),
            );
            post(
                stream,
                "/api/v2/moderation/unmute",
                json!({ "target_ids": ["max"], "user_id": "ada" }),
            );
        },
        &[
            "user.muted",
            "notification.mutes_updated",
            "user.unmuted",
            "notification.mutes_updated",
        ],
        NOTHING,
        &["user.muted", "user.unmuted"],
    ),
    (
        "a mute of ada",
        |stream| {
            post(
                stream,
                "/api/v2/moderation/mute",
                json!({ "target_ids": ["ada"], "user_id": "max" }),
            );
        },
        NOTHING,
        NOTHING,
        &["user.muted"],
    ),
    (
        "an event that the app has made up",
        |stream| {
            let event = json!({ "event": { "type": "friendship_request", "custom": { "from": "bob" } } });
            post(stream, "/api/v2/chat/users/ada/event", event);
        },
        &["friendship_request"],
        NOTHING,
        &["friendship_request"],
    ),
    (
        "a block",
        |stream| {
            post(
                stream,
                "/api/v2/users/block",
                json!({ "blocked_user_id": "max", "user_id": "ada" }),
            );
        },
        NOTHING,
        NOTHING,
        NOTHING,
    ),
    (
        "an export",
        |stream| drop(stream.finish(stream.post("/api/v2/export/users", json!({ "user_ids": ["ada"] })))),
        NOTHING,
        NOTHING,
        &["export.users.success"],
    ),
    (
        "an update of a user whom somebody looked for without asking to be told",
        |stream| drop(stream.upsert([json!({ "id": "max", "name": "Max" })])),
        NOTHING,
        NOTHING,
        UPDATED,
    ),
];

/// Ada on both protocols, bob and eve (on the older protocol) who are subscribed to her, and max, who is not.
pub(super) async fn gathered(room: &Room) -> (Vec<Guest>, Vec<Guest>, Guest) {
    room.stream
        .upsert(["ada", "bob", "eve", "max"].map(|id| json!({ "id": id })));
    let ada = vec![room.newer("ada").await, room.older("ada").await];
    let watching = vec![room.newer("bob").await, room.older("eve").await];
    let max = room.newer("max").await;
    for guest in &watching {
        room.watch(guest, ["ada"]);
        let payload = json!({ "filter_conditions": { "id": "max" } });
        room.watch_as(Some(&guest.user), guest.id(), &payload).ok(200);
    }
    (ada, watching, max)
}

#[tokio::test]
async fn each_event_is_told_to_whom_it_concerns() {
    for (name, deed, own, subscribers, webhook) in ROWS {
        let room = Room::new().await;
        let (ada, watching, max) = gathered(&room).await;
        let before = room.stream.events().len();
        deed(&room.stream);
        assert_eq!(types(&room.stream.events()[before..]), webhook, "{name}: webhook");
        for (mut guest, expected) in ada
            .into_iter()
            .map(|guest| (guest, own))
            .chain(watching.into_iter().map(|guest| (guest, subscribers)))
        {
            let heard = room.heard(&mut guest).await;
            assert_eq!(heard, expected, "{name}: {}", guest.user);
        }
        // Max is told of what is its own alone.
        let mut max = max;
        let told = room.told(&mut max).await;
        let mut subjects = told.iter().map(|event| event.get("user").unwrap_or(&event["me"]));
        assert!(subjects.all(|user| user["id"] == "max"), "{name}: {told:?}");
    }
}

/// A deed after which ada is not there any more; what ada's connections are told, and those who are subscribed to ada.
type End = (
    &'static str,
    Deed,
    &'static [&'static str],
    &'static [&'static str],
);

const ENDS: [End; 6] = [
    (
        "deactivated",
        |stream| {
            post(
                stream,
                "/api/v2/users/ada/deactivate",
                json!({ "created_by_id": "max" }),
            );
        },
        &["user.deactivated"],
        &["user.presence.changed"],
    ),
    (
        "deactivated by a task",
        |stream| {
            let body = json!({ "user_ids": ["ada"] });
            stream.finish(stream.post("/api/v2/users/deactivate", body));
        },
        &["user.deactivated"],
        &["user.presence.changed"],
    ),
    (
        "deleted softly",
        |stream| drop(stream.finish(stream.post("/api/v2/users/delete", json!({ "user_ids": ["ada"] })))),
        &["user.deleted"],
        &["user.deleted"],
    ),
    (
        "pruned",
        |stream| {
            let body = json!({ "user_ids": ["ada"], "user": "pruning" });
            stream.finish(stream.post("/api/v2/users/delete", body));
        },
        &["user.deleted"],
        &["user.deleted"],
    ),
    (
        "deleted for good",
        |stream| {
            let body =
                json!({ "user_ids": ["ada"], "user": "hard", "messages": "hard", "conversations": "hard" });
            stream.finish(stream.post("/api/v2/users/delete", body));
        },
        &["user.deleted"],
        &["user.deleted"],
    ),
    (
        "deleted at once by an older client",
        |stream| {
            drop(
                stream
                    .call("DELETE", "/users/ada?hard_delete=true", Value::Null)
                    .ok(200),
            );
        },
        &["user.deleted"],
        &["user.deleted"],
    ),
];

/// Deletions, deactivations and what else ends connections: ada is told, and then closed.
#[tokio::test]
async fn what_ends_a_user_is_told_before_its_connections_are_closed() {
    for (name, deed, own, subscribers) in ENDS {
        let room = Room::new().await;
        let (ada, watching, mut max) = gathered(&room).await;
        deed(&room.stream);
        for mut guest in ada {
            let (before, error, closed) = guest.end().await;
            // Presence is told to its own connections too, as long as they are there.
            let before: Vec<_> = before
                .into_iter()
                .filter(|kind| kind != "user.presence.changed")
                .collect();
            assert_eq!(before, own, "{name}");
            assert_eq!(
                (&error["code"], &error["StatusCode"]),
                (&json!(16), &json!(404)),
                "{name}"
            );
            let state = if own[0] == "user.deleted" {
                "deleted"
            } else {
                "deactivated"
            };
            assert_eq!(error["message"], format!("the user ada was {state}"));
            assert_eq!(
                closed,
                Err(super::client::Closed::Code(1000, String::new())),
                "{name}"
            );
        }
        for mut guest in watching {
            assert_eq!(
                room.heard(&mut guest).await,
                subscribers,
                "{name}: {}",
                guest.user
            );
        }
        assert_eq!(room.heard(&mut max).await, NOTHING, "{name}");
        let there = room.emulator.connections();
        assert!(
            there.iter().all(|connection| connection.user_id != "ada"),
            "{name}"
        );
        assert!(
            !room.stream.user("ada")["online"].as_bool().unwrap_or(false),
            "{name}"
        );
    }
}

#[tokio::test]
async fn coming_back_is_told_to_webhooks() {
    let room = Room::new().await;
    let (_ada, watching, _max) = gathered(&room).await;
    post(&room.stream, "/api/v2/users/ada/deactivate", json!({}));
    post(&room.stream, "/api/v2/users/ada/reactivate", json!({}));
    let events = room.stream.events();
    assert_eq!(types(&events[4..]), ["user.deactivated", "user.reactivated"]);
    for mut guest in watching {
        assert_eq!(room.heard(&mut guest).await, ["user.presence.changed"]);
    }
    let mut again = room.newer("ada").await;
    assert_eq!(again.first["me"]["online"], true);
    assert_eq!(room.heard(&mut again).await, NOTHING);
}
