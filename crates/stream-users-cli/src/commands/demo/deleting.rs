//! Deleting users, softly and for good.

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};
use stream_users_core::{UsersApi, UsersApiExt};
use stream_users_model::{DeleteUsers, DeletedUser, ErrorCode, RestoreUsers, UpsertUsers, UserRequest};

use super::stage::Stage;

pub(super) async fn delete_softly(stage: &Stage) -> anyhow::Result<String> {
    let users = stage.users();
    let started = users.delete_users(DeleteUsers::new(["bob"])).await?.body;
    let result = users.task(&started).wait().await?;
    ensure!(
        result.get("bob").is_some_and(DeletedUser::is_ok),
        "the task tells {result:?}"
    );
    ensure!(users.get_user("bob").await?.is_none(), "a deleted user is found");
    Ok("bob is gone from queries".to_owned())
}

pub(super) async fn restore(stage: &Stage) -> anyhow::Result<String> {
    let users = stage.users();
    users.restore_users(RestoreUsers::new(["bob"])).await?;
    let bob = users
        .get_user("bob")
        .await?
        .context("a restored user is not found")?;
    ensure!(
        bob.is_active() && bob.name.as_deref() == Some("Bob is back"),
        "bob is not as before: {bob:?}"
    );
    let Err(again) = users.restore_users(RestoreUsers::new(["bob"])).await else {
        bail!("a user that is not deleted was restored");
    };
    ensure!(
        again.code() == Some(ErrorCode::INPUT),
        "refused for another reason: {again}"
    );
    Ok("bob is back as before".to_owned())
}

pub(super) async fn delete_hard(stage: &Stage) -> anyhow::Result<String> {
    let users = stage.users();
    users
        .upsert_users(UpsertUsers::new(["heir", "carol"].map(UserRequest::new)))
        .await?;
    // A channel of three that bob owns, with messages; and a conversation of two.
    stage.seed(&json!({
        "channels": [
            {"cid": "messaging:team", "created_by_id": "bob", "members": ["bob", "carol", "heir"]},
            {"cid": "messaging:pair", "created_by_id": "bob", "members": ["bob", "carol"]},
        ],
        "messages": [
            {"id": "by-bob", "cid": "messaging:team", "user_id": "bob", "text": "hello"},
            {"id": "by-carol", "cid": "messaging:team", "user_id": "carol", "text": "hello back"},
            {"id": "in-pair", "cid": "messaging:pair", "user_id": "carol", "text": "just us"},
        ],
    }))?;

    let request = DeleteUsers::hard(["bob"]).new_channel_owner_id("heir");
    let started = users.delete_users(request).await?.body;
    users.task(&started).wait().await?;

    ensure!(users.get_user("bob").await?.is_none(), "a deleted user is found");
    let stored = stage.state()?;
    let team = entry(&stored, "channels", "cid", "messaging:team").context("the channel of three is gone")?;
    ensure!(
        team["created_by_id"] == "heir",
        "the channel's owner is {}",
        team["created_by_id"]
    );
    ensure!(
        entry(&stored, "messages", "id", "by-bob").is_none(),
        "a message of the deleted user is there"
    );
    ensure!(
        entry(&stored, "messages", "id", "by-carol").is_some(),
        "a message of another user is gone"
    );
    ensure!(
        entry(&stored, "channels", "cid", "messaging:pair").is_none(),
        "the conversation of two is there"
    );
    ensure!(
        entry(&stored, "messages", "id", "in-pair").is_none(),
        "a message of the conversation is there"
    );
    Ok("bob, his messages and his conversation are gone; his channel is heir's".to_owned())
}

fn entry<'a>(state: &'a Value, list: &str, key: &str, value: &str) -> Option<&'a Value> {
    state[list].as_array()?.iter().find(|entry| entry[key] == value)
}

pub(super) async fn refuse_to_recreate(stage: &Stage) -> anyhow::Result<String> {
    let Err(refusal) = stage
        .users()
        .upsert_user(UserRequest::new("bob").name("Another Bob"))
        .await
    else {
        bail!("the id of a deleted user was used again");
    };
    ensure!(refusal.is_not_found(), "refused for another reason: {refusal}");
    ensure!(
        refusal.to_string().contains("was deleted"),
        "refused with other words: {refusal}"
    );
    Ok(refusal.to_string())
}
