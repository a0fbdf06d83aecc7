use serde_json::{Value, json};
use stream_users_emulator::{Emulator, EmulatorBuilder};

use crate::stream::Stream;

fn with(builder: EmulatorBuilder) -> Stream {
    let stream = Stream::with(builder);
    stream.upsert([
        json!({ "id": "ada" }),
        json!({ "id": "bob" }),
        json!({ "id": "eve" }),
    ]);
    stream
}

fn block(blocked: &str) -> Value {
    json!({ "user_id": "ada", "blocked_user_id": blocked })
}

#[test]
fn blocks_lists_and_unblocks() {
    let stream = with(Emulator::builder());
    let answer = stream.post("/api/v2/users/block", block("bob")).ok(201);
    assert_eq!(
        (&answer["blocked_by_user_id"], &answer["blocked_user_id"]),
        (&json!("ada"), &json!("bob"))
    );
    assert!(answer["created_at"].is_i64());
    stream.post("/api/v2/users/block", block("eve")).ok(201);
    let list = stream.get("/api/v2/users/block?user_id=ada").ok(200);
    assert_eq!(list["blocks"].as_array().unwrap().len(), 2);
    let first = &list["blocks"][1];
    assert_eq!(first["created_at"], answer["created_at"]);
    assert_eq!(
        (&first["user_id"], &first["user"]["id"]),
        (&json!("ada"), &json!("ada"))
    );
    assert_eq!(
        (&first["blocked_user_id"], &first["blocked_user"]["id"]),
        (&json!("bob"), &json!("bob"))
    );
    assert_eq!(stream.user("ada")["blocked_user_ids"], json!(["bob", "eve"]));
    stream.upsert([json!({ "id": "ada", "name": "Ada" })]);
    assert_eq!(stream.user("ada")["blocked_user_ids"], json!(["bob", "eve"]));
    stream.post("/api/v2/users/unblock", block("bob")).ok(201);
    assert_eq!(stream.user("ada")["blocked_user_ids"], json!(["eve"]));
    assert_eq!(
        stream.get("/api/v2/users/block?user_id=bob").ok(200)["blocks"],
        json!([])
    );
}

#[test]
fn a_client_blocks_for_itself() {
    let stream = with(Emulator::builder());
    let body = json!({ "blocked_user_id": "bob" });
    let answer = stream
        .call_as("ada", "POST", "/api/v2/users/block", body.clone())
        .ok(201);
    assert_eq!(answer["blocked_by_user_id"], "ada");
    let list = stream
        .call_as("ada", "GET", "/api/v2/users/block", Value::Null)
        .ok(200);
    assert_eq!(list["blocks"][0]["blocked_user_id"], "bob");
    assert_eq!(
        stream
            .call_as("eve", "POST", "/api/v2/users/block", block("bob"))
            .status,
        403
    );
    stream
        .call_as("ada", "POST", "/api/v2/users/unblock", body)
        .ok(201);
}

#[test]
fn repeats_do_nothing_unless_they_are_refused() {
    let stream = with(Emulator::builder());
    let first = stream.post("/api/v2/users/block", block("bob")).ok(201);
    let second = stream.post("/api/v2/users/block", block("bob")).ok(201);
    assert_eq!(first["created_at"], second["created_at"]);
    stream.post("/api/v2/users/unblock", block("eve")).ok(201);
    let strict = with(Emulator::builder().settings(|settings| {
        settings.refuse_repeated_block = true;
        settings.refuse_unblock_of_unblocked = true;
    }));
    strict.post("/api/v2/users/block", block("bob")).ok(201);
    assert_eq!(strict.post("/api/v2/users/block", block("bob")).status, 400);
    assert_eq!(strict.post("/api/v2/users/unblock", block("eve")).status, 404);
}

