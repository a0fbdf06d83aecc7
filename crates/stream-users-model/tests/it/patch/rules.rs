//! Which keys there may be, and which not together.

use std::collections::HashMap;

use serde_json::json;
use stream_users_model::{PrivacySettings, UserPatch};

use super::{NONE, violated, violations, written};

fn patch() -> UserPatch {
    UserPatch::new("ada")
}

#[test]
fn what_the_service_sets_itself_cannot_be_patched() {
    for field in [
        "created_at",
        "updated_at",
        "online",
        "banned",
        "deactivated_at",
        "blocked_user_ids",
        "id",
        "custom",
        "mutes",
        "unread_count",
        "custom.plan",
        "devices.0",
    ] {
        assert_eq!(violated(patch().set(field, 1)), ["users[0].set"], "{field}");
        assert_eq!(violated(patch().unset(field)), ["users[0].unset"], "{field}");
    }
    let fix = |field: &str| violations(patch().set(field, 1))[0].message.to_string();
    assert!(fix("deactivated_at").contains("`deactivate_user`"));
    assert!(fix("custom.plan").contains("top level"));
    for field in ["name", "image", "role", "language", "teams", "invisible"] {
        assert_eq!(violated(patch().set(field, 1)), NONE);
        assert_eq!(violated(patch().set(format!("{field}.x"), 1)), ["users[0].set"]);
        assert_eq!(violated(patch().unset(field)), NONE);
    }
    assert_eq!(
        violated(patch().set("privacy_settings.read_receipts.enabled", true)),
        NONE
    );
    assert_eq!(violated(patch().set("teams_role.red", "admin")), NONE);
    assert_eq!(
        violated(patch().set("names", 1).set("custom_", 1).set("online_at", 1)),
        NONE
    );
}

#[test]
fn keys_that_meet_are_reported_with_both_names() {
    for (meeting, fields) in [
        (patch().set("a", 1).unset("a"), &["users[0].unset"][..]),
        (patch().name("Ada").unset_name(), &["users[0].unset"]),
        (patch().set("a", 1).set("a.b", 1), &["users[0].set"]),
        (patch().set("a", 1).unset("a.b.c"), &["users[0].unset"]),
        (patch().unset("a").set("a.b", 1), &["users[0].set"]),
        (patch().unset("a").unset("a.b"), &["users[0].unset"]),
        (
            patch()
                .set("a", 1)
                .set("a.b", 1)
                .set("a.b.c", 1)
                .set("a-b", 1)
                .set("a.c", 1),
            &["users[0].set", "users[0].set", "users[0].set"],
        ),
        (
            patch().teams_role([("red", "admin")]).set("teams_role.blue", "x"),
            &["users[0].set"],
        ),
        (
            patch()
                .unset_privacy_settings()
                .set("privacy_settings.read_receipts", 1),
            &["users[0].set"],
        ),
        // It is merged: what it does not name may be said by itself.
        (
            patch()
                .privacy_settings(PrivacySettings::new().read_receipts(true))
                .unset("privacy_settings.typing_indicators"),
            &[],
        ),
        (
            patch()
                .privacy_settings(PrivacySettings::new().read_receipts(true))
                .unset("privacy_settings.read_receipts"),
            &["users[0].unset"],
        ),
        (
            patch()
                .set_null("privacy_settings")
                .unset("privacy_settings.read_receipts"),
            &["users[0].unset"],
        ),
        (patch().unset("a").unset("a"), &[]),
        (
            patch()
                .set("a.b", 1)
                .set("a.c", 1)
                .unset("a.d")
                .set("ab", 1)
                .unset("a-b"),
            &[],
        ),
    ] {
        assert_eq!(violated(meeting.clone()), fields, "{meeting:?}");
    }
    let message = violations(patch().set("address", 1).unset("address.city"))
        .remove(0)
        .message;
    assert!(
        message.contains("\"address\"") && message.contains("\"address.city\""),
        "{message}"
    );
}

#[test]
fn each_setter_has_its_opposite() {
    let unset = patch()
        .unset_name()
        .unset_image()
        .unset_language()
        .unset_teams()
        .unset_teams_role()
        .unset_privacy_settings();
    assert_eq!(
        written(&unset),
        json!({"id": "ada", "unset": ["name", "image", "language", "teams", "teams_role", "privacy_settings"]})
    );
    assert_eq!(violated(unset), NONE);
}

#[test]
fn a_patch_is_empty_where_it_says_nothing() {
    assert!(patch().is_empty());
    assert!(!patch().set_null("a").is_empty());
    assert!(!patch().unset("a").is_empty());
    assert!(
        !patch().set("map", HashMap::from([((1, 2), 3)])).is_empty(),
        "or its problem would be lost"
    );
}
