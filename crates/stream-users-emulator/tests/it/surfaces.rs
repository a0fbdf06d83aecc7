//! The two surfaces: every operation on each, and the form of what it answers.

use std::time::Duration;

use serde_json::{Value, json};
use stream_users_model::operation;

use crate::stream::{Answer, Stream, encode};

const VERSION: &str = "/api/v2";
const CREATED: &str = "2026-01-02T03:04:05.51354Z";

/// An emulator with a user who has a field of each kind, and with what belongs to that user.
fn stream() -> Stream {
    let stream = Stream::new();
    let seed = json!({
        "users": [
            {
                "id": "ada", "name": "Ada", "created_at": CREATED, "updated_at": "2026-01-02T03:04:05Z",
                "last_active": "2026-01-02T03:04:05.000000001Z", "revoke_tokens_issued_before": "2026-01-01T00:00:00Z",
                "ban_expires": "2100-01-01T00:00:00.100Z", "custom": { "color": "red", "at": "2026-01-02T00:00:00Z" },
            },
            { "id": "bob", "custom": { "color": "blue", "name": "hidden", "devices": "hidden" } },
        ],
        "channels": [{
            "cid": "messaging:trip", "created_by_id": "ada", "members": ["ada", "bob"], "custom": { "topic": "sea" },
        }],
        "messages": [{ "id": "m1", "cid": "messaging:trip", "user_id": "ada", "text": "hi", "custom": { "mood": 1 } }],
        "reactions": [{ "message_id": "m1", "user_id": "ada", "type": "like", "custom": { "emoji": "+1" } }],
        "live_locations": [
            { "message_id": "m1", "latitude": 52.37, "longitude": 4.89, "end_at": "2100-01-01T00:00:00Z" },
        ],
        "blocks": [{ "user_id": "ada", "blocked_user_id": "bob" }],
        "mutes": [{ "user_id": "ada", "target_id": "bob", "expires": "2100-01-01T00:00:00Z" }],
        "devices": [{ "id": "phone", "user_id": "ada", "push_provider": "apn" }],
    });
    stream.0.seed(&seed).unwrap();
    stream
}

/// The keys of times, wherever they stand.
const TIMES: [&str; 10] = [
    "ban_expires",
    "created_at",
    "deactivated_at",
    "deleted_at",
    "end_at",
    "expires",
    "last_active",
    "pinned_at",
    "revoke_tokens_issued_before",
    "updated_at",
];

/// Whether a text is RFC 3339 in UTC with a fraction of up to nine digits, none of which could be left out.
fn is_text_of_time(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    let Some((seconds, rest)) = text.split_at_checked("2026-01-02T03:04:05".len()) else {
        return false;
    };
    let digits = rest
        .strip_suffix('Z')
        .map(|rest| rest.strip_prefix('.').unwrap_or(rest));
    seconds.as_bytes()[10] == b'T'
        && digits.is_some_and(|digits| {
            digits.len() <= 9 && !digits.ends_with('0') && digits.bytes().all(|digit| digit.is_ascii_digit())
        })
        && (rest == "Z" || rest.starts_with('.'))
}

/// Looks at everything in an answer: times have the form of the surface, and so has custom data; nothing is null.
#[track_caller]
fn check(value: &Value, older: bool, times: &mut usize) {
    match value {
        Value::Object(map) => {
            assert!(!older || !map.contains_key("custom"), "{value}");
            for (key, value) in map {
                assert!(!value.is_null(), "{key}");
                if key == "custom" {
                    continue;
                }
                if TIMES.contains(&key.as_str()) {
                    let fits = if older {
                        is_text_of_time(value)
                    } else {
                        value.is_i64()
                    };
                    assert!(fits, "{key}: {value}");
                    *times += 1;
                }
                check(value, older, times);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| check(value, older, times)),
        _ => {}
    }
}

/// Calls operations on one surface and looks at every answer.
struct Surface<'a> {
    stream: &'a Stream,
    older: bool,
    called: Vec<&'static str>,
}

impl Surface<'_> {
    /// The answer of the operation `name`, which has to have this status and at least so many times in it.
    #[track_caller]
    fn call(&mut self, name: &'static str, path: &str, body: Value, status: u16, times: usize) -> Value {
        let operation = operation::find(name).unwrap();
        let base = operation.path.replace("{user_id}", "ada").replace("/{id}", "");
        let base = if self.older {
            base.strip_prefix(VERSION).unwrap()
        } else {
            &base
        };
        let answer = self
            .stream
            .call(operation.method.as_str(), &format!("{base}{path}"), body)
            .ok(status);
        assert_eq!(self.stream.0.requests().last().unwrap().operation, Some(name));
        let mut found = 0;
        check(&answer, self.older, &mut found);
        assert!(found >= times, "{name}: {found} times in {answer}");
        assert!(answer["duration"].as_str().unwrap().ends_with("ms"), "{name}");
        self.called.push(name);
        answer
    }

    /// The custom field `key` of an object.
    fn custom<'v>(&self, object: &'v Value, key: &str) -> &'v Value {
        if self.older {
            &object[key]
        } else {
            &object["custom"][key]
        }
    }

    /// A task that a call has started, when it is done.
    #[track_caller]
    fn task(&mut self, started: &Value, times: usize) -> Value {
        self.stream.0.advance_clock(Duration::from_secs(1));
        let id = started["task_id"].as_str().unwrap().to_owned();
        let task = self.call("get_task", &format!("/{id}"), Value::Null, 200, times);
        assert_eq!(task["status"], "completed", "{task}");
        task["result"].clone()
    }
}

