//! A file for each operation of the service: its request, its answer, and the rules that the request must keep.
//! How a request becomes HTTP does not belong here: that is the core's.

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
mod started_task;
mod unblock_users;
mod update_live_location;
mod update_users_partial;
mod upsert_users;

pub use self::block_users::{BlockUsers, BlockedUsers};
pub use self::create_guest::{CreateGuest, CreatedGuest};
pub use self::deactivate_user::{DeactivateUser, DeactivatedUser};
pub use self::deactivate_users::DeactivateUsers;
pub use self::delete_users::{
    CallDeletionMode, ConversationDeletionMode, DeleteUsers, DeletedUser, DeletedUsers, DeletionMode,
};
pub use self::export_user::{ExportUser, ExportedUser};
pub use self::export_users::{ExportUsers, ExportedFile};
pub use self::get_blocked_users::{GetBlockedUsers, UserBlock, UserBlocks};
pub use self::get_rate_limits::{EndpointLimit, GetRateLimits, RateLimits};
pub use self::get_task::{GetTask, Task, TaskError, TaskStatus};
pub use self::get_user_live_locations::{GetUserLiveLocations, LiveLocation, LiveLocations};
pub use self::query_users::{QueriedUsers, QueryUsers};
pub use self::reactivate_user::{ReactivateUser, ReactivatedUser};
pub use self::reactivate_users::ReactivateUsers;
pub use self::restore_users::{RestoreUsers, RestoredUsers};
pub use self::started_task::{StartedTask, TaskUsers};
pub use self::unblock_users::{UnblockUsers, UnblockedUsers};
pub use self::update_live_location::UpdateLiveLocation;
pub use self::update_users_partial::UpdateUsersPartial;
pub use self::upsert_users::{UpsertUsers, UpsertedUsers, UserMap};
