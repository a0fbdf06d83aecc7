use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use crate::stream::Stream;

fn chat() -> Stream {
    let stream = Stream::new();
    stream
        .0
        .seed(&json!({
            "users": [{ "id": "ada", "custom": { "k": "v" }, "created_at": "2026-01-02T03:04:05.5Z" }, { "id": "bob" }],
            "channels": [{ "cid": "messaging:general", "members": ["ada", "bob"] }],
            "messages": [
                { "id": "m1", "cid": "messaging:general", "user_id": "ada", "text": "hi", "created_at": 1 },
                { "id": "m2", "cid": "messaging:general", "user_id": "bob", "text": "ho" },
                { "id": "m3", "cid": "messaging:general", "user_id": "ada", "text": "bye", "created_at": 3 },
            ],
            "reactions": [
                { "message_id": "m1", "user_id": "bob", "type": "like", "score": 2 },
                { "message_id": "m2", "user_id": "ada", "type": "love" },
            ],
        }))
        .unwrap();
    stream
}

#[test]
fn exports_one_user_at_once() {
    let answer = chat().get("/api/v2/users/ada/export").ok(200);
    assert_eq!(answer["user"]["custom"], json!({ "k": "v" }));
    assert_eq!(answer["messages"].as_array().unwrap().len(), 2);
    let first = &answer["messages"][0];
    assert_eq!(
        (&first["id"], &first["text"], &first["user"]["id"]),
        (&json!("m1"), &json!("hi"), &json!("ada"))
    );
    assert_eq!(
        (&first["created_at"], &first["cid"]),
        (&json!(1), &json!("messaging:general"))
    );
    assert_eq!(first["reaction_scores"], json!({ "like": 2 }));
    assert_eq!(answer["reactions"].as_array().unwrap().len(), 1);
    assert_eq!(
        (
            &answer["reactions"][0]["type"],
            &answer["reactions"][0]["message_id"]
        ),
        (&json!("love"), &json!("m2"))
    );
    chat().get("/api/v2/users/nobody/export").fails(
        404,
        16,
        "ExportUser failed with error: \"the user nobody does not exist\"",
    );
}

fn fetch(stream: &Stream, url: &str) -> (u16, String) {
    let response = stream.send_raw(Request::get(url).body(Bytes::new()).unwrap());
    (
        response.status().as_u16(),
        String::from_utf8(response.body().to_vec()).unwrap(),
    )
}

#[test]
fn exports_many_users_to_a_file() {
    let stream = chat();
    let started = stream.post("/api/v2/export/users", json!({ "user_ids": ["ada", "bob"] }));
    let task = stream.finish(started);
    assert_eq!(task["status"], "completed");
    let url = task["result"]["url"].as_str().unwrap();
    assert!(url.starts_with("http://stream.test/exports/users/"), "{url}");
    let (status, text) = fetch(&stream, url);
    assert_eq!(status, 200);
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let kinds: Vec<&str> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        [
            "user", "message", "message", "reaction", "user", "message", "reaction"
        ]
    );
    assert_eq!(lines[0]["data"]["id"], "ada");
    assert_eq!(lines[0]["data"]["created_at"], "2026-01-02T03:04:05.5Z");
    let (status, _) = fetch(&stream, url.split('?').next().unwrap());
    assert_eq!(status, 403);
}

#[test]
fn an_export_of_an_unknown_user_fails_as_a_task() {
    let stream = chat();
    let task = stream.finish(stream.post("/api/v2/export/users", json!({ "user_ids": ["ada", "nobody"] })));
    assert_eq!(task["status"], "failed");
    assert_eq!(task["error"]["description"], "the user nobody does not exist");
}

#[test]
fn exports_hold_ten_thousand_messages_and_reactions_of_a_user_and_no_more() {
    let stream = Stream::new();
    let text: String = (0..10_000).fold("{\"id\":\"ada\"}\n".to_owned(), |text, n| {
        let message = json!({ "type": "message", "data": { "id": format!("m{n}"), "cid": "messaging:general", "user": "ada" } });
        let reaction = json!({ "type": "reaction", "data": { "message_id": "other", "user": "ada", "type": format!("r{n}") } });
        text + &format!("{message}\n{reaction}\n")
    });
    stream.0.seed_from(text.as_bytes()).unwrap();
    let answer = stream.get("/api/v2/users/ada/export").ok(200);
    for list in ["messages", "reactions"] {
        assert_eq!(answer[list].as_array().unwrap().len(), 10_000, "{list}");
    }
    let export =
        |stream: &Stream| stream.finish(stream.post("/api/v2/export/users", json!({ "user_ids": ["ada"] })));
    let task = export(&stream);
    let (_, text) = fetch(&stream, task["result"]["url"].as_str().unwrap());
    assert_eq!(text.lines().count(), 20_001);
    for (line, list) in [
        (
            json!({ "type": "reaction", "data": { "message_id": "other", "user": "ada", "type": "more" } }),
            "reactions",
        ),
        (
            json!({ "type": "message", "data": { "id": "more", "cid": "messaging:general", "user": "ada" } }),
            "messages",
        ),
    ] {
        stream.0.seed_from(line.to_string().as_bytes()).unwrap();
        let inner = format!("user ada has more than 10000 {list} and cannot be exported");
        stream.get("/api/v2/users/ada/export").fails(
            400,
            4,
            &format!("ExportUser failed with error: \"{inner}\""),
        );
        let task = export(&stream);
        assert_eq!(
            (&task["status"], &task["error"]["description"]),
            (&json!("failed"), &json!(inner))
        );
    }
}

#[test]
fn exports_hold_deactivated_users_and_no_deleted_ones() {
    let stream = chat();
    stream
        .post(
            "/api/v2/users/ada/deactivate",
            json!({ "mark_messages_deleted": true }),
        )
        .ok(201);
    let answer = stream.get("/api/v2/users/ada/export").ok(200);
    assert!(answer["user"]["deactivated_at"].is_i64());
    // What was deleted and is kept is exported too.
    assert_eq!(
        (&answer["messages"][0]["type"], &answer["messages"][0]["text"]),
        (&json!("deleted"), &json!("hi"))
    );
    assert!(answer["messages"][0]["deleted_at"].is_i64());
    stream
        .post("/api/v2/users/delete", json!({ "user_ids": ["ada"] }))
        .ok(201);
    stream.get("/api/v2/users/ada/export").fails(
        404,
        16,
        "ExportUser failed with error: \"the user ada was deleted\"",
    );
    let task = stream.finish(stream.post("/api/v2/export/users", json!({ "user_ids": ["bob", "ada"] })));
    assert_eq!(task["error"]["description"], "the user ada was deleted");
}