/// Every operation once, in an order in which each finds something to do.
fn drive(older: bool) {
    let stream = stream();
    let mut surface = Surface {
        stream: &stream,
        older,
        called: Vec::new(),
    };
    let payload = format!("?payload={}", encode(r#"{"filter_conditions":{"id":"ada"}}"#));
    // Of ada 5, of a device 1, of a mute 3, of the users in it 5 and 2.
    let ada = surface.call("query_users", &payload, Value::Null, 200, 16)["users"][0].clone();
    assert_eq!(surface.custom(&ada, "color"), "red");
    assert_eq!(surface.custom(&ada, "at"), "2026-01-02T00:00:00Z");
    assert_eq!(surface.custom(&ada["mutes"][0]["target"], "color"), "blue");
    assert_eq!(ada["blocked_user_ids"], json!(["bob"]));
    assert_eq!(ada["devices"][0]["id"], "phone");

    let eve = if older {
        json!({ "id": "eve", "name": "Eve", "color": "green", "nothing": "no" })
    } else {
        json!({ "id": "eve", "name": "Eve", "custom": { "color": "green", "nothing": "no" } })
    };
    let made = surface.call("upsert_users", "", json!({ "users": { "eve": eve } }), 201, 2);
    assert_eq!(surface.custom(&made["users"]["eve"], "color"), "green");
    let set = json!({ "users": [{ "id": "eve", "set": { "size": 3 }, "unset": ["nothing"] }] });
    let made = surface.call("update_users_partial", "", set, 200, 2);
    let eve = &made["users"]["eve"];
    assert_eq!(
        (surface.custom(eve, "size"), surface.custom(eve, "nothing")),
        (&json!(3), &Value::Null)
    );

    surface.call(
        "block_users",
        "",
        json!({ "user_id": "ada", "blocked_user_id": "eve" }),
        201,
        1,
    );
    // Of each block 1, of ada 5, of the blocked 2.
    let blocks = surface.call("get_blocked_users", "?user_id=ada", Value::Null, 200, 16)["blocks"].clone();
    assert_eq!(surface.custom(&blocks[0]["blocked_user"], "color"), "green");
    assert_eq!(surface.custom(&blocks[1]["user"], "color"), "red");
    surface.call(
        "unblock_users",
        "",
        json!({ "user_id": "ada", "blocked_user_id": "eve" }),
        201,
        0,
    );

    // Of the location 3, its channel and its owner 2 and 5, its message and author 2 and 5, the reaction and its
    // author 2 and 5.
    let locations = surface.call("get_user_live_locations", "?user_id=ada", Value::Null, 200, 24);
    let location = &locations["active_live_locations"][0];
    assert_eq!(surface.custom(&location["channel"], "topic"), "sea");
    assert_eq!(surface.custom(&location["channel"]["created_by"], "color"), "red");
    assert_eq!(surface.custom(&location["message"], "mood"), 1);
    assert_eq!(
        surface.custom(&location["message"]["latest_reactions"][0], "emoji"),
        "+1"
    );
    let moved = json!({ "message_id": "m1", "latitude": 1.5 });
    surface.call("update_live_location", "?user_id=ada", moved, 201, 24);

    // Of the user 5, of the message with its reaction 14, of the reaction 7.
    let export = surface.call("export_user", "", Value::Null, 200, 26);
    assert_eq!(surface.custom(&export["user"], "color"), "red");
    assert_eq!(surface.custom(&export["reactions"][0], "emoji"), "+1");
    let started = surface.call("export_users", "", json!({ "user_ids": ["ada"] }), 201, 0);
    assert!(
        surface.task(&started, 2)["url"]
            .as_str()
            .unwrap()
            .contains("/exports/users/")
    );

    let ada = surface.call("deactivate_user", "", json!({}), 201, 6)["user"].clone();
    assert_eq!(surface.custom(&ada, "color"), "red");
    let ada = surface.call("reactivate_user", "", json!({}), 201, 5)["user"].clone();
    assert_eq!(ada.get("deactivated_at"), None);
    let eve = json!({ "user_ids": ["eve"] });
    let started = surface.call("deactivate_users", "", eve.clone(), 201, 0);
    // Of the task 2, of the user 3.
    let result = surface.task(&started, 5);
    assert_eq!(surface.custom(&result["users"][0], "color"), "green");
    let started = surface.call("reactivate_users", "", eve.clone(), 201, 0);
    let result = surface.task(&started, 4);
    assert_eq!(surface.custom(&result["users"][0], "color"), "green");
    let started = surface.call("delete_users", "", eve.clone(), 201, 0);
    assert_eq!(surface.task(&started, 2), json!({ "eve": { "status": "ok" } }));
    surface.call("restore_users", "", eve, 201, 0);

    let guest = if older {
        json!({ "id": "zoe", "color": "white" })
    } else {
        json!({ "id": "zoe", "custom": { "color": "white" } })
    };
    let guest = surface.call("create_guest", "", json!({ "user": guest }), 201, 2);
    assert_eq!(surface.custom(&guest["user"], "color"), "white");
    let limits = surface.call("get_rate_limits", "", Value::Null, 200, 0);
    assert!(limits["server_side"]["QueryUsers"]["limit"].is_i64());

    let mut missing = operation::ALL
        .iter()
        .map(|operation| operation.name)
        .collect::<Vec<_>>();
    missing.retain(|name| !surface.called.contains(name));
    assert!(
        missing.is_empty(),
        "call {missing:?} in `drive`, in crates/stream-users-emulator/tests/it/surfaces.rs"
    );
}

#[test]
fn every_operation_of_the_versioned_paths_has_integers_of_nanoseconds_and_custom_data_apart() {
    drive(false);
}

#[test]
fn every_operation_of_the_older_paths_has_texts_of_times_and_custom_data_beside_the_rest() {
    drive(true);
}

#[test]
fn times_are_as_exact_as_they_are_stored() {
    let stream = stream();
    let user = |path: &str| stream.get(path).ok(200)["user"].clone();
    let newer = user("/api/v2/users/ada/export");
    assert_eq!(newer["created_at"], json!(1_767_323_045_513_540_000_i64));
    assert_eq!(newer["last_active"], json!(1_767_323_045_000_000_001_i64));
    let older = user("/users/ada/export");
    assert_eq!(older["created_at"], CREATED);
    assert_eq!(older["updated_at"], "2026-01-02T03:04:05Z");
    assert_eq!(older["last_active"], "2026-01-02T03:04:05.000000001Z");
    assert_eq!(older["ban_expires"], "2100-01-01T00:00:00.1Z");
}

/// A user that was written on the versioned paths may have custom data of any name.
#[test]
fn custom_data_never_takes_the_place_of_a_field() {
    let stream = stream();
    let bob = stream.get("/users/bob/export").ok(200)["user"].clone();
    assert_eq!(bob["color"], "blue");
    for absent in [
        "custom",
        "name",
        "image",
        "devices",
        "deleted_at",
        "deactivated_at",
        "last_active",
    ] {
        assert_eq!(bob.get(absent), None, "{absent}");
    }
    assert_eq!(bob["language"], "");
    assert_eq!(
        (&bob["teams"], &bob["blocked_user_ids"]),
        (&json!([]), &json!([]))
    );
}

#[test]
fn the_result_of_a_task_has_the_form_of_the_surface_that_reads_it() {
    let stream = stream();
    for start in ["/api/v2/users/deactivate", "/users/reactivate"] {
        let newer = stream.finish(stream.post(start, json!({ "user_ids": ["ada"] })));
        let path = format!("/tasks/{}", newer["task_id"].as_str().unwrap());
        let older = stream.get(&path).ok(200);
        check(&newer, false, &mut 0);
        check(&older, true, &mut 0);
        assert_eq!(newer["result"]["users"][0]["custom"]["color"], "red");
        assert_eq!(older["result"]["users"][0]["color"], "red");
    }
}

#[test]
fn what_is_on_one_surface_alone_is_not_found_on_the_other() {
    let stream = stream();
    let not_found = |answer: Answer| answer.fails(404, 16, "Request failed with error: \"Not Found\"");
    not_found(stream.call("DELETE", "/api/v2/users/ada", Value::Null));
    not_found(stream.get("/api/v2/hi"));
    not_found(stream.get("/chat/users"));
    not_found(stream.call("PUT", "/users", json!({})));
    not_found(stream.get("/users/ada"));
    not_found(stream.post("/api/v1/users", json!({})));
}

#[test]
fn errors_are_the_same_on_both_surfaces() {
    let stream = stream();
    for version in [VERSION, ""] {
        stream.get(&format!("{version}/users")).fails(
            400,
            4,
            "QueryUsers failed with error: \"invalid json data\"",
        );
        stream.get(&format!("{version}/tasks/x")).fails(
            404,
            16,
            "GetTask failed with error: \"Can't find task with id \"x\"\"",
        );
    }
}

#[test]
fn both_surfaces_use_up_the_same_quota() {
    let stream = stream();
    let path = format!("/users?payload={}", encode(r#"{"filter_conditions":{}}"#));
    let left = |answer: Answer| answer.header("x-ratelimit-remaining").parse::<i64>().unwrap();
    // A minute may begin between two of the requests.
    let falls = (0..3).any(|_| {
        let before = left(stream.get(&format!("{VERSION}{path}")));
        left(stream.get(&path)) == before - 1
    });
    assert!(falls);
}
