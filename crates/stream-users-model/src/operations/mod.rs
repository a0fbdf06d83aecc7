//! A file for each operation of the service: its request, its answer, and the rules that the request must keep.
//! How a request becomes HTTP does not belong here: that is the core's.

mod started_task;

pub use self::started_task::{StartedTask, TaskUsers};

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

pub use self::block_users::*;
pub use self::create_guest::*;
pub use self::deactivate_user::*;
pub use self::deactivate_users::*;
pub use self::delete_users::*;
pub use self::export_user::*;
pub use self::export_users::*;
pub use self::get_blocked_users::*;
pub use self::get_rate_limits::*;
pub use self::get_task::*;
pub use self::get_user_live_locations::*;
pub use self::query_users::*;
pub use self::reactivate_user::*;
pub use self::reactivate_users::*;
pub use self::restore_users::*;
pub use self::unblock_users::*;
pub use self::update_live_location::*;
pub use self::update_users_partial::*;
pub use self::upsert_users::*;
// /operations
