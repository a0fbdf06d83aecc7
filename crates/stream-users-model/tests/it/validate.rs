//! What each request refuses before it is sent.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use stream_users_model::{
    BlockUsers, ConversationDeletionMode, CreateGuest, Custom, DeactivateUser, DeactivateUsers, DeleteUsers,
    DeletionMode, ExportUser, ExportUsers, Filter, GetBlockedUsers, GetRateLimits, GetTask,
    GetUserLiveLocations, QueryUsers, ReactivateUser, ReactivateUsers, RestoreUsers, Sort, UnblockUsers,
    UpdateLiveLocation, UpdateUsersPartial, UpsertUsers, UserPatch, UserRequest, Validate, Violations,
};

/// The fields that break a rule, in order.
fn violated(request: &impl Validate) -> Vec<String> {
    messages(request).into_iter().map(|(field, _)| field).collect()
}

fn messages(request: &impl Validate) -> Vec<(String, String)> {
    let mut violations = Violations::new();
    request.validate(&mut violations);
    assert_eq!(violations.is_empty(), violations.as_slice().is_empty());
    let all = violations.into_iter();
    all.map(|violation| (violation.field.to_string(), violation.message.to_string()))
        .collect()
}

fn plain(id: &str) -> UserRequest {
    UserRequest::new(id)
}

const NONE: [&str; 0] = [];

#[test]
fn all_violations_are_named_at_once() {
    let request = QueryUsers::new(Filter::all())
        .limit(101)
        .offset(1_001)
        .sort(Sort::asc(""))
        .user_id("")
        .user(plain(".."));
    assert_eq!(
        violated(&request),
        ["limit", "offset", "sort[0].field", "user_id", "user.id", "user"]
    );
    let mut violations = Violations::new();
    request.validate(&mut violations);
    let text = violations.to_string();
    assert!(
        text.starts_with("limit must be at most 100; it is 101; offset must be at most 1000"),
        "{text}"
    );
}

#[test]
fn ids_that_cannot_be_sent_are_refused_everywhere() {
    for id in ["", ".", ".."] {
        assert_eq!(
            violated(&DeactivateUser::new(id).created_by_id(id)),
            ["user_id", "created_by_id"]
        );
        assert_eq!(
            violated(&ReactivateUser::new(id).created_by_id(id)),
            ["user_id", "created_by_id"]
        );
        assert_eq!(
            violated(&DeactivateUsers::new(["a", id]).created_by_id(id)),
            ["user_ids[1]", "created_by_id"]
        );
        assert_eq!(
            violated(&ReactivateUsers::new([id]).created_by_id(id)),
            ["user_ids[0]", "created_by_id"]
        );
        assert_eq!(
            violated(
                &DeleteUsers::new([id])
                    .new_channel_owner_id(id)
                    .new_call_owner_id(id)
            ),
            ["user_ids[0]", "new_channel_owner_id", "new_call_owner_id"]
        );
        assert_eq!(violated(&RestoreUsers::new([id])), ["user_ids[0]"]);
        assert_eq!(violated(&ExportUser::new(id)), ["user_id"]);
        assert_eq!(violated(&ExportUsers::new([id])), ["user_ids[0]"]);
        assert_eq!(violated(&GetTask::new(id)), ["id"]);
        assert_eq!(violated(&CreateGuest::new(plain(id))), ["user.id"]);
        assert_eq!(
            violated(&BlockUsers::new(id).user_id(id)),
            ["blocked_user_id", "user_id"]
        );
        assert_eq!(
            violated(&UnblockUsers::new(id).user(plain(id))),
            ["blocked_user_id", "user.id"]
        );
        assert_eq!(violated(&GetBlockedUsers::new().user_id(id)), ["user_id"]);
        assert_eq!(violated(&GetUserLiveLocations::new().user_id(id)), ["user_id"]);
        assert_eq!(
            violated(&UpdateLiveLocation::new(id).user_id(id)),
            ["message_id", "user_id"]
        );
        assert_eq!(
            violated(&UpsertUsers::new([plain("a"), plain(id)])),
            ["users[1].id"]
        );
        assert_eq!(
            violated(&UpdateUsersPartial::new([UserPatch::new(id)])),
            ["users[0].id"]
        );
    }
}

#[test]
fn an_id_has_at_most_255_characters_of_any_size() {
    for (id, refused) in [
        ("x".repeat(255), false),
        ("x".repeat(256), true),
        ("é".repeat(255), false),
    ] {
        assert_eq!(
            violated(&ExportUser::new(&id)).is_empty(),
            !refused,
            "{}",
            id.len()
        );
    }
    let message = &messages(&ExportUser::new("é".repeat(256)))[0].1;
    assert_eq!(message, "must have at most 255 characters; it has 256");
    // What characters may stand in an id is the service's word.
    for id in ["!anon", "a b", "a/b", "...", "é", "%2e", "a.b"] {
        assert_eq!(violated(&ExportUser::new(id)), NONE);
    }
}

