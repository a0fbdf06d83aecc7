//! Who is online, since when, and what others are told of it.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};
use stream_users_emulator::{Emulator, EmulatorBuilder};

use super::client::Client;
use super::room::{Room, types};
use crate::data_dir::Directory;
use crate::stream::{Stream, encode};

const PRESENCE: &str = "user.presence.changed";
const MINUTE: Duration = Duration::from_mins(1);

/// 2027-01-15T08:00:00Z
const START: i64 = 1_800_000_000_000_000_000;

fn frozen() -> EmulatorBuilder {
    Emulator::builder().frozen_clock(UNIX_EPOCH + Duration::from_nanos(START.unsigned_abs()))
}

fn minutes(count: i64) -> i64 {
    START + count * 60_000_000_000
}

/// Whether the user is online and when it was active last, as a server and as somebody else is answered.
fn seen(stream: &Stream, id: &str) -> [(Value, Value); 2] {
    let payload = json!({ "filter_conditions": { "id": id } });
    let path = format!("/api/v2/users?payload={}", encode(&payload.to_string()));
    [
        stream.user(id),
        stream.call_as("somebody", "GET", &path, Value::Null).ok(200)["users"][0].clone(),
    ]
    .map(|user| {
        (
            user["online"].clone(),
            user.get("last_active").cloned().unwrap_or_default(),
        )
    })
}

fn set(stream: &Stream, id: &str, field: &str, value: Value) {
    let users = json!({ "users": [{ "id": id, "set": { field: value } }] });
    stream.call("PATCH", "/api/v2/users", users).ok(200);
}

#[tokio::test]
async fn one_is_online_from_the_first_connection_to_the_last() {
    let room = Room::with(frozen()).await;
    room.stream
        .upsert([json!({ "id": "ada" }), json!({ "id": "bob" })]);
    let mut bob = room.older("bob").await;
    room.watch(&bob, ["ada"]);
    assert_eq!(
        seen(&room.stream, "ada"),
        [(json!(false), Value::Null), (json!(false), Value::Null)]
    );

    let first = room.newer("ada").await;
    assert_eq!(first.first["me"]["online"], true);
    assert_eq!(first.first["me"]["last_active"], START);
    assert_eq!(
        seen(&room.stream, "ada"),
        [(json!(true), json!(START)), (json!(true), json!(START))]
    );
    let told = room.told(&mut bob).await;
    assert_eq!(types(&told), [PRESENCE]);
    assert_eq!(
        (&told[0]["user"]["id"], &told[0]["user"]["online"]),
        (&json!("ada"), &json!(true))
    );
    assert_eq!(told[0]["user"]["last_active"], "2027-01-15T08:00:00Z");

    room.emulator.advance_clock(MINUTE);
    let second = room.older("ada").await;
    assert_eq!(second.first["me"]["last_active"], "2027-01-15T08:01:00Z");
    room.leave(first).await;
    let nothing: [&str; 0] = [];
    assert_eq!(room.heard(&mut bob).await, nothing);
    assert_eq!(
        seen(&room.stream, "ada"),
        [(json!(true), json!(minutes(1))), (json!(true), json!(minutes(1)))]
    );

    room.emulator.advance_clock(MINUTE);
    room.leave(second).await;
    let told = room.told(&mut bob).await;
    assert_eq!(types(&told), [PRESENCE]);
    assert_eq!(told[0]["user"]["online"], false);
    assert_eq!(told[0]["created_at"], "2027-01-15T08:02:00Z");
    // Leaving is no activity.
    assert_eq!(
        seen(&room.stream, "ada"),
        [
            (json!(false), json!(minutes(1))),
            (json!(false), json!(minutes(1)))
        ]
    );

    // Nobody changes by it.
    assert_eq!(room.stream.user("ada")["updated_at"], START);
    assert_eq!(
        room.stream
            .events()
            .iter()
            .filter(|event| event["type"] == PRESENCE)
            .count(),
        0
    );
}

/// A client that is cut off leaves as one that says goodbye does, though nothing is asked of the emulator then.
#[tokio::test]
async fn a_connection_that_is_lost_is_noticed_without_a_request() {
    let room = Room::new().await;
    let mut bob = room.newer("bob").await;
    let ada = room.newer("ada").await;
    room.watch(&bob, ["ada"]);
    drop(ada);
    let event = bob.client.json().await;
    assert_eq!(
        (&event["type"], &event["user"]["online"]),
        (&json!(PRESENCE), &json!(false))
    );
}

