//! Rules about deleting and restoring users.

use stream_users_core::{UsersApi, UsersApiExt};
use stream_users_model::{DeleteUsers, DeletedUser, RestoreUsers, UpsertUsers, UserId, UserRequest};

use crate::conformance::users_api::case::{Case, Checked, same, that};

/// Creates users and deletes them, and waits for the end of it.
async fn deleted(case: &Case, ids: &[UserId], request: DeleteUsers) -> Checked {
    case.create(ids).await?;
    let started = case
        .ok("delete_users", case.api.delete_users(request))
        .await?
        .body;
    case.finished(&started).await?;
    Ok(())
}

async fn gone(case: &Case, id: &UserId, when: &str) -> Checked {
    let found = case.find(id).await?;
    that(found.is_none(), || {
        (
            format!("{id:?} is found {when}"),
            "that queries find no deleted user",
        )
    })
}

pub(in crate::conformance::users_api) async fn deletion_is_a_task_that_completes(case: &Case) -> Checked {
    let ids = case.ids(&["a", "b"]);
    case.create(&ids).await?;
    let delete = case.api.delete_users(DeleteUsers::hard(&ids));
    let started = case.ok("delete_users", delete).await?.body;
    for id in &ids {
        gone(case, id, "after `delete_users` has answered").await?;
    }
    let result = case.finished(&started).await?;
    for id in &ids {
        let ok = result.get(id).is_some_and(DeletedUser::is_ok);
        that(ok, || {
            (
                format!("the task ended with {:?} for {id:?}", result.get(id)),
                "`ok` for each user",
            )
        })?;
        gone(case, id, "after the task").await?;
    }
    Ok(())
}

pub(in crate::conformance::users_api) async fn ids_of_the_deleted_stay_taken(case: &Case) -> Checked {
    let (soft, hard) = (case.id("soft"), case.id("hard"));
    deleted(case, std::slice::from_ref(&soft), DeleteUsers::new([&soft])).await?;
    deleted(case, std::slice::from_ref(&hard), DeleteUsers::hard([&hard])).await?;
    for id in [&soft, &hard] {
        let upsert = UpsertUsers::new([UserRequest::new(id)]);
        case.not_found("upsert_users", case.api.upsert_users(upsert), "a deleted user")
            .await?;
        gone(case, id, "after the upsert").await?;
    }
    Ok(())
}

pub(in crate::conformance::users_api) async fn the_softly_deleted_can_be_restored(case: &Case) -> Checked {
    let id = case.id("ada");
    deleted(case, std::slice::from_ref(&id), DeleteUsers::new([&id])).await?;
    case.ok("restore_users", case.api.restore_user(&id)).await?;
    let user = case.found(&id).await?;
    same(
        "the name of the restored user",
        &user.name.as_deref(),
        &Some(id.as_str()),
    )?;
    that(user.is_active(), || (format!("{user:?}"), "an active user"))
}

pub(in crate::conformance::users_api) async fn others_cannot_be_restored(case: &Case) -> Checked {
    let (live, hard) = (case.id("live"), case.id("hard"));
    case.create([&live]).await?;
    let restore = case.api.restore_users(RestoreUsers::new([&live]));
    case.wrong("restore_users", restore, "a user who is not deleted")
        .await?;
    deleted(case, std::slice::from_ref(&hard), DeleteUsers::hard([&hard])).await?;
    let restore = case.api.restore_users(RestoreUsers::new([&hard]));
    case.refused(
        "restore_users",
        restore,
        "an error: who was deleted for good does not come back",
    )
    .await?;
    gone(case, &hard, "after it was not restored").await
}
