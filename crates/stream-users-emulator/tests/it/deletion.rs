//! Deleting and restoring: what is refused, when things happen, and ids that are never used again.

use serde_json::{Value, json};
use stream_users_emulator::{Emulator, GuestIds};

use crate::deletion_table::{chat, chat_with, delete, item};
use crate::stream::{Stream, TASK};

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
    // Whoever is removed takes messages and conversations along, asked or not.
    lenient.finish(delete(&lenient, json!({})));
    let state = lenient.0.state().unwrap();
    assert_eq!(
        [
            item(&state, "messages", "hers"),
            item(&state, "channels", "messaging:pair")
        ],
        [None, None]
    );
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

/// Every call that could bring a user into being or let one act: its method, its path and its body.
fn uses(id: &str) -> Vec<(&'static str, String, Value)> {
    let user = json!({ "id": id });
    vec![
        (
            "POST",
            "/api/v2/users".to_owned(),
            json!({ "users": { id: user } }),
        ),
        (
            "PATCH",
            "/api/v2/users".to_owned(),
            json!({ "users": [{ "id": id, "set": { "a": 1 } }] }),
        ),
        ("POST", "/api/v2/guest".to_owned(), json!({ "user": user })),
        (
            "POST",
            "/api/v2/users/block".to_owned(),
            json!({ "user": user, "blocked_user_id": "bob" }),
        ),
        (
            "POST",
            "/api/v2/users/block".to_owned(),
            json!({ "user_id": id, "blocked_user_id": "bob" }),
        ),
        (
            "POST",
            "/api/v2/users/block".to_owned(),
            json!({ "user_id": "bob", "blocked_user_id": id }),
        ),
        (
            "POST",
            "/api/v2/users/unblock".to_owned(),
            json!({ "user": user, "blocked_user_id": "bob" }),
        ),
        ("GET", format!("/api/v2/users/block?user_id={id}"), Value::Null),
        (
            "GET",
            format!("/api/v2/users/live_locations?user_id={id}"),
            Value::Null,
        ),
        (
            "PUT",
            format!("/api/v2/users/live_locations?user_id={id}"),
            json!({ "message_id": "hers" }),
        ),
        ("POST", format!("/api/v2/users/{id}/deactivate"), json!({})),
        ("POST", format!("/api/v2/users/{id}/reactivate"), json!({})),
        ("GET", format!("/api/v2/users/{id}/export"), Value::Null),
        ("DELETE", format!("/users/{id}"), Value::Null),
    ]
}

#[test]
fn an_id_that_was_deleted_is_never_used_again() {
    for mode in ["soft", "pruning", "hard"] {
        let keep = GuestIds::Prefix(String::new());
        let stream = chat_with(Stream::with(Emulator::builder().guest_ids(keep)));
        let options = json!({ "user": mode, "messages": "hard", "conversations": "hard" });
        // From the moment of the request, and for ever.
        let mut body = options.clone();
        body["user_ids"] = json!(["ada"]);
        let started = stream.post("/api/v2/users/delete", body);
        for _ in 0..2 {
            for (method, path, body) in uses("ada") {
                let answer = stream.call(method, &path, body.clone());
                assert_eq!(
                    (answer.status, &answer.body["code"]),
                    (404, &json!(16)),
                    "{mode} {path} {body}"
                );
                let text = answer.body["message"].as_str().unwrap();
                assert!(
                    text.ends_with("failed with error: \"the user ada was deleted\""),
                    "{path}: {text}"
                );
            }
            let own = stream.call_as("ada", "GET", "/api/v2/users/block", Value::Null);
            own.fails(
                404,
                16,
                "GetBlockedUsers failed with error: \"the user ada was deleted\"",
            );
            stream.0.advance_clock(TASK);
        }
        let id = started.ok(201)["task_id"].as_str().unwrap().to_owned();
        assert_eq!(
            stream.get(&format!("/api/v2/tasks/{id}")).ok(200)["status"],
            "completed"
        );
        assert_eq!(stream.0.state().unwrap()["deleted_ids"], json!({ "ada": mode }));
    }
}

