//! Requests that mean harm: each is answered in the envelope, and the emulator works on.

use bytes::Bytes;
use serde_json::{Map, Value, json};
use stream_users_model::operation::ALL;

use crate::stream::{Answer, Stream, encode};

/// Holds that an answer is a refusal of this status with all the fields that one has.
#[track_caller]
fn refused(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.body);
    let keys: Vec<&str> = answer
        .body
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .filter(|key| *key != "exception_fields")
        .collect();
    assert_eq!(
        keys,
        [
            "StatusCode",
            "code",
            "details",
            "duration",
            "message",
            "more_info"
        ]
    );
}

/// The method and a path of every operation that takes a body.
fn with_body() -> impl Iterator<Item = (&'static str, String)> {
    let operations = ALL.iter().filter(|operation| operation.body);
    operations.map(|operation| {
        (
            operation.method.as_str(),
            operation.path.replace("{user_id}", "ada"),
        )
    })
}

fn send(stream: &Stream, method: &str, path: &str, body: impl Into<Bytes>) -> Answer {
    let token = stream.token(&json!({}));
    let mut request = stream.request(method, path, Some(&token), None);
    *request.body_mut() = body.into();
    stream.send(request)
}

#[test]
fn bodies_that_are_no_objects() {
    let stream = Stream::new();
    let mut bodies: Vec<Vec<u8>> = [
        "{",
        "[]",
        "\"x\"",
        "1",
        r#"{"users":1e400}"#,
        "\u{0}",
        r#"{"users":{}}}"#,
        r#"{"users":"\ud800"}"#,
    ]
    .map(|body| body.as_bytes().to_vec())
    .to_vec();
    bodies.push(b"{\"users\":\"\xff\"}".to_vec());
    bodies.push("[".repeat(100_000).into_bytes());
    bodies.push(r#"{"users":"#.repeat(100_000).into_bytes());
    bodies.push(format!(r#"{{"users":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000)).into_bytes());
    for (method, path) in with_body() {
        for body in &bodies {
            let answer = send(&stream, method, &path, body.clone());
            refused(&answer, 400);
            assert!(
                answer.body["message"]
                    .as_str()
                    .unwrap()
                    .ends_with(r#"failed with error: "invalid json data""#)
            );
        }
        let answer = send(&stream, method, &path, vec![b'['; 10 << 20]);
        refused(&answer, 413);
        assert_eq!(answer.body["code"], 22);
    }
}

#[test]
fn values_of_wrong_types() {
    let stream = Stream::new();
    let values = [
        json!(-1),
        json!(1e308),
        json!(u64::MAX),
        json!("x\u{0}y"),
        json!([[]]),
        json!({ "": { "": null } }),
        json!(true),
    ];
    for (method, path) in with_body() {
        for value in &values {
            for field in [
                "users",
                "user_ids",
                "user",
                "user_id",
                "blocked_user_id",
                "message_id",
                "latitude",
                "end_at",
            ] {
                let answer = stream.call(method, &path, json!({ field: value }));
                assert_ne!(answer.status, 500, "{method} {path}: {}", answer.body);
                if answer.status >= 400 {
                    refused(&answer, answer.status);
                }
            }
        }
    }
}

/// Keys and texts that mean something to SQL, to LIKE, to paths into JSON, or to C.
const ODD: [&str; 24] = [
    "\u{0}",
    "a\u{0}b",
    "'",
    "\"",
    "a\"b",
    "\\",
    "a\\",
    "\\u0041",
    "$",
    "$.a",
    "[0]",
    "a[0]",
    "#-1",
    "*",
    "%",
    "_",
    "a%b",
    "?1",
    ":a",
    "--",
    "'; DROP TABLE users; --",
    "\u{1F600}",
    "\u{202E}",
    " ",
];

#[test]
fn odd_texts_are_kept_and_found_exactly() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "other", "name": "a", "custom": { "k": "a", "a": "a", "list": ["a"] } })]);
    for text in ODD {
        let mut user = json!({ "id": "ada", "name": text, "custom": { "k": text, "list": [text] } });
        if text.contains('\0') {
            let nested = json!({ "users": { "ada": { "id": "ada", "custom": { "k": [{ text: 1 }] } } } });
            refused(&stream.post("/api/v2/users", nested), 400);
        } else {
            user["custom"][text] = json!(1);
        }
        stream.upsert([user.clone()]);
        let found = stream.user("ada");
        assert_eq!(
            (&found["name"], &found["custom"]),
            (&user["name"], &user["custom"])
        );
        for filter in [
            json!({ "name": text }),
            json!({ "name": { "$in": [text] } }),
            json!({ "k": text }),
            json!({ "k": { "$in": [text, "x"] } }),
            json!({ "list": { "$contains": text } }),
        ] {
            assert_eq!(stream.find(&filter), ["ada"], "{filter}");
        }
        if !text.contains(['.', '\0']) && !text.starts_with('$') {
            for filter in [json!({ text: 1 }), json!({ text: { "$exists": true } })] {
                assert_eq!(stream.find(&filter), ["ada"], "{filter}");
            }
        }
        let sorted = json!({ "filter_conditions": {}, "sort": [{ "field": text, "direction": 1 }] });
        assert_eq!(
            stream.query(&sorted).ok(200)["users"].as_array().unwrap().len(),
            2
        );
    }
}

