use serde_json::{Value, json};
use stream_users_emulator::Emulator;

use crate::stream::{Stream, ids};

#[test]
fn creates_with_every_field() {
    let stream = Stream::new();
    let answer = stream.upsert([json!({
        "id": "ada", "name": "Ada", "image": "https://img.example/ada.png", "role": "admin", "language": "en",
        "invisible": true, "teams": ["red"], "teams_role": { "red": "admin" },
        "privacy_settings": { "read_receipts": { "enabled": false } },
        "custom": { "float": 2.0, "big": 9_007_199_254_740_993_i64, "nested": { "list": [1, "two", null] } },
    })]);
    assert_eq!(answer["membership_deletion_task_id"], "");
    assert!(answer["duration"].as_str().unwrap().ends_with("ms"));
    let ada = &answer["users"]["ada"];
    let expected = json!({
        "id": "ada", "name": "Ada", "image": "https://img.example/ada.png", "role": "admin", "language": "en",
        "invisible": true, "teams": ["red"], "teams_role": { "red": "admin" },
        "privacy_settings": { "read_receipts": { "enabled": false } },
        "custom": { "float": 2.0, "big": 9_007_199_254_740_993_i64, "nested": { "list": [1, "two", null] } },
        "banned": false, "online": false, "shadow_banned": false, "blocked_user_ids": [], "devices": [],
        "mutes": [], "channel_mutes": [], "total_unread_count": 0, "unread_channels": 0, "unread_count": 0,
        "unread_threads": 0, "created_at": ada["created_at"], "updated_at": ada["created_at"],
    });
    assert_eq!(*ada, expected);
    assert!(ada["created_at"].is_i64() && ada["created_at"].as_i64() > Some(1_700_000_000_000_000_000));
    assert!(ada["custom"]["float"].is_f64());
    assert_eq!(stream.user("ada"), *ada);
}

#[test]
fn leaves_out_what_is_not_set() {
    let stream = Stream::new();
    let answer = stream.upsert([json!({ "id": "ada" })]);
    let ada = answer["users"]["ada"].as_object().unwrap();
    assert_eq!(ada["role"], "user");
    assert_eq!(ada["language"], "");
    assert_eq!(ada["custom"], json!({}));
    for absent in [
        "name",
        "image",
        "last_active",
        "deactivated_at",
        "deleted_at",
        "teams_role",
        "privacy_settings",
        "ban_expires",
        "revoke_tokens_issued_before",
    ] {
        assert!(!ada.contains_key(absent), "{absent}");
    }
}

#[test]
fn replaces_what_exists() {
    let stream = Stream::new();
    stream.upsert([json!({
        "id": "ada", "name": "Ada", "role": "admin", "teams": ["red"], "language": "en",
        "privacy_settings": { "typing_indicators": { "enabled": false } }, "custom": { "color": "red" },
    })]);
    let answer = stream.upsert([json!({ "id": "ada", "image": "i", "custom": { "age": 36 } })]);
    let ada = answer["users"]["ada"].as_object().unwrap();
    assert!(!ada.contains_key("name"));
    assert!(!ada.contains_key("privacy_settings"));
    assert_eq!(ada["custom"], json!({ "age": 36 }));
    assert_eq!(ada["language"], "");
    // What the service is taken to keep.
    assert_eq!(ada["role"], "admin");
    assert_eq!(ada["teams"], json!(["red"]));
}

#[test]
fn keeps_less_where_the_settings_say_so() {
    let stream = Stream::with(Emulator::builder().settings(|settings| {
        settings.upsert_keeps_role = false;
        settings.upsert_keeps_teams = false;
        settings.upsert_merges_privacy_settings = true;
    }));
    let privacy = |name: &str| json!({ name: { "enabled": false } });
    stream.upsert([
        json!({ "id": "ada", "role": "admin", "teams": ["red"], "privacy_settings": privacy("read_receipts") }),
    ]);
    let answer = stream.upsert([json!({ "id": "ada", "privacy_settings": privacy("typing_indicators") })]);
    let ada = &answer["users"]["ada"];
    assert_eq!((&ada["role"], &ada["teams"]), (&json!("user"), &json!([])));
    assert_eq!(ada["privacy_settings"].as_object().unwrap().len(), 2);
}

#[test]
fn does_not_touch_the_time_of_what_stays_the_same() {
    let stream = Stream::new();
    let user = json!({ "id": "ada", "name": "Ada", "custom": { "a": 1 } });
    let first = stream.upsert([user.clone()]);
    stream.0.advance_clock(std::time::Duration::from_secs(1));
    let second = stream.upsert([user]);
    assert_eq!(first["users"], second["users"]);
    let third = stream.upsert([json!({ "id": "ada", "name": "Ada L." })]);
    assert!(third["users"]["ada"]["updated_at"].as_i64() > first["users"]["ada"]["updated_at"].as_i64());
    assert_eq!(
        third["users"]["ada"]["created_at"],
        first["users"]["ada"]["created_at"]
    );
}

