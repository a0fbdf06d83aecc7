//! When things are told: in the order in which they happen, each once, whoever causes them.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::json;
use stream_users_emulator::{Emulator, WebhookForm};

use super::audience::gathered;
use super::room::{Room, types};
use crate::stream::TASK;

const NOTHING: [&str; 0] = [];

/// In the order in which it happened, none twice and none left out, on each connection.
#[tokio::test]
async fn events_come_in_order_and_once() {
    let room = Room::new().await;
    let (mut ada, mut watching, _) = gathered(&room).await;
    // Who is subscribed to itself is told once.
    room.watch(&ada[0], ["ada", "bob"]);
    room.watch(&ada[0], ["ada"]);
    let numbers: Vec<i64> = (0..50).collect();
    for number in &numbers {
        let users = json!({ "users": [{ "id": "ada", "set": { "number": number } }] });
        room.stream.call("PATCH", "/api/v2/users", users).ok(200);
    }
    for guest in ada.iter_mut().chain(&mut watching) {
        let told = room.told(guest).await;
        let told = told.iter().map(|event| &event["user"]);
        let told: Vec<i64> = told
            .map(|user| {
                user["number"]
                    .as_i64()
                    .or(user["custom"]["number"].as_i64())
                    .unwrap()
            })
            .collect();
        assert_eq!(told, numbers, "{}", guest.user);
    }
}

/// Whoever writes at the same time is told of in the order in which the store has it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_writes_are_told_in_the_order_of_their_effects() {
    let room = Room::new().await;
    let (_ada, mut watching, _max) = gathered(&room).await;
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let stream = room.stream.clone();
            std::thread::spawn(move || {
                for number in 0..25 {
                    let users =
                        json!({ "users": [{ "id": "ada", "set": { format!("w{writer}"): number } }] });
                    stream.call("PATCH", "/api/v2/users", users).ok(200);
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().unwrap();
    }
    let mut all = Vec::new();
    for guest in &mut watching {
        let told = room.told(guest).await;
        assert_eq!(told.len(), 100, "{}", guest.user);
        let sums: Vec<i64> = told
            .iter()
            .map(|event| {
                let user = &event["user"];
                let of = |name: &str| {
                    user[name]
                        .as_i64()
                        .or(user["custom"][name].as_i64())
                        .map_or(0, |number| number + 1)
                };
                ["w0", "w1", "w2", "w3"].map(of).iter().sum()
            })
            .collect();
        // Each write adds one to what all writers have written.
        assert_eq!(sums, (1..=100).collect::<Vec<i64>>(), "{}", guest.user);
        all.push(sums);
    }
    assert_eq!(all[0], all[1]);
}

/// Every type of event that the emulator knows has a webhook, but for presence.
#[tokio::test]
async fn connecting_is_told_to_webhooks_where_it_changes_a_user() {
    let room =
        Room::with(Emulator::builder().settings(|settings| settings.webhook_form = WebhookForm::Nanos)).await;
    let token = room.stream.token(&json!({ "user_id": "ada" }));
    let first = room.enter(&token, json!({ "id": "ada", "name": "Ada" })).await;
    let events = room.stream.events();
    assert_eq!(types(&events), ["user.updated"]);
    assert_eq!(
        (&events[0]["user"]["name"], &events[0]["user"]["online"]),
        (&json!("Ada"), &json!(true))
    );
    assert_eq!(events[0]["request_info"]["type"], "client");
    // The same again changes nothing, and being there is no change.
    let mut second = room.enter(&token, json!({ "id": "ada", "name": "Ada" })).await;
    assert_eq!(room.stream.events().len(), 1);
    assert_eq!(first.first["me"]["updated_at"], second.first["me"]["updated_at"]);
    // Others of its own are told of what a connection has changed, but not that connection itself.
    let mut third = room.enter(&token, json!({ "id": "ada", "name": "Ada L." })).await;
    assert_eq!(types(&room.stream.events()), ["user.updated", "user.updated"]);
    assert_eq!(room.heard(&mut second).await, ["user.updated"]);
    assert_eq!(room.heard(&mut third).await, NOTHING);
    room.leave(first).await;
    room.leave(second).await;
    room.leave(third).await;
    assert_eq!(room.stream.user("ada")["online"], false);
    let kinds = types(&room.stream.events());
    assert!(!kinds.contains(&"user.presence.changed".to_owned()), "{kinds:?}");
}

/// What is due is told though nobody asks.
#[tokio::test]
async fn tasks_tell_by_the_clock() {
    let room = Room::with(Emulator::builder().frozen_clock(UNIX_EPOCH + Duration::from_hours(500_000))).await;
    let (mut ada, _watching, _max) = gathered(&room).await;
    let started = room
        .stream
        .post("/api/v2/users/deactivate", json!({ "user_ids": ["ada"] }));
    started.ok(201);
    assert_eq!(room.heard(&mut ada[0]).await, NOTHING);
    room.emulator.advance_clock(TASK);
    // The emulator's own worker does it: nothing else is asked of it.
    let (before, error, _) = ada[0].end().await;
    assert_eq!(before[0], "user.deactivated");
    assert_eq!(error["code"], 16);
}

/// What is answered to a query and what is told afterwards are all there is: nothing falls between the two.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_between_a_query_and_the_next_change() {
    const LAST: i64 = 60;
    let room = Room::new().await;
    room.stream
        .upsert([json!({ "id": "ada", "custom": { "count": 0 } })]);
    let mut bobs = vec![
        room.newer("bob").await,
        room.newer("bob").await,
        room.newer("bob").await,
    ];
    let stream = room.stream.clone();
    let writer = std::thread::spawn(move || {
        for count in 1..=LAST {
            let users = json!({ "users": [{ "id": "ada", "set": { "count": count } }] });
            stream.call("PATCH", "/api/v2/users", users).ok(200);
        }
    });
    let mut answered = Vec::new();
    for bob in &bobs {
        let found = room.watch(bob, ["ada"]);
        answered.push(found["users"][0]["custom"]["count"].as_i64().unwrap());
    }
    writer.join().unwrap();
    for (bob, answered) in bobs.iter_mut().zip(answered) {
        let told = room.told(bob).await;
        let told: Vec<i64> = told
            .iter()
            .map(|event| event["user"]["custom"]["count"].as_i64().unwrap())
            .collect();
        assert_eq!(told, (answered + 1..=LAST).collect::<Vec<i64>>());
    }
}

/// What is not kept for anybody to read later is told all the same.
#[tokio::test]
async fn connections_are_told_of_events_that_are_not_kept() {
    let room = Room::with(Emulator::builder().settings(|settings| settings.events_kept = 0)).await;
    let mut ada = room.newer("ada").await;
    room.stream.upsert([json!({ "id": "ada", "name": "Ada" })]);
    assert_eq!(room.heard(&mut ada).await, ["user.updated"]);
    assert_eq!(room.stream.events().len(), 0);
}
