//! The two surfaces: the form of the answers on each, whatever the operation.

use serde_json::json;

use crate::stream::Stream;

const CREATED: &str = "2026-01-02T03:04:05.51354Z";

/// An emulator with a user who has a field of each kind.
fn stream() -> Stream {
    let stream = Stream::new();
    stream
        .0
        .seed(&json!({ "users": [{
            "id": "ada", "created_at": CREATED, "updated_at": "2026-01-02T03:04:05Z",
            "custom": { "color": "red", "name": "hidden", "devices": "hidden" },
        }] }))
        .unwrap();
    stream
}

#[test]
fn users_have_the_form_of_the_surface() {
    let stream = stream();
    let user = |path: &str| stream.get(path).ok(200)["user"].clone();
    let newer = user("/api/v2/users/ada/export");
    assert_eq!(newer["created_at"], json!(1_767_323_045_513_540_000_i64));
    assert_eq!(newer["custom"]["color"], "red");
    assert_eq!(newer.get("color"), None);
    let older = user("/users/ada/export");
    assert_eq!(older["created_at"], CREATED);
    assert_eq!(older["updated_at"], "2026-01-02T03:04:05Z");
    assert_eq!(older["color"], "red");
    for absent in ["custom", "name", "devices", "deleted_at", "last_active"] {
        assert_eq!(older.get(absent), None, "{absent}");
    }
}

#[test]
fn the_result_of_a_task_has_the_form_of_the_surface_that_reads_it() {
    let stream = stream();
    for (start, id) in [("/api/v2/users/deactivate", "ada"), ("/users/reactivate", "ada")] {
        let task = stream.finish(stream.post(start, json!({ "user_ids": [id] })));
        let older = stream
            .get(&format!("/tasks/{}", task["task_id"].as_str().unwrap()))
            .ok(200);
        let (newer, older) = (&task["result"]["users"][0], &older["result"]["users"][0]);
        assert_eq!(newer["custom"]["color"], "red");
        assert!(newer["created_at"].is_i64());
        assert_eq!(
            (&older["color"], &older["created_at"]),
            (&json!("red"), &json!(CREATED))
        );
        assert_eq!(older.get("custom"), None);
    }
}
