//! The query of bans.

use std::time::Duration;

use serde_json::{Value, json};
use stream_users_emulator::Emulator;

use crate::stream::{Answer, Stream, encode};

/// Bans of bob, eve and ann, in this order, by `mod`.
fn stream() -> Stream {
    let stream = Stream::with(Emulator::builder());
    let users = ["ann", "bob", "eve", "mod"].map(|id| json!({ "id": id }));
    stream.upsert(users);
    let role = json!({ "users": [{ "id": "mod", "set": { "role": "moderator" } }] });
    stream.call("PATCH", "/api/v2/users", role).ok(200);
    ban(
        &stream,
        json!({ "target_user_id": "bob", "banned_by_id": "mod", "reason": "spam" }),
    );
    ban(
        &stream,
        json!({ "target_user_id": "eve", "banned_by_id": "mod", "reason": "noise", "timeout": 10 }),
    );
    ban(&stream, json!({ "target_user_id": "ann", "shadow": true }));
    stream
}

fn ban(stream: &Stream, body: Value) {
    stream.post("/api/v2/moderation/ban", body).ok(201);
}

fn path(surface: &str, payload: &Value) -> String {
    format!(
        "{surface}/query_banned_users?payload={}",
        encode(&payload.to_string())
    )
}

fn query(stream: &Stream, payload: Value) -> Answer {
    stream.get(&path("/api/v2/chat", &payload))
}

fn ids(answer: &Value) -> Vec<&str> {
    let bans = answer["bans"].as_array().unwrap();
    bans.iter()
        .map(|ban| ban["user"]["id"].as_str().unwrap())
        .collect()
}

#[track_caller]
fn finds(stream: &Stream, conditions: Value, expected: &[&str]) {
    let answer = query(stream, json!({ "filter_conditions": conditions })).ok(200);
    assert_eq!(ids(&answer), expected, "{conditions}");
}

#[test]
fn says_of_a_ban_what_is_known() {
    let stream = stream();
    let bob = json!({ "filter_conditions": { "user_id": "bob" } });
    let answer = query(&stream, bob.clone()).ok(200);
    let ban = &answer["bans"][0];
    assert_eq!(
        (&ban["banned_by"]["id"], &ban["reason"], &ban["shadow"]),
        (&json!("mod"), &json!("spam"), &json!(false))
    );
    assert!(ban["created_at"].is_i64());
    assert_eq!(ban.get("expires"), None);
    let older = stream.get(&path("", &bob)).ok(200);
    assert!(older["bans"][0]["created_at"].as_str().unwrap().ends_with('Z'));

    let both = json!({ "filter_conditions": { "user_id": { "$in": ["ann", "eve"] } } });
    let answer = query(&stream, both).ok(200);
    assert_eq!(ids(&answer), ["eve", "ann"]);
    assert!(answer["bans"][0]["expires"].is_i64());
    assert_eq!(answer["bans"][1]["shadow"], true);
    assert_eq!(answer["bans"][1].get("banned_by"), None);
    assert_eq!(answer["bans"][1].get("reason"), None);
}

#[test]
fn finds_bans_by_every_field() {
    let stream = stream();
    finds(&stream, json!({}), &["bob", "eve", "ann"]);
    finds(&stream, json!({ "reason": "spam" }), &["bob"]);
    finds(
        &stream,
        json!({ "reason": { "$in": ["spam", "noise"] } }),
        &["bob", "eve"],
    );
    finds(
        &stream,
        json!({ "banned_by_id": { "$eq": "mod" } }),
        &["bob", "eve"],
    );
    finds(
        &stream,
        json!({ "banned_by_id": "mod", "user_id": "eve" }),
        &["eve"],
    );
    finds(&stream, json!({ "user_id": "mod" }), &[]);
    finds(&stream, json!({ "channel_cid": "messaging:general" }), &[]);
    let later = "2100-01-01T00:00:00Z";
    finds(
        &stream,
        json!({ "created_at": { "$lt": later } }),
        &["bob", "eve", "ann"],
    );
    finds(&stream, json!({ "created_at": { "$gte": later } }), &[]);
    let payload = json!({ "filter_conditions": {}, "created_at_after": later });
    assert_eq!(ids(&query(&stream, payload).ok(200)), Vec::<&str>::new());
}

