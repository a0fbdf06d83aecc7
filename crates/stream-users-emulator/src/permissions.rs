//! What a client may do: a server may do everything. Who may call an operation at all is in [`auth`](crate::auth).

use rusqlite::Transaction;

use crate::app_settings::PermissionVersion;
use crate::auth::Caller;
use crate::call::Call;
use crate::refusal::Refusal;
use crate::store::{roles, users};

/// The role of a client; a user that is not there yet has the role that it would get. A server has none.
fn role(call: &Call<'_>, tx: &Transaction<'_>) -> rusqlite::Result<Option<String>> {
    Ok(match &call.caller {
        Caller::Server => None,
        Caller::Anonymous => Some("anonymous".to_owned()),
        Caller::User(id) => {
            Some(users::find(tx, id)?.map_or_else(|| roles::DEFAULT.to_owned(), |user| user.role))
        }
    })
}

/// Refuses a client whose role has none of these permissions.
fn check(call: &Call<'_>, tx: &Transaction<'_>, permissions: &[&str], action: &str) -> Result<(), Refusal> {
    let Some(role) = role(call, tx)? else {
        return Ok(());
    };
    let may = |permission: &&str| call.app_settings.may(&role, permission);
    if permissions.iter().any(may) {
        return Ok(());
    }
    Err(Refusal::action(&role, action))
}

/// Refuses a client that may not write the user with this id.
pub(crate) fn check_update(call: &Call<'_>, tx: &Transaction<'_>, id: &str) -> Result<(), Refusal> {
    let own = matches!(&call.caller, Caller::User(own) if own == id);
    let permissions: &[&str] = if own {
        &["update-user-owner", "update-user"]
    } else {
        &["update-user"]
    };
    check(call, tx, permissions, "UpdateUser")
}

/// Refuses a client that may not change roles.
pub(crate) fn check_role_update(call: &Call<'_>, tx: &Transaction<'_>) -> Result<(), Refusal> {
    check(call, tx, &["update-user-role"], "UpdateUserRole")
}

/// Refuses a client that may not say which tokens are valid.
pub(crate) fn check_revocation(call: &Call<'_>, tx: &Transaction<'_>) -> Result<(), Refusal> {
    check(call, tx, &["update-user"], "UpdateUser")
}

/// Refuses a client that may not change teams. With the first version of permissions none may.
pub(crate) fn check_teams_update(call: &Call<'_>, tx: &Transaction<'_>) -> Result<(), Refusal> {
    let settings = call.app_settings;
    let Some(role) = role(call, tx)? else {
        return Ok(());
    };
    let granted = settings.permission_version == PermissionVersion::V2 || settings.disable_permissions_checks;
    if granted && settings.may(&role, "update-user-teams") {
        return Ok(());
    }
    Err(Refusal::not_allowed("user teams can only be updated server-side"))
}

/// Refuses a client that may not ban users, nor end bans.
pub(crate) fn check_ban(call: &Call<'_>, tx: &Transaction<'_>) -> Result<(), Refusal> {
    check(call, tx, &["ban-user"], "BanUser")
}

/// Refuses a client that may not look for users.
pub(crate) fn check_search(call: &Call<'_>, tx: &Transaction<'_>) -> Result<(), Refusal> {
    check(call, tx, &["search-user"], "SearchUser")?;
    let settings = call.app_settings;
    match role(call, tx)? {
        Some(role)
            if settings.user_search_disallowed_roles.contains(&role)
                && !settings.disable_permissions_checks =>
        {
            Err(Refusal::action(&role, "SearchUser"))
        }
        _ => Ok(()),
    }
}
