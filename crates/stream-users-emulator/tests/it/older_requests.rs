//! What SDKs really send, on the surface on which they send it.

use bytes::Bytes;
use serde_json::{Value, json};
use stream_users_emulator::Emulator;

use crate::stream::{Stream, encode};

/// An upsert of one user on the older surface.
#[track_caller]
fn upsert(stream: &Stream, user: Value) -> Value {
    let id = user["id"].as_str().unwrap().to_owned();
    let users = Value::Object([(id.clone(), user)].into_iter().collect());
    stream.post("/users", json!({ "users": users })).ok(201)["users"][&id].clone()
}

/// An emulator that refuses fields that it does not know.
fn strict() -> Stream {
    Stream::with(Emulator::builder().settings(|settings| settings.refuse_unknown_fields = true))
}

/// The custom data of a user as the versioned surface has it.
fn custom(stream: &Stream, id: &str) -> Value {
    stream.user(id)["custom"].clone()
}

#[test]
fn fields_beside_those_of_a_user_are_custom() {
    let stream = Stream::new();
    let sent = json!({
        "id": "ada", "name": "Ada", "image": "i", "role": "admin", "language": "en", "invisible": true,
        "teams": ["red"], "teams_role": { "red": "user" }, "privacy_settings": { "read_receipts": { "enabled": false } },
        "color": "red", "nested": { "a": [1, null] }, "nothing": null,
    });
    let answer = upsert(&stream, sent.clone());
    for (key, value) in sent.as_object().unwrap() {
        assert_eq!(&answer[key], value, "{key}");
    }
    let own = json!({ "color": "red", "nested": { "a": [1, null] }, "nothing": null });
    assert_eq!(custom(&stream, "ada"), own);
    // The rest is replaced, as on the other surface.
    upsert(&stream, json!({ "id": "ada", "size": 3 }));
    assert_eq!(custom(&stream, "ada"), json!({ "size": 3 }));
}

/// The fields of a partial update stand beside each other on both surfaces, so there, too, `custom` is one of them.
#[test]
fn an_object_of_the_name_custom_is_a_custom_field_of_this_name() {
    let stream = Stream::new();
    let answer = upsert(&stream, json!({ "id": "ada", "custom": { "color": "red" } }));
    assert_eq!(answer["custom"], json!({ "color": "red" }));
    assert_eq!(custom(&stream, "ada"), json!({ "custom": { "color": "red" } }));
    for (path, id) in [("/users", "old"), ("/api/v2/users", "new")] {
        stream.upsert([json!({ "id": id })]);
        let set =
            json!({ "users": [{ "id": id, "set": { "custom": { "color": "red" }, "size.width": 3 } }] });
        stream.call("PATCH", path, set).ok(200);
        let expected = json!({ "custom": { "color": "red" }, "size": { "width": 3 } });
        assert_eq!(custom(&stream, id), expected);
    }
}

#[test]
fn the_versioned_surface_takes_no_fields_beside_those_of_a_user() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada", "color": "red", "custom": { "size": 3 } })]);
    assert_eq!(custom(&stream, "ada"), json!({ "size": 3 }));
}

#[test]
fn reserved_fields_are_refused_on_the_older_surface_too() {
    let stream = Stream::new();
    let body = json!({ "users": { "ada": { "id": "ada", "online": true, "color": "red" } } });
    stream.post("/users", body).fails(
        400,
        4,
        "UpdateUsers failed with error: \"users[ada].online is a reserved field\"",
    );
}

#[test]
fn unknown_fields_are_custom_even_where_they_are_refused_elsewhere() {
    let stream = strict();
    assert_eq!(
        upsert(&stream, json!({ "id": "ada", "color": "red" }))["color"],
        "red"
    );
}

