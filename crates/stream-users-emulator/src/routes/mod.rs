//! One file per operation, and the list of all of them. What an operation is stands in the model's table; a route
//! reads its own request and writes its own answer; what holds for every operation is in
//! [`dispatch`](crate::dispatch).

mod ban;
mod connect;
mod create_device;
mod create_role;
mod delete_device;
mod delete_role;
mod delete_user;
mod get_app;
mod hi;
mod list_devices;
mod list_roles;
mod long_poll;
mod moderation;
mod mute;
mod query_banned_users;
mod send_user_custom_event;
mod shared;
mod sync;
mod unban;
mod unmute;
mod update_app;

// operations: made by cargo xtask codegen
mod block_users;
mod create_guest;
mod deactivate_user;
mod deactivate_users;
mod delete_users;
mod export_user;
mod export_users;
mod get_blocked_users;
mod get_rate_limits;
mod get_task;
mod get_user_live_locations;
mod query_users;
mod reactivate_user;
mod reactivate_users;
mod restore_users;
mod unblock_users;
mod update_live_location;
mod update_users_partial;
mod upsert_users;
// /operations

use rusqlite::Transaction;
use stream_users_model::Operation;

use crate::call::{Answer, Call};
use crate::error::{Error, Result};

pub(crate) use connect::{CONNECT, merge};
pub(crate) use long_poll::LONG_POLL;

/// One operation and what answers it.
pub(crate) struct Route {
    /// Its names, method, path, callers and batch, as the model states them. What the client does not call has its
    /// constant in the route's own file. [`Surface::path`](crate::surface::Surface::path) says where it is called.
    pub(crate) operation: &'static Operation,
    pub(crate) handler: fn(&Call<'_>, &Transaction<'_>) -> Answer,
}

/// Every operation.
pub(crate) static ROUTES: &[Route] = &[
    // routes: made by cargo xtask codegen
    upsert_users::ROUTE,
    update_users_partial::ROUTE,
    query_users::ROUTE,
    deactivate_user::ROUTE,
    deactivate_users::ROUTE,
    reactivate_user::ROUTE,
    reactivate_users::ROUTE,
    delete_users::ROUTE,
    restore_users::ROUTE,
    export_user::ROUTE,
    export_users::ROUTE,
    get_task::ROUTE,
    create_guest::ROUTE,
    block_users::ROUTE,
    unblock_users::ROUTE,
    get_blocked_users::ROUTE,
    get_user_live_locations::ROUTE,
    update_live_location::ROUTE,
    get_rate_limits::ROUTE,
    // /routes
    list_devices::ROUTE,
    create_device::ROUTE,
    delete_device::ROUTE,
    delete_user::ROUTE,
    sync::ROUTE,
    hi::ROUTE,
    connect::ROUTE,
    long_poll::ROUTE,
    get_app::ROUTE,
    update_app::ROUTE,
    list_roles::ROUTE,
    create_role::ROUTE,
    delete_role::ROUTE,
    ban::ROUTE,
    unban::ROUTE,
    unban::OLDER_ROUTE,
    query_banned_users::ROUTE,
    mute::ROUTE,
    unmute::ROUTE,
    send_user_custom_event::ROUTE,
];

/// The name that stands for every operation.
pub(crate) const EVERY: &str = "*";

/// The operation of this name, the project's (`upsert_users`) or the service's (`UpdateUsers`).
pub(crate) fn named(name: &str) -> Result<&'static Operation> {
    ROUTES
        .iter()
        .map(|route| route.operation)
        .find(|operation| operation.name == name || operation.id == name)
        .ok_or_else(|| Error::UnknownOperation(name.to_owned()))
}

/// The id of the operation of this name, or [`EVERY`] for that name.
pub(crate) fn named_or_every(name: &str) -> Result<&'static str> {
    if name == EVERY {
        return Ok(EVERY);
    }
    named(name).map(|operation| operation.id)
}