#[test]
fn a_user_can_be_deleted_again_and_more_thoroughly() {
    let stream = chat();
    delete(&stream, &json!({}));
    let state = delete(&stream, &json!({ "user": "pruning" }));
    assert_eq!(state["deleted_ids"], json!({ "ada": "pruning" }));
    assert_eq!(item(&state, "users", "ada").unwrap().get("name"), None);
    let hard =
        json!({ "user": "hard", "messages": "hard", "conversations": "hard", "new_channel_owner_id": "eve" });
    let state = delete(&stream, &hard);
    assert_eq!(item(&state, "users", "ada"), None);
    assert_eq!(
        item(&state, "channels", "messaging:group").unwrap()["created_by_id"],
        "eve"
    );
    // What is gone cannot be deleted less.
    let state = delete(&stream, &json!({ "user": "soft" }));
    assert_eq!(state["deleted_ids"], json!({ "ada": "hard" }));
    assert_eq!(item(&state, "users", "ada"), None);
}

/// The second request is served before the first one's task has run: each task does what its own request says.
#[test]
fn deletions_that_overlap_do_what_each_of_them_says() {
    let stream = chat();
    stream
        .post("/api/v2/users/delete", json!({ "user_ids": ["ada"] }))
        .ok(201);
    let hard =
        json!({ "user": "hard", "messages": "hard", "conversations": "hard", "new_channel_owner_id": "eve" });
    let state = delete(&stream, &hard);
    assert_eq!(item(&state, "users", "ada"), None);
    assert_eq!(
        item(&state, "channels", "messaging:group").unwrap()["created_by_id"],
        "eve"
    );
}

#[test]
fn heirs_are_users_who_stay() {
    let stream = chat();
    stream.finish(stream.post("/api/v2/users/delete", json!({ "user_ids": ["bob"] })));
    let lenient = Stream::with(Emulator::builder().settings(|settings| settings.heirs_must_exist = false));
    lenient.upsert([json!({ "id": "ada" })]);
    for name in ["new_channel_owner_id", "new_call_owner_id"] {
        let delete = |stream: &Stream, heir: &str| {
            stream.post(
                "/api/v2/users/delete",
                json!({ "user_ids": ["ada", "eve"], name: heir }),
            )
        };
        let refusal = |inner: &str| format!("DeleteUsers failed with error: \"{inner}\"");
        delete(&stream, "nobody").fails(404, 16, &refusal("the user nobody does not exist"));
        delete(&stream, "bob").fails(404, 16, &refusal("the user bob was deleted"));
        for stream in [&stream, &lenient] {
            delete(stream, "eve").fails(400, 4, &refusal(&format!("{name} must not be one of user_ids")));
        }
        delete(&lenient, "nobody").ok(201);
    }
    assert_eq!(
        stream.find(&json!({ "id": "ada" })),
        ["ada"],
        "what is refused deletes nobody"
    );
}

#[test]
fn restores_the_profile_and_nothing_else() {
    let stream = chat();
    let before = stream.user("ada");
    delete(
        &stream,
        &json!({ "messages": "soft", "conversations": "soft", "calls": "soft", "files": true }),
    );
    stream
        .post("/api/v2/users/restore", json!({ "user_ids": ["ada"] }))
        .ok(201);
    let ada = stream.user("ada");
    for field in [
        "name",
        "image",
        "role",
        "language",
        "teams",
        "custom",
        "created_at",
    ] {
        assert_eq!(ada[field], before[field], "{field}");
    }
    assert_eq!(ada.get("deleted_at"), None);
    assert!(ada["updated_at"].as_i64() > before["updated_at"].as_i64());
    let state = stream.0.state().unwrap();
    assert_eq!(state["deleted_ids"], json!({}));
    assert_eq!(item(&state, "messages", "hers").unwrap()["type"], "deleted");
    for (list, pair, group) in [
        ("channels", "messaging:pair", "messaging:group"),
        ("calls", "default:pair", "default:group"),
    ] {
        assert!(item(&state, list, pair).unwrap()["deleted_at"].is_i64());
        assert_eq!(
            item(&state, list, group).unwrap()["members"],
            json!(["bob", "eve"])
        );
    }
    assert_eq!(item(&state, "files", "https://files.test/a.png"), None);
    // The id can be used again.
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