#[test]
fn an_upsert_sets_whom_a_user_blocks() {
    let stream = Stream::new();
    let users = json!({
        "ada": { "id": "ada", "blocked_user_ids": ["bob", "eve"] },
        "bob": { "id": "bob" },
        "eve": { "id": "eve" },
    });
    let answer = stream.post("/users", json!({ "users": users })).ok(201);
    assert_eq!(answer["users"]["ada"]["blocked_user_ids"], json!(["bob", "eve"]));
    // What is not sent stays.
    assert_eq!(
        upsert(&stream, json!({ "id": "ada" }))["blocked_user_ids"],
        json!(["bob", "eve"])
    );
    let less = upsert(&stream, json!({ "id": "ada", "blocked_user_ids": ["eve"] }));
    assert_eq!(less["blocked_user_ids"], json!(["eve"]));
    assert_eq!(
        upsert(&stream, json!({ "id": "ada", "blocked_user_ids": null }))["blocked_user_ids"],
        json!(["eve"])
    );
    assert_eq!(
        upsert(&stream, json!({ "id": "ada", "blocked_user_ids": [] }))["blocked_user_ids"],
        json!([])
    );
    let refused = |ids: Value| {
        let user = json!({ "id": "ada", "blocked_user_ids": ids });
        stream.post("/users", json!({ "users": { "ada": user } }))
    };
    refused(json!(["nobody"])).fails(
        404,
        16,
        "UpdateUsers failed with error: \"the user nobody does not exist\"",
    );
    refused(json!(["ada"])).fails(
        400,
        4,
        "UpdateUsers failed with error: \"user cannot block themselves\"",
    );
    // The versioned surface has no such field.
    stream.upsert([json!({ "id": "ada", "blocked_user_ids": ["bob"] })]);
    assert_eq!(stream.user("ada")["blocked_user_ids"], json!([]));
}

#[test]
fn user_objects_of_other_requests_have_custom_fields_beside_the_rest() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "bob" })]);
    let body = json!({ "blocked_user_id": "bob", "user": { "id": "ada", "color": "red" } });
    stream.post("/users/block", body).ok(201);
    assert_eq!(custom(&stream, "ada"), json!({ "color": "red" }));
    let guest = json!({ "user": { "id": "zoe", "color": "white" } });
    let guest = stream
        .send(stream.request("POST", "/guest", None, Some(guest)))
        .ok(201);
    assert_eq!(guest["user"]["color"], "white");
    assert_eq!(
        custom(&stream, guest["user"]["id"].as_str().unwrap()),
        json!({ "color": "white" })
    );
}

/// One SDK sends every field of a query that is not set as a null, another one flags that mean nothing here.
#[test]
fn queries_may_say_more_than_they_mean() {
    let stream = strict();
    stream.upsert([json!({ "id": "ada" })]);
    let nulls = json!({
        "filter_conditions": {}, "limit": null, "offset": null, "presence": null, "include_deactivated_users": null,
        "sort": null, "user_id": null, "user": null, "id_gt": null,
    });
    let flags =
        json!({ "filter_conditions": {}, "sort": [], "watch": false, "state": false, "presence": false });
    for payload in [nulls, flags] {
        for version in ["/api/v2", ""] {
            let path = format!("{version}/users?payload={}", encode(&payload.to_string()));
            assert_eq!(stream.get(&path).ok(200)["users"][0]["id"], "ada");
        }
    }
}

#[test]
fn queries_are_decoded_however_they_were_encoded() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "a@b", "name": "Ada Lovelace+" })]);
    for payload in [
        "%7B%22filter_conditions%22%3A%7B%22name%22%3A%22Ada%20Lovelace%2B%22%7D%7D",
        "%7B%22filter_conditions%22:%7B%22name%22:%22Ada+Lovelace%2B%22%7D%7D",
        "{%22filter_conditions%22:{%22id%22:{%22$in%22:[%22a@b%22]}}}",
        "%7B%22filter_conditions%22:%7B%22id%22:%22a%40b%22%7D,%22sort%22:[]%7D",
    ] {
        for version in ["/api/v2", ""] {
            let answer = stream.get(&format!("{version}/users?payload={payload}")).ok(200);
            assert_eq!(answer["users"][0]["id"], "a@b", "{payload}");
        }
    }
}

/// A connected client names itself and its connection in the query of every request.
#[test]
fn parameters_of_a_connected_client_are_taken() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" }), json!({ "id": "bob" })]);
    let who = "user_id=ada&connection_id=6a2fea53-0a15-1922-0200-00000000048f";
    let payload = encode(r#"{"filter_conditions":{},"sort":[],"presence":false}"#);
    let call = |method: &str, path: &str, body: Value| stream.call_as("ada", method, path, body);
    call("GET", &format!("/users?{who}&payload={payload}"), Value::Null).ok(200);
    call(
        "POST",
        &format!("/users?{who}"),
        json!({ "users": { "ada": { "id": "ada", "k": 1 } } }),
    )
    .ok(201);
    call(
        "PATCH",
        &format!("/users?{who}"),
        json!({ "users": [{ "id": "ada", "set": { "k": 2 } }] }),
    )
    .ok(200);
    call(
        "POST",
        &format!("/users/block?{who}"),
        json!({ "blocked_user_id": "bob" }),
    )
    .ok(201);
    call("GET", &format!("/users/block?{who}"), Value::Null).ok(200);
    call(
        "POST",
        &format!("/users/unblock?{who}"),
        json!({ "blocked_user_id": "bob" }),
    )
    .ok(201);
    call("GET", &format!("/users/live_locations?{who}"), Value::Null).ok(200);
    call("GET", &format!("/devices?{who}"), Value::Null).ok(200);
    call("GET", &format!("/hi?{who}"), Value::Null).ok(200);
    // A server may be connected too.
    stream
        .post(&format!("/users/bob/deactivate?{who}"), json!({}))
        .ok(201);
}