#[tokio::test]
async fn those_who_stay_are_active_every_quarter_of_an_hour() {
    let room = Room::with(frozen()).await;
    let ada = room.newer("ada").await;
    let last = |id: &str| (room.stream.user(id)["last_active"].as_i64().unwrap() - START) / 60_000_000_000;
    for (by, expected) in [(14, 0), (1, 15), (14, 15), (2, 30), (44, 75)] {
        room.emulator.advance_clock(MINUTE * by);
        assert_eq!(last("ada"), expected, "after {by} minutes more");
    }
    // Another connection is active as it comes, and from then on.
    let second = room.newer("ada").await;
    assert_eq!(last("ada"), 75);
    room.emulator.advance_clock(MINUTE * 14);
    assert_eq!(last("ada"), 75);
    room.emulator.advance_clock(MINUTE);
    assert_eq!(last("ada"), 90);
    room.leave(ada).await;
    room.leave(second).await;
    room.emulator.advance_clock(MINUTE * 60);
    assert_eq!(last("ada"), 90);
    // Nobody is told of it, and nobody changes.
    assert_eq!(room.stream.user("ada")["updated_at"], START);
    assert_eq!(types(&room.stream.events()), ["user.updated"]);
}

#[tokio::test]
async fn an_invisible_user_is_offline_to_others() {
    let room = Room::with(frozen()).await;
    let token = room.stream.token(&json!({ "user_id": "ada" }));
    room.stream.upsert([json!({ "id": "ada" })]);
    let mut bob = room.newer("bob").await;
    room.watch(&bob, ["ada"]);
    let hidden = [(json!(true), json!(START)), (json!(false), Value::Null)];
    let nothing: [&str; 0] = [];

    // It comes as one who is invisible, and stays so.
    let first = room
        .enter(&token, json!({ "id": "ada", "invisible": true }))
        .await;
    assert_eq!(first.first["me"]["invisible"], true);
    assert_eq!(first.first["me"]["online"], true);
    assert_eq!(seen(&room.stream, "ada"), hidden);
    let told = room.told(&mut bob).await;
    assert_eq!(types(&told), ["user.updated"]);
    let user = &told[0]["user"];
    assert_eq!(
        (&user["online"], &user["invisible"], user.get("last_active")),
        (&json!(false), &json!(false), None)
    );
    room.leave(first).await;
    assert_eq!(room.heard(&mut bob).await, nothing);

    let mut second = room.enter(&token, json!({ "id": "ada" })).await;
    assert_eq!(second.first["me"]["invisible"], true);
    assert_eq!(seen(&room.stream, "ada"), hidden);
    assert_eq!(room.heard(&mut bob).await, nothing);

    // It shows itself, and hides again.
    for (invisible, online) in [(false, true), (true, false)] {
        set(&room.stream, "ada", "invisible", json!(invisible));
        let told = room.told(&mut bob).await;
        assert_eq!(types(&told), ["user.updated", PRESENCE]);
        for event in &told {
            assert_eq!(event["user"]["online"], online, "{event}");
            assert_eq!(event["user"].get("last_active").is_some(), online, "{event}");
            assert_ne!(event["user"]["invisible"], true, "{event}");
        }
        let told = room.told(&mut second).await;
        assert_eq!(types(&told), ["user.updated", PRESENCE]);
        for event in &told {
            assert_eq!(event["user"]["online"], true, "{event}");
            assert_eq!(event["user"]["invisible"], invisible, "{event}");
        }
    }
    // What is not seen does not end either.
    room.leave(second).await;
    assert_eq!(room.heard(&mut bob).await, nothing);
    // Without a connection there is nothing to be seen.
    set(&room.stream, "ada", "invisible", json!(false));
    assert_eq!(room.heard(&mut bob).await, ["user.updated"]);
}

