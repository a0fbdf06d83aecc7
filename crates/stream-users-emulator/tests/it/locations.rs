use std::time::Duration;

use serde_json::{Value, json};

use crate::stream::{Answer, Stream};

const PATH: &str = "/api/v2/users/live_locations?user_id=ada";
const END: &str = "2100-01-01T00:00:00Z";

fn map() -> Stream {
    let stream = Stream::new();
    stream
        .0
        .seed(&json!({
            "users": [{ "id": "ada" }, { "id": "bob" }],
            "channels": [{ "cid": "messaging:trip", "members": ["ada", "bob"] }],
            "messages": [
                { "id": "live", "cid": "messaging:trip", "user_id": "ada" },
                { "id": "fixed", "cid": "messaging:trip", "user_id": "ada" },
                { "id": "over", "cid": "messaging:trip", "user_id": "ada" },
            ],
            "live_locations": [
                { "message_id": "live", "latitude": 52.370_216, "longitude": 4.895_168, "end_at": END,
                  "created_by_device_id": "phone" },
                { "message_id": "fixed", "latitude": 1, "longitude": 2 },
                { "message_id": "over", "latitude": 1, "longitude": 2, "end_at": "2020-01-01T00:00:00Z" },
            ],
        }))
        .unwrap();
    stream
}

fn put(stream: &Stream, body: Value) -> Answer {
    stream.call("PUT", PATH, body)
}

#[test]
fn lists_what_is_live() {
    let stream = map();
    let answer = stream.get(PATH).ok(200);
    let list = answer["active_live_locations"].as_array().unwrap();
    assert_eq!(list.len(), 1);
    let live = &list[0];
    assert_eq!(
        (&live["latitude"], &live["longitude"]),
        (&json!(52.370_216), &json!(4.895_168))
    );
    assert_eq!(live["end_at"], json!(4_102_444_800_000_000_000_i64));
    assert_eq!(
        (&live["message_id"], &live["user_id"]),
        (&json!("live"), &json!("ada"))
    );
    assert_eq!(
        (&live["channel_cid"], &live["channel"]["cid"]),
        (&json!("messaging:trip"), &json!("messaging:trip"))
    );
    assert_eq!(
        (&live["created_by_device_id"], &live["message"]["id"]),
        (&json!("phone"), &json!("live"))
    );
    assert_eq!(
        stream
            .call_as("ada", "GET", "/api/v2/users/live_locations", Value::Null)
            .status,
        200
    );
    assert_eq!(
        stream.get("/api/v2/users/live_locations?user_id=bob").ok(200)["active_live_locations"],
        json!([])
    );
}

#[test]
fn moves_and_ends() {
    let stream = map();
    stream.0.advance_clock(Duration::from_secs(1));
    let moved = put(
        &stream,
        json!({ "message_id": "live", "latitude": -90.0, "longitude": 180 }),
    )
    .ok(201);
    assert_eq!(
        (&moved["latitude"], &moved["longitude"]),
        (&json!(-90.0), &json!(180.0))
    );
    assert!(moved["updated_at"].as_i64() > moved["created_at"].as_i64());
    assert!(moved["duration"].is_string());
    let body = json!({ "message_id": "live", "end_at": "2026-01-01T00:00:00Z" });
    let ended = stream
        .call_as("ada", "PUT", "/api/v2/users/live_locations", body)
        .ok(201);
    assert_eq!(ended["latitude"], json!(-90.0));
    assert_eq!(stream.get(PATH).ok(200)["active_live_locations"], json!([]));
}

#[test]
fn refuses_what_is_out_of_bounds_or_not_ones_own() {
    let stream = map();
    let refused = |body: Value, inner: &str| {
        put(&stream, body).fails(
            400,
            4,
            &format!("UpdateLiveLocation failed with error: \"{inner}\""),
        );
    };
    let with = |name: &str, degrees: f64| json!({ "message_id": "live", name: degrees });
    refused(with("latitude", 90.1), "latitude must be 90 or less");
    refused(with("latitude", -90.1), "latitude must be -90 or greater");
    refused(with("longitude", 180.1), "longitude must be 180 or less");
    refused(with("longitude", -180.1), "longitude must be -180 or greater");
    refused(json!({}), "message_id is a required field");
    put(&stream, json!({ "message_id": "none" })).fails(
        404,
        16,
        "UpdateLiveLocation failed with error: \"live location of message \"none\" does not exist\"",
    );
    stream.call("PUT", "/api/v2/users/live_locations?user_id=bob", json!({ "message_id": "live" })).fails(
        403,
        17,
        "UpdateLiveLocation failed with error: \"only the user who shares a live location can update it\"",
    );
}

#[test]
fn what_is_deleted_is_not_live() {
    for (body, kept) in [
        (json!({ "messages": "soft" }), true),
        (json!({ "messages": "pruning" }), false),
        (json!({ "messages": "hard" }), false),
        (json!({ "conversations": "soft" }), true),
        (json!({ "conversations": "hard" }), false),
        (json!({ "user": "pruning" }), false),
    ] {
        let stream = map();
        let mut request = body.clone();
        request["user_ids"] = json!(["ada"]);
        stream.finish(stream.post("/api/v2/users/delete", request));
        stream.get(PATH).fails(
            404,
            16,
            "GetUserLiveLocations failed with error: \"the user ada was deleted\"",
        );
        let left = stream.0.state().unwrap()["live_locations"]
            .as_array()
            .unwrap()
            .len();
        assert_eq!(left > 0, kept, "{body}");
        if kept {
            let restored = stream.post("/api/v2/users/restore", json!({ "user_ids": ["ada"] }));
            restored.ok(201);
            assert_eq!(
                stream.get(PATH).ok(200)["active_live_locations"],
                json!([]),
                "{body}"
            );
        }
    }
}

#[test]
fn what_comes_to_its_end_is_not_live() {
    let stream = map();
    let soon = json!({ "message_id": "live", "end_at": "2100-01-01T00:00:00Z" });
    put(&stream, soon).ok(201);
    assert_eq!(
        stream.get(PATH).ok(200)["active_live_locations"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    stream.0.advance_clock(Duration::from_hours(24 * 365 * 100));
    assert_eq!(stream.get(PATH).ok(200)["active_live_locations"], json!([]));
}