#[test]
fn refuses_reserved_fields_and_names_them_all() {
    let answer = Stream::new().post(
        "/api/v2/users",
        json!({ "users": { "ada": { "id": "ada", "online": true, "created_at": "2020-01-01T00:00:00Z" } } }),
    );
    assert_eq!(
        answer.body["exception_fields"]["users[ada].online"],
        "users[ada].online is a reserved field"
    );
    answer.fails(
        400,
        4,
        "UpdateUsers failed with error: \"users[ada].created_at is a reserved field, users[ada].online is a \
         reserved field\"",
    );
}

#[test]
fn refuses_what_is_wrong() {
    let stream = Stream::new();
    let refused = |users: Value, inner: &str| {
        stream.post("/api/v2/users", json!({ "users": users })).fails(
            400,
            4,
            &format!("UpdateUsers failed with error: \"{inner}\""),
        );
    };
    refused(json!({}), "users is a required field");
    refused(json!({ "a": {} }), "users[a].id is a required field");
    refused(
        json!({ "a": { "id": "b" } }),
        "users[a].id must be equal to its key",
    );
    refused(
        json!({ "a b": { "id": "a b" } }),
        "users[a b].id is invalid: only a-z, A-Z, 0-9, @, _ and - are allowed",
    );
    let long = "a".repeat(256);
    refused(
        json!({ &long: { "id": long } }),
        &format!("users[{long}].id must be 255 or less"),
    );
    refused(
        json!({ "a": { "id": "a", "name": 1 } }),
        "field `users[a].name` contains type number. expecting string",
    );
    refused(
        json!({ "a": { "id": "a", "role": "speaker" } }),
        "role \"speaker\" provided but not defined",
    );
    refused(
        json!({ "a": { "id": "a", "teams": ["red"], "teams_role": { "blue": "admin" } } }),
        "users[a].teams_role names the team \"blue\" that the user is not in",
    );
    let many: serde_json::Map<String, Value> = (0..101)
        .map(|n| (format!("u{n}"), json!({ "id": format!("u{n}") })))
        .collect();
    refused(json!(many), "users must be 100 or less");
    assert_eq!(stream.find(&json!({})), Vec::<String>::new());
}

#[test]
fn takes_roles_that_were_added() {
    let stream = Stream::with(Emulator::builder().role("speaker"));
    assert_eq!(
        stream.upsert([json!({ "id": "a", "role": "speaker" })])["users"]["a"]["role"],
        "speaker"
    );
}

#[test]
fn refuses_users_of_more_than_five_kilobytes() {
    let stream = Stream::new();
    let user = json!({ "id": "a", "custom": { "text": "x".repeat(5_200) } });
    stream
        .post("/api/v2/users", json!({ "users": { "a": user } }))
        .fails(
            413,
            22,
            "UpdateUsers failed with error: \"users[a] is larger than 5 KB\"",
        );
    stream.upsert([json!({ "id": "a", "custom": { "text": "x".repeat(4_900) } })]);
    let teams: Vec<String> = (0..100).map(|n| format!("{n:0>60}")).collect();
    for (field, value) in [
        ("language", json!("x".repeat(3 << 20))),
        ("name", json!("x".repeat(6_000))),
        ("image", json!("x".repeat(6_000))),
        ("teams", json!(teams)),
    ] {
        let user = json!({ "id": "b", field: value });
        let answer = stream.post("/api/v2/users", json!({ "users": { "b": user } }));
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (413, &json!(22)),
            "{field}"
        );
        let update = json!({ "users": [{ "id": "a", "set": { field: value } }] });
        let answer = stream.call("PATCH", "/api/v2/users", update);
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (413, &json!(22)),
            "{field}"
        );
    }
    // Privacy settings count too: without them, this user would be small enough.
    let mut user = json!({ "id": "c", "custom": { "text": "x".repeat(4_900) } });
    for room in (4_900..5_120).rev() {
        user["custom"]["text"] = json!("x".repeat(room));
        if stream
            .post("/api/v2/users", json!({ "users": { "c": user } }))
            .status
            == 201
        {
            break;
        }
    }
    user["privacy_settings"] = json!({ "typing_indicators": { "enabled": true } });
    let answer = stream.post("/api/v2/users", json!({ "users": { "c": user } }));
    assert_eq!(answer.status, 413);
}

