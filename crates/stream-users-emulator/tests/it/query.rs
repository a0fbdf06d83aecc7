use std::time::Duration;

use serde_json::{Value, json};

use crate::stream::{Stream, encode, ids};

/// Three users, each a second younger than the one before.
fn three() -> Stream {
    let stream = Stream::new();
    for (id, score) in [("ada", 36), ("bob", 50), ("eve", 28)] {
        stream.upsert([json!({ "id": id, "name": id, "custom": { "score": score } })]);
        stream.0.advance_clock(Duration::from_secs(1));
    }
    stream
}

fn sorted(stream: &Stream, sort: &Value) -> Vec<String> {
    ids(&stream
        .query(&json!({ "filter_conditions": {}, "sort": sort }))
        .ok(200))
}

#[test]
fn answers_the_newest_first() {
    let stream = three();
    assert_eq!(stream.find(&json!({})), ["eve", "bob", "ada"]);
    let same_age = Stream::new();
    same_age.upsert([json!({ "id": "a" }), json!({ "id": "c" }), json!({ "id": "b" })]);
    assert_eq!(same_age.find(&json!({})), ["c", "b", "a"]);
}

#[test]
fn sorts() {
    let stream = three();
    assert_eq!(
        sorted(&stream, &json!([{ "field": "name" }])),
        ["ada", "bob", "eve"]
    );
    assert_eq!(
        sorted(&stream, &json!([{ "field": "name", "direction": -1 }])),
        ["eve", "bob", "ada"]
    );
    assert_eq!(
        sorted(&stream, &json!([{ "field": "score", "direction": -1 }])),
        ["bob", "ada", "eve"]
    );
    let number = json!([{ "field": "score", "direction": 1, "type": "number" }]);
    assert_eq!(sorted(&stream, &number), ["eve", "ada", "bob"]);
    let several = json!([{ "field": "role" }, { "field": "created_at", "direction": 1 }]);
    assert_eq!(sorted(&stream, &several), ["ada", "bob", "eve"]);
    // An unknown field is a custom field that nobody has; who is equal stands in the order of creation.
    let unknown = |direction: i64| json!([{ "field": "last_active2", "direction": direction }]);
    assert_eq!(sorted(&stream, &unknown(-1)), ["eve", "bob", "ada"]);
    assert_eq!(sorted(&stream, &unknown(1)), ["ada", "bob", "eve"]);
    // What some clients send that always send a direction and a type.
    let zero = json!([{ "field": "name", "direction": 0, "type": "" }]);
    assert_eq!(sorted(&stream, &zero), ["ada", "bob", "eve"]);
}

#[test]
fn sorts_custom_fields_of_every_type() {
    let stream = Stream::new();
    let values = [
        ("none", json!({})),
        ("null", json!({ "x": null })),
        ("list", json!({ "x": [9] })),
        ("no", json!({ "x": false })),
        ("half", json!({ "x": 0.5 })),
        ("yes", json!({ "x": true })),
        ("ten", json!({ "x": 10 })),
        ("text-9", json!({ "x": "9" })),
        ("text-a", json!({ "x": "a" })),
    ];
    for (id, custom) in values {
        stream.upsert([json!({ "id": id, "custom": custom })]);
        stream.0.advance_clock(Duration::from_secs(1));
    }
    let all = [
        "none", "null", "list", "no", "half", "yes", "ten", "text-9", "text-a",
    ];
    assert_eq!(sorted(&stream, &json!([{ "field": "x" }])), all);
    let backwards: Vec<&str> = all.into_iter().rev().collect();
    assert_eq!(
        sorted(&stream, &json!([{ "field": "x", "direction": -1 }])),
        backwards
    );
    assert_eq!(
        sorted(&stream, &json!([{ "field": "x", "type": "number" }])),
        [
            "none", "null", "list", "no", "yes", "text-9", "text-a", "half", "ten"
        ]
    );
    assert_eq!(
        sorted(
            &stream,
            &json!([{ "field": "x", "type": "boolean", "direction": -1 }])
        ),
        [
            "yes", "no", "text-a", "text-9", "ten", "half", "list", "null", "none"
        ]
    );
}

#[test]
fn pages() {
    let stream = three();
    let page = |limit: i64, offset: i64| {
        ids(&stream
            .query(&json!({ "filter_conditions": {}, "limit": limit, "offset": offset }))
            .ok(200))
    };
    assert_eq!(page(2, 0), ["eve", "bob"]);
    assert_eq!(page(2, 2), ["ada"]);
    assert!(page(100, 1000).is_empty());
    // No limit is thirty.
    for batch in 0..2 {
        let users: serde_json::Map<String, Value> = (0..20)
            .map(|n| format!("u{batch}-{n}"))
            .map(|id| (id.clone(), json!({ "id": id })))
            .collect();
        stream.post("/api/v2/users", json!({ "users": users })).ok(201);
    }
    assert_eq!(stream.find(&json!({})).len(), 30);
    assert_eq!(page(0, 0).len(), 30);
    assert_eq!(page(100, 0).len(), 43);
}

