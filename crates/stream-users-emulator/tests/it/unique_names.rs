//! Names that have to be unique, in the app or in a team.

use serde_json::{Value, json};
use stream_users_emulator::Emulator;

use crate::stream::{Answer, Stream};

fn stream(mode: &str) -> Stream {
    Stream::with(Emulator::builder().app_setting("enforce_unique_usernames", mode))
}

fn upsert(stream: &Stream, users: &[Value]) -> Answer {
    let pairs = users
        .iter()
        .map(|user| (user["id"].as_str().unwrap().to_owned(), user.clone()));
    let users: serde_json::Map<String, Value> = pairs.collect();
    stream.post("/api/v2/users", json!({ "users": users }))
}

fn patch(stream: &Stream, users: Value) -> Answer {
    stream.call("PATCH", "/api/v2/users", json!({ "users": users }))
}

#[track_caller]
fn taken(answer: Answer, operation: &str, inner: &str) {
    answer.fails(400, 6, &format!("{operation} failed with error: \"{inner}\""));
}

#[test]
fn in_the_app() {
    let stream = stream("app");
    stream.upsert([
        json!({ "id": "ada", "name": "Ada" }),
        json!({ "id": "bob", "name": "Bob" }),
    ]);
    let exists = "username 'Ada' already exists";
    taken(
        upsert(&stream, &[json!({ "id": "eve", "name": "Ada" })]),
        "UpdateUsers",
        exists,
    );
    taken(
        upsert(&stream, &[json!({ "id": "bob", "name": "Ada" })]),
        "UpdateUsers",
        exists,
    );
    taken(
        patch(&stream, json!([{ "id": "bob", "set": { "name": "Ada" } }])),
        "UpdateUsersPartial",
        exists,
    );
    // Whoever has the name keeps it, and a name that is given up is free.
    stream.upsert([json!({ "id": "ada", "name": "Ada", "custom": { "color": "red" } })]);
    patch(&stream, json!([{ "id": "ada", "unset": ["name"] }])).ok(200);
    stream.upsert([json!({ "id": "bob", "name": "Ada" })]);
}

#[test]
fn among_the_users_of_one_batch() {
    let stream = stream("app");
    let twins = [
        json!({ "id": "a", "name": "Twin" }),
        json!({ "id": "b", "name": "twin" }),
    ];
    taken(
        upsert(&stream, &twins),
        "UpdateUsers",
        "username 'twin' already exists",
    );
    assert!(stream.find(&json!({})).is_empty());
    stream.upsert([json!({ "id": "a" }), json!({ "id": "b" })]);
    let set = json!([{ "id": "a", "set": { "name": "X" } }, { "id": "b", "set": { "name": "X" } }]);
    taken(
        patch(&stream, set),
        "UpdateUsersPartial",
        "username 'X' already exists",
    );
    assert!(stream.user("a").get("name").is_none());
}

#[test]
fn compares_letters_and_digits_in_lower_case() {
    let stream = stream("app");
    stream.upsert([json!({ "id": "a", "name": "John Doe" })]);
    for name in ["john.doe", "JOHN_DOE", " johndoe!", "J o h n-Doe"] {
        taken(
            upsert(&stream, &[json!({ "id": "b", "name": name })]),
            "UpdateUsers",
            &format!("username '{name}' already exists"),
        );
    }
    stream.upsert([json!({ "id": "b", "name": "John Doe 2" })]);
    stream.upsert([
        json!({ "id": "c", "name": "!!" }),
        json!({ "id": "d", "name": "?" }),
    ]);
    stream.upsert([json!({ "id": "e", "name": "" }), json!({ "id": "f" })]);
    stream.upsert([json!({ "id": "g", "name": "ÄRGER" })]);
    assert_eq!(
        upsert(&stream, &[json!({ "id": "h", "name": "ärger" })]).status,
        400
    );
}

