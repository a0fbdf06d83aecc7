//! Rules about what is refused before it is sent, and about what is not there.

use stream_users_core::{Result, UsersApi, UsersApiExt};
use stream_users_model::{
    DeactivateUsers, DeleteUsers, ExportUsers, Filter, GetTask, QueryUsers, ReactivateUsers, RestoreUsers,
    UpdateUsersPartial, UpsertUsers, UserId, UserPatch, UserRequest, operation,
};

use super::inventory;
use crate::conformance::Broken;
use crate::conformance::users_api::case::{Case, Checked, Stop, same, that};

pub(in crate::conformance::users_api) async fn hostile_ids_are_refused(case: &Case) -> Checked {
    let long = "x".repeat(UserId::MAX_LEN + 1);
    for name in inventory::names(case).filter(|name| inventory::takes_an_id(name)) {
        for id in ["", ".", "..", &long] {
            let shown = if id.len() > 2 { "256 times x" } else { id };
            let expected = format!("an error of kind `Invalid` for the id \"{shown}\", with a violation");
            let result = inventory::call(&*case.api, name, &id.into()).await?;
            let error = case.refused(name, async { result }, &expected).await?;
            that(error.is_invalid() && !error.violations().is_empty(), || {
                (format!("`{name}` failed: {error}"), expected)
            })?;
        }
    }
    Ok(())
}

pub(in crate::conformance::users_api) async fn batches_that_are_too_large_are_refused_whole(
    case: &Case,
) -> Checked {
    for operation in operation::ALL {
        let Some(batch) = operation.batch else { continue };
        let name = operation.name;
        if case.leaves_out(name) {
            continue;
        }
        let ids: Vec<_> = (0..=batch.max)
            .map(|number| case.id(format_args!("{name}-{number}")))
            .collect();
        let expected = format!(
            "an error of kind `Invalid` for {} entries, with a violation of the field `{}`",
            ids.len(),
            batch.field
        );
        let result = call_batch(&*case.api, name, &ids).await?;
        let error = case.refused(name, async { result }, &expected).await?;
        let named = error
            .violations()
            .iter()
            .any(|violation| violation.field == batch.field);
        that(error.is_invalid() && named, || {
            (format!("`{name}` failed: {error}"), expected)
        })?;
        let applied = case.ok("query_users", case.api.get_users(&ids)).await?;
        same("how many of these users are there afterwards", &applied.len(), &0)?;
    }
    Ok(())
}

/// Calls an operation that takes a batch with a batch of ids.
async fn call_batch(api: &dyn UsersApi, operation: &str, ids: &[UserId]) -> Checked<Result<()>> {
    Ok(match operation {
        "upsert_users" => {
            let request = UpsertUsers::new(ids.iter().map(UserRequest::new));
            api.upsert_users(request).await.map(drop)
        }
        "update_users_partial" => {
            let request = UpdateUsersPartial::new(ids.iter().map(|id| UserPatch::new(id).name("Ada")));
            api.update_users_partial(request).await.map(drop)
        }
        "deactivate_users" => api.deactivate_users(DeactivateUsers::new(ids)).await.map(drop),
        "reactivate_users" => api.reactivate_users(ReactivateUsers::new(ids)).await.map(drop),
        "delete_users" => api.delete_users(DeleteUsers::new(ids)).await.map(drop),
        "restore_users" => api.restore_users(RestoreUsers::new(ids)).await.map(drop),
        "export_users" => api.export_users(ExportUsers::new(ids)).await.map(drop),
        other => {
            return Err(Stop::Broken(Broken::new(
                format!("the suite does not know how to call `{other}` with a batch"),
                "an arm for it in `conformance/users_api/rules/refusals.rs`",
            )));
        }
    })
}

pub(in crate::conformance::users_api) async fn queries_beyond_the_limits_are_refused(case: &Case) -> Checked {
    let all = || QueryUsers::new(Filter::all());
    for (field, query) in [
        ("limit", all().limit(QueryUsers::MAX_LIMIT + 1)),
        ("offset", all().offset(QueryUsers::MAX_OFFSET + 1)),
    ] {
        let expected = format!("an error of kind `Invalid`, with a violation of the field `{field}`");
        let error = case
            .refused("query_users", case.api.query_users(query), &expected)
            .await?;
        let named = error
            .violations()
            .iter()
            .any(|violation| violation.field == field);
        that(error.is_invalid() && named, || {
            (format!("`query_users` failed: {error}"), expected)
        })?;
    }
    Ok(())
}

pub(in crate::conformance::users_api) async fn unknown_users_are_not_found(case: &Case) -> Checked {
    let nobody = case.id("nobody");
    for name in [
        "update_users_partial",
        "deactivate_user",
        "reactivate_user",
        "export_user",
        "block_users",
        "unblock_users",
        "get_blocked_users",
        "get_user_live_locations",
        "update_live_location",
    ] {
        if case.leaves_out(name) {
            continue;
        }
        let result = inventory::call(&*case.api, name, &nobody).await?;
        case.not_found(name, async { result }, "somebody who is not there")
            .await?;
    }
    let found = case.find(&nobody).await?;
    that(found.is_none(), || {
        (format!("`query_users` finds {found:?}"), "nobody")
    })
}

pub(in crate::conformance::users_api) async fn unknown_tasks_are_not_found(case: &Case) -> Checked {
    let task = GetTask::new("00000000-0000-4000-8000-000000000000");
    case.not_found("get_task", case.api.get_task(task), "a task that is not there")
        .await
}
