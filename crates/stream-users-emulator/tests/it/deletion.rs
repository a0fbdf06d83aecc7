use serde_json::{Value, json};
use stream_users_emulator::Emulator;

use crate::stream::Stream;

/// Ada owns a group and a conversation with Bob, writes and reacts.
fn chat_with(stream: Stream) -> Stream {
    stream
        .0
        .seed(&json!({
            "users": [
                { "id": "ada", "name": "Ada", "teams": ["red"], "custom": { "color": "red" } },
                { "id": "bob" }, { "id": "eve" },
            ],
            "channels": [
                { "cid": "messaging:group", "created_by_id": "ada", "members": ["ada", "bob", "eve"] },
                { "cid": "messaging:pair", "created_by_id": "ada", "members": ["ada", "bob"] },
            ],
            "messages": [
                { "id": "hers", "cid": "messaging:group", "user_id": "ada", "text": "hi",
                  "attachments": [{ "type": "image" }], "custom": { "k": 1 } },
                { "id": "his", "cid": "messaging:group", "user_id": "bob", "text": "ho" },
                { "id": "private", "cid": "messaging:pair", "user_id": "bob", "text": "psst" },
            ],
            "reactions": [
                { "message_id": "hers", "user_id": "bob", "type": "like" },
                { "message_id": "his", "user_id": "ada", "type": "like" },
            ],
            "live_locations": [{ "message_id": "hers", "latitude": 1, "longitude": 2, "end_at": "2100-01-01T00:00:00Z" }],
            "blocks": [{ "user_id": "bob", "blocked_user_id": "ada" }],
        }))
        .unwrap();
    stream
}

fn chat() -> Stream {
    chat_with(Stream::new())
}

#[track_caller]
fn delete(stream: &Stream, options: &Value) -> Value {
    let mut body = json!({ "user_ids": ["ada"] });
    body.as_object_mut()
        .unwrap()
        .extend(options.as_object().unwrap().clone());
    let task = stream.finish(stream.post("/api/v2/users/delete", body));
    assert_eq!(task["status"], "completed");
    assert_eq!(task["result"], json!({ "ada": { "status": "ok" } }));
    stream.0.state().unwrap()
}

/// The item of a list in the state whose field has this value.
fn item<'a>(state: &'a Value, list: &str, field: &str, value: &str) -> Option<&'a Value> {
    state[list]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item[field] == value)
}

#[test]
fn marks_users_before_the_task_has_run() {
    let stream = chat();
    let started = stream.post("/api/v2/users/delete", json!({ "user_ids": ["ada"] }));
    assert_eq!(stream.find(&json!({ "id": "ada" })), Vec::<String>::new());
    assert_eq!(stream.finish(started)["status"], "completed");
}

#[test]
fn soft_keeps_the_profile_and_nothing_else_is_touched() {
    let stream = chat();
    let state = delete(&stream, &json!({ "messages": "", "conversations": null }));
    let ada = item(&state, "users", "id", "ada").unwrap();
    assert!(ada["deleted_at"].is_i64());
    assert_eq!(
        (&ada["name"], &ada["custom"]),
        (&json!("Ada"), &json!({ "color": "red" }))
    );
    assert_eq!(state["deleted_ids"], json!({ "ada": "soft" }));
    assert_eq!(item(&state, "messages", "id", "hers").unwrap()["type"], "regular");
    let group = item(&state, "channels", "cid", "messaging:group").unwrap();
    assert_eq!(
        (&group["created_by_id"], &group["deleted_at"]),
        (&json!("ada"), &Value::Null)
    );
}

#[test]
fn pruning_wipes_the_profile() {
    let stream = chat();
    let state = delete(&stream, &json!({ "user": "pruning" }));
    let ada = item(&state, "users", "id", "ada").unwrap();
    assert!(ada["deleted_at"].is_i64());
    assert_eq!(
        (ada.get("name"), &ada["custom"], &ada["teams"]),
        (None, &json!({}), &json!([]))
    );
    assert_eq!(state["blocks"], json!([]));
}