#[test]
fn sorts_by_time_and_cuts_out_a_page() {
    let stream = stream();
    let page = |sort: i32, limit: i32, offset: i32| {
        let sort = json!([{ "field": "created_at", "direction": sort }]);
        json!({ "filter_conditions": {}, "sort": sort, "limit": limit, "offset": offset })
    };
    assert_eq!(ids(&query(&stream, page(-1, 2, 0)).ok(200)), ["ann", "eve"]);
    assert_eq!(ids(&query(&stream, page(1, 2, 1)).ok(200)), ["eve", "ann"]);
}

#[test]
fn what_has_ended_is_no_ban() {
    let stream = stream();
    stream
        .post("/api/v2/moderation/unban?target_user_id=bob", json!({}))
        .ok(201);
    finds(&stream, json!({}), &["eve", "ann"]);
    stream.0.advance_clock(Duration::from_mins(11));
    finds(&stream, json!({}), &["ann"]);
    // The next ban is another one.
    ban(&stream, json!({ "target_user_id": "eve" }));
    let answer = query(&stream, json!({ "filter_conditions": { "user_id": "eve" } })).ok(200);
    assert_eq!(answer["bans"][0].get("reason"), None);
    stream
        .post("/api/v2/users/delete", json!({ "user_ids": ["eve"] }))
        .ok(201);
    finds(&stream, json!({}), &["ann"]);
}

#[test]
fn whoever_may_ban_may_look_but_not_at_a_shadow_ban_of_their_own() {
    let stream = stream();
    ban(&stream, json!({ "target_user_id": "mod", "shadow": true }));
    let all = path("/api/v2/chat", &json!({ "filter_conditions": {} }));
    let own = stream.call_as("mod", "GET", &all, Value::Null).ok(200);
    assert_eq!(ids(&own), ["bob", "eve", "ann"]);
    finds(&stream, json!({}), &["bob", "eve", "ann", "mod"]);
    stream.call_as("bob", "GET", &all, Value::Null).fails(
        403,
        17,
        "QueryBannedUsers failed with error: \"User with role 'user' is not allowed to perform action BanUser\"",
    );
}

#[test]
fn a_planted_ban_is_one() {
    let stream = Stream::new();
    let users = json!([{ "id": "ada", "banned": true }, { "id": "bob" }]);
    stream.0.seed(&json!({ "users": users })).unwrap();
    finds(&stream, json!({}), &["ada"]);
}

/// Who is pruned or gone has left nothing of a ban, though a seed may bring the id back.
#[test]
fn what_was_known_of_a_ban_goes_with_its_user() {
    for (id, mode) in [("bob", "pruning"), ("eve", "hard")] {
        let stream = stream();
        let body = json!({ "user_ids": [id], "user": mode, "messages": "hard", "conversations": "hard" });
        stream.finish(stream.post("/api/v2/users/delete", body));
        let users = json!([{ "id": id, "banned": true }]);
        stream.0.seed(&json!({ "users": users })).unwrap();
        let answer = query(&stream, json!({ "filter_conditions": { "user_id": id } })).ok(200);
        let ban = &answer["bans"][0];
        assert_eq!(
            (ban.get("reason"), ban.get("banned_by")),
            (None, None),
            "{mode}: {ban}"
        );
    }
}

#[test]
fn refuses_what_makes_no_sense() {
    let stream = stream();
    let refused = |payload: Value, inner: &str| {
        query(&stream, payload).fails(
            400,
            4,
            &format!("QueryBannedUsers failed with error: \"{inner}\""),
        );
    };
    let conditions = |conditions: Value| json!({ "filter_conditions": conditions });
    refused(json!({}), "filter_conditions is a required field");
    refused(
        conditions(json!({ "colour": "red" })),
        "unrecognized field \"colour\"",
    );
    refused(
        conditions(json!({ "reason": { "$gt": "a" } })),
        "operator \"$gt\" is not allowed for field \"reason\"",
    );
    refused(
        conditions(json!({ "user_id": 1 })),
        "field `user_id` contains type number. expecting string",
    );
    refused(
        conditions(json!({ "created_at": "soon" })),
        "field `created_at` contains type string. expecting date",
    );
    refused(
        json!({ "filter_conditions": {}, "limit": 301 }),
        "limit must be 300 or less",
    );
    refused(
        json!({ "filter_conditions": {}, "sort": [{ "field": "reason" }] }),
        "sort[0].field must be one of [created_at]",
    );
    stream.get("/api/v2/chat/query_banned_users").fails(
        400,
        4,
        "QueryBannedUsers failed with error: \"invalid json data\"",
    );
}
