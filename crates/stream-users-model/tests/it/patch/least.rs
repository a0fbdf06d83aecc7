//! What makes one user of another, and nothing else.

use serde::Serialize;
use serde_json::{Value, json};
use stream_users_model::{
    Custom, PrivacySettings, StrMap, Timestamp, User, UserChatState, UserPatch, UserRequest,
};

use super::{NONE, violated, violations, written};

fn between(old: &Value, new: &Value) -> Value {
    let patch = UserPatch::custom_between("ada", old, new);
    assert_eq!(violated(patch.clone()), NONE);
    let mut patch = written(&patch);
    patch.as_object_mut().unwrap().remove("id");
    patch
}

#[test]
fn custom_data_are_changed_as_deep_as_they_go() {
    for (old, new, patch) in [
        (json!({}), json!({}), json!({})),
        (json!({"a": 1}), json!({}), json!({"unset": ["a"]})),
        (json!({}), json!({"a": null}), json!({"set": {"a": null}})),
        (json!({"a": 1}), json!({"a": null}), json!({"set": {"a": null}})),
        (json!({"a": null}), json!({}), json!({"unset": ["a"]})),
        (json!({"a": null}), json!({"a": null}), json!({})),
        (
            json!({"a": {"b": {"c": 1, "d": 2}, "e": 3}}),
            json!({"a": {"b": {"c": 1, "f": 4}, "e": 5}}),
            json!({"set": {"a.b.f": 4, "a.e": 5}, "unset": ["a.b.d"]}),
        ),
        // The last key inside goes, the object stays; or both go.
        (
            json!({"a": {"b": 1}}),
            json!({"a": {}}),
            json!({"unset": ["a.b"]}),
        ),
        (json!({"a": {"b": 1}}), json!({}), json!({"unset": ["a"]})),
        (
            json!({"a": {}}),
            json!({"a": {"b": {}}}),
            json!({"set": {"a.b": {}}}),
        ),
        // A list, and a change of type.
        (
            json!({"a": [1, 2]}),
            json!({"a": [1, 3]}),
            json!({"set": {"a": [1, 3]}}),
        ),
        (
            json!({"a": [1]}),
            json!({"a": {"b": 1}}),
            json!({"set": {"a": {"b": 1}}}),
        ),
        (json!({"a": {"b": 1}}), json!({"a": 1}), json!({"set": {"a": 1}})),
        (
            json!({"a": {"b": 1}}),
            json!({"a": null}),
            json!({"set": {"a": null}}),
        ),
        // Keys that no path can name: the least object around them.
        (
            json!({"a": {"b": {"x.y": 1, "c": 1}, "d": 1}}),
            json!({"a": {"b": {"x.y": 2, "c": 1}, "d": 2}}),
            json!({"set": {"a.b": {"x.y": 2, "c": 1}, "a.d": 2}}),
        ),
        (
            json!({"a": {"b": {"c": 1}, "e": 1, "x y": 1}}),
            json!({"a": {"b": {"c": 2}, "e": 2, "x y": 2}}),
            json!({"set": {"a": {"b": {"c": 2}, "e": 2, "x y": 2}}}),
        ),
        (json!({"a": {"": 1}}), json!({"a": {}}), json!({"set": {"a": {}}})),
        (
            json!({"a": {}}),
            json!({"a": {"b c": 1}}),
            json!({"set": {"a": {"b c": 1}}}),
        ),
        // They do no harm where they stay.
        (
            json!({"a": {"x.y": 1, "c": 1}, "x y": [1.0]}),
            json!({"a": {"x.y": 1.0, "c": 2}, "x y": [1]}),
            json!({"set": {"a.c": 2}}),
        ),
        // There is one type of number.
        (
            json!({"a": 1, "b": [2.0]}),
            json!({"a": 1.0, "b": [2]}),
            json!({}),
        ),
        (json!({"a": 0}), json!({"a": -0.0}), json!({})),
        (json!({"a": 1}), json!({"a": 1.5}), json!({"set": {"a": 1.5}})),
        (
            json!({"a": 9_007_199_254_740_993_u64}),
            json!({"a": 9_007_199_254_740_992.0}),
            json!({"set": {"a": 9_007_199_254_740_992.0}}),
        ),
        (json!({"a": u64::MAX}), json!({"a": u64::MAX}), json!({})),
        (json!({"a": 1e300}), json!({"a": 1e300}), json!({})),
        (json!({"a": 1e300}), json!({"a": 1}), json!({"set": {"a": 1}})),
        (json!({"a": 1}), json!({"a": "1"}), json!({"set": {"a": "1"}})),
        (
            json!({"a": false}),
            json!({"a": null}),
            json!({"set": {"a": null}}),
        ),
    ] {
        assert_eq!(between(&old, &new), patch, "{old} {new}");
    }
}

