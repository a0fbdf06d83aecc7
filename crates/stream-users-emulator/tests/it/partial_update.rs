use serde_json::{Value, json};
use stream_users_emulator::Emulator;

use crate::stream::{Answer, Stream};

pub(crate) fn patch(stream: &Stream, user: Value) -> Answer {
    stream.call("PATCH", "/api/v2/users", json!({ "users": [user] }))
}

#[track_caller]
pub(crate) fn patched(stream: &Stream, user: Value) -> Value {
    let id = user["id"].as_str().unwrap().to_owned();
    patch(stream, user).ok(200)["users"][&id].clone()
}

#[track_caller]
pub(crate) fn refused(stream: &Stream, user: Value, inner: &str) {
    patch(stream, user).fails(
        400,
        4,
        &format!("UpdateUsersPartial failed with error: \"{inner}\""),
    );
}

#[test]
fn sets_and_unsets_built_in_fields() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" })]);
    let set = json!({
        "name": "Ada", "image": "i", "role": "admin", "language": "en", "invisible": true,
        "teams": ["red", "blue"], "teams_role": { "red": "admin" },
        "revoke_tokens_issued_before": "2026-01-02T03:04:05.5Z",
    });
    let ada = patched(&stream, json!({ "id": "ada", "set": set }));
    for key in [
        "name",
        "image",
        "role",
        "language",
        "invisible",
        "teams",
        "teams_role",
    ] {
        assert_eq!(ada[key], set[key], "{key}");
    }
    assert_eq!(
        ada["revoke_tokens_issued_before"],
        json!(1_767_323_045_500_000_000_i64)
    );
    assert_eq!(ada["custom"], json!({}));
    let nanos = json!({ "revoke_tokens_issued_before": 1_767_323_045_000_000_000_i64 });
    let ada = patched(&stream, json!({ "id": "ada", "set": nanos }));
    assert_eq!(
        ada["revoke_tokens_issued_before"],
        nanos["revoke_tokens_issued_before"]
    );
    let ada = patched(
        &stream,
        json!({ "id": "ada", "set": { "revoke_tokens_issued_before": null } }),
    );
    assert_eq!(ada.get("revoke_tokens_issued_before"), None);
    // Leaving a team ends the role in it.
    assert_eq!(
        patched(&stream, json!({ "id": "ada", "set": { "teams": ["blue"] } })).get("teams_role"),
        None
    );
    let unset = json!({ "id": "ada", "unset": ["name", "image", "role", "language", "invisible", "teams"] });
    let ada = patched(&stream, unset);
    assert_eq!((ada.get("name"), ada.get("image")), (None, None));
    assert_eq!((&ada["role"], &ada["language"]), (&json!("user"), &json!("")));
    assert_eq!((&ada["invisible"], &ada["teams"]), (&json!(false), &json!([])));
}

#[test]
fn merges_privacy_settings_deeply() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" })]);
    let set = |settings: Value| {
        patched(
            &stream,
            json!({ "id": "ada", "set": { "privacy_settings": settings } }),
        )
    };
    set(json!({ "typing_indicators": { "enabled": true } }));
    let ada = set(json!({ "read_receipts": { "enabled": false } }));
    let both = json!({ "typing_indicators": { "enabled": true }, "read_receipts": { "enabled": false } });
    assert_eq!(ada["privacy_settings"], both);
    let ada = patched(
        &stream,
        json!({ "id": "ada", "unset": ["privacy_settings.read_receipts"] }),
    );
    assert_eq!(
        ada["privacy_settings"],
        json!({ "typing_indicators": { "enabled": true } })
    );
}

#[test]
fn refuses_wrong_types_and_values() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" })]);
    refused(
        &stream,
        json!({ "id": "ada", "set": { "name": 1 } }),
        "field `users[ada].name` contains type number. expecting string",
    );
    refused(
        &stream,
        json!({ "id": "ada", "set": { "role": "speaker" } }),
        "role \"speaker\" provided but not defined",
    );
    refused(
        &stream,
        json!({ "id": "ada", "set": { "teams_role": { "red": "admin" } } }),
        "users[ada].teams_role names the team \"red\" that the user is not in",
    );
    refused(&stream, json!({ "set": {} }), "users[0].id is a required field");
}

#[test]
fn refuses_unknown_users_as_the_settings_say() {
    let user = json!({ "id": "nobody", "set": { "a": 1 } });
    patch(&Stream::new(), user.clone()).fails(
        404,
        16,
        "UpdateUsersPartial failed with error: \"the user nobody does not exist\"",
    );
    let lenient =
        Emulator::builder().settings(|settings| settings.partial_update_of_unknown_is_not_found = false);
    refused(&Stream::with(lenient), user, "the user nobody does not exist");
}