#[test]
fn leaves_what_was_written_before_alone() {
    let stream = Stream::new();
    stream.upsert([
        json!({ "id": "a", "name": "Same" }),
        json!({ "id": "b", "name": "Same" }),
    ]);
    stream
        .call("PATCH", "/app", json!({ "enforce_unique_usernames": "app" }))
        .ok(200);
    stream.upsert([json!({ "id": "b", "name": "Same", "custom": { "color": "red" } })]);
    assert_eq!(
        upsert(&stream, &[json!({ "id": "c", "name": "Same" })]).status,
        400
    );
    stream
        .call("PATCH", "/app", json!({ "enforce_unique_usernames": "no" }))
        .ok(200);
    stream.upsert([json!({ "id": "c", "name": "Same" })]);
}

#[test]
fn a_deactivated_user_comes_back_under_a_free_name() {
    let stream = stream("app");
    stream.upsert([json!({ "id": "a", "name": "Ada" })]);
    stream.post("/api/v2/users/a/deactivate", json!({})).ok(201);
    stream.upsert([json!({ "id": "b", "name": "Ada" })]);
    let back = |body: Value| stream.post("/api/v2/users/a/reactivate", body);
    taken(back(json!({})), "ReactivateUser", "username 'Ada' already exists");
    taken(
        back(json!({ "name": "ada" })),
        "ReactivateUser",
        "username 'ada' already exists",
    );
    assert_eq!(back(json!({ "name": "Eve" })).ok(201)["user"]["name"], "Eve");
    assert_eq!(
        upsert(&stream, &[json!({ "id": "c", "name": "eve" })]).status,
        400
    );
}

#[test]
fn in_a_team() {
    let stream = stream("team");
    stream.upsert([json!({ "id": "a", "name": "Ada", "teams": ["red", "blue"] })]);
    // Elsewhere the name is free.
    stream.upsert([
        json!({ "id": "b", "name": "Ada" }),
        json!({ "id": "c", "name": "Ada", "teams": ["green"] }),
    ]);
    let exists = "username 'Ada' already exists in team 'blue'";
    for user in [
        json!({ "id": "d", "name": "Ada", "teams": ["blue"] }),
        json!({ "id": "b", "name": "Ada", "teams": ["blue"] }),
    ] {
        taken(upsert(&stream, &[user]), "UpdateUsers", exists);
    }
    taken(
        patch(
            &stream,
            json!([{ "id": "c", "set": { "teams": ["green", "blue"] } }]),
        ),
        "UpdateUsersPartial",
        exists,
    );
    stream.upsert([json!({ "id": "d", "name": "Dee", "teams": ["blue"] })]);
    taken(
        patch(&stream, json!([{ "id": "d", "set": { "name": "Ada" } }])),
        "UpdateUsersPartial",
        exists,
    );
}

#[test]
fn guests_and_users_who_come_along_have_unique_names_too() {
    let stream = stream("app");
    stream.upsert([json!({ "id": "a", "name": "Ada" })]);
    taken(
        stream.post("/api/v2/guest", json!({ "user": { "id": "g", "name": "Ada" } })),
        "CreateGuest",
        "username 'Ada' already exists",
    );
    let block = json!({ "blocked_user_id": "a", "user": { "id": "b", "name": "Ada" } });
    taken(
        stream.post("/api/v2/users/block", block),
        "BlockUsers",
        "username 'Ada' already exists",
    );
}

#[test]
fn many_deactivated_users_come_back_if_their_names_are_free() {
    let stream = stream("app");
    stream.upsert([
        json!({ "id": "a", "name": "Ada" }),
        json!({ "id": "b", "name": "Bob" }),
    ]);
    for id in ["a", "b"] {
        stream
            .post(&format!("/api/v2/users/{id}/deactivate"), json!({}))
            .ok(201);
    }
    stream.upsert([json!({ "id": "c", "name": "ada" })]);
    let task = stream.finish(stream.post("/api/v2/users/reactivate", json!({ "user_ids": ["a", "b"] })));
    assert_eq!(task["status"], "failed");
    assert_eq!(task["error"]["description"], "username 'Ada' already exists");
    assert!(stream.user("a")["deactivated_at"].is_i64());
    assert!(stream.user("b").get("deactivated_at").is_none());
}
