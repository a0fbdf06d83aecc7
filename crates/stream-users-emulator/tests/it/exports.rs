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
