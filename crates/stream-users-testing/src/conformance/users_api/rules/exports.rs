//! Rules about exports.

use std::collections::BTreeMap;

use futures_util::TryStreamExt as _;
use stream_users_core::{UsersApi, UsersApiExt};
use stream_users_model::{Custom, ExportRecord, ExportUser, ExportUsers, UserId, UserRequest};

use crate::conformance::users_api::case::{Case, Checked, same};

/// Creates users whose custom data say whose they are.
async fn crowd(case: &Case, ids: &[UserId]) -> Checked {
    let user = |id: &UserId| UserRequest::new(id).custom(owned(id));
    case.upsert(ids.iter().map(user)).await?;
    Ok(())
}

fn owned(id: &UserId) -> Custom {
    Custom::from_iter([("owner", id.as_str())])
}

pub(in crate::conformance::users_api) async fn one_user_is_exported(case: &Case) -> Checked {
    let id = case.id("ada");
    crowd(case, std::slice::from_ref(&id)).await?;
    let export = case.api.export_user(ExportUser::new(&id));
    let user = case.ok("export_user", export).await?.body.user;
    let seen = user.map(|user| (user.id, user.custom));
    same("the exported user", &seen, &Some((id.clone(), owned(&id))))
}

pub(in crate::conformance::users_api) async fn exports_are_downloaded(case: &Case) -> Checked {
    let ids = case.ids(&["a", "b"]);
    crowd(case, &ids).await?;
    let export = case.api.export_users(ExportUsers::new(&ids));
    let started = case.ok("export_users", export).await?.body;
    let file = case.finished(&started).await?;
    let records: Vec<ExportRecord> = case
        .ok("read_export", case.api.download(&file).try_collect())
        .await?;
    let users: BTreeMap<_, _> = records
        .iter()
        .filter_map(ExportRecord::user)
        .map(|user| (user.id.clone(), user.custom.clone()))
        .collect();
    let expected: BTreeMap<_, _> = ids.iter().map(|id| (id.clone(), owned(id))).collect();
    same("the users in the file", &users, &expected)
}