#[test]
fn a_user_stands_once_in_an_upsert() {
    let request = UpsertUsers::new([plain("a"), plain("b"), plain("a"), plain("a"), plain("A")]);
    assert_eq!(violated(&request), ["users[2].id", "users[3].id"]);
    assert!(messages(&request)[0].1.contains("\"a\" came before"));
    // To delete the same user twice in a call is harmless.
    assert_eq!(violated(&DeleteUsers::new(["a", "a"])), NONE);
}

#[test]
fn a_batch_has_1_to_its_most_entries() {
    let ids = |count: usize| (0..count).map(|index| format!("u{index}"));
    assert_eq!(violated(&UpsertUsers::<Custom>::new([])), ["users"]);
    assert_eq!(violated(&UpsertUsers::new(ids(100).map(|id| plain(&id)))), NONE);
    assert_eq!(
        violated(&UpsertUsers::new(ids(101).map(|id| plain(&id)))),
        ["users"]
    );
    assert_eq!(
        violated(&UpdateUsersPartial::new(ids(101).map(UserPatch::new))),
        ["users"]
    );
    assert_eq!(violated(&ExportUsers::new(ids(25))), NONE);
    assert_eq!(violated(&ExportUsers::new(ids(26))), ["user_ids"]);
    assert!(
        messages(&DeleteUsers::new(ids(101)))[0]
            .1
            .contains("it has 101: split the batch")
    );
}

#[test]
fn hard_deletion_takes_messages_and_conversations_along() {
    let hard = || DeleteUsers::new(["a"]).user(DeletionMode::Hard);
    for mode in [DeletionMode::Soft, DeletionMode::Pruning] {
        assert_eq!(violated(&hard().messages(mode)), ["messages"]);
    }
    let both = hard()
        .messages(DeletionMode::Soft)
        .conversations(ConversationDeletionMode::Soft);
    assert_eq!(violated(&both), ["messages", "conversations"]);
    assert_eq!(violated(&DeleteUsers::hard(["a"])), NONE);
    let soft = DeleteUsers::new(["a"])
        .user(DeletionMode::Soft)
        .messages(DeletionMode::Hard);
    assert_eq!(violated(&soft), NONE);
}

#[test]
fn a_place_is_on_the_globe() {
    let at = |latitude, longitude| violated(&UpdateLiveLocation::new("m").position(latitude, longitude));
    for (latitude, longitude) in [(90.0, 180.0), (-90.0, -180.0), (0.0, -0.0)] {
        assert_eq!(at(latitude, longitude), NONE);
    }
    for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 180.000_000_1, -181.0] {
        assert_eq!(at(wrong, wrong), ["latitude", "longitude"], "{wrong}");
    }
    assert_eq!(at(91.0, 91.0), ["latitude"]);
}

#[test]
fn a_query_is_bounded() {
    let query = || QueryUsers::new(Filter::all());
    assert_eq!(violated(&query().limit(100).offset(1_000)), NONE);
    assert_eq!(violated(&query().limit(0).offset(0)), NONE);
    assert_eq!(violated(&query().limit(u32::MAX)), ["limit"]);
    assert_eq!(violated(&query().offset(1_001)), ["offset"]);
    let sorted =
        |count: usize| (0..count).fold(query(), |query, index| query.sort(Sort::asc(format!("f{index}"))));
    assert_eq!(violated(&sorted(5)), NONE);
    assert_eq!(violated(&sorted(6)), ["sort"]);
}

