//! Every operation, called with some id: for rules that are about all of them.

use stream_users_core::{ErrorKind, ReadExport, Result, UsersApi};
use stream_users_model::{
    BlockUsers, CreateGuest, DeactivateUser, DeactivateUsers, DeleteUsers, ExportUser, ExportUsers,
    ExportedFile, GetBlockedUsers, GetRateLimits, GetTask, GetUserLiveLocations, QueryUsers, ReactivateUser,
    ReactivateUsers, RestoreUsers, UnblockUsers, UpdateLiveLocation, UpdateUsersPartial, UpsertUsers, UserId,
    UserPatch, UserRequest, field, operation,
};

use crate::conformance::Broken;
use crate::conformance::users_api::case::{Case, Checked, Stop, same, that};

/// The URL of a file that nobody fetches, since it is not HTTPS. Whoever has such a URL can read the file.
const FILE: &str = "http://files.invalid/exports/users/all.jsonl?signature=";

/// What stands in that URL and may be shown to nobody.
pub(super) const SIGNATURE: &str = "signature-that-nobody-may-see";

/// The names of all methods that make a call, but for those that are left out: the operations, and what is none.
pub(super) fn names(case: &Case) -> impl Iterator<Item = &'static str> {
    operation::ALL
        .iter()
        .map(|operation| operation.name)
        .chain(["read_export"])
        .filter(|name| !case.leaves_out(name))
}

/// Whether a call of this operation takes an id of a user, of a task or of a message.
pub(super) fn takes_an_id(operation: &str) -> bool {
    !matches!(operation, "query_users" | "get_rate_limits" | "read_export")
}

/// Calls an operation with an id.
pub(in crate::conformance::users_api) async fn call(
    api: &dyn UsersApi,
    operation: &'static str,
    id: &UserId,
) -> Checked<Result<()>> {
    Ok(match operation {
        "upsert_users" => {
            let request = UpsertUsers::new([UserRequest::new(id)]);
            api.upsert_users(request).await.map(drop)
        }
        "update_users_partial" => {
            let request = UpdateUsersPartial::new([UserPatch::new(id).name("Ada")]);
            api.update_users_partial(request).await.map(drop)
        }
        "query_users" => {
            let request = QueryUsers::new(field::id().eq(id.as_str()));
            api.query_users(request).await.map(drop)
        }
        "deactivate_user" => api.deactivate_user(DeactivateUser::new(id)).await.map(drop),
        "deactivate_users" => api.deactivate_users(DeactivateUsers::new([id])).await.map(drop),
        "reactivate_user" => api.reactivate_user(ReactivateUser::new(id)).await.map(drop),
        "reactivate_users" => api.reactivate_users(ReactivateUsers::new([id])).await.map(drop),
        "delete_users" => api.delete_users(DeleteUsers::new([id])).await.map(drop),
        "restore_users" => api.restore_users(RestoreUsers::new([id])).await.map(drop),
        "export_user" => api.export_user(ExportUser::new(id)).await.map(drop),
        "export_users" => api.export_users(ExportUsers::new([id])).await.map(drop),
        "get_task" => api.get_task(GetTask::new(id.as_str())).await.map(drop),
        "create_guest" => {
            let request = CreateGuest::new(UserRequest::new(id));
            api.create_guest(request).await.map(drop)
        }
        "block_users" => {
            let request = BlockUsers::new(format!("{id}-blocked")).user_id(id);
            api.block_users(request).await.map(drop)
        }
        "unblock_users" => {
            let request = UnblockUsers::new(format!("{id}-blocked")).user_id(id);
            api.unblock_users(request).await.map(drop)
        }
        "get_blocked_users" => {
            let request = GetBlockedUsers::new().user_id(id);
            api.get_blocked_users(request).await.map(drop)
        }
        "get_user_live_locations" => {
            let request = GetUserLiveLocations::new().user_id(id);
            api.get_user_live_locations(request).await.map(drop)
        }
        "update_live_location" => {
            let request = UpdateLiveLocation::new(id.as_str())
                .user_id(id)
                .position(0.0, 0.0);
            api.update_live_location(request).await.map(drop)
        }
        "get_rate_limits" => {
            let request = GetRateLimits::new().server_side();
            api.get_rate_limits(request).await.map(drop)
        }
        "read_export" => {
            let file = ExportedFile::new(format!("{FILE}{SIGNATURE}"));
            api.read_export(ReadExport::new(file, 0, 1)).await.map(drop)
        }
        other => {
            return Err(Stop::Broken(Broken::new(
                format!("the suite does not know how to call `{other}`"),
                "an arm for it in `conformance/users_api/rules/inventory.rs`",
            )));
        }
    })
}

pub(in crate::conformance::users_api) async fn every_operation_is_there(case: &Case) -> Checked {
    for name in names(case) {
        let result = call(&*case.api, name, &case.id(name)).await?;
        let missing = result.is_err_and(|error| error.kind() == ErrorKind::Unimplemented);
        that(!missing, || {
            (
                format!("`{name}` answers with an error of kind `Unimplemented`"),
                "an implementation of it",
            )
        })?;
    }
    Ok(())
}

pub(in crate::conformance::users_api) async fn errors_name_the_operation(case: &Case) -> Checked {
    for name in names(case).filter(|name| takes_an_id(name)) {
        // Refused before it is sent, and by the service.
        for id in [UserId::default(), case.id("nobody")] {
            if let Err(error) = call(&*case.api, name, &id).await? {
                same(
                    &format!("`Error::operation` of `{name}` that fails with \"{error}\""),
                    &error.operation(),
                    &Some(name),
                )?;
            }
        }
    }
    Ok(())
}

pub(in crate::conformance::users_api) async fn errors_show_no_secret(case: &Case) -> Checked {
    let mut shown = vec![format!("{:?}", case.api)];
    for name in names(case) {
        for id in [UserId::default(), case.id("nobody")] {
            if let Err(error) = call(&*case.api, name, &id).await? {
                shown.push(format!("{error} {error:?}"));
            }
        }
    }
    let mut secrets = vec![SIGNATURE, "api_key=", "eyJ"];
    secrets.extend(case.options.secrets.iter().map(String::as_str));
    for text in shown {
        for secret in &secrets {
            that(!text.contains(secret), || {
                // Not shown here either: what a test prints is kept.
                let text = text.replace(secret, "[SECRET]");
                (format!("a text with a secret: {text}"), "a text without it")
            })?;
        }
    }
    Ok(())
}
