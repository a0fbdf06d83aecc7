//! Being told of users whom one has looked for.

use serde_json::{Value, json};

use stream_users_emulator::Emulator;

use super::room::Room;
use crate::stream::ids;

const NOTHING: [&str; 0] = [];

fn touch(room: &Room, id: &str) {
    let count = room.stream.events().len();
    let users = json!({ "users": [{ "id": id, "set": { "count": count } }] });
    room.stream.call("PATCH", "/api/v2/users", users).ok(200);
}

#[tokio::test]
async fn exactly_those_who_are_found_are_subscribed_to() {
    let room = Room::new().await;
    room.stream
        .upsert(["a1", "a2", "a3", "b1"].map(|id| json!({ "id": id, "custom": { "team": &id[..1] } })));
    let mut bob = room.newer("bob").await;
    let payload = json!({
        "filter_conditions": { "team": "a" }, "sort": [{ "field": "id" }], "limit": 2, "presence": true,
    });
    let found = room.watch_as(Some("bob"), bob.id(), &payload).ok(200);
    assert_eq!(ids(&found), ["a1", "a2"]);
    let shown = room.emulator.connections();
    assert_eq!(shown[0].subscriptions, ["a1", "a2"]);
    for (id, expected) in [
        ("a1", &["user.updated"][..]),
        ("a2", &["user.updated"]),
        ("a3", &[]),
        ("b1", &[]),
    ] {
        touch(&room, id);
        assert_eq!(room.heard(&mut bob).await, expected, "{id}");
    }
    // Who comes to match later is not subscribed to; another query adds to what there is.
    room.stream
        .upsert([json!({ "id": "a0", "custom": { "team": "a" } })]);
    assert_eq!(room.heard(&mut bob).await, NOTHING);
    room.watch(&bob, ["b1", "nobody"]);
    assert_eq!(room.emulator.connections()[0].subscriptions, ["a1", "a2", "b1"]);
    touch(&room, "b1");
    touch(&room, "a1");
    assert_eq!(room.heard(&mut bob).await, ["user.updated", "user.updated"]);
    // Nobody else is told.
    let mut eve = room.newer("eve").await;
    touch(&room, "a1");
    assert_eq!(room.heard(&mut eve).await, NOTHING);
}

#[tokio::test]
async fn only_who_asks_for_presence_over_a_connection_is_told() {
    let room = Room::new().await;
    room.stream.upsert([json!({ "id": "ada" })]);
    let bob = room.newer("bob").await;
    let filter = json!({ "id": "ada" });
    for (payload, connection) in [
        (json!({ "filter_conditions": filter }), bob.id()),
        (
            json!({ "filter_conditions": filter, "presence": false }),
            bob.id(),
        ),
        // Without presence it does not matter whether the connection is there.
        (
            json!({ "filter_conditions": filter, "presence": false }),
            "unknown",
        ),
        (
            json!({ "filter_conditions": filter, "presence": null }),
            "unknown",
        ),
        (json!({ "filter_conditions": filter, "presence": true }), ""),
    ] {
        room.watch_as(Some("bob"), connection, &payload).ok(200);
        room.watch_as(None, connection, &payload).ok(200);
    }
    assert_eq!(room.emulator.connections()[0].subscriptions, NOTHING);
}

