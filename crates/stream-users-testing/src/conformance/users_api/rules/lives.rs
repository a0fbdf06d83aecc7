//! Rules about deactivating and reactivating users. Deleting belongs to `deletions`.

use stream_users_core::{UsersApi, UsersApiExt};
use stream_users_model::{DeactivateUsers, ReactivateUser, ReactivateUsers, UpsertUsers, User, UserRequest};

use crate::conformance::users_api::case::{Case, Checked, same, that};

pub(in crate::conformance::users_api) async fn deactivated_users_come_back(case: &Case) -> Checked {
    let id = case.id("ada");
    case.create([&id]).await?;
    let gone = case.ok("deactivate_user", case.api.deactivate(&id)).await?;
    that(gone.deactivated_at.is_some(), || {
        (
            "no `deactivated_at` in the answer of `deactivate_user`",
            "the time of it",
        )
    })?;
    let request = ReactivateUser::new(&id).name("Ada again");
    let back = case
        .ok("reactivate_user", case.api.reactivate_user(request))
        .await?
        .body
        .user;
    let found = case.found(&id).await?;
    for user in back.iter().chain([&found]) {
        that(user.is_active(), || (format!("{user:?}"), "an active user"))?;
        same(
            "the name that was given",
            &user.name.as_deref(),
            &Some("Ada again"),
        )?;
    }
    Ok(())
}

pub(in crate::conformance::users_api) async fn deactivating_twice_is_refused(case: &Case) -> Checked {
    let id = case.id("ada");
    case.create([&id]).await?;
    case.ok("deactivate_user", case.api.deactivate(&id)).await?;
    let again = case.api.deactivate(&id);
    case.wrong("deactivate_user", again, "a user who is deactivated already")
        .await
}

pub(in crate::conformance::users_api) async fn reactivating_the_active_is_refused(case: &Case) -> Checked {
    let id = case.id("ada");
    case.create([&id]).await?;
    let call = case.api.reactivate(&id);
    case.wrong("reactivate_user", call, "a user who is not deactivated")
        .await
}

pub(in crate::conformance::users_api) async fn deactivated_users_cannot_be_upserted(case: &Case) -> Checked {
    let id = case.id("ada");
    case.create([&id]).await?;
    case.ok("deactivate_user", case.api.deactivate(&id)).await?;
    let upsert = UpsertUsers::new([UserRequest::new(&id).name("Changed")]);
    case.not_found(
        "upsert_users",
        case.api.upsert_users(upsert),
        "a deactivated user",
    )
    .await?;
    same(
        "the name of the deactivated user",
        &case.found(&id).await?.name.as_deref(),
        &Some(id.as_str()),
    )
}

pub(in crate::conformance::users_api) async fn many_are_deactivated_and_reactivated(case: &Case) -> Checked {
    let ids = case.ids(&["a", "b"]);
    case.create(&ids).await?;
    let deactivate = case.api.deactivate_users(DeactivateUsers::new(&ids));
    let started = case.ok("deactivate_users", deactivate).await?.body;
    let gone = case.finished(&started).await?.users;
    all(&ids, &gone, |user| user.deactivated_at.is_some(), "deactivated")?;
    for id in &ids {
        let user = case.found(id).await?;
        that(!user.is_active(), || {
            (
                format!("{id:?} is active after the task"),
                "that it is deactivated",
            )
        })?;
    }
    let reactivate = case.api.reactivate_users(ReactivateUsers::new(&ids));
    let started = case.ok("reactivate_users", reactivate).await?.body;
    let back = case.finished(&started).await?.users;
    all(&ids, &back, User::is_active, "active")?;
    for id in &ids {
        let user = case.found(id).await?;
        that(user.is_active(), || {
            (
                format!("{id:?} is deactivated after the task"),
                "that it is active",
            )
        })?;
    }
    Ok(())
}

/// A task ended with these users, as they are now.
fn all(
    ids: &[stream_users_model::UserId],
    users: &[User],
    holds: impl Fn(&User) -> bool,
    what: &str,
) -> Checked {
    let mut found: Vec<_> = users
        .iter()
        .filter(|user| holds(user))
        .map(|user| user.id.clone())
        .collect();
    found.sort();
    same(
        &format!("who is {what} in the result of the task"),
        &found,
        &ids.to_vec(),
    )
}