#[test]
fn autocomplete_knows_no_wildcards() {
    let stream = Stream::new();
    stream.upsert([
        json!({ "id": "ada", "name": "Ada O'Neil" }),
        json!({ "id": "bob", "name": "100% b_b" }),
    ]);
    let find =
        |text: &str| stream.query(&json!({ "filter_conditions": { "name": { "$autocomplete": text } } }));
    for text in ["%", "_", "%%", ".*", "^", "*", "'", "\"", "\u{0}"] {
        refused(&find(text), 400);
    }
    for (text, expected) in [
        ("a%a", &[][..]),
        ("a_a", &[]),
        ("ad%", &["ada"]),
        ("o'neil", &["ada"]),
        ("100%", &["bob"]),
        ("b.b", &["bob"]),
        ("[a-z]", &[]),
    ] {
        assert_eq!(crate::stream::ids(&find(text).ok(200)), expected, "{text}");
    }
}

#[test]
fn filters_that_are_deep_or_long() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada", "custom": { "a": 1 } })]);
    // `"` may not stand in a URL; the rest may, so that as much fits as can.
    let in_url = |text: &str| text.replace('"', "%22");
    let query = |conditions: &str| {
        let payload = format!(r#"{{"filter_conditions":{conditions}}}"#);
        stream.get(&format!("/api/v2/users?payload={}", in_url(&payload)))
    };
    // As deep and as long as a request line can be at all.
    for conditions in [
        r#"{"$or":["#.repeat(5_300),
        format!("{}{{}}{}", r#"{"$or":["#.repeat(4_600), "]}".repeat(4_600)),
        format!("{}{{}}{}", r#"{"$or":["#.repeat(40), "]}".repeat(40)),
    ] {
        refused(&query(&conditions), 400);
    }
    let deepest = format!(r#"{}{{"a":1}}{}"#, r#"{"$nor":["#.repeat(20), "]}".repeat(20));
    assert_eq!(crate::stream::ids(&query(&deepest).ok(200)), ["ada"]);
    let terms = |term: &str| {
        let count = 65_000 / (in_url(term).len() + 1);
        format!(r#"{{"$or":[{}]}}"#, vec![term; count].join(","))
    };
    for term in [
        r#"{"a":1}"#,
        r#"{"teams":[]}"#,
        r#"{"a":{"$in":[1]}}"#,
        r#"{"$nor":[{"a":1}]}"#,
        r#"{"$and":[{}]}"#,
    ] {
        query(&terms(term)).ok(200);
    }
    let numbers = vec!["1"; 32_000].join(",");
    assert_eq!(
        crate::stream::ids(&query(&format!(r#"{{"a":{{"$in":[{numbers}]}}}}"#)).ok(200)),
        ["ada"]
    );
}

#[test]
fn custom_data_of_any_depth_does_not_harm() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" })]);
    let nested = |depth: usize| format!("{}1{}", "{\"k\":".repeat(depth), "}".repeat(depth));
    for depth in [90, 120, 127, 1_000, 100_000] {
        let body = format!(
            r#"{{"users":{{"ada":{{"id":"ada","custom":{}}}}}}}"#,
            nested(depth)
        );
        let answer = send(&stream, "POST", "/api/v2/users", body);
        assert_eq!(
            answer.status,
            if depth == 90 { 201 } else { 400 },
            "{depth}: {}",
            answer.body
        );
    }
    for dots in [50, 400, 1_000_000] {
        let key = vec!["k"; dots].join(".");
        let body = json!({ "users": [{ "id": "ada", "set": { key: 1 } }] });
        let answer = stream.call("PATCH", "/api/v2/users", body);
        assert_eq!(answer.status, if dots == 50 { 200 } else { 400 }, "{dots}");
    }
    // A path that ends within, and a value that goes on from there.
    let key = vec!["k"; 80].join(".");
    let value: Value = serde_json::from_str(&nested(80)).unwrap();
    let body = json!({ "users": [{ "id": "ada", "set": { key: value } }] });
    refused(&stream.call("PATCH", "/api/v2/users", body), 400);
    assert_eq!(stream.find(&json!({ "id": "ada" })), ["ada"]);
}

#[test]
fn queries_that_are_no_queries() {
    let stream = Stream::new();
    for payload in [
        "",
        "%",
        "%FF",
        "%00",
        "[]",
        "1",
        "{",
        "%5B".repeat(20_000).as_str(),
        &encode(r#"{"filter_conditions":{"id":"\ud800"}}"#),
    ] {
        refused(&stream.get(&format!("/api/v2/users?payload={payload}")), 400);
    }
    for conditions in [
        json!({ "id": { "$in": {} } }),
        json!({ "": 1 }),
        json!({ "..": 1 }),
        json!({ "a\u{0}b": 1 }),
        json!({ "$where": "1" }),
        json!({ "id": { "$regex": ".*" } }),
        json!({ "created_at": "9999999-01-01" }),
        json!({ "created_at": 1e300 }),
        json!({ "teams": [[]] }),
        json!({ "a": { "b": { "c": 1 } } }),
    ] {
        refused(&stream.query(&json!({ "filter_conditions": conditions })), 400);
    }
    for (field, value) in [
        ("limit", json!(u64::MAX)),
        ("limit", json!(-1)),
        ("offset", json!(1e300)),
        ("sort", json!({})),
    ] {
        refused(
            &stream.query(&json!({ "filter_conditions": {}, field: value })),
            400,
        );
    }
}

#[test]
fn times_that_are_not_rfc_3339() {
    let stream = Stream::new();
    let query = |time: &str| stream.query(&json!({ "filter_conditions": { "created_at": time } }));
    for time in [
        "",
        "2026-01-02",
        "2026-01-02T03:04Z",
        "2026-01-02T03:04:05",
        "2026-01-02 03:04:05Z",
        "20260102T030405Z",
        "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05,5Z",
        "2026-01-02T03:04:05+01",
        "2026-01-02T03:04:05+0100",
        "2026-01-02T03:04:05+01:00:00",
        "2026-01-02T03:04:05+01:00[Europe/Amsterdam]",
        "+002026-01-02T03:04:05Z",
        "2026-13-02T03:04:05Z",
        "2026-01-02T03:04:05Z ",
        "2026-01-02T03:04:0€Z",
    ] {
        refused(&query(time), 400);
    }
    for time in [
        "2026-01-02T03:04:05Z",
        "2026-01-02t03:04:05z",
        "2026-01-02T03:04:05.123456789Z",
        "2026-01-02T03:04:05+01:00",
        "2026-01-02T03:04:05.5-09:30",
    ] {
        assert_eq!(query(time).status, 200, "{time}");
    }
}

/// An error names what is wrong and where: neither may be repeated until there is no memory left.
#[test]
fn errors_are_not_much_larger_than_what_they_are_about() {
    let stream = Stream::new();
    let long = "a".repeat(20_000);
    let bad: Map<String, Value> = (0..2_000).map(|n| (format!("{n} "), json!(1))).collect();
    let teams = |value: Value| json!({ "users": { &long: { "id": long, "teams": value } } });
    for (method, body) in [
        ("PATCH", json!({ "users": [{ "id": long, "set": bad }] })),
        ("PATCH", json!({ "users": [{ "id": "ada", "set": bad }] })),
        ("POST", teams(json!(vec![""; 2_000]))),
        (
            "POST",
            json!({ "users": { &long: { "id": "ada", "teams_role": bad } } }),
        ),
        (
            "POST",
            json!({ "users": { "ada": { "id": "ada", "teams_role": bad } } }),
        ),
        ("POST", json!({ "users": vec![1; 100_000] })),
        ("PATCH", json!({ "users": vec![1; 100_000] })),
    ] {
        let answer = stream.call(method, "/api/v2/users", body);
        refused(&answer, 400);
        let size = answer.body.to_string().len();
        assert!(size < 300_000, "{size}");
    }
}

/// What is compared with everything else takes more than a minute if it is compared one by one.
#[test]
fn lists_as_long_as_a_body_are_read_at_once() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" }), json!({ "id": "bob" })]);
    let began = std::time::Instant::now();
    let teams: Vec<String> = (0..300_000).map(|n| n.to_string()).collect();
    let upsert = |user: Value| stream.post("/users", json!({ "users": { "ada": user } }));
    refused(&upsert(json!({ "id": "ada", "teams": teams })), 400);
    let blocked = vec!["bob"; 300_000];
    upsert(json!({ "id": "ada", "blocked_user_ids": blocked })).ok(201);
    let roles: Map<String, Value> = (0..100_000)
        .map(|n| (format!("teams_role.{n}"), json!("admin")))
        .collect();
    let update = json!({ "users": [{ "id": "ada", "set": roles }] });
    refused(&stream.call("PATCH", "/api/v2/users", update), 400);
    assert!(began.elapsed().as_secs() < 60);
}