#[test]
fn the_acting_user_is_given_once() {
    assert_eq!(
        violated(&QueryUsers::new(Filter::all()).user_id("a").user(plain("a"))),
        ["user"]
    );
    assert_eq!(
        violated(&BlockUsers::new("b").user_id("a").user(plain("a"))),
        ["user"]
    );
    assert_eq!(
        violated(&UnblockUsers::new("b").user_id("a").user(plain("a"))),
        ["user"]
    );
    assert_eq!(violated(&BlockUsers::new("b")), NONE);
    assert_eq!(violated(&BlockUsers::new("b").user_id("a")), NONE);
    assert_eq!(violated(&BlockUsers::new("b").user(plain("a"))), NONE);
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Unit;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Tuple(u8, u8);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Empty {}

fn upsert<C: Serialize>(custom: C) -> Vec<String> {
    violated(&UpsertUsers::new([UserRequest::new("a").custom(custom)]))
}

#[test]
fn custom_data_are_written_as_an_object() {
    let refused = ["users[0].custom"];
    assert_eq!(upsert(5), refused);
    assert_eq!(upsert("text"), refused);
    assert_eq!(upsert(true), refused);
    assert_eq!(upsert(()), refused);
    assert_eq!(upsert(vec![1, 2]), refused);
    assert_eq!(upsert(Vec::<u8>::new()), refused);
    assert_eq!(upsert(Unit), refused);
    assert_eq!(upsert(Tuple(1, 2)), refused);
    assert_eq!(upsert(None::<Empty>), refused);
    assert_eq!(upsert(json!([{}])), refused);
    assert_eq!(upsert(Empty {}), NONE);
    assert_eq!(upsert(json!({"a": [1]})), NONE);
    assert_eq!(upsert(Custom::new()), NONE);
    assert_eq!(upsert(HashMap::from([("a", 1)])), NONE);
    assert_eq!(
        violated(&CreateGuest::new(UserRequest::new("a").custom(5))),
        ["user.custom"]
    );
}

fn patched(patch: UserPatch) -> Vec<String> {
    violated(&UpdateUsersPartial::new([patch]))
}

#[test]
fn keys_of_a_patch_have_no_empty_part_and_no_space() {
    for key in ["", ".", "a.", ".a", "a..b", "a b", " "] {
        assert_eq!(
            patched(UserPatch::new("a").set(key, 1)),
            ["users[0].set"],
            "{key:?}"
        );
        assert_eq!(
            patched(UserPatch::new("a").unset(key)),
            ["users[0].unset"],
            "{key:?}"
        );
    }
    assert_eq!(patched(UserPatch::new("a").set("a.b.c", 1).unset("é_-")), NONE);
    assert_eq!(patched(UserPatch::new("a")), NONE);
}

#[test]
fn custom_data_of_a_patch_do_not_touch_built_in_fields() {
    assert_eq!(
        patched(UserPatch::new("a").custom(json!({"plan": "pro", "role": "admin", "teams": []}))),
        ["users[0].set.role", "users[0].set.teams"]
    );
    // Said by its own name, it is meant.
    assert_eq!(patched(UserPatch::new("a").set("role", "admin")), NONE);
    for wrong in [json!(5), json!("x"), json!(null), json!([1])] {
        assert_eq!(
            patched(UserPatch::new("a").custom(wrong)),
            ["users[0].set.custom"]
        );
    }
    assert_eq!(patched(UserPatch::new("a").custom(Unit)), ["users[0].set.custom"]);
    let patch = UserPatch::new("a").custom(json!({"plan": "pro", "role": "admin"}));
    assert_eq!(
        serde_json::to_value(&patch).unwrap(),
        json!({"id": "a", "set": {"plan": "pro"}})
    );
}

#[test]
fn what_cannot_be_written_is_reported_and_not_lost() {
    let unwritable = HashMap::from([((1, 2), 3)]);
    assert_eq!(
        patched(UserPatch::new("a").set("map", &unwritable)),
        ["users[0].set.map"]
    );
    assert_eq!(
        patched(UserPatch::new("a").custom(&unwritable)),
        ["users[0].set.custom"]
    );
}

#[test]
fn a_patch_tells_null_from_absent() {
    let patch = UserPatch::new("a")
        .set_null("nick")
        .revoke_tokens_issued_before(None);
    let expected = json!({"id": "a", "set": {"nick": null, "revoke_tokens_issued_before": null}});
    assert_eq!(serde_json::to_value(&patch).unwrap(), expected);
    assert_eq!(serde_json::from_value::<UserPatch>(expected).unwrap(), patch);
}

#[test]
fn endpoints_are_single_names() {
    assert_eq!(
        violated(&GetRateLimits::new().endpoints(["UpdateUsers", "", "A,B"])),
        ["endpoints[1]", "endpoints[2]"]
    );
    assert_eq!(
        violated(&GetRateLimits::new().server_side().endpoints(["UpdateUsers"])),
        NONE
    );
}

#[test]
fn a_user_or_a_patch_can_be_checked_by_itself() {
    assert_eq!(violated(&plain("ada")), NONE);
    assert_eq!(violated(&UserRequest::new("").custom(vec![1])), ["id", "custom"]);
    assert_eq!(violated(&UserPatch::new("ada").set("plan", "pro")), NONE);
    assert_eq!(violated(&UserPatch::new("").set("created_at", 1)), ["id", "set"]);
}
