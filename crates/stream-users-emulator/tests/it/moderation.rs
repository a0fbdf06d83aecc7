//! Bans, mutes and events that the app makes up, as far as users and queries show them.

use std::time::Duration;

use serde_json::{Value, json};
use stream_users_emulator::{Emulator, WebhookForm};

use crate::stream::{Stream, encode};

const BAN: &str = "/api/v2/moderation/ban";
const MUTE: &str = "/api/v2/moderation/mute";
const UNMUTE: &str = "/api/v2/moderation/unmute";
const MINUTE: Duration = Duration::from_mins(1);

/// An emulator with three users, and their events behind it.
fn stream() -> Stream {
    let stream =
        Stream::with(Emulator::builder().settings(|settings| settings.webhook_form = WebhookForm::Nanos));
    let users = json!([{ "id": "ada" }, { "id": "bob" }, { "id": "mod", "role": "moderator" }]);
    stream.0.seed(&json!({ "users": users })).unwrap();
    stream
}

fn unban(stream: &Stream, query: &str) -> Value {
    stream
        .post(
            &format!("/api/v2/moderation/unban?target_user_id={query}"),
            json!({}),
        )
        .ok(201)
}

#[track_caller]
fn assert_banned(stream: &Stream, banned: &[&str], shadow_banned: &[&str]) {
    for (field, expected) in [("banned", banned), ("shadow_banned", shadow_banned)] {
        let mut found = stream.find(&json!({ field: true }));
        found.sort();
        assert_eq!(found, expected, "{field}");
        let others = stream.find(&json!({ field: { "$ne": true } }));
        assert_eq!(others.len() + found.len(), 3, "{field}");
        for id in ["ada", "bob", "mod"] {
            assert_eq!(
                stream.user(id)[field],
                json!(expected.contains(&id)),
                "{id} {field}"
            );
        }
    }
}

#[test]
fn a_ban_is_shown_until_it_is_ended() {
    let stream = stream();
    let before = stream.user("ada")["updated_at"].clone();
    let body = json!({ "target_user_id": "ada", "banned_by_id": "mod", "reason": "spam" });
    let answer = stream.post(BAN, body).ok(201);
    assert_eq!(
        answer.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["duration"]
    );
    assert_banned(&stream, &["ada"], &[]);
    assert_eq!(stream.user("ada").get("ban_expires"), None);
    assert_eq!(stream.user("ada")["updated_at"], before);
    unban(&stream, "ada&created_by=mod");
    assert_banned(&stream, &[], &[]);
    // Ending no ban is no failure, and nothing to tell of.
    unban(&stream, "ada");
    let events = stream.events();
    assert_eq!(events.len(), 2);
    assert_eq!(events[0]["type"], "user.banned");
    assert_eq!(
        (
            &events[0]["user"]["id"],
            &events[0]["user"]["banned"],
            &events[0]["created_by"]["id"]
        ),
        (&json!("ada"), &json!(true), &json!("mod"))
    );
    assert_eq!(
        (&events[0]["reason"], &events[0]["shadow"]),
        (&json!("spam"), &json!(false))
    );
    assert_eq!(events[0].get("expiration"), None);
    assert_eq!(events[1]["type"], "user.unbanned");
    assert_eq!(
        (&events[1]["user"]["banned"], &events[1]["created_by"]["id"]),
        (&json!(false), &json!("mod"))
    );
}

#[test]
fn a_ban_with_a_timeout_ends_by_itself() {
    let stream = stream();
    stream
        .post(BAN, json!({ "target_user_id": "ada", "timeout": 10 }))
        .ok(201);
    let expires = stream.user("ada")["ban_expires"].as_i64().unwrap();
    let event = stream.events().remove(0);
    assert_eq!(event["expiration"], json!(expires));
    assert_eq!(expires - event["created_at"].as_i64().unwrap(), 600_000_000_000);
    stream.0.advance_clock(9 * MINUTE);
    assert_banned(&stream, &["ada"], &[]);
    stream.0.advance_clock(MINUTE);
    assert_banned(&stream, &[], &[]);
    assert_eq!(stream.user("ada").get("ban_expires"), None);
    // A ban takes the place of the one before.
    stream
        .post(BAN, json!({ "target_user_id": "ada", "timeout": 10 }))
        .ok(201);
    stream
        .post(BAN, json!({ "target_user_id": "ada", "timeout": 0 }))
        .ok(201);
    assert_eq!(stream.user("ada").get("ban_expires"), None);
    stream.0.advance_clock(60 * MINUTE);
    assert_banned(&stream, &["ada"], &[]);
    // A seeded one ends too.
    let users = json!([{ "id": "bob", "banned": true, "ban_expires": "2020-01-01T00:00:00Z" }]);
    stream.0.seed(&json!({ "users": users })).unwrap();
    assert_banned(&stream, &["ada"], &[]);
}

