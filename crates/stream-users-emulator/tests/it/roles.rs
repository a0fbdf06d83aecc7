//! The roles that users may have.

use serde_json::{Value, json};
use stream_users_emulator::Emulator;

use crate::stream::Stream;

fn names(stream: &Stream, path: &str) -> Vec<String> {
    let answer = stream.get(path).ok(200);
    let roles = answer["roles"].as_array().unwrap();
    roles
        .iter()
        .map(|role| role["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn lists_adds_and_removes_roles() {
    let stream = Stream::with(Emulator::builder().role("speaker"));
    let built_in = ["admin", "anonymous", "guest", "moderator", "user"];
    assert_eq!(
        names(&stream, "/api/v2/roles"),
        [&built_in[..], &["speaker"]].concat()
    );
    let role = stream
        .post("/api/v2/roles", json!({ "name": "rockstar" }))
        .ok(201)["role"]
        .clone();
    assert_eq!(
        (&role["name"], &role["custom"], &role["scopes"]),
        (&json!("rockstar"), &json!(true), &json!([]))
    );
    assert!(role["created_at"].is_i64() && role["updated_at"].is_i64());
    let listed = stream.get("/roles").ok(200)["roles"].clone();
    assert_eq!(
        (&listed[0]["name"], &listed[0]["custom"]),
        (&json!("admin"), &json!(false))
    );
    assert!(listed[5]["created_at"].as_str().unwrap().ends_with('Z'));
    stream.upsert([json!({ "id": "ada", "role": "rockstar" })]);
    stream
        .call("DELETE", "/roles/rockstar", Value::Null)
        .fails(
            400,
            4,
            "DeleteRole failed with error: \"role \"rockstar\" cannot be deleted, at least one user is using this \
             role (ie. \"ada\")\"",
        );
    stream.upsert([json!({ "id": "ada", "role": "user" })]);
    stream
        .call("DELETE", "/api/v2/roles/rockstar", Value::Null)
        .ok(200);
    assert_eq!(names(&stream, "/roles"), [&built_in[..], &["speaker"]].concat());
    stream.0.reset().unwrap();
    assert_eq!(names(&stream, "/roles"), [&built_in[..], &["speaker"]].concat());
}

#[test]
fn a_role_in_a_team_is_in_use() {
    let stream = Stream::with(Emulator::builder().role("speaker"));
    stream.upsert([json!({ "id": "ada", "teams": ["red"], "teams_role": { "red": "speaker" } })]);
    assert_eq!(stream.call("DELETE", "/roles/speaker", Value::Null).status, 400);
}

#[test]
fn refuses_what_cannot_be_added_or_removed() {
    let stream = Stream::new();
    stream.post("/roles", json!({ "name": "rockstar" })).ok(201);
    for (name, inner) in [
        (json!("admin"), "role \"admin\" already exists".to_owned()),
        (json!("rockstar"), "role \"rockstar\" already exists".to_owned()),
        (Value::Null, "name is a required field".to_owned()),
        (json!("r".repeat(65)), "name must be 64 or less".to_owned()),
    ] {
        let message = format!("CreateRole failed with error: \"{inner}\"");
        stream
            .post("/roles", json!({ "name": name }))
            .fails(400, 4, &message);
    }
    for (name, inner) in [
        ("admin", "role \"admin\" is a built-in role and cannot be deleted"),
        ("nobody", "role \"nobody\" does not exist"),
    ] {
        let message = format!("DeleteRole failed with error: \"{inner}\"");
        stream
            .call("DELETE", &format!("/roles/{name}"), Value::Null)
            .fails(400, 4, &message);
    }
    for (method, path) in [
        ("GET", "/roles"),
        ("POST", "/roles"),
        ("DELETE", "/roles/rockstar"),
    ] {
        assert_eq!(stream.call_as("ada", method, path, Value::Null).status, 403);
    }
}
