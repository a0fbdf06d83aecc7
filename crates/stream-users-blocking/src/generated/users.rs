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
    /// Creates users, or replaces those that exist: a field that is not sent is dropped.
    ///
    /// `POST /api/v2/users`.
    ///
    /// # Errors
    /// Those of `UsersApi::upsert_users`: the request is invalid, could not be sent, or was
    /// refused by the service.
    pub fn upsert_users(&self, request: UpsertUsers<C>) -> Result<Response<UpsertedUsers<C>>> {
        self.call(move |api| async move { api.upsert_users(request).await })
    }

    /// Sets and unsets single fields of users and leaves the rest as it is.
    ///
    /// `PATCH /api/v2/users`.
    ///
    /// # Errors
    /// Those of `UsersApi::update_users_partial`: the request is invalid, could not be sent, or was
    /// refused by the service.
    pub fn update_users_partial(&self, request: UpdateUsersPartial) -> Result<Response<UpsertedUsers<C>>> {
        self.call(move |api| async move { api.update_users_partial(request).await })
    }

    /// Finds users by filter, sort, limit and offset.
    ///
    /// `GET /api/v2/users`.
    ///
    /// # Errors
    /// Those of `UsersApi::query_users`: the request is invalid, could not be sent, or was
    /// refused by the service.
    pub fn query_users(&self, request: QueryUsers) -> Result<Response<QueriedUsers<C>>> {
        self.call(move |api| async move { api.query_users(request).await })
    }

    /// Deactivates one user at once: hidden from queries, refused to connect, data kept.
    ///
    /// `POST /api/v2/users/{user_id}/deactivate`.
    ///
    /// # Errors
    /// Those of `UsersApi::deactivate_user`: the request is invalid, could not be sent, or was
    /// refused by the service.
    pub fn deactivate_user(&self, request: DeactivateUser) -> Result<Response<DeactivatedUser<C>>> {
        self.call(move |api| async move { api.deactivate_user(request).await })
    }

    /// Starts a task that deactivates many users.
    ///
    /// `POST /api/v2/users/deactivate`.
    ///
    /// # Errors
    /// Those of `UsersApi::deactivate_users`: the request is invalid, could not be sent, or was
    /// refused by the service.
    pub fn deactivate_users(&self, request: DeactivateUsers) -> Result<Response<StartedTask<TaskUsers<C>>>> {
        self.call(move |api| async move { api.deactivate_users(request).await })
    }

    /// Brings one deactivated user back at once.
    ///
    /// `POST /api/v2/users/{user_id}/reactivate`.
    ///
    /// # Errors
    /// Those of `UsersApi::reactivate_user`: the request is invalid, could not be sent, or was
    /// refused by the service.
    pub fn reactivate_user(&self, request: ReactivateUser) -> Result<Response<ReactivatedUser<C>>> {
        self.call(move |api| async move { api.reactivate_user(request).await })
    }

    /// Starts a task that brings many deactivated users back.
    ///
    /// `POST /api/v2/users/reactivate`.
    ///
    /// # Errors
    /// Those of `UsersApi::reactivate_users`: the request is invalid, could not be sent, or was
    /// refused by the service.
    pub fn reactivate_users(&self, request: ReactivateUsers) -> Result<Response<StartedTask<TaskUsers<C>>>> {
        self.call(move |api| async move { api.reactivate_users(request).await })
    }

    /// Starts a task that deletes users, and as asked their messages, conversations and calls: softly, pruned or for good.
    ///
    /// `POST /api/v2/users/delete`.
    ///
    /// # Errors
    /// Those of `UsersApi::delete_users`: the request is invalid, could not be sent, or was
    /// refused by the service.
    pub fn delete_users(&self, request: DeleteUsers) -> Result<Response<StartedTask<DeletedUsers>>> {
        self.call(move |api| async move { api.delete_users(request).await })
    }

    /// Brings softly deleted users back.
    ///
    /// `POST /api/v2/users/restore`.
    ///
    /// # Errors
    /// Those of `UsersApi::restore_users`: the request is invalid, could not be sent, or was
    /// refused by the service.
    pub fn restore_users(&self, request: RestoreUsers) -> Result<Response<RestoredUsers>> {
        self.call(move |api| async move { api.restore_users(request).await })
    }

    /// Returns one user with all messages and reactions, at once.
    ///
    /// `GET /api/v2/users/{user_id}/export`.
    ///
    /// # Errors
    /// Those of `UsersApi::export_user`: the request is invalid, could not be sent, or was
    /// refused by the service.
    pub fn export_user(&self, request: ExportUser) -> Result<Response<ExportedUser<C>>> {
        self.call(move |api| async move { api.export_user(request).await })
    }

    /// Starts a task that writes users with their messages and reactions to a file.
    ///
    /// `POST /api/v2/export/users`.
    ///
    /// # Errors
    /// Those of `UsersApi::export_users`: the request is invalid, could not be sent, or was
    /// refused by the service.
    pub fn export_users(&self, request: ExportUsers) -> Result<Response<StartedTask<ExportedFile>>> {
        self.call(move |api| async move { api.export_users(request).await })
    }

    /// Reads the state of a task.
    ///
    /// `GET /api/v2/tasks/{id}`.
    ///
    /// # Errors
    /// Those of `UsersApi::get_task`: the request is invalid, could not be sent, or was
    /// refused by the service.
    pub fn get_task(&self, request: GetTask) -> Result<Response<Task>> {
        self.call(move |api| async move { api.get_task(request).await })
    }

    /// Creates a guest user and returns the token to act as it.
    ///
    /// `POST /api/v2/guest`.
    ///
    /// # Errors
    /// Those of `UsersApi::create_guest`: the request is invalid, could not be sent, or was
    /// refused by the service.
    pub fn create_guest(&self, request: CreateGuest<C>) -> Result<Response<CreatedGuest<C>>> {
        self.call(move |api| async move { api.create_guest(request).await })
    }

    /// Blocks a user for another user.
    ///
    /// `POST /api/v2/users/block`.
    ///
    /// # Errors
    /// Those of `UsersApi::block_users`: the request is invalid, could not be sent, or was
    /// refused by the service.
    pub fn block_users(&self, request: BlockUsers) -> Result<Response<BlockedUsers>> {
        self.call(move |api| async move { api.block_users(request).await })
    }

    /// Takes a block back.
    ///
    /// `POST /api/v2/users/unblock`.
    ///
    /// # Errors
    /// Those of `UsersApi::unblock_users`: the request is invalid, could not be sent, or was
    /// refused by the service.
    pub fn unblock_users(&self, request: UnblockUsers) -> Result<Response<UnblockedUsers>> {
        self.call(move |api| async move { api.unblock_users(request).await })
    }

    /// Lists whom a user has blocked.
    ///
    /// `GET /api/v2/users/block`.
    ///
    /// # Errors
    /// Those of `UsersApi::get_blocked_users`: the request is invalid, could not be sent, or was
    /// refused by the service.
    pub fn get_blocked_users(&self, request: GetBlockedUsers) -> Result<Response<UserBlocks>> {
        self.call(move |api| async move { api.get_blocked_users(request).await })
    }

    /// Lists the live locations that a user shares now.
    ///
    /// `GET /api/v2/users/live_locations`.
    ///
    /// # Errors
    /// Those of `UsersApi::get_user_live_locations`: the request is invalid, could not be sent, or was
    /// refused by the service.
    pub fn get_user_live_locations(&self, request: GetUserLiveLocations) -> Result<Response<LiveLocations>> {
        self.call(move |api| async move { api.get_user_live_locations(request).await })
    }

    /// Moves or ends a live location that a user shares.
    ///
    /// `PUT /api/v2/users/live_locations`.
    ///
    /// # Errors
    /// Those of `UsersApi::update_live_location`: the request is invalid, could not be sent, or was
    /// refused by the service.
    pub fn update_live_location(&self, request: UpdateLiveLocation) -> Result<Response<LiveLocation>> {
        self.call(move |api| async move { api.update_live_location(request).await })
    }

    /// Reads the quota of each operation on each platform.
    ///
    /// `GET /api/v2/rate_limits`.
    ///
    /// # Errors
    /// Those of `UsersApi::get_rate_limits`: the request is invalid, could not be sent, or was
    /// refused by the service.
    pub fn get_rate_limits(&self, request: GetRateLimits) -> Result<Response<RateLimits>> {
        self.call(move |api| async move { api.get_rate_limits(request).await })
    }
}
