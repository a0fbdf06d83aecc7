//! A file for each operation of the service: how its request becomes HTTP. Types and rules belong to the model, sending
//! to the client.

mod raw;

pub use self::raw::RawCall;

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