#[test]
fn requests_without_a_body_may_name_its_type_and_those_with_one_need_not() {
    let stream = Stream::new();
    let token = stream.token(&json!({}));
    for version in ["/api/v2", ""] {
        let path = format!(
            "{version}/users?payload={}",
            encode(r#"{"filter_conditions":{}}"#)
        );
        let mut request = stream.request("GET", &path, Some(&token), None);
        let headers = request.headers_mut();
        headers.insert("content-type", "application/json".parse().unwrap());
        headers.insert("content-length", "0".parse().unwrap());
        stream.send(request).ok(200);
        // No type, another type, and a type with more to say.
        for kind in [None, Some("text/plain"), Some("application/json; charset=utf-8")] {
            let body = json!({ "users": { "ada": { "id": "ada" } } });
            let mut request = stream.request("POST", &format!("{version}/users"), Some(&token), Some(body));
            if let Some(kind) = kind {
                request
                    .headers_mut()
                    .insert("content-type", kind.parse().unwrap());
            }
            stream.send(request).ok(201);
        }
    }
}

#[test]
fn deactivations_take_no_body_an_empty_one_and_a_reason() {
    let stream = strict();
    stream.upsert([json!({ "id": "a@b" })]);
    let bodies = [
        Value::Null,
        json!({}),
        json!({ "reason": "left", "mark_messages_deleted": false, "created_by_id": null }),
    ];
    for (body, id) in bodies.into_iter().zip(["a@b", "a%40b", "a@b"]) {
        for version in ["/api/v2", ""] {
            stream
                .post(&format!("{version}/users/{id}/deactivate"), body.clone())
                .ok(201);
            stream
                .post(&format!("{version}/users/{id}/reactivate"), json!({}))
                .ok(201);
        }
    }
}

#[test]
fn times_in_bodies_are_texts_or_integers() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" })]);
    for version in ["/api/v2", ""] {
        for time in [
            json!(1_767_323_045_500_000_000_i64),
            json!("2026-01-02T03:04:05.5Z"),
            json!("2026-01-02T03:04:05.500000Z"),
            json!("2026-01-02T04:04:05.500+01:00"),
        ] {
            let body = json!({ "users": [{ "id": "ada", "set": { "revoke_tokens_issued_before": time } }] });
            stream.call("PATCH", &format!("{version}/users"), body).ok(200);
            assert_eq!(
                stream.user("ada")["revoke_tokens_issued_before"],
                json!(1_767_323_045_500_000_000_i64),
                "{time}"
            );
            let cleared =
                json!({ "users": [{ "id": "ada", "set": { "revoke_tokens_issued_before": null } }] });
            stream.call("PATCH", &format!("{version}/users"), cleared).ok(200);
            assert_eq!(stream.user("ada").get("revoke_tokens_issued_before"), None);
        }
    }
}

/// A date in custom data is a text like any other.
#[test]
fn custom_data_is_never_converted() {
    let stream = Stream::new();
    let born = "2026-01-02T03:04:05.500000Z";
    assert_eq!(
        upsert(
            &stream,
            json!({ "id": "ada", "born": born, "at": 1_767_323_045_500_000_000_i64 })
        )["born"],
        born
    );
    let own = json!({ "born": born, "at": 1_767_323_045_500_000_000_i64 });
    assert_eq!(custom(&stream, "ada"), own);
}

#[test]
fn bodies_that_are_no_object_are_refused_on_both_surfaces() {
    let stream = Stream::new();
    let token = stream.token(&json!({}));
    for version in ["/api/v2", ""] {
        for body in ["{", "[]", "1", "\"x\""] {
            let mut request = stream.request("POST", &format!("{version}/users"), Some(&token), None);
            *request.body_mut() = Bytes::from_static(body.as_bytes());
            stream
                .send(request)
                .fails(400, 4, "UpdateUsers failed with error: \"invalid json data\"");
        }
    }
}