/// Neither filters nor sorts say what answers do not.
#[tokio::test]
async fn queries_do_not_tell_that_an_invisible_user_is_there() {
    let room = Room::with(frozen()).await;
    room.stream.upsert([
        json!({ "id": "hidden", "invisible": true }),
        json!({ "id": "never" }),
        json!({ "id": "shown" }),
    ]);
    let _hidden = room.newer("hidden").await;
    room.emulator.advance_clock(MINUTE);
    let _shown = room.newer("shown").await;
    let find = |caller: Option<&str>, payload: Value| {
        let path = format!("/api/v2/users?payload={}", encode(&payload.to_string()));
        let answer = match caller {
            Some(user) => room.stream.call_as(user, "GET", &path, Value::Null),
            None => room.stream.get(&path),
        };
        crate::stream::ids(&answer.ok(200))
    };
    let filter =
        |test: Value| json!({ "filter_conditions": { "last_active": test }, "sort": [{ "field": "id" }] });
    let time = "2027-01-15T08:00:00Z";
    for (test, seen_by_all, seen_by_others) in [
        (json!({ "$exists": true }), vec!["hidden", "shown"], vec!["shown"]),
        (
            json!({ "$exists": false }),
            vec!["never"],
            vec!["hidden", "never"],
        ),
        (json!(null), vec!["never"], vec!["hidden", "never"]),
        (json!(time), vec!["hidden"], vec![]),
        (json!({ "$in": [time] }), vec!["hidden"], vec![]),
        (json!({ "$gte": time }), vec!["hidden", "shown"], vec!["shown"]),
        (
            json!({ "$lt": "2030-01-01T00:00:00Z" }),
            vec!["hidden", "shown"],
            vec!["shown"],
        ),
    ] {
        assert_eq!(find(None, filter(test.clone())), seen_by_all, "{test}");
        assert_eq!(find(Some("hidden"), filter(test.clone())), seen_by_all, "{test}");
        assert_eq!(
            find(Some("shown"), filter(test.clone())),
            seen_by_others,
            "{test}"
        );
        let not = json!({ "filter_conditions": { "$nor": [{ "last_active": test }] }, "sort": [{ "field": "id" }] });
        let others: Vec<&str> = ["hidden", "never", "shown"]
            .into_iter()
            .filter(|id| !seen_by_others.contains(id))
            .collect();
        assert_eq!(find(Some("shown"), not), others, "not {test}");
    }
    let sorted = |field: &str| json!({ "filter_conditions": {}, "sort": [{ "field": field, "direction": -1 }, { "field": "id" }] });
    assert_eq!(find(None, sorted("last_active")), ["shown", "hidden", "never"]);
    assert_eq!(
        find(Some("shown"), sorted("last_active")),
        ["shown", "hidden", "never"]
    );
    assert_eq!(find(None, sorted("online")), ["hidden", "shown", "never"]);
    assert_eq!(
        find(Some("hidden"), sorted("online")),
        ["hidden", "shown", "never"]
    );
    assert_eq!(
        find(Some("shown"), sorted("online")),
        ["shown", "hidden", "never"]
    );
    // Among those who were never active, the hidden one is none other.
    let ascending = json!({ "filter_conditions": {}, "sort": [{ "field": "last_active" }, { "field": "id", "direction": -1 }] });
    assert_eq!(find(None, ascending.clone()), ["never", "hidden", "shown"]);
    assert_eq!(find(Some("shown"), ascending), ["never", "hidden", "shown"]);
    let both = json!({ "filter_conditions": {}, "sort": [{ "field": "last_active" }, { "field": "id" }] });
    assert_eq!(find(None, both.clone()), ["never", "hidden", "shown"]);
    assert_eq!(find(Some("shown"), both), ["hidden", "never", "shown"]);
}

#[tokio::test]
async fn nobody_is_online_after_a_restart() {
    let directory = Directory::new("presence");
    let builder = || Emulator::builder().data_dir(&directory.0);
    let room = Room::with(builder()).await;
    let ada = room.newer("ada").await;
    assert_eq!(room.stream.user("ada")["online"], true);
    let last = room.stream.user("ada")["last_active"].clone();
    // Nobody has told the emulator that this one has gone.
    let seed = json!({ "users": [{ "id": "eve", "online": true }] });
    room.emulator.seed(&seed).unwrap();
    room.emulator.shutdown().await;
    drop((room.stream, ada));
    let room = Room::with(builder()).await;
    assert_eq!(room.stream.user("ada")["online"], false);
    assert_eq!(room.stream.user("eve")["online"], false);
    assert_eq!(room.stream.user("ada")["last_active"], last);
    // And whoever comes then is new to others.
    let mut bob = room.newer("bob").await;
    room.watch(&bob, ["ada"]);
    let _ada = room.newer("ada").await;
    assert_eq!(room.heard(&mut bob).await, [PRESENCE]);
}

