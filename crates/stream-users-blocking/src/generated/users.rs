// Made by `cargo xtask codegen` from crates/stream-users-model/contract/operations.toml; do not edit.
//! Every operation, without async.

use stream_users_core::model::{
    BlockUsers, BlockedUsers, CreateGuest, CreatedGuest, CustomData, DeactivateUser, DeactivateUsers,
    DeactivatedUser, DeleteUsers, DeletedUsers, ExportUser, ExportUsers, ExportedFile, ExportedUser,
    GetBlockedUsers, GetRateLimits, GetTask, GetUserLiveLocations, LiveLocation, LiveLocations, QueriedUsers,
    QueryUsers, RateLimits, ReactivateUser, ReactivateUsers, ReactivatedUser, RestoreUsers, RestoredUsers,
    StartedTask, Task, TaskUsers, UnblockUsers, UnblockedUsers, UpdateLiveLocation, UpdateUsersPartial,
    UpsertUsers, UpsertedUsers, UserBlocks,
};
use stream_users_core::{Response, Result};

use crate::Users;

impl<C: CustomData> Users<C> {
    /// Creates users, or replaces those that exist: a field that is not sent is dropped. At most 100 users in a call.
    ///
    /// `POST /api/v2/users`, the service's `UpdateUsers`.
    ///
    /// To change single fields, use [`update_users_partial`](Self::update_users_partial). All users of a call are written, or none.
    ///
    /// # Errors
    /// `Api` with code 16 for a user that was deleted or deactivated, 4 for a reserved field or a role that does not exist, 22 for a user that is too large; any kind that [the trait](stream_users_core::UsersApi#errors) names.
    pub fn upsert_users(&self, request: UpsertUsers<C>) -> Result<Response<UpsertedUsers<C>>> {
        self.call(move |api| async move { api.upsert_users(request).await })
    }

    /// Sets and unsets single fields of users and leaves the rest as it is. At most 100 users in a call.
    ///
    /// `PATCH /api/v2/users`, the service's `UpdateUsersPartial`.
    ///
    /// # Errors
    /// `Api` with code 16 for a user that does not exist, was deleted or deactivated, 4 for a key that cannot be set; any kind that [the trait](stream_users_core::UsersApi#errors) names.
    pub fn update_users_partial(&self, request: UpdateUsersPartial) -> Result<Response<UpsertedUsers<C>>> {
        self.call(move |api| async move { api.update_users_partial(request).await })
    }

    /// Finds users by filter, sort, limit and offset.
    ///
    /// `GET /api/v2/users`, the service's `QueryUsers`.
    ///
    /// One answer holds at most 100 users and skips at most 1,000; [`pages`](Self::pages) goes on.
    ///
    /// # Errors
    /// `Api` with code 4 for a filter that the service does not take; any kind that [the trait](stream_users_core::UsersApi#errors) names.
    pub fn query_users(&self, request: QueryUsers) -> Result<Response<QueriedUsers<C>>> {
        self.call(move |api| async move { api.query_users(request).await })
    }

    /// Deactivates one user at once: it can neither connect nor act, queries find it only when asked to, its data stay.
    ///
    /// `POST /api/v2/users/{user_id}/deactivate`, the service's `DeactivateUser`.
    ///
    /// # Errors
    /// `Api` with code 16 for a user that does not exist, 4 for one that is deactivated already; any kind that [the trait](stream_users_core::UsersApi#errors) names.
    pub fn deactivate_user(&self, request: DeactivateUser) -> Result<Response<DeactivatedUser<C>>> {
        self.call(move |api| async move { api.deactivate_user(request).await })
    }

    /// Starts a task that deactivates users. At most 100 users in a call.
    ///
    /// `POST /api/v2/users/deactivate`, the service's `DeactivateUsers`.
    ///
    /// [`task`](Self::task) follows the task to its end.
    ///
    /// # Errors
    /// `Api` where the service refuses; any kind that [the trait](stream_users_core::UsersApi#errors) names.
    pub fn deactivate_users(&self, request: DeactivateUsers) -> Result<Response<StartedTask<TaskUsers<C>>>> {
        self.call(move |api| async move { api.deactivate_users(request).await })
    }

    /// Brings one deactivated user back at once.
    ///
    /// `POST /api/v2/users/{user_id}/reactivate`, the service's `ReactivateUser`.
    ///
    /// # Errors
    /// `Api` with code 4 for a user that is not deactivated; any kind that [the trait](stream_users_core::UsersApi#errors) names.
    pub fn reactivate_user(&self, request: ReactivateUser) -> Result<Response<ReactivatedUser<C>>> {
        self.call(move |api| async move { api.reactivate_user(request).await })
    }

    /// Starts a task that brings deactivated users back. At most 100 users in a call.
    ///
    /// `POST /api/v2/users/reactivate`, the service's `ReactivateUsers`.
    ///
    /// [`task`](Self::task) follows the task to its end.
    ///
    /// # Errors
    /// `Api` where the service refuses; any kind that [the trait](stream_users_core::UsersApi#errors) names.
    pub fn reactivate_users(&self, request: ReactivateUsers) -> Result<Response<StartedTask<TaskUsers<C>>>> {
        self.call(move |api| async move { api.reactivate_users(request).await })
    }

    /// Starts a task that deletes users, and as asked their messages, conversations and calls: softly, pruned or for good. At most 100 users in a call.
    ///
    /// `POST /api/v2/users/delete`, the service's `DeleteUsers`.
    ///
    /// The users are gone from queries at once. Their ids can never be used again; only softly deleted users can be restored.
    ///
    /// [`task`](Self::task) follows the task to its end.
    ///
    /// # Errors
    /// `Api` where the service refuses; any kind that [the trait](stream_users_core::UsersApi#errors) names.
    pub fn delete_users(&self, request: DeleteUsers) -> Result<Response<StartedTask<DeletedUsers>>> {
        self.call(move |api| async move { api.delete_users(request).await })
    }