#[test]
fn a_shadow_ban_is_another_flag() {
    let stream = stream();
    stream
        .post(BAN, json!({ "target_user_id": "ada", "shadow": true }))
        .ok(201);
    assert_banned(&stream, &[], &["ada"]);
    stream.post(BAN, json!({ "target_user_id": "ada" })).ok(201);
    assert_banned(&stream, &["ada"], &[]);
    stream
        .post(BAN, json!({ "target_user_id": "ada", "shadow": true }))
        .ok(201);
    unban(&stream, "ada");
    assert_banned(&stream, &[], &[]);
    let shadows: Vec<Value> = stream
        .events()
        .iter()
        .map(|event| event["shadow"].clone())
        .collect();
    assert_eq!(shadows, [true, false, true, true]);
}

/// As tests of an SDK have found the service: only the user itself does not learn of it.
#[test]
fn a_shadow_ban_is_kept_from_the_one_who_has_it() {
    let stream = stream();
    stream
        .post(
            BAN,
            json!({ "target_user_id": "ada", "shadow": true, "timeout": 10 }),
        )
        .ok(201);
    let query = |viewer: &str, filter: Value| {
        let payload = encode(&json!({ "filter_conditions": filter }).to_string());
        let path = format!("/api/v2/users?payload={payload}");
        stream.call_as(viewer, "GET", &path, Value::Null).ok(200)["users"].clone()
    };
    let own = query("ada", json!({ "id": "ada" }));
    assert_eq!(
        (&own[0]["shadow_banned"], own[0].get("ban_expires")),
        (&json!(false), None)
    );
    assert_eq!(query("ada", json!({ "shadow_banned": true })), json!([]));
    assert_eq!(
        query("ada", json!({ "shadow_banned": false }))
            .as_array()
            .unwrap()
            .len(),
        3
    );
    assert_eq!(
        query("ada", json!({ "shadow_banned": { "$ne": true } }))
            .as_array()
            .unwrap()
            .len(),
        3
    );
    let seen = query("bob", json!({ "id": "ada", "shadow_banned": true }));
    assert_eq!(seen[0]["shadow_banned"], true);
    assert!(seen[0]["ban_expires"].is_i64());
}

#[test]
fn a_ban_takes_messages_along() {
    let stream = stream();
    stream
        .0
        .seed(&json!({
            "channels": [{ "cid": "messaging:x", "members": ["ada", "bob"] }],
            "messages": [{ "id": "m", "cid": "messaging:x", "user_id": "ada", "text": "hi" }],
        }))
        .unwrap();
    let message = |stream: &Stream| stream.0.state().unwrap()["messages"].get(0).cloned();
    for (mode, hard) in [("soft", false), ("pruning", false), ("hard", true)] {
        stream
            .post(BAN, json!({ "target_user_id": "ada", "delete_messages": mode }))
            .ok(201);
        let event = stream.events().pop().unwrap();
        assert_eq!(
            (&event["type"], &event["user"]["id"], &event["hard_delete"]),
            (&json!("user.messages.deleted"), &json!("ada"), &json!(hard))
        );
        let left = message(&stream).map(|message| (message["type"].clone(), message["text"].clone()));
        match mode {
            "soft" => assert_eq!(left, Some((json!("deleted"), json!("hi")))),
            "pruning" => assert_eq!(left, Some((json!("deleted"), json!("")))),
            _ => assert_eq!(left, None),
        }
    }
}

#[test]
fn the_older_surface_bans_too() {
    let stream = stream();
    for by in [
        json!({ "banned_by_id": "mod" }),
        json!({ "user_id": "mod" }),
        json!({ "banned_by": { "id": "mod" } }),
        json!({ "user": { "id": "mod" } }),
    ] {
        let mut body = json!({ "target_user_id": "ada" });
        body.as_object_mut()
            .unwrap()
            .extend(by.as_object().unwrap().clone());
        stream.post("/moderation/ban", body).ok(201);
        assert_banned(&stream, &["ada"], &[]);
        assert_eq!(stream.events().pop().unwrap()["created_by"]["id"], "mod");
        let path = "/moderation/ban?target_user_id=ada&banned_by_id=mod";
        stream.call("DELETE", path, Value::Null).ok(200);
        assert_banned(&stream, &[], &[]);
    }
    stream
        .post(
            "/moderation/ban",
            json!({ "target_user_id": "ada", "shadow": true, "user_id": "mod" }),
        )
        .ok(201);
    assert_banned(&stream, &[], &["ada"]);
    let path = "/moderation/ban?target_user_id=ada&shadow=True&user_id=mod";
    stream.call("DELETE", path, Value::Null).ok(200);
    assert_banned(&stream, &[], &[]);
    // It takes a time that is past.
    stream
        .post(
            "/moderation/ban",
            json!({ "target_user_id": "ada", "timeout": -10 }),
        )
        .ok(201);
    assert_banned(&stream, &[], &[]);
}

