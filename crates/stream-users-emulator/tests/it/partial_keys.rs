//! The keys of a partial update: where they lead, and which there cannot be.

use serde_json::json;

use crate::partial_update::{patch, patched, refused};
use crate::stream::Stream;

#[test]
fn sets_custom_fields_at_the_top_level() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada", "name": "Ada", "custom": { "age": 36 } })]);
    let ada = patched(
        &stream,
        json!({ "id": "ada", "set": { "country": "NL", "custom": { "color": 1 } } }),
    );
    assert_eq!(ada["name"], "Ada");
    // `custom` is a key like any other.
    assert_eq!(
        ada["custom"],
        json!({ "age": 36, "country": "NL", "custom": { "color": 1 } })
    );
}

#[test]
fn follows_dotted_paths() {
    let stream = Stream::new();
    stream.upsert([
        json!({ "id": "ada", "custom": { "deep": { "er": 1, "keep": 2 }, "only": { "leaf": 1 } } }),
    ]);
    let change = json!({
        "id": "ada", "set": { "deep.er": 3, "new.path.here": true }, "unset": ["only.leaf", "deep.none", "no.thing"],
    });
    let expected = json!({ "deep": { "er": 3, "keep": 2 }, "only": {}, "new": { "path": { "here": true } } });
    assert_eq!(patched(&stream, change)["custom"], expected);
    let replaced = patched(
        &stream,
        json!({ "id": "ada", "set": { "deep": { "x": null } }, "unset": ["new"] }),
    );
    assert_eq!(replaced["custom"], json!({ "deep": { "x": null }, "only": {} }));
}

#[test]
fn refuses_bad_keys() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" })]);
    for key in ["a..b", "a b", ".a", "a.", ""] {
        refused(
            &stream,
            json!({ "id": "ada", "set": { key: 1 } }),
            &format!("users[ada] contains the invalid key \"{key}\""),
        );
        assert_eq!(
            patch(&stream, json!({ "id": "ada", "unset": [key] })).status,
            400,
            "{key}"
        );
    }
    for key in ["created_at", "online", "id", "banned"] {
        let inner = format!("users[ada].{key} is a reserved field");
        refused(&stream, json!({ "id": "ada", "set": { key: 1 } }), &inner);
    }
}

#[test]
fn joins_everything_that_is_wrong_with_keys() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" })]);
    let update = json!({ "id": "ada", "set": { "a..b": 1, "online": true }, "unset": ["created_at", " c"] });
    let answer = patch(&stream, update);
    let expected = json!({
        "users[ada].a..b": "users[ada] contains the invalid key \"a..b\"",
        "users[ada].online": "users[ada].online is a reserved field",
        "users[ada].created_at": "users[ada].created_at is a reserved field",
        "users[ada]. c": "users[ada] contains the invalid key \" c\"",
    });
    assert_eq!(answer.body["exception_fields"], expected);
    answer.fails(
        400,
        4,
        "UpdateUsersPartial failed with error: \"users[ada] contains the invalid key \"a..b\", users[ada].online is a \
         reserved field, users[ada].created_at is a reserved field, users[ada] contains the invalid key \" c\"\"",
    );
    // The keys that the service's own clients are known to have tried.
    for key in [
        "test..test",
        " test.test",
        " test. test",
        " test.test ",
        "test. test",
        ".test.test",
        "test.test.",
    ] {
        assert_eq!(
            patch(&stream, json!({ "id": "ada", "set": { key: "111" } })).status,
            400,
            "{key}"
        );
        assert_eq!(
            patch(&stream, json!({ "id": "ada", "unset": [key] })).status,
            400,
            "{key}"
        );
    }
    assert_eq!(stream.user("ada")["custom"], json!({}));
}

#[test]
fn sets_and_unsets_in_one_change_whichever_stands_first() {
    let stream = Stream::new();
    for order in [
        r#"{"id":"ada","set":{"name":"Ada","a.x":1,"n":2},"unset":["image","a.y","m"]}"#,
        r#"{"unset":["m","a.y","image"],"set":{"n":2,"a.x":1,"name":"Ada"},"id":"ada"}"#,
    ] {
        stream.upsert([json!({ "id": "ada", "image": "i", "custom": { "a": { "y": 2, "z": 3 }, "m": 1 } })]);
        let ada = patched(&stream, serde_json::from_str(order).unwrap());
        assert_eq!((&ada["name"], ada.get("image")), (&json!("Ada"), None));
        assert_eq!(ada["custom"], json!({ "a": { "x": 1, "z": 3 }, "n": 2 }));
    }
}

#[test]
fn an_object_replaces_what_was_there() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada", "custom": { "fields": { "a": { "deep": 1 }, "b": 2 }, "n": 1 } })]);
    let ada = patched(
        &stream,
        json!({ "id": "ada", "set": { "fields": { "a": { "c": 3 } } } }),
    );
    assert_eq!(ada["custom"], json!({ "fields": { "a": { "c": 3 } }, "n": 1 }));
    let ada = patched(&stream, json!({ "id": "ada", "unset": ["fields.a.c"] }));
    assert_eq!(ada["custom"], json!({ "fields": { "a": {} }, "n": 1 }));
    // What is no object makes room for one.
    let ada = patched(&stream, json!({ "id": "ada", "set": { "n.x": 1 } }));
    assert_eq!(ada["custom"]["n"], json!({ "x": 1 }));
}

/// Most of a user's own fields have nothing inside, so that no key leads into them.
#[test]
fn a_path_leads_into_objects_alone() {
    let stream = Stream::new();
    let user = json!({ "id": "ada", "name": "Ada", "teams": ["red"] });
    let before = stream.upsert([user])["users"]["ada"].clone();
    for key in [
        "id.x",
        "name.first",
        "image.url",
        "role.x",
        "language.x",
        "invisible.x",
        "teams.0",
        "revoke_tokens_issued_before.x",
        "blocked_user_ids.0",
    ] {
        let inner = format!("users[ada] contains the invalid key \"{key}\"");
        refused(&stream, json!({ "id": "ada", "set": { key: "x" } }), &inner);
        refused(&stream, json!({ "id": "ada", "unset": [key] }), &inner);
    }
    refused(
        &stream,
        json!({ "id": "ada", "set": { "blocked_user_ids": [] } }),
        "users[ada].blocked_user_ids is a reserved field",
    );
    assert_eq!(stream.user("ada"), before);
}

#[test]
fn a_privacy_setting_that_loses_its_value_is_gone() {
    let stream = Stream::new();
    let enabled = json!({ "enabled": false });
    let both = json!({ "typing_indicators": enabled, "read_receipts": enabled });
    stream.upsert([json!({ "id": "ada", "privacy_settings": both })]);
    let ada = patched(
        &stream,
        json!({ "id": "ada", "unset": ["privacy_settings.typing_indicators.enabled"] }),
    );
    assert_eq!(ada["privacy_settings"], json!({ "read_receipts": enabled }));
    let ada = patched(
        &stream,
        json!({ "id": "ada", "unset": ["privacy_settings.read_receipts"] }),
    );
    assert_eq!(ada.get("privacy_settings"), None);
}