#[test]
fn writes_all_of_a_batch_or_nothing() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "gone" })]);
    stream
        .post("/api/v2/users/delete", json!({ "user_ids": ["gone"] }))
        .ok(201);
    let users = json!({ "a": { "id": "a" }, "gone": { "id": "gone" }, "z": { "id": "z" } });
    stream.post("/api/v2/users", json!({ "users": users })).fails(
        404,
        16,
        "UpdateUsers failed with error: \"the user gone was deleted\"",
    );
    assert!(stream.find(&json!({})).is_empty());
}

#[test]
fn refuses_deactivated_users() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" })]);
    stream.post("/api/v2/users/ada/deactivate", json!({})).ok(201);
    stream
        .post("/api/v2/users", json!({ "users": { "ada": { "id": "ada" } } }))
        .fails(
            404,
            16,
            "UpdateUsers failed with error: \"the user ada was deactivated\"",
        );
}

#[test]
fn ignores_unknown_fields_unless_told_otherwise() {
    let body = json!({ "users": { "a": { "id": "a", "nmae": "x" } } });
    Stream::new().post("/api/v2/users", body.clone()).ok(201);
    let strict = Stream::with(Emulator::builder().settings(|settings| settings.refuse_unknown_fields = true));
    strict.post("/api/v2/users", body).fails(
        400,
        4,
        "UpdateUsers failed with error: \"users[a].nmae is not a known field\"",
    );
}

#[test]
fn a_client_writes_itself_and_nobody_else() {
    let stream = Stream::new();
    let upsert = |user: Value| {
        let id = user["id"].as_str().unwrap().to_owned();
        stream.call_as("ada", "POST", "/api/v2/users", json!({ "users": { id: user } }))
    };
    upsert(json!({ "id": "ada", "name": "Ada" })).ok(201);
    upsert(json!({ "id": "bob" })).fails(
        403,
        17,
        "UpdateUsers failed with error: \"User with role 'user' is not allowed to perform action UpdateUser\"",
    );
    upsert(json!({ "id": "ada", "role": "admin" })).fails(
        403,
        17,
        "UpdateUsers failed with error: \"User with role 'user' is not allowed to perform action UpdateUserRole\"",
    );
    upsert(json!({ "id": "ada", "teams": ["red"] })).fails(
        403,
        17,
        "UpdateUsers failed with error: \"user teams can only be updated server-side\"",
    );
    let all = stream.query(&json!({ "filter_conditions": {} })).ok(200);
    assert_eq!(ids(&all), ["ada"]);
}

#[test]
fn null_says_nothing() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada", "role": "admin", "teams": ["red"] })]);
    let user = json!({
        "id": "ada", "name": null, "image": null, "role": null, "language": null, "invisible": null, "teams": null,
        "teams_role": null, "privacy_settings": null, "custom": null, "created_at": null, "banned": null,
    });
    let ada = stream.upsert([user])["users"]["ada"].clone();
    assert_eq!((&ada["role"], &ada["teams"]), (&json!("admin"), &json!(["red"])));
    assert_eq!((ada.get("name"), &ada["custom"]), (None, &json!({})));
}

#[test]
fn privacy_settings_are_replaced() {
    let stream = Stream::new();
    let enabled = json!({ "enabled": true });
    stream.upsert([json!({ "id": "ada", "privacy_settings": { "typing_indicators": enabled } })]);
    let both = json!({ "typing_indicators": enabled, "read_receipts": { "enabled": false } });
    let answer = stream.upsert([json!({ "id": "ada", "privacy_settings": both })]);
    assert_eq!(answer["users"]["ada"]["privacy_settings"], both);
    let one = json!({ "delivery_receipts": enabled });
    let answer = stream.upsert([json!({ "id": "ada", "privacy_settings": one })]);
    assert_eq!(answer["users"]["ada"]["privacy_settings"], one);
}

#[test]
fn keeps_what_a_request_cannot_say() {
    let stream = Stream::new();
    stream
        .0
        .seed(&json!({
            "users": [
                { "id": "ada", "banned": true, "last_active": 1_000, "created_at": 2_000, "revoke_tokens_issued_before": 3_000 },
                { "id": "bob" },
            ],
            "blocks": [{ "user_id": "ada", "blocked_user_id": "bob" }],
            "mutes": [{ "user_id": "ada", "target_id": "bob" }],
            "devices": [{ "id": "phone", "user_id": "ada", "push_provider": "apn" }],
        }))
        .unwrap();
    let before = stream.user("ada");
    let after = stream.upsert([json!({ "id": "ada", "name": "Ada" })])["users"]["ada"].clone();
    for field in [
        "banned",
        "last_active",
        "created_at",
        "revoke_tokens_issued_before",
        "blocked_user_ids",
        "devices",
    ] {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert_eq!(after["devices"][0]["id"], "phone");
    assert_eq!(after["mutes"][0]["target"]["id"], "bob");
}