#[tokio::test]
async fn whose_connection_it_is_decides() {
    let room = Room::new().await;
    room.stream.upsert([json!({ "id": "ada" })]);
    let mut bob = room.newer("bob").await;
    let payload = json!({ "filter_conditions": { "id": "ada" }, "presence": true });
    let message = |text: &str| format!("QueryUsers failed with error: \"{text}\"");
    for caller in [Some("bob"), Some("eve"), None] {
        room.watch_as(caller, "no-such-connection", &payload).fails(
            400,
            46,
            &message("connection id not found"),
        );
    }
    room.watch_as(Some("eve"), bob.id(), &payload).fails(
        403,
        17,
        &message("connection_id is another user's connection"),
    );
    assert_eq!(room.emulator.connections()[0].subscriptions, NOTHING);
    touch(&room, "ada");
    assert_eq!(room.heard(&mut bob).await, NOTHING);
    // A server may do it for whomever.
    room.watch_as(None, bob.id(), &payload).ok(200);
    touch(&room, "ada");
    assert_eq!(room.heard(&mut bob).await, ["user.updated"]);
    // What is refused subscribes to nobody.
    let wrong = json!({ "filter_conditions": { "online": true }, "presence": true });
    assert_eq!(room.watch_as(Some("bob"), bob.id(), &wrong).status, 400);
    assert_eq!(room.emulator.connections()[0].subscriptions, ["ada"]);
}

#[tokio::test]
async fn a_subscription_ends_with_its_connection() {
    let room = Room::new().await;
    room.stream.upsert([json!({ "id": "ada" })]);
    let first = room.newer("bob").await;
    let mut second = room.older("bob").await;
    room.watch(&first, ["ada"]);
    // The other connection of the same user has not asked.
    touch(&room, "ada");
    assert_eq!(room.heard(&mut second).await, NOTHING);
    let gone = first.id().to_owned();
    room.leave(first).await;
    let payload = json!({ "filter_conditions": {}, "presence": true });
    let refused = room.watch_as(Some("bob"), &gone, &payload);
    assert_eq!((refused.status, &refused.body["code"]), (400, &json!(46)));
    // Nor does it come back with the user.
    let mut third = room.newer("bob").await;
    touch(&room, "ada");
    assert_eq!(room.heard(&mut third).await, NOTHING);
    assert_eq!(room.heard(&mut second).await, NOTHING);
}

/// Who is deleted for good is not told of any more, and nobody waits for it.
#[tokio::test]
async fn deleted_users_are_told_of_for_the_last_time() {
    let room = Room::new().await;
    room.stream.upsert([json!({ "id": "ada" })]);
    let mut bob = room.newer("bob").await;
    room.watch(&bob, ["ada"]);
    room.stream.finish(
        room.stream
            .post("/api/v2/users/delete", json!({ "user_ids": ["ada"] })),
    );
    room.stream
        .post("/api/v2/users/restore", json!({ "user_ids": ["ada"] }))
        .ok(201);
    touch(&room, "ada");
    let told = room.told(&mut bob).await;
    let kinds: Vec<&Value> = told.iter().map(|event| &event["type"]).collect();
    assert_eq!(kinds, ["user.deleted", "user.updated"]);
    assert!(told[0]["user"]["deleted_at"].is_i64());
    assert_eq!(told[1]["user"].get("deleted_at"), None);
}

#[tokio::test]
async fn a_connection_is_told_of_so_many_users() {
    let room = Room::with(Emulator::builder().settings(|settings| settings.max_subscriptions = 2)).await;
    room.stream
        .upsert(["ada", "bob", "eve"].map(|id| json!({ "id": id })));
    let bob = room.newer("bob").await;
    room.watch(&bob, ["ada"]);
    let query = |ids: &[&str]| json!({ "filter_conditions": { "id": { "$in": ids } }, "presence": true });
    let refused = room.watch_as(Some("bob"), bob.id(), &query(&["ada", "bob", "eve"]));
    refused.fails(
        400,
        4,
        "QueryUsers failed with error: \"presence: a connection can be told of at most 2 users and would be told of 3; \
         ask without presence or over another connection\"",
    );
    assert_eq!(room.emulator.connections()[0].subscriptions, ["ada"]);
    // Those of whom it is told already are no others.
    room.watch(&bob, ["ada", "bob"]);
    room.watch(&bob, ["ada", "bob"]);
    assert_eq!(room.emulator.connections()[0].subscriptions, ["ada", "bob"]);
    // Another connection has its own.
    let other = room.older("bob").await;
    room.watch(&other, ["eve"]);
}