#[test]
fn messages_go_softly_pruned_or_for_good() {
    let state = delete(&chat(), &json!({ "messages": "soft" }));
    let hers = item(&state, "messages", "id", "hers").unwrap();
    assert_eq!((&hers["type"], &hers["text"]), (&json!("deleted"), &json!("hi")));
    assert!(hers["deleted_at"].is_i64());
    assert_eq!(item(&state, "messages", "id", "his").unwrap()["type"], "regular");
    assert_eq!(state["reactions"].as_array().unwrap().len(), 2);

    let state = delete(&chat(), &json!({ "messages": "pruning" }));
    let hers = item(&state, "messages", "id", "hers").unwrap();
    assert_eq!((&hers["type"], &hers["text"]), (&json!("deleted"), &json!("")));
    assert_eq!((&hers["attachments"], &hers["custom"]), (&json!([]), &json!({})));
    assert_eq!(item(&state, "reactions", "message_id", "hers"), None);
    assert!(item(&state, "reactions", "message_id", "his").is_some());

    let state = delete(&chat(), &json!({ "messages": "hard" }));
    assert_eq!(item(&state, "messages", "id", "hers"), None);
    assert_eq!(item(&state, "reactions", "message_id", "hers"), None);
    assert_eq!(state["live_locations"], json!([]));
}

#[test]
fn conversations_are_channels_of_two() {
    let state = delete(&chat(), &json!({ "conversations": "soft" }));
    assert!(item(&state, "channels", "cid", "messaging:pair").unwrap()["deleted_at"].is_i64());
    assert!(item(&state, "channels", "cid", "messaging:group").unwrap()["deleted_at"].is_null());
    assert!(item(&state, "messages", "id", "private").is_some());

    let state = delete(&chat(), &json!({ "conversations": "hard" }));
    assert_eq!(item(&state, "channels", "cid", "messaging:pair"), None);
    assert_eq!(item(&state, "messages", "id", "private"), None);
    assert!(item(&state, "channels", "cid", "messaging:group").is_some());
}

#[test]
fn hard_removes_the_user_and_passes_its_channels_on() {
    let hard = json!({ "user": "hard", "messages": "hard", "conversations": "hard" });
    let state = delete(&chat(), &hard);
    assert_eq!(item(&state, "users", "id", "ada"), None);
    assert_eq!(state["deleted_ids"], json!({ "ada": "hard" }));
    assert_eq!(state["reactions"], json!([]));
    let group = item(&state, "channels", "cid", "messaging:group").unwrap();
    assert_eq!(group["members"], json!(["bob", "eve"]));
    let owner = group["created_by_id"]
        .as_str()
        .unwrap()
        .strip_prefix("delete-user-")
        .unwrap();
    assert!(
        owner.len() >= 12 && owner.chars().all(|letter| letter.is_ascii_hexdigit()),
        "{owner}"
    );

    let mut named = hard;
    named["new_channel_owner_id"] = json!("eve");
    let state = delete(&chat(), &named);
    assert_eq!(
        item(&state, "channels", "cid", "messaging:group").unwrap()["created_by_id"],
        "eve"
    );
}

#[test]
fn hard_needs_hard_for_everything() {
    let stream = chat();
    let lenient = chat_with(Stream::with(
        Emulator::builder().settings(|settings| settings.hard_delete_needs_all_modes = false),
    ));
    let delete = |stream: &Stream, options: Value| {
        let mut body = json!({ "user_ids": ["ada"], "user": "hard" });
        body.as_object_mut()
            .unwrap()
            .extend(options.as_object().unwrap().clone());
        stream.post("/api/v2/users/delete", body)
    };
    let refusal = |part: &str| {
        format!("DeleteUsers failed with error: \"{part} must be set to hard when user is set to hard\"")
    };
    for stream in [&stream, &lenient] {
        delete(stream, json!({ "messages": "soft", "conversations": "hard" })).fails(
            400,
            4,
            &refusal("messages"),
        );
        delete(stream, json!({ "messages": "hard", "conversations": "soft" })).fails(
            400,
            4,
            &refusal("conversations"),
        );
    }
    delete(&stream, json!({})).fails(400, 4, &refusal("messages"));
    assert_eq!(stream.find(&json!({ "id": "ada" })), ["ada"]);
    delete(&lenient, json!({})).ok(201);
}

#[test]
fn refuses_unknown_modes() {
    let stream = chat();
    for (field, modes) in [
        ("user", "soft pruning hard"),
        ("messages", "soft pruning hard"),
        ("conversations", "soft hard"),
        ("calls", "soft hard"),
    ] {
        stream
            .post(
                "/api/v2/users/delete",
                json!({ "user_ids": ["ada"], field: "gently" }),
            )
            .fails(
                400,
                4,
                &format!("DeleteUsers failed with error: \"{field} must be one of [{modes}]\""),
            );
    }
}