#[test]
fn what_cannot_be_patched_is_reported_where_it_differs() {
    for key in ["a.b", "", "a b", "name", "banned", "custom", "mutes"] {
        let custom = |value: i32| json!({key: value, "plan": value});
        let patch = UserPatch::custom_between("ada", &custom(1), &custom(2));
        assert_eq!(
            violated(patch.clone()),
            [format!("users[0].set.{key}")],
            "{key:?}"
        );
        assert!(violations(patch)[0].message.contains("upsert_users"));
        let patch = UserPatch::custom_between("ada", &custom(1), &json!({}));
        assert_eq!(violated(patch), [format!("users[0].set.{key}")], "{key:?}");
        assert!(UserPatch::custom_between("ada", &custom(1), &custom(1)).is_empty());
    }
    for (old, new) in [
        (json!([]), json!({})),
        (json!({}), json!(5)),
        (json!(null), json!(null)),
    ] {
        let patch = UserPatch::custom_between("ada", &old, &new);
        assert!(!patch.is_empty());
        assert_eq!(violated(patch), ["users[0].set.custom"]);
    }
    let user = |id: &str| User::new(id, Custom::new(), Timestamp::UNIX_EPOCH);
    assert_eq!(
        violated(UserPatch::between(&user("ada"), &user("bob"))),
        ["users[0].id"]
    );
    let request = UserRequest::new("bob");
    assert_eq!(
        violated(UserPatch::towards(&user("ada"), &request)),
        ["users[0].id"]
    );
}

/// Nested too deeply to be read: neither a panic nor an empty patch.
#[test]
fn custom_data_that_cannot_be_read_are_reported() {
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(200), "]".repeat(200));
    let deep: Custom = serde_json::from_str(&deep).unwrap();
    let patch = UserPatch::custom_between("ada", &deep, &deep);
    assert_eq!(violated(patch), ["users[0].set.custom"]);
}

#[derive(Clone, Serialize)]
struct Profile {
    nick: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<&'static str>,
}

#[test]
fn none_is_null_or_nothing_as_the_struct_says() {
    let full = Profile {
        nick: Some("a"),
        plan: Some("pro"),
    };
    let bare = Profile {
        nick: None,
        plan: None,
    };
    assert_eq!(
        written(&UserPatch::custom_between("ada", &full, &bare)),
        json!({"id": "ada", "set": {"nick": null}, "unset": ["plan"]})
    );
    assert_eq!(
        written(&UserPatch::custom_between("ada", &bare, &full)),
        json!({"id": "ada", "set": {"nick": "a", "plan": "pro"}})
    );
    assert!(UserPatch::custom_between("ada", &bare, &bare).is_empty());
}

fn user() -> User {
    let mut user = User::new("ada", Custom::from_iter([("plan", "pro")]), Timestamp::UNIX_EPOCH);
    user.name = Some("Ada".into());
    user.image = Some("https://example.com/a.png".into());
    user.language = "en".into();
    user.invisible = true;
    user.teams = vec!["red".into(), "blue".into()];
    user.teams_role = [("red", "admin".into())].into_iter().collect();
    user.privacy_settings = Some(
        PrivacySettings::new()
            .read_receipts(true)
            .typing_indicators(false),
    );
    user.revoke_tokens_issued_before = Some(Timestamp::UNIX_EPOCH);
    user
}

