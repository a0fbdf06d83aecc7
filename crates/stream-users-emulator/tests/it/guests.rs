use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use stream_users_emulator::{Emulator, GuestIds};

use crate::stream::{Stream, sign};

fn guest(stream: &Stream, user: Value) -> crate::stream::Answer {
    stream.send(stream.request("POST", "/api/v2/guest", None, Some(json!({ "user": user }))))
}

#[test]
fn creates_a_guest_and_a_token_for_it() {
    let stream = Stream::new();
    let user = json!({ "id": "ada", "name": "Ada", "custom": { "k": 1 }, "role": "admin" });
    let answer = guest(&stream, user).ok(201);
    let id = answer["user"]["id"].as_str().unwrap();
    assert!(id.starts_with("guest-") && id.ends_with("-ada"), "{id}");
    assert_eq!(
        (&answer["user"]["role"], &answer["user"]["name"]),
        (&json!("guest"), &json!("Ada"))
    );
    let token = answer["access_token"].as_str().unwrap();
    assert_eq!(
        token,
        sign(
            stream.0.api_secret(),
            &json!({ "alg": "HS256" }),
            &json!({ "user_id": id })
        )
    );
    stream
        .send(stream.request("GET", "/api/v2/users/block", Some(token), None))
        .ok(200);
    assert_eq!(stream.find(&json!({ "role": "guest" })), [id]);
}

#[test]
fn takes_servers_and_callers_who_say_nothing() {
    let stream = Stream::new();
    stream
        .post("/api/v2/guest", json!({ "user": { "id": "a" } }))
        .ok(201);
    let request = Request::post(format!("/api/v2/guest?api_key={}", stream.0.api_key()));
    let body = json!({ "user": { "id": "a" } }).to_string();
    stream.send(request.body(Bytes::from(body)).unwrap()).ok(201);
}

#[test]
fn forms_ids_as_the_settings_say() {
    let keep = Stream::with(Emulator::builder().guest_ids(GuestIds::Prefix(String::new())));
    assert_eq!(guest(&keep, json!({ "id": "ada" })).ok(201)["user"]["id"], "ada");
    keep.upsert([json!({ "id": "member" })]);
    assert_eq!(guest(&keep, json!({ "id": "member" })).status, 403);
    let prefix = Stream::with(Emulator::builder().guest_ids(GuestIds::Prefix("g-".into())));
    assert_eq!(
        guest(&prefix, json!({ "id": "ada" })).ok(201)["user"]["id"],
        "g-ada"
    );
}

#[test]
fn refuses_guests_that_are_wrong_or_not_wanted() {
    let stream = Stream::new();
    guest(&stream, Value::Null).fails(
        400,
        4,
        "CreateGuest failed with error: \"user is a required field\"",
    );
    guest(&stream, json!({})).fails(
        400,
        4,
        "CreateGuest failed with error: \"user.id is a required field\"",
    );
    let none = Stream::with(Emulator::builder().app_setting("guest_user_creation_disabled", true));
    guest(&none, json!({ "id": "ada" })).fails(
        403,
        17,
        "CreateGuest failed with error: \"guest user creation is disabled\"",
    );
}

#[test]
fn refuses_ids_that_become_too_long() {
    let stream = Stream::new();
    // `guest-`, a UUID and `-`.
    let longest = "a".repeat(255 - 43);
    let id = guest(&stream, json!({ "id": longest })).ok(201)["user"]["id"].clone();
    assert_eq!(id.as_str().unwrap().len(), 255);
    guest(&stream, json!({ "id": format!("{longest}a") })).fails(
        400,
        4,
        "CreateGuest failed with error: \"user.id must be 255 or less\"",
    );
    let prefix = Stream::with(Emulator::builder().guest_ids(GuestIds::Prefix("g-".into())));
    assert_eq!(guest(&prefix, json!({ "id": "a".repeat(254) })).status, 400);
}