    /// Brings softly deleted users back, without their memberships and messages. At most 100 users in a call.
    ///
    /// `POST /api/v2/users/restore`, the service's `RestoreUsers`.
    ///
    /// # Errors
    /// `Api` with code 4 for a user that is not deleted; any kind that [the trait](stream_users_core::UsersApi#errors) names.
    pub fn restore_users(&self, request: RestoreUsers) -> Result<Response<RestoredUsers>> {
        self.call(move |api| async move { api.restore_users(request).await })
    }

    /// Returns one user with all messages and reactions, at once.
    ///
    /// `GET /api/v2/users/{user_id}/export`, the service's `ExportUser`.
    ///
    /// # Errors
    /// `Api` where the user does not exist or has more than 10,000 messages or reactions; any kind that [the trait](stream_users_core::UsersApi#errors) names.
    pub fn export_user(&self, request: ExportUser) -> Result<Response<ExportedUser<C>>> {
        self.call(move |api| async move { api.export_user(request).await })
    }

    /// Starts a task that writes users with their messages and reactions to a file. At most 25 users in a call.
    ///
    /// `POST /api/v2/export/users`, the service's `ExportUsers`.
    ///
    /// [`task`](Self::task) follows the task to its end.
    ///
    /// # Errors
    /// `Api` where the service refuses; any kind that [the trait](stream_users_core::UsersApi#errors) names.
    pub fn export_users(&self, request: ExportUsers) -> Result<Response<StartedTask<ExportedFile>>> {
        self.call(move |api| async move { api.export_users(request).await })
    }

    /// Reads the state of a task.
    ///
    /// `GET /api/v2/tasks/{id}`, the service's `GetTask`.
    ///
    /// [`task`](Self::task) asks until the task has ended.
    ///
    /// # Errors
    /// `Api` with code 16 for a task that does not exist; any kind that [the trait](stream_users_core::UsersApi#errors) names.
    pub fn get_task(&self, request: GetTask) -> Result<Response<Task>> {
        self.call(move |api| async move { api.get_task(request).await })
    }

    /// Creates a guest user, which needs no credential, and returns the token to act as it.
    ///
    /// `POST /api/v2/guest`, the service's `CreateGuest`.
    ///
    /// # Errors
    /// `Api` where the app does not allow guests; any kind that [the trait](stream_users_core::UsersApi#errors) names.
    pub fn create_guest(&self, request: CreateGuest<C>) -> Result<Response<CreatedGuest<C>>> {
        self.call(move |api| async move { api.create_guest(request).await })
    }

    /// Blocks a user for another user.
    ///
    /// `POST /api/v2/users/block`, the service's `BlockUsers`.
    ///
    /// # Errors
    /// `Api` with code 16 for a user that does not exist; any kind that [the trait](stream_users_core::UsersApi#errors) names.
    pub fn block_users(&self, request: BlockUsers) -> Result<Response<BlockedUsers>> {
        self.call(move |api| async move { api.block_users(request).await })
    }

    /// Takes a block back.
    ///
    /// `POST /api/v2/users/unblock`, the service's `UnblockUsers`.
    ///
    /// # Errors
    /// `Api` with code 16 for a user that does not exist; any kind that [the trait](stream_users_core::UsersApi#errors) names.
    pub fn unblock_users(&self, request: UnblockUsers) -> Result<Response<UnblockedUsers>> {
        self.call(move |api| async move { api.unblock_users(request).await })
    }

    /// Lists whom a user has blocked.
    ///
    /// `GET /api/v2/users/block`, the service's `GetBlockedUsers`.
    ///
    /// # Errors
    /// `Api` with code 16 for a user that does not exist; any kind that [the trait](stream_users_core::UsersApi#errors) names.
    pub fn get_blocked_users(&self, request: GetBlockedUsers) -> Result<Response<UserBlocks>> {
        self.call(move |api| async move { api.get_blocked_users(request).await })
    }

    /// Lists the live locations that a user shares now.
    ///
    /// `GET /api/v2/users/live_locations`, the service's `GetUserLiveLocations`.
    ///
    /// # Errors
    /// `Api` with code 16 for a user that does not exist; any kind that [the trait](stream_users_core::UsersApi#errors) names.
    pub fn get_user_live_locations(&self, request: GetUserLiveLocations) -> Result<Response<LiveLocations>> {
        self.call(move |api| async move { api.get_user_live_locations(request).await })
    }

    /// Moves or ends a live location that a user shares.
    ///
    /// `PUT /api/v2/users/live_locations`, the service's `UpdateLiveLocation`.
    ///
    /// # Errors
    /// `Api` with code 16 for a location that does not exist; any kind that [the trait](stream_users_core::UsersApi#errors) names.
    pub fn update_live_location(&self, request: UpdateLiveLocation) -> Result<Response<LiveLocation>> {
        self.call(move |api| async move { api.update_live_location(request).await })
    }

    /// Reads the quota of each operation on each platform.
    ///
    /// `GET /api/v2/rate_limits`, the service's `GetRateLimits`.
    ///
    /// # Errors
    /// `Api` where the service refuses; any kind that [the trait](stream_users_core::UsersApi#errors) names.
    pub fn get_rate_limits(&self, request: GetRateLimits) -> Result<Response<RateLimits>> {
        self.call(move |api| async move { api.get_rate_limits(request).await })
    }
}