#[test]
fn refuses_payloads_that_are_wrong() {
    let stream = Stream::new();
    let refused = |payload: Value, inner: &str| {
        let message = format!("QueryUsers failed with error: \"{inner}\"");
        stream.query(&payload).fails(400, 4, &message);
    };
    let with = |key: &str, value: Value| json!({ "filter_conditions": {}, key: value });
    refused(json!({}), "filter_conditions is a required field");
    refused(with("limit", json!(101)), "limit must be 100 or less");
    refused(with("limit", json!(-1)), "limit must be 0 or greater");
    refused(with("offset", json!(1001)), "offset must be 1000 or less");
    refused(with("offset", json!(-1)), "offset must be 0 or greater");
    refused(
        with("limit", json!("x")),
        "field `limit` contains type string. expecting integer",
    );
    refused(
        with("sort", json!(vec![json!({ "field": "id" }); 6])),
        "sort must be 5 or less",
    );
    refused(
        with("sort", json!([{ "direction": 1 }])),
        "sort[0].field is a required field",
    );
    refused(
        with("sort", json!([{ "field": "id", "direction": 2 }])),
        "sort[0].direction must be one of [1 -1]",
    );
    refused(
        json!({ "filter_conditions": {}, "user_id": "a", "user": { "id": "a" } }),
        "cannot set both user and user_id.",
    );
    for raw in [
        "",
        "?payload=",
        "?payload=nonsense",
        "?payload=%5B%5D",
        "?payload=%22%22",
    ] {
        stream.get(&format!("/api/v2/users{raw}")).fails(
            400,
            4,
            "QueryUsers failed with error: \"invalid json data\"",
        );
    }
}

#[test]
fn tolerates_explicit_nulls_and_options_of_other_kits() {
    let stream = three();
    let payload = json!({
        "filter_conditions": {}, "sort": null, "limit": null, "offset": null, "presence": false, "user": null,
        "user_id": null, "include_deactivated_users": null, "watch": false, "state": false,
    });
    assert_eq!(ids(&stream.query(&payload).ok(200)).len(), 3);
}

#[test]
fn reads_both_forms_of_spaces() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada", "name": "Ada L" })]);
    let payload = encode(r#"{"filter_conditions":{"name":"Ada L"}}"#);
    for form in [payload.clone(), payload.replace("%20", "+")] {
        assert_eq!(
            ids(&stream.get(&format!("/api/v2/users?payload={form}")).ok(200)),
            ["ada"]
        );
    }
}

#[test]
fn hides_deactivated_and_deleted_users() {
    let stream = three();
    stream.post("/api/v2/users/bob/deactivate", json!({})).ok(201);
    stream
        .post("/api/v2/users/delete", json!({ "user_ids": ["eve"] }))
        .ok(201);
    assert_eq!(stream.find(&json!({})), ["ada"]);
    let all = stream
        .query(&json!({ "filter_conditions": {}, "include_deactivated_users": true }))
        .ok(200);
    assert_eq!(ids(&all), ["bob", "ada"]);
    assert!(all["users"][0]["deactivated_at"].is_i64());
}

#[test]
fn takes_the_older_conditions_on_ids() {
    let stream = three();
    let query = |key: &str| {
        ids(&stream
            .query(&json!({ "filter_conditions": {}, key: "bob" }))
            .ok(200))
    };
    assert_eq!(query("id_gt"), ["eve"]);
    assert_eq!(query("id_gte"), ["eve", "bob"]);
    assert_eq!(query("id_lt"), ["ada"]);
    assert_eq!(query("id_lte"), ["bob", "ada"]);
}

#[test]
fn the_older_conditions_order_by_id() {
    let stream = Stream::new();
    for id in ["b", "c", "a"] {
        stream.upsert([json!({ "id": id })]);
        stream.0.advance_clock(Duration::from_secs(1));
    }
    assert_eq!(stream.find(&json!({})), ["a", "c", "b"]);
    let query = |sort: Value| {
        let payload = json!({ "filter_conditions": {}, "id_gte": "a", "sort": sort });
        ids(&stream.query(&payload).ok(200))
    };
    assert_eq!(query(json!([])), ["c", "b", "a"]);
    assert_eq!(query(json!([{ "field": "created_at" }])), ["b", "c", "a"]);
}

#[test]
fn shows_private_fields_to_servers_and_to_oneself() {
    let stream = Stream::new();
    stream.upsert([
        json!({ "id": "ada", "invisible": true, "privacy_settings": { "read_receipts": { "enabled": false } } }),
        json!({ "id": "bob" }),
    ]);
    stream
        .0
        .seed(
            &json!({ "blocks": [{ "user_id": "ada", "blocked_user_id": "bob" }],
            "mutes": [{ "user_id": "ada", "target_id": "bob" }],
            "devices": [{ "id": "phone", "user_id": "ada", "push_provider": "apn" }] }),
        )
        .unwrap();
    let path = format!(
        "/api/v2/users?payload={}",
        encode(r#"{"filter_conditions":{"id":"ada"}}"#)
    );
    let as_user = |user: &str| stream.call_as(user, "GET", &path, Value::Null).ok(200)["users"][0].clone();
    for seen in [stream.user("ada"), as_user("ada")] {
        assert_eq!(seen["blocked_user_ids"], json!(["bob"]));
        assert_eq!(seen["mutes"][0]["target"]["id"], "bob");
        assert_eq!(seen["devices"][0]["id"], "phone");
        assert_eq!(seen["invisible"], true);
    }
    let seen = as_user("bob");
    assert_eq!(
        (&seen["blocked_user_ids"], &seen["mutes"], &seen["devices"]),
        (&json!([]), &json!([]), &json!([]))
    );
    assert_eq!(seen.get("privacy_settings"), None);
    assert_eq!(seen["invisible"], false);
}

#[test]
fn anonymous_callers_may_query() {
    let stream = three();
    let path = format!("/api/v2/users?payload={}", encode(r#"{"filter_conditions":{}}"#));
    assert_eq!(
        ids(&stream.send(stream.request("GET", &path, None, None)).ok(200)).len(),
        3
    );
}