#[test]
fn says_which_users_there_are_not() {
    let stream = chat();
    let task = stream.finish(stream.post("/api/v2/users/delete", json!({ "user_ids": ["ada", "nobody"] })));
    let expected = json!({
        "ada": { "status": "ok" },
        "nobody": { "status": "error", "error": "the user nobody does not exist" },
    });
    assert_eq!(
        (&task["status"], &task["result"]),
        (&json!("completed"), &expected)
    );
    assert_eq!(task.get("error"), None);
}

#[test]
fn an_id_that_was_deleted_is_never_used_again() {
    for mode in ["soft", "pruning", "hard"] {
        let stream = chat();
        delete(
            &stream,
            &json!({ "user": mode, "messages": "hard", "conversations": "hard" }),
        );
        let inner = "the user ada was deleted";
        let user = json!({ "users": { "ada": { "id": "ada" } } });
        stream.post("/api/v2/users", user).fails(
            404,
            16,
            &format!("UpdateUsers failed with error: \"{inner}\""),
        );
        let update = json!({ "users": [{ "id": "ada", "set": { "a": 1 } }] });
        stream.call("PATCH", "/api/v2/users", update).fails(
            404,
            16,
            &format!("UpdateUsersPartial failed with error: \"{inner}\""),
        );
        stream
            .call_as("ada", "GET", "/api/v2/users/block", Value::Null)
            .fails(
                404,
                16,
                &format!("GetBlockedUsers failed with error: \"{inner}\""),
            );
    }
}

#[test]
fn restores_the_profile_of_softly_deleted_users() {
    let stream = chat();
    delete(&stream, &json!({ "messages": "soft", "conversations": "soft" }));
    stream
        .post("/api/v2/users/restore", json!({ "user_ids": ["ada"] }))
        .ok(201);
    let ada = stream.user("ada");
    assert_eq!((&ada["name"], ada.get("deleted_at")), (&json!("Ada"), None));
    let state = stream.0.state().unwrap();
    assert_eq!(item(&state, "messages", "id", "hers").unwrap()["type"], "deleted");
    let group = item(&state, "channels", "cid", "messaging:group").unwrap();
    assert_eq!(group["members"], json!(["bob", "eve"]));
    stream.upsert([json!({ "id": "ada" })]);
}

#[test]
fn memberships_may_survive_a_soft_deletion() {
    let settings = Emulator::builder().settings(|settings| settings.soft_delete_ends_memberships = false);
    let state = delete(&chat_with(Stream::with(settings)), &json!({}));
    let group = item(&state, "channels", "cid", "messaging:group").unwrap();
    assert_eq!(group["members"], json!(["ada", "bob", "eve"]));
}

#[test]
fn restores_before_the_task_has_run() {
    let stream = chat();
    let started = stream.post("/api/v2/users/delete", json!({ "user_ids": ["ada"] }));
    stream
        .post("/api/v2/users/restore", json!({ "user_ids": ["ada"] }))
        .ok(201);
    stream.finish(started);
    assert_eq!(stream.user("ada")["name"], "Ada");
}

#[test]
fn refuses_to_restore_what_is_not_softly_deleted() {
    let stream = chat();
    let restore = |ids: &[&str]| stream.post("/api/v2/users/restore", json!({ "user_ids": ids }));
    restore(&["bob"]).fails(
        400,
        4,
        "RestoreUsers failed with error: \"user \"bob\" is not deleted, it can't be restored\"",
    );
    restore(&["nobody"]).fails(
        404,
        16,
        "RestoreUsers failed with error: \"the user nobody does not exist\"",
    );
    delete(&stream, &json!({ "user": "pruning" }));
    restore(&["ada"]).fails(
        400,
        4,
        "RestoreUsers failed with error: \"user \"ada\" was deleted with mode \"pruning\", it can't be restored\"",
    );
    // All or nothing.
    stream
        .post("/api/v2/users/delete", json!({ "user_ids": ["bob"] }))
        .ok(201);
    assert_eq!(restore(&["bob", "eve"]).status, 400);
    assert_eq!(stream.find(&json!({ "id": "bob" })), Vec::<String>::new());
}
