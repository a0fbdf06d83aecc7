use std::time::Duration;

use serde_json::{Value, json};

use crate::stream::{Answer, Stream};

fn add(stream: &Stream, user: &str, id: &str) {
    let body = json!({ "id": id, "push_provider": "apn", "user_id": user });
    stream.post("/devices", body).ok(201);
    stream.0.advance_clock(Duration::from_millis(100));
}

#[track_caller]
fn list(stream: &Stream, user: &str) -> Vec<String> {
    let answer = stream.get(&format!("/api/v2/devices?user_id={user}")).ok(200);
    let devices = answer["devices"].as_array().unwrap();
    devices
        .iter()
        .map(|device| device["id"].as_str().unwrap().to_owned())
        .collect()
}

fn remove(stream: &Stream, query: &str) -> Answer {
    stream.call("DELETE", &format!("/devices?{query}"), Value::Null)
}

#[test]
fn servers_add_list_and_remove_devices_on_both_surfaces() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" })]);
    for version in ["/api/v2", ""] {
        let path = format!("{version}/devices");
        let body = json!({
            "id": "phone", "push_provider": "firebase", "push_provider_name": "ours", "hardware_id": "h",
            "voip_token": true, "user_id": "ada",
        });
        let added = stream.post(&path, body).ok(201);
        assert_eq!(
            added.as_object().unwrap().keys().collect::<Vec<_>>(),
            ["duration"]
        );
        let answer = stream.get(&format!("{path}?user_id=ada")).ok(200);
        let mut device = answer["devices"][0].clone();
        let created_at = device.as_object_mut().unwrap().remove("created_at").unwrap();
        assert_eq!(
            (created_at.is_i64(), created_at.is_string()),
            (!version.is_empty(), version.is_empty())
        );
        let rest = json!({
            "id": "phone", "push_provider": "firebase", "push_provider_name": "ours", "hardware_id": "h", "voip": true,
            "user_id": "ada",
        });
        assert_eq!(device, rest);
        assert_eq!(stream.user("ada")["devices"][0]["id"], "phone");
        stream
            .call("DELETE", &format!("{path}?id=phone&user_id=ada"), Value::Null)
            .ok(200);
        assert!(list(&stream, "ada").is_empty());
    }
}

#[test]
fn users_have_their_own_devices() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" }), json!({ "id": "bob" })]);
    add(&stream, "bob", "tablet");
    let call = |method: &str, path: &str, body: Value| stream.call_as("ada", method, path, body);
    let body = json!({ "id": "phone", "push_provider": "apn", "push_provider_name": null });
    call("POST", "/devices", body).ok(201);
    assert_eq!(
        call("GET", "/devices", Value::Null).ok(200)["devices"][0]["id"],
        "phone"
    );
    call("DELETE", "/devices?id=tablet", Value::Null).fails(
        404,
        16,
        "DeleteDevice failed with error: \"the user ada has no device \"tablet\"\"",
    );
    call("DELETE", "/devices?id=phone", Value::Null).ok(200);
    assert_eq!((list(&stream, "ada").len(), list(&stream, "bob").len()), (0, 1));
}

#[test]
fn the_oldest_gives_way_to_the_twenty_sixth() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" })]);
    let mut newest_first: Vec<String> = (0..25).map(|n| format!("d{n}")).collect();
    for id in &newest_first {
        add(&stream, "ada", id);
    }
    newest_first.reverse();
    assert_eq!(list(&stream, "ada"), newest_first);
    // Adding one again changes nothing.
    add(&stream, "ada", &newest_first[20]);
    assert_eq!(list(&stream, "ada"), newest_first);
    add(&stream, "ada", "new");
    newest_first.pop();
    newest_first.insert(0, "new".to_owned());
    assert_eq!(list(&stream, "ada"), newest_first);
}

#[test]
fn a_device_belongs_to_whoever_added_it_last() {
    let stream = Stream::new();
    add(&stream, "ada", "phone");
    add(&stream, "bob", "phone");
    assert_eq!(
        (list(&stream, "ada"), list(&stream, "bob")),
        (vec![], vec!["phone".to_owned()])
    );
}

/// A server may name a user that is not there yet, and may describe it.
#[test]
fn adding_a_device_makes_its_user() {
    let stream = Stream::new();
    add(&stream, "ada", "phone");
    let user = json!({ "id": "bob", "color": "red" });
    stream
        .post(
            "/devices",
            json!({ "id": "tablet", "push_provider": "xiaomi", "user": user }),
        )
        .ok(201);
    stream
        .call_as(
            "eve",
            "POST",
            "/devices",
            json!({ "id": "watch", "push_provider": "huawei" }),
        )
        .ok(201);
    let mut found = stream.find(&json!({}));
    found.sort();
    assert_eq!(found, ["ada", "bob", "eve"]);
    assert_eq!(stream.user("bob")["custom"], json!({ "color": "red" }));
    stream.post("/users/ada/deactivate", json!({})).ok(201);
    stream
        .post(
            "/devices",
            json!({ "id": "p", "push_provider": "apn", "user_id": "ada" }),
        )
        .fails(
            404,
            16,
            "CreateDevice failed with error: \"the user ada was deactivated\"",
        );
}

#[test]
fn what_is_missing_or_wrong_is_refused() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" })]);
    let nobody = "either user or user_id must be provided when using server side auth.";
    let post = |body: Value, inner: &str| {
        let message = format!("CreateDevice failed with error: \"{inner}\"");
        stream.post("/devices", body).fails(400, 4, &message);
    };
    post(json!({ "id": "d", "push_provider": "apn" }), nobody);
    post(
        json!({ "id": "d", "push_provider": "apn", "user_id": "ada", "user": { "id": "ada" } }),
        "cannot set both user and user_id.",
    );
    post(
        json!({ "user_id": "ada" }),
        "id is a required field, push_provider is a required field",
    );
    post(
        json!({ "id": "d", "push_provider": "fax", "user_id": "ada" }),
        "push_provider must be one of [firebase apn huawei xiaomi]",
    );
    post(
        json!({ "id": "d".repeat(256), "push_provider": "apn", "user_id": "ada" }),
        "id must be 255 or less",
    );
    post(
        json!({ "id": "d", "push_provider": "apn", "user_id": "a b" }),
        "user_id is invalid: only a-z, A-Z, 0-9, @, _ and - are allowed",
    );
    stream
        .get("/devices")
        .fails(400, 4, &format!("ListDevices failed with error: \"{nobody}\""));
    remove(&stream, "id=d").fails(400, 4, &format!("DeleteDevice failed with error: \"{nobody}\""));
    remove(&stream, "user_id=ada").fails(
        400,
        4,
        "DeleteDevice failed with error: \"id is a required field\"",
    );
    remove(&stream, "user_id=ada&id=d").fails(
        404,
        16,
        "DeleteDevice failed with error: \"the user ada has no device \"d\"\"",
    );
    assert_eq!(stream.find(&json!({})), ["ada"]);
}
