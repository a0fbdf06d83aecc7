//! The teams of a user and the roles in them.

use serde_json::{Value, json};
use stream_users_emulator::Emulator;

use crate::partial_update::{patched, refused};
use crate::stream::Stream;

#[test]
fn takes_roles_in_teams_of_a_user_who_is_in_none() {
    let stream = Stream::new();
    let user = json!({ "id": "a", "teams_role": { "blue": "admin" } });
    let roles = |answer: &Value| answer["users"]["a"]["teams_role"].clone();
    assert_eq!(roles(&stream.upsert([user])), json!({ "blue": "admin" }));
    assert_eq!(
        roles(&stream.upsert([json!({ "id": "a", "name": "A" })])),
        json!({ "blue": "admin" })
    );
    let patch = json!({ "users": [{ "id": "a", "set": { "colour": "red" } }] });
    let patched = stream.call("PATCH", "/api/v2/users", patch).ok(200);
    assert_eq!(roles(&patched), json!({ "blue": "admin" }));
    assert_eq!(
        roles(&stream.upsert([json!({ "id": "a", "teams": ["red"] })])),
        Value::Null
    );
}

#[test]
fn an_upsert_has_bounds() {
    let stream = Stream::new();
    let upsert = |teams: Value, roles: Value| {
        let user = json!({ "id": "a", "teams": teams, "teams_role": roles });
        stream.post("/api/v2/users", json!({ "users": { "a": user } }))
    };
    let refused = |answer: crate::stream::Answer, inner: &str| {
        answer.fails(400, 4, &format!("UpdateUsers failed with error: \"{inner}\""));
    };
    let teams = |count: usize| (0..count).map(|n| format!("t{n}")).collect::<Vec<_>>();
    refused(
        upsert(json!(teams(251)), Value::Null),
        "users[a].teams must be 250 or less",
    );
    refused(
        upsert(json!(["x".repeat(101)]), Value::Null),
        "users[a].teams must contain teams of 100 bytes or less",
    );
    refused(
        upsert(json!(["red"]), json!({ "red": "king" })),
        "role \"king\" provided but not defined",
    );
    upsert(json!(teams(250)), Value::Null).ok(201);
    upsert(json!(["x".repeat(100)]), Value::Null).ok(201);
    let answer = upsert(json!(["red"]), json!({ "red": "admin" })).ok(201);
    assert_eq!(answer["users"]["a"]["teams_role"], json!({ "red": "admin" }));
    let answer = upsert(json!([]), Value::Null).ok(201);
    assert_eq!(answer["users"]["a"]["teams"], json!([]));
    assert!(answer["users"]["a"].get("teams_role").is_none());
}

#[test]
fn a_partial_update_has_bounds() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" })]);
    let teams = |count: usize| (0..count).map(|n| format!("t{n}")).collect::<Vec<_>>();
    let set = |set: Value| json!({ "id": "ada", "set": set });
    let most = patched(&stream, set(json!({ "teams": teams(250) })));
    assert_eq!(most["teams"].as_array().unwrap().len(), 250);
    refused(
        &stream,
        set(json!({ "teams": teams(251) })),
        "users[ada].teams must be 250 or less",
    );
    // 50 letters of two bytes each, and one more.
    let longest = "ä".repeat(50);
    patched(&stream, set(json!({ "teams": [longest] })));
    refused(
        &stream,
        set(json!({ "teams": [format!("{longest}a")] })),
        "users[ada].teams must contain teams of 100 bytes or less",
    );
    patched(
        &stream,
        set(json!({ "teams": ["red"], "teams_role": { "red": "admin" } })),
    );
    refused(
        &stream,
        set(json!({ "teams_role": { "red": "king" } })),
        "role \"king\" provided but not defined",
    );
    refused(
        &stream,
        set(json!({ "teams_role.blue": "admin" })),
        "users[ada].teams_role names the team \"blue\" that the user is not in",
    );
    assert_eq!(stream.user("ada")["teams_role"], json!({ "red": "admin" }));
}

#[test]
fn a_partial_update_names_single_teams() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada", "teams": ["red", "a.b"], "teams_role": { "red": "admin" } })]);
    let ada = patched(
        &stream,
        json!({ "id": "ada", "set": { "teams_role.a.b": "moderator" } }),
    );
    assert_eq!(ada["teams_role"], json!({ "red": "admin", "a.b": "moderator" }));
    refused(
        &stream,
        json!({ "id": "ada", "set": { "teams_role.red": 1 } }),
        "field `users[ada].teams_role.red` contains type number. expecting string",
    );
    let ada = patched(&stream, json!({ "id": "ada", "unset": ["teams_role.a.b"] }));
    assert_eq!(ada["teams_role"], json!({ "red": "admin" }));
    let ada = patched(&stream, json!({ "id": "ada", "unset": ["teams_role.red"] }));
    assert_eq!(ada.get("teams_role"), None);
}

#[test]
fn an_upsert_that_names_no_roles_ends_those_that_there_are() {
    let stream = Stream::new();
    let roles = |answer: &Value| answer["users"]["ada"].get("teams_role").cloned();
    let user = |roles: Value| json!({ "id": "ada", "teams": ["red"], "teams_role": roles });
    let admin = json!({ "red": "admin" });
    assert_eq!(roles(&stream.upsert([user(admin.clone())])), Some(admin.clone()));
    // A client says nothing by it, and null never does.
    let sent = json!({ "users": { "ada": user(json!({})) } });
    let own = stream.call_as("ada", "POST", "/api/v2/users", sent).ok(201);
    assert_eq!(roles(&own), Some(admin.clone()));
    assert_eq!(roles(&stream.upsert([user(Value::Null)])), Some(admin));
    assert_eq!(roles(&stream.upsert([user(json!({}))])), None);
}

#[test]
fn a_client_keeps_what_it_cannot_change() {
    let stream = Stream::with(Emulator::builder().settings(|settings| {
        settings.upsert_keeps_role = false;
        settings.upsert_keeps_teams = false;
    }));
    let user =
        json!({ "id": "ada", "role": "admin", "teams": ["red"], "teams_role": { "red": "moderator" } });
    stream.upsert([user.clone()]);
    let sent = json!({ "users": { "ada": { "id": "ada", "name": "Ada" } } });
    let own = stream.call_as("ada", "POST", "/api/v2/users", sent).ok(201)["users"]["ada"].clone();
    for field in ["role", "teams", "teams_role"] {
        assert_eq!(own[field], user[field], "{field}");
    }
}