#[test]
fn a_client_changes_itself_and_neither_role_nor_teams() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" }), json!({ "id": "bob" })]);
    let patch = |user: Value| stream.call_as("ada", "PATCH", "/api/v2/users", json!({ "users": [user] }));
    patch(json!({ "id": "ada", "set": { "color": "red" } })).ok(200);
    for (user, action) in [
        (json!({ "id": "bob", "set": { "color": "red" } }), "UpdateUser"),
        (
            json!({ "id": "ada", "set": { "role": "admin" } }),
            "UpdateUserRole",
        ),
        (
            json!({ "id": "ada", "set": { "revoke_tokens_issued_before": null } }),
            "UpdateUser",
        ),
    ] {
        let inner = format!("User with role 'user' is not allowed to perform action {action}");
        patch(user).fails(
            403,
            17,
            &format!("UpdateUsersPartial failed with error: \"{inner}\""),
        );
    }
    for user in [
        json!({ "id": "ada", "unset": ["teams"] }),
        json!({ "id": "ada", "set": { "teams_role": { "red": "admin" } } }),
    ] {
        patch(user).fails(
            403,
            17,
            "UpdateUsersPartial failed with error: \"user teams can only be updated server-side\"",
        );
    }
}

#[test]
fn takes_times_as_clients_write_them() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" })]);
    for (text, nanos) in [
        ("2026-01-02T03:04:05.5Z", 1_767_323_045_500_000_000_i64),
        ("2026-01-02T04:04:05+01:00", 1_767_323_045_000_000_000),
        // Python's `isoformat` of a time that has no zone.
        ("2026-01-02T03:04:05.123456", 1_767_323_045_123_456_000),
        ("2026-01-02T03:04:05", 1_767_323_045_000_000_000),
    ] {
        let set = json!({ "id": "ada", "set": { "revoke_tokens_issued_before": text } });
        assert_eq!(
            patched(&stream, set)["revoke_tokens_issued_before"],
            nanos,
            "{text}"
        );
    }
    for text in [
        "2026-01-02",
        "2026-01-02T03:04",
        "2026-01-02 03:04:05",
        "2026-13-02T03:04:05",
    ] {
        let set = json!({ "id": "ada", "set": { "revoke_tokens_issued_before": text } });
        assert_eq!(patch(&stream, set).status, 400, "{text}");
    }
}

#[test]
fn changes_all_users_of_a_batch_or_none() {
    let stream = Stream::new();
    stream.upsert([
        json!({ "id": "a" }),
        json!({ "id": "b" }),
        json!({ "id": "off" }),
        json!({ "id": "gone" }),
    ]);
    stream.post("/api/v2/users/off/deactivate", json!({})).ok(201);
    stream
        .post("/api/v2/users/delete", json!({ "user_ids": ["gone"] }))
        .ok(201);
    let batch = |last: Value| {
        let users = json!([{ "id": "a", "set": { "n": 1 } }, { "id": "b", "set": { "n": 1 } }, last]);
        stream.call("PATCH", "/api/v2/users", json!({ "users": users }))
    };
    for (id, inner) in [
        ("off", "the user off was deactivated"),
        ("gone", "the user gone was deleted"),
    ] {
        let message = format!("UpdateUsersPartial failed with error: \"{inner}\"");
        batch(json!({ "id": id, "set": { "n": 1 } })).fails(404, 16, &message);
    }
    assert_eq!(batch(json!({ "id": "a", "set": { "role": "king" } })).status, 400);
    assert_eq!(stream.user("a")["custom"], json!({}));
    // One user may be named twice.
    let answer = batch(json!({ "id": "a", "set": { "m": 2 }, "unset": ["n"] })).ok(200);
    assert_eq!(answer["users"].as_object().unwrap().len(), 2);
    assert_eq!(answer["users"]["a"]["custom"], json!({ "m": 2 }));
}

#[test]
fn does_not_touch_the_time_of_what_stays_the_same() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada", "name": "Ada", "custom": { "n": 1 } })]);
    let before = stream.user("ada");
    stream.0.advance_clock(std::time::Duration::from_secs(1));
    let same = json!({ "id": "ada", "set": { "name": "Ada", "n": 1 }, "unset": ["image", "none"] });
    assert_eq!(patched(&stream, same), before);
    assert_eq!(patched(&stream, json!({ "id": "ada" })), before);
    let after = patched(&stream, json!({ "id": "ada", "set": { "n": 2 } }));
    assert!(after["updated_at"].as_i64() > before["updated_at"].as_i64());
    assert_eq!(after["created_at"], before["created_at"]);
}

#[test]
fn a_revocation_is_a_time() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" })]);
    let revoke = |time: Value| json!({ "id": "ada", "set": { "revoke_tokens_issued_before": time } });
    for time in [
        "2020-01-01T00:00:00Z",
        "2020-01-01T01:00:00+01:00",
        "2020-01-01T00:00:00.000000+00:00",
    ] {
        let ada = patched(&stream, revoke(json!(time)));
        assert_eq!(
            ada["revoke_tokens_issued_before"],
            json!(1_577_836_800_000_000_000_i64)
        );
    }
    for (time, found) in [
        (json!("soon"), "string"),
        (json!(true), "boolean"),
        (json!(1.5), "number"),
    ] {
        let path = "users[ada].revoke_tokens_issued_before";
        refused(
            &stream,
            revoke(time),
            &format!("field `{path}` contains type {found}. expecting date"),
        );
    }
    let ada = patched(
        &stream,
        json!({ "id": "ada", "unset": ["revoke_tokens_issued_before"] }),
    );
    assert!(ada.get("revoke_tokens_issued_before").is_none());
}