#[test]
fn what_cannot_be_banned_is_refused() {
    let stream = stream();
    let fails = |body: Value, status: u16, code: i64, text: &str| {
        let message = format!("Ban failed with error: \"{text}\"");
        stream.post(BAN, body).fails(status, code, &message);
    };
    fails(json!({}), 400, 4, "target_user_id is a required field");
    fails(
        json!({ "target_user_id": "nobody" }),
        404,
        16,
        "the user nobody does not exist",
    );
    fails(
        json!({ "target_user_id": "ada", "banned_by_id": "nobody" }),
        404,
        16,
        "the user nobody does not exist",
    );
    fails(
        json!({ "target_user_id": "ada", "timeout": -1 }),
        400,
        4,
        "timeout must be 0 or greater",
    );
    fails(
        json!({ "target_user_id": "ada", "delete_messages": "all" }),
        400,
        4,
        "delete_messages must be one of [soft pruning hard]",
    );
    fails(
        json!({ "target_user_id": "ada", "channel_cid": "messaging:x" }),
        400,
        4,
        "channel_cid names a channel: the emulator has bans in the whole app only, leave it out",
    );
    stream.call("DELETE", "/moderation/ban", Value::Null).fails(
        400,
        4,
        "Unban failed with error: \"target_user_id is a required field\"",
    );
    assert_banned(&stream, &[], &[]);
    assert_eq!(stream.events(), Vec::<Value>::new());
}

#[test]
fn moderators_may_ban_and_users_may_not() {
    let stream = stream();
    let body = json!({ "target_user_id": "ada" });
    stream.call_as("bob", "POST", BAN, body.clone()).fails(
        403,
        17,
        "Ban failed with error: \"User with role 'user' is not allowed to perform action BanUser\"",
    );
    stream.call_as("mod", "POST", BAN, body).ok(201);
    assert_eq!(stream.events().remove(0)["created_by"]["id"], "mod");
    let path = "/moderation/ban?target_user_id=ada";
    stream.call_as("ada", "DELETE", path, Value::Null).fails(
        403,
        17,
        "Unban failed with error: \"User with role 'user' is not allowed to perform action BanUser\"",
    );
    stream.call_as("mod", "DELETE", path, Value::Null).ok(200);
}

fn muted(stream: &Stream, id: &str) -> Vec<Value> {
    let user = stream.user(id);
    let mutes = user["mutes"].as_array().unwrap().iter();
    mutes.map(|mute| mute["target"]["id"].clone()).collect()
}

#[test]
fn mutes_are_shown_on_whoever_mutes() {
    let stream = stream();
    let body = json!({ "target_ids": ["ada", "nobody", "mod", "ada"], "user_id": "bob" });
    let answer = stream.post(MUTE, body).ok(201);
    assert_eq!(answer["non_existing_users"], json!(["nobody"]));
    let mutes = answer["mutes"].as_array().unwrap();
    assert_eq!(mutes.len(), 2);
    assert_eq!(
        (
            &mutes[0]["user"]["id"],
            &mutes[0]["target"]["id"],
            mutes[0].get("expires")
        ),
        (&json!("bob"), &json!("ada"), None)
    );
    assert_eq!(answer["own_user"]["id"], "bob");
    assert_eq!(answer["own_user"]["mutes"].as_array().unwrap().len(), 2);
    assert_eq!(answer["own_user"].get("shadow_banned"), None);
    assert_eq!(muted(&stream, "bob"), ["ada", "mod"]);
    assert_eq!(muted(&stream, "ada"), Vec::<Value>::new());
    let answer = stream
        .post(
            UNMUTE,
            json!({ "target_ids": ["mod", "ghost"], "user_id": "bob" }),
        )
        .ok(201);
    assert_eq!(answer["non_existing_users"], json!(["ghost"]));
    assert_eq!(muted(&stream, "bob"), ["ada"]);
    let again = stream
        .post(UNMUTE, json!({ "target_ids": ["mod"], "user_id": "bob" }))
        .ok(201);
    assert_eq!(again.get("non_existing_users"), None);
    let events = stream.events();
    assert_eq!(events.len(), 2);
    assert_eq!(
        (&events[0]["type"], &events[0]["user"]["id"]),
        (&json!("user.muted"), &json!("bob"))
    );
    let targets = events[0]["target_users"].as_array().unwrap().iter();
    assert_eq!(
        targets.map(|target| &target["id"]).collect::<Vec<_>>(),
        ["ada", "mod"]
    );
    assert_eq!(
        (&events[1]["type"], &events[1]["target_user"]["id"]),
        (&json!("user.unmuted"), &json!("mod"))
    );
}