fn changed(change: impl FnOnce(&mut User)) -> Value {
    let mut after = user();
    change(&mut after);
    let patch = UserPatch::between(&user(), &after);
    assert_eq!(violated(patch.clone()), NONE);
    let mut patch = written(&patch);
    patch.as_object_mut().unwrap().remove("id");
    patch
}

#[test]
fn each_built_in_field_has_its_change() {
    assert_eq!(changed(|_| {}), json!({}));
    assert_eq!(changed(|user| user.name = None), json!({"unset": ["name"]}));
    assert_eq!(
        changed(|user| user.image = Some("x".into())),
        json!({"set": {"image": "x"}})
    );
    assert_eq!(
        changed(|user| user.language = "".into()),
        json!({"unset": ["language"]})
    );
    assert_eq!(
        changed(|user| user.role = "admin".into()),
        json!({"set": {"role": "admin"}})
    );
    assert_eq!(
        changed(|user| user.role = "".into()),
        json!({}),
        "it says nothing"
    );
    assert_eq!(
        changed(|user| user.invisible = false),
        json!({"set": {"invisible": false}})
    );
    assert_eq!(changed(|user| user.teams.reverse()), json!({}));
    assert_eq!(
        changed(|user| user.teams.truncate(1)),
        json!({"set": {"teams": ["red"]}})
    );
    assert_eq!(
        changed(|user| user.teams_role = [("blue", "x".into())].into_iter().collect()),
        json!({"set": {"teams_role": {"blue": "x"}}})
    );
    assert_eq!(
        changed(|user| user.teams_role = StrMap::new()),
        json!({"unset": ["teams_role"]})
    );
    assert_eq!(
        changed(|user| user.revoke_tokens_issued_before = None),
        json!({"set": {"revoke_tokens_issued_before": null}})
    );
    assert_eq!(
        changed(|user| user.revoke_tokens_issued_before = Timestamp::from_unix_seconds(1)),
        json!({"set": {"revoke_tokens_issued_before": "1970-01-01T00:00:01Z"}})
    );
}

#[test]
fn privacy_settings_are_merged_and_taken_away_one_by_one() {
    let privacy = |settings: Option<PrivacySettings>| changed(|user| user.privacy_settings = settings);
    let new = PrivacySettings::new;
    assert_eq!(privacy(None), json!({"unset": ["privacy_settings"]}));
    assert_eq!(privacy(Some(new())), json!({"unset": ["privacy_settings"]}));
    assert_eq!(
        privacy(Some(new().read_receipts(false).typing_indicators(false))),
        json!({"set": {"privacy_settings": {"read_receipts": {"enabled": false}}}})
    );
    assert_eq!(
        privacy(Some(new().read_receipts(true))),
        json!({"unset": ["privacy_settings.typing_indicators"]})
    );
    assert_eq!(
        privacy(Some(new().read_receipts(true).delivery_receipts(true))),
        json!({
            "set": {"privacy_settings": {"delivery_receipts": {"enabled": true}}},
            "unset": ["privacy_settings.typing_indicators"],
        })
    );
}

#[test]
fn what_the_service_sets_itself_is_not_compared() {
    let patch = changed(|user| {
        user.online = true;
        user.banned = true;
        user.updated_at = Timestamp::MAX;
        user.deactivated_at = Some(Timestamp::MAX);
        user.blocked_user_ids = vec!["bob".into()];
        user.chat = Some(UserChatState::default());
    });
    assert_eq!(patch, json!({}));
}

#[test]
fn a_request_says_something_by_what_it_lacks() {
    let there = user();
    assert!(UserPatch::towards(&there, &UserRequest::from(&there)).is_empty());
    assert_eq!(
        written(&UserPatch::towards(&there, &UserRequest::new("ada"))),
        json!({
            "id": "ada",
            "set": {"invisible": false},
            "unset": ["name", "image", "language", "privacy_settings", "plan"],
        })
    );
    let wanted = UserRequest::from(&there)
        .role("admin")
        .teams(["red"])
        .teams_role([("red", "x")]);
    assert_eq!(
        written(&UserPatch::towards(&there, &wanted)),
        json!({"id": "ada", "set": {"role": "admin", "teams": ["red"], "teams_role": {"red": "x"}}})
    );
}