#[test]
fn a_server_says_who_acts() {
    let stream = with(Emulator::builder());
    let acting = "either user or user_id must be provided when using server side auth.";
    stream
        .post("/api/v2/users/block", json!({ "blocked_user_id": "bob" }))
        .fails(400, 4, &format!("BlockUsers failed with error: \"{acting}\""));
    stream.get("/api/v2/users/block").fails(
        400,
        4,
        &format!("GetBlockedUsers failed with error: \"{acting}\""),
    );
    let both = json!({ "blocked_user_id": "bob", "user_id": "ada", "user": { "id": "ada" } });
    stream.post("/api/v2/users/block", both).fails(
        400,
        4,
        "BlockUsers failed with error: \"cannot set both user and user_id.\"",
    );
    stream
        .post(
            "/api/v2/users/block",
            json!({ "blocked_user_id": "bob", "user_id": "nobody" }),
        )
        .fails(
            404,
            16,
            "BlockUsers failed with error: \"the user nobody does not exist\"",
        );
    // A user in full is made if it is not there.
    let new = json!({ "blocked_user_id": "bob", "user": { "id": "new", "name": "New" } });
    stream.post("/api/v2/users/block", new).ok(201);
    assert_eq!(stream.user("new")["name"], "New");
    let user = json!({ "id": "boss", "role": "admin", "teams": ["red"], "language": "en" });
    let new = json!({ "blocked_user_id": "bob", "user": user });
    stream.post("/api/v2/users/block", new).ok(201);
    let boss = stream.user("boss");
    for field in ["role", "teams", "language"] {
        assert_eq!(boss[field], user[field], "{field}");
    }
    let king = json!({ "blocked_user_id": "bob", "user": { "id": "king", "role": "king" } });
    stream.post("/api/v2/users/block", king).fails(
        400,
        4,
        "BlockUsers failed with error: \"role \"king\" provided but not defined\"",
    );
}

/// A token may name a user who does not exist: there is nobody who could block.
#[test]
fn nobody_blocks_before_it_exists() {
    let stream = with(Emulator::builder());
    for (path, operation) in [("block", "BlockUsers"), ("unblock", "UnblockUsers")] {
        let path = format!("/api/v2/users/{path}");
        stream
            .call_as("new", "POST", &path, json!({ "blocked_user_id": "bob" }))
            .fails(
                404,
                16,
                &format!("{operation} failed with error: \"the user new does not exist\""),
            );
    }
    stream.upsert([json!({ "id": "new" })]);
    assert_eq!(stream.user("new")["blocked_user_ids"], json!([]));
}

#[test]
fn refuses_whom_one_cannot_block() {
    let stream = with(Emulator::builder());
    stream.post("/api/v2/users/block", block("ada")).fails(
        400,
        4,
        "BlockUsers failed with error: \"user cannot block themselves\"",
    );
    stream.post("/api/v2/users/block", block("nobody")).fails(
        404,
        16,
        "BlockUsers failed with error: \"the user nobody does not exist\"",
    );
    stream
        .post("/api/v2/users/block", json!({ "user_id": "ada" }))
        .fails(
            400,
            4,
            "BlockUsers failed with error: \"blocked_user_id is a required field\"",
        );
}

/// A distinct channel is one whose id the service has made out of its members.
#[test]
fn blocking_hides_the_distinct_channel_of_the_two_for_who_blocks() {
    let stream = with(Emulator::builder());
    let seed = json!({ "channels": [
        { "cid": "messaging:!members-ada-bob", "members": ["ada", "bob"] },
        { "cid": "messaging:!members-ada-bob-eve", "members": ["ada", "bob", "eve"] },
        { "cid": "messaging:!members-ada-eve", "members": ["ada", "eve"] },
        { "cid": "messaging:named", "members": ["ada", "bob"] },
    ] });
    stream.0.seed(&seed).unwrap();
    let hidden = |id: &str| stream.user(id).get("latest_hidden_channels").cloned();
    stream.post("/api/v2/users/block", block("bob")).ok(201);
    assert_eq!(hidden("ada"), Some(json!(["messaging:!members-ada-bob"])));
    assert_eq!(hidden("bob"), None);
    stream.post("/api/v2/users/unblock", block("bob")).ok(201);
    assert_eq!(hidden("ada"), None);
    // What was hidden otherwise is not shown by an unblock that ends nothing.
    let seed =
        json!({ "users": [{ "id": "ada", "latest_hidden_channels": ["messaging:!members-ada-bob"] }] });
    stream.0.seed(&seed).unwrap();
    stream.post("/api/v2/users/unblock", block("bob")).ok(201);
    assert_eq!(hidden("ada"), Some(json!(["messaging:!members-ada-bob"])));
}