#[test]
fn a_mute_with_a_timeout_ends_by_itself() {
    let stream = stream();
    let body = json!({ "target_ids": ["ada"], "timeout": 5 });
    let answer = stream.call_as("bob", "POST", MUTE, body).ok(201);
    let mute = &answer["mutes"][0];
    let lasts = mute["expires"].as_i64().unwrap() - mute["created_at"].as_i64().unwrap();
    assert_eq!(lasts, 300_000_000_000);
    stream.0.advance_clock(4 * MINUTE);
    assert_eq!(muted(&stream, "bob"), ["ada"]);
    stream.0.advance_clock(MINUTE);
    assert_eq!(muted(&stream, "bob"), Vec::<Value>::new());
}

#[test]
fn the_older_surface_mutes_one_or_many() {
    let stream = stream();
    let one = stream
        .post(
            "/moderation/mute",
            json!({ "target_id": "ada", "user_id": "bob", "timeout": 10 }),
        )
        .ok(201);
    assert_eq!(
        (&one["mute"]["target"]["id"], &one["mute"]["user"]["id"]),
        (&json!("ada"), &json!("bob"))
    );
    assert!(one["mute"]["expires"].is_string());
    let many = stream
        .post(
            "/moderation/mute",
            json!({ "target_ids": ["ada", "mod"], "user_id": "bob" }),
        )
        .ok(201);
    assert_eq!(many["mutes"].as_array().unwrap().len(), 2);
    assert_eq!(
        many["mutes"][0]["created_at"], one["mute"]["created_at"],
        "it is the same mute"
    );
    assert_eq!(many["mutes"][0].get("expires"), None);
    stream
        .post(
            "/moderation/unmute",
            json!({ "target_id": "ada", "user_id": "bob" }),
        )
        .ok(201);
    assert_eq!(muted(&stream, "bob"), ["mod"]);
}

#[test]
fn what_cannot_be_muted_is_refused() {
    let stream = stream();
    let many: Vec<String> = (0..1_001).map(|n| format!("u{n}")).collect();
    for (body, text) in [
        (json!({ "user_id": "bob" }), "target_ids is a required field"),
        (
            json!({ "target_ids": [], "user_id": "bob" }),
            "target_ids is a required field",
        ),
        (
            json!({ "target_ids": many, "user_id": "bob" }),
            "target_ids must be 1000 or less",
        ),
        (
            json!({ "target_ids": ["bob"], "user_id": "bob" }),
            "user cannot mute themselves",
        ),
        (
            json!({ "target_ids": ["ada"] }),
            "either user or user_id must be provided when using server side auth.",
        ),
    ] {
        let message = format!("Mute failed with error: \"{text}\"");
        stream.post(MUTE, body).fails(400, 4, &message);
    }
}

#[test]
fn an_event_that_the_app_makes_up_is_told() {
    let stream = stream();
    let custom = json!({ "text": "hi", "name": "x", "created_at": "never" });
    let body = json!({ "event": { "type": "friendship_request", "custom": custom } });
    stream.post("/api/v2/chat/users/ada/event", body).ok(201);
    let event = stream.events().remove(0);
    assert_eq!(
        (&event["type"], &event["custom"]),
        (&json!("friendship_request"), &custom)
    );
    assert_eq!(event["user"]["id"], "ada");
    let stream = Stream::new();
    stream.upsert([json!({ "id": "a@b" })]);
    let body = json!({ "event": { "type": "friendship_request", "text": "hi", "name": "x", "created_at": "never" } });
    stream
        .post(&format!("/users/{}/event", encode("a@b")), body)
        .ok(201);
    let event = stream.events().remove(1);
    assert_eq!((&event["text"], &event["name"]), (&json!("hi"), &json!("x")));
    assert_ne!(event["created_at"], "never");
}

#[test]
fn an_event_needs_a_type_of_its_own_and_a_user() {
    let stream = stream();
    let path = "/api/v2/chat/users/ada/event";
    let fails = |path: &str, body: Value, status: u16, code: i64, text: &str| {
        let message = format!("SendUserCustomEvent failed with error: \"{text}\"");
        stream.post(path, body).fails(status, code, &message);
    };
    fails(path, json!({}), 400, 4, "event is a required field");
    fails(
        path,
        json!({ "event": {} }),
        400,
        4,
        "event.type is a required field",
    );
    fails(
        path,
        json!({ "event": { "type": "user.updated" } }),
        400,
        4,
        "event.type must not contain a dot: such types are those of the service",
    );
    let body = json!({ "event": { "type": "hello" } });
    fails(
        "/users/nobody/event",
        body.clone(),
        404,
        16,
        "the user nobody does not exist",
    );
    assert_eq!(stream.call_as("ada", "POST", path, body).status, 403);
    assert_eq!(stream.events(), Vec::<Value>::new());
}