/// Presence is the emulator's own to know; a seed says what it was of those who are not connected.
#[tokio::test]
async fn a_seed_does_not_take_away_who_is_there() {
    let room = Room::new().await;
    let mut ada = room.newer("ada").await;
    let mut bob = room.newer("bob").await;
    room.watch(&bob, ["ada"]);
    let seed = json!({ "users": [{ "id": "ada", "name": "Ada" }, { "id": "eve", "online": true }] });
    room.emulator.seed(&seed).unwrap();
    assert_eq!(room.stream.user("ada")["online"], true);
    assert_eq!(room.stream.user("eve")["online"], true);
    let state = room.emulator.state().unwrap();
    let online: Vec<&Value> = state["users"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|user| user["online"] == true)
        .map(|user| &user["id"])
        .collect();
    assert_eq!(online.len(), 3);
    let nothing: [&str; 0] = [];
    assert_eq!(room.heard(&mut bob).await, nothing);
    // One whom a seed deletes is not there any more.
    let seed = json!({ "deleted_ids": [{ "id": "ada", "mode": "hard" }] });
    room.emulator.seed(&seed).unwrap();
    let (_, error, _) = ada.end().await;
    assert_eq!(error["message"], "the user ada was deleted");
    // Coming and going ends what a seed has said.
    let eve = room.newer("eve").await;
    room.leave(eve).await;
    assert_eq!(room.stream.user("eve")["online"], false);
}

#[tokio::test]
async fn one_who_polls_is_online_too() {
    let room = Room::new().await;
    room.stream.upsert([json!({ "id": "ada" })]);
    let mut bob = room.newer("bob").await;
    room.watch(&bob, ["ada"]);
    let hello = json!({ "user_id": "ada", "user_details": { "id": "ada" } });
    let path = format!("/longpoll?json={}", encode(&hello.to_string()));
    let first = room.stream.call_as("ada", "GET", &path, Value::Null).ok(200);
    let id = first["event"]["connection_id"].as_str().unwrap();
    assert_eq!(room.stream.user("ada")["online"], true);
    assert_eq!(room.heard(&mut bob).await, [PRESENCE]);
    set(&room.stream, "ada", "color", json!("red"));
    let poll = room
        .stream
        .call_as(
            "ada",
            "GET",
            &format!("/longpoll?connection_id={id}"),
            Value::Null,
        )
        .ok(200);
    assert_eq!(types(poll["events"].as_array().unwrap()), ["user.updated"]);
    assert_eq!(poll["events"][0]["user"]["color"], "red");
    let path = format!("/longpoll?connection_id={id}&close=true");
    room.stream.call_as("ada", "GET", &path, Value::Null).ok(200);
    assert_eq!(room.stream.user("ada")["online"], false);
    assert_eq!(room.heard(&mut bob).await, ["user.updated", PRESENCE]);
}

/// Anonymous connections are nobody's presence.
#[tokio::test]
async fn nobody_in_particular_is_not_stored() {
    let room = Room::new().await;
    let hello = json!({ "user_id": "x", "user_details": { "id": "x", "anon": true } });
    let path = super::client::older(&room.emulator, "undefined", "anonymous", &hello);
    let mut client = Client::open(&room.emulator, &path).await;
    let first = client.json().await;
    // A server may let it be told of users.
    let payload = json!({ "filter_conditions": { "id": "ada" }, "presence": true });
    room.stream.upsert([json!({ "id": "ada" })]);
    let id = first["connection_id"].as_str().unwrap();
    room.watch_as(None, id, &payload).ok(200);
    let _ada = room.newer("ada").await;
    let event = client.json().await;
    assert_eq!(
        (&event["type"], &event["user"]["online"]),
        (&json!(PRESENCE), &json!(true))
    );
    assert_eq!(
        room.emulator.state().unwrap()["users"].as_array().unwrap().len(),
        1
    );
}
