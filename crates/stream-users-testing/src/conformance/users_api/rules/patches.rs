//! Rules about changing single fields of users.

use serde_json::{Value, json};
use stream_users_core::{UsersApi, UsersApiExt};
use stream_users_model::{PrivacySettings, UpdateUsersPartial, User, UserPatch, UserRequest};

use crate::conformance::users_api::case::{Case, Checked, same, that};

const IMAGE: &str = "https://example.com/ada.png";

/// Creates a user with these custom data, applies the patch, and finds the user again.
async fn patched(case: &Case, custom: Value, patch: impl FnOnce(UserPatch) -> UserPatch) -> Checked<User> {
    let id = case.id("ada");
    let custom = custom.as_object().cloned().unwrap_or_default();
    let user = UserRequest::new(&id).name("Ada").image(IMAGE);
    case.upsert([user.custom(custom.into())]).await?;
    apply(case, patch(UserPatch::new(&id))).await?;
    case.found(&id).await
}

async fn apply(case: &Case, patch: UserPatch) -> Checked<User> {
    case.ok("update_users_partial", case.api.update_user_partial(patch))
        .await
}

fn custom(user: &User, expected: &Value) -> Checked {
    let seen: Value = user.custom.decode().unwrap_or_default();
    same("custom data", &&seen, &expected)
}

pub(in crate::conformance::users_api) async fn patches_keep_the_rest(case: &Case) -> Checked {
    let before = json!({"plan": "free", "seats": 3});
    let user = patched(case, before, |patch| patch.name("Ada King").set("plan", "pro")).await?;
    same(
        "the name, which was set",
        &user.name.as_deref(),
        &Some("Ada King"),
    )?;
    same("the image, which was not", &user.image.as_deref(), &Some(IMAGE))?;
    custom(&user, &json!({"plan": "pro", "seats": 3}))
}

pub(in crate::conformance::users_api) async fn patches_unset(case: &Case) -> Checked {
    let before = json!({"plan": "free", "seats": 3});
    let user = patched(case, before, |patch| patch.unset_name().unset("plan")).await?;
    let name = user.name.as_deref().filter(|name| !name.is_empty());
    same("the name, which was unset", &name, &None::<&str>)?;
    same("the image, which was not", &user.image.as_deref(), &Some(IMAGE))?;
    custom(&user, &json!({"seats": 3}))
}

pub(in crate::conformance::users_api) async fn patches_reach_inside(case: &Case) -> Checked {
    let before = json!({"address": {"city": "Paris", "street": "Rue", "flat": 1}});
    let user = patched(case, before, |patch| {
        patch
            .set("address.city", "London")
            .unset("address.flat")
            .set("phone.home", 7)
    });
    custom(
        &user.await?,
        &json!({"address": {"city": "London", "street": "Rue"}, "phone": {"home": 7}}),
    )
}

pub(in crate::conformance::users_api) async fn patches_replace_objects(case: &Case) -> Checked {
    let before = json!({"address": {"city": "Paris", "street": "Rue"}});
    let user = patched(case, before, |patch| {
        patch.set("address", json!({"city": "London"}))
    })
    .await?;
    custom(&user, &json!({"address": {"city": "London"}}))
}

pub(in crate::conformance::users_api) async fn patches_merge_privacy_settings(case: &Case) -> Checked {
    let id = case.id("ada");
    let typing = PrivacySettings::new().typing_indicators(false);
    case.upsert([UserRequest::new(&id).privacy_settings(typing)])
        .await?;
    let receipts = PrivacySettings::new().read_receipts(false);
    apply(case, UserPatch::new(&id).privacy_settings(receipts)).await?;
    let both = PrivacySettings::new()
        .typing_indicators(false)
        .read_receipts(false);
    let user = case.found(&id).await?;
    same("the privacy settings", &user.privacy_settings, &Some(both))
}

pub(in crate::conformance::users_api) async fn patches_are_all_or_nothing(case: &Case) -> Checked {
    let (ada, nobody) = (case.id("ada"), case.id("nobody"));
    case.create([&ada]).await?;
    let batch = UpdateUsersPartial::new([&ada, &nobody].map(|id| UserPatch::new(id).name("Changed")));
    let call = case.api.update_users_partial(batch);
    case.not_found(
        "update_users_partial",
        call,
        "a batch with somebody who is not there",
    )
    .await?;
    same(
        "the name after a batch that was refused",
        &case.found(&ada).await?.name.as_deref(),
        &Some(ada.as_str()),
    )?;
    let created = case.find(&nobody).await?;
    that(created.is_none(), || {
        (
            "a patch has created a user",
            "a patch changes users who are there",
        )
    })
}
