//! Creating, finding and changing users.

use anyhow::{Context, ensure};
use stream_users_core::{UsersApi, UsersApiExt};
use stream_users_model::{
    Custom, QueryUsers, UpdateUsersPartial, UpsertUsers, UserPatch, UserRequest, field,
};

use super::stage::{Profile, Stage};

pub(super) async fn create_two_users(stage: &Stage) -> anyhow::Result<String> {
    let address = serde_json::json!({"city": "London", "postal_code": "W1"});
    let ada = UserRequest::new("ada")
        .name("Ada Lovelace")
        .role("admin")
        .image("https://example.com/ada.png")
        .custom(Custom::new().with("color", "red").with("address", address));
    let created = stage
        .users()
        .upsert_users(UpsertUsers::new([ada]))
        .await?
        .body
        .users;
    let ada = created.get("ada").context("the answer does not hold ada")?;
    ensure!(
        ada.name.as_deref() == Some("Ada Lovelace") && ada.role == "admin",
        "name or role differ: {ada:?}"
    );
    ensure!(
        ada.image.as_deref() == Some("https://example.com/ada.png"),
        "the image differs: {ada:?}"
    );
    ensure!(
        ada.custom.get::<String>("color")?.as_deref() == Some("red"),
        "the custom data differ: {ada:?}"
    );

    let profile = Profile {
        plan: "pro".to_owned(),
        seats: 3,
    };
    let bob = UserRequest::new("bob").name("Bob").custom(profile.clone());
    let bob = stage.typed_users().upsert_user(bob).await?;
    ensure!(bob.custom == profile, "the typed custom data differ: {bob:?}");
    ensure!(
        bob.role == "user",
        "a user without a role is not a `user`: {bob:?}"
    );
    ensure!(
        bob.created_at == bob.updated_at,
        "a new user was changed: {bob:?}"
    );
    Ok("ada with raw custom data, bob with a struct".to_owned())
}

pub(super) async fn query(stage: &Stage) -> anyhow::Result<String> {
    let filter = field::role().is_in(["admin", "user"]) & field::name().exists(true);
    let query = QueryUsers::new(filter).sort(field::name().desc()).limit(10);
    let found = stage.users().query_users(query).await?.body.users;
    let ids: Vec<&str> = found.iter().map(|user| user.id.as_str()).collect();
    ensure!(
        ids == ["bob", "ada"],
        "found {ids:?} instead of bob and ada, by descending name"
    );

    let red = stage
        .users()
        .query_users(QueryUsers::new(field::custom("color").eq("red")))
        .await?
        .body
        .users;
    ensure!(
        red.len() == 1 && red[0].id == "ada",
        "the filter on custom data found {} users",
        red.len()
    );
    Ok("two by role and name, one by custom data".to_owned())
}

pub(super) async fn replace(stage: &Stage) -> anyhow::Result<String> {
    let request = UserRequest::new("ada")
        .name("Ada King")
        .custom(Custom::from_iter([("plan", "free")]));
    let ada = stage.users().upsert_user(request).await?;
    ensure!(
        ada.name.as_deref() == Some("Ada King"),
        "the name was not replaced: {ada:?}"
    );
    ensure!(
        ada.image.is_none(),
        "the image was not sent, but is still there: {ada:?}"
    );
    ensure!(
        ada.custom == Custom::from_iter([("plan", "free")]),
        "custom data that were not sent are there: {ada:?}"
    );
    Ok("fields that were not sent are gone".to_owned())
}

pub(super) async fn update_partially(stage: &Stage) -> anyhow::Result<String> {
    let before = UserPatch::new("ada").set(
        "address",
        serde_json::json!({"city": "London", "postal_code": "W1"}),
    );
    stage.users().update_user_partial(before).await?;
    let patch = UserPatch::new("ada")
        .set("color", "blue")
        .set("address.city", "Paris")
        .unset("plan")
        .unset("name");
    let changed = stage
        .users()
        .update_users_partial(UpdateUsersPartial::new([patch]))
        .await?
        .body
        .users;
    let ada = changed.get("ada").context("the answer does not hold ada")?;
    ensure!(
        ada.name.is_none(),
        "the name was unset, but is still there: {ada:?}"
    );
    ensure!(
        ada.display_name() == "ada",
        "a user without a name is shown by {:?}",
        ada.display_name()
    );
    let expected = serde_json::json!({"color": "blue", "address": {"city": "Paris", "postal_code": "W1"}});
    ensure!(
        serde_json::to_value(&ada.custom)? == expected,
        "the custom data are {}",
        ada.custom.as_json()
    );
    Ok("a field set, two unset, a nested path changed, the rest left alone".to_owned())
}
