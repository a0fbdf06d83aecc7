//! Deleting and restoring: what is refused, when things happen, and ids that are never used again.

use serde_json::{Value, json};
use stream_users_emulator::Emulator;

use crate::deletion_table::{chat, chat_with, delete, item};
use crate::stream::Stream;

#[test]
fn marks_users_before_the_task_has_run() {
    let stream = chat();
    let started = stream.post("/api/v2/users/delete", json!({ "user_ids": ["ada"] }));
    assert_eq!(stream.find(&json!({ "id": "ada" })), Vec::<String>::new());
    assert_eq!(stream.finish(started)["status"], "completed");
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
    assert_eq!(item(&state, "messages", "hers").unwrap()["type"], "deleted");
    let group = item(&state, "channels", "messaging:group").unwrap();
    assert_eq!(group["members"], json!(["bob", "eve"]));
    stream.upsert([json!({ "id": "ada" })]);
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
