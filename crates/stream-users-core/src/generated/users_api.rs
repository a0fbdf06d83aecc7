// Made by `cargo xtask codegen` from crates/stream-users-model/contract/operations.toml; do not edit.
//! `UsersApi` for the handle `Users`, and for pointers to whatever implements it. A forwarding
//! implementation that left out a method would silently run that method's default body.

use std::sync::Arc;

use async_trait::async_trait;
use stream_users_model::{
    BlockUsers, BlockedUsers, CreateGuest, CreatedGuest, CustomData, DeactivateUser, DeactivateUsers,
    DeactivatedUser, DeleteUsers, DeletedUsers, ExportUser, ExportUsers, ExportedFile, ExportedUser,
    GetBlockedUsers, GetRateLimits, GetTask, GetUserLiveLocations, LiveLocation, LiveLocations, QueriedUsers,
    QueryUsers, RateLimits, ReactivateUser, ReactivateUsers, ReactivatedUser, RestoreUsers, RestoredUsers,
    StartedTask, Task, TaskUsers, UnblockUsers, UnblockedUsers, UpdateLiveLocation, UpdateUsersPartial,
    UpsertUsers, UpsertedUsers, UserBlocks,
};

use crate::{Clock, ExportPart, ReadExport, Response, Result, Users, UsersApi};

#[async_trait]
impl<C: CustomData> UsersApi<C> for Users<C> {
    async fn upsert_users(&self, request: UpsertUsers<C>) -> Result<Response<UpsertedUsers<C>>> {
        self.execute(&request).await
    }

    async fn update_users_partial(&self, request: UpdateUsersPartial) -> Result<Response<UpsertedUsers<C>>> {
        self.execute(&request).await
    }

    async fn query_users(&self, request: QueryUsers) -> Result<Response<QueriedUsers<C>>> {
        self.execute(&request).await
    }

    async fn deactivate_user(&self, request: DeactivateUser) -> Result<Response<DeactivatedUser<C>>> {
        self.execute(&request).await
    }

    async fn deactivate_users(
        &self,
        request: DeactivateUsers,
    ) -> Result<Response<StartedTask<TaskUsers<C>>>> {
        self.execute(&request).await
    }

    async fn reactivate_user(&self, request: ReactivateUser) -> Result<Response<ReactivatedUser<C>>> {
        self.execute(&request).await
    }

    async fn reactivate_users(
        &self,
        request: ReactivateUsers,
    ) -> Result<Response<StartedTask<TaskUsers<C>>>> {
        self.execute(&request).await
    }

    async fn delete_users(&self, request: DeleteUsers) -> Result<Response<StartedTask<DeletedUsers>>> {
        self.execute(&request).await
    }

    async fn restore_users(&self, request: RestoreUsers) -> Result<Response<RestoredUsers>> {
        self.execute(&request).await
    }

    async fn export_user(&self, request: ExportUser) -> Result<Response<ExportedUser<C>>> {
        self.execute(&request).await
    }

    async fn export_users(&self, request: ExportUsers) -> Result<Response<StartedTask<ExportedFile>>> {
        self.execute(&request).await
    }

    async fn get_task(&self, request: GetTask) -> Result<Response<Task>> {
        self.execute(&request).await
    }

    async fn create_guest(&self, request: CreateGuest<C>) -> Result<Response<CreatedGuest<C>>> {
        self.execute(&request).await
    }

    async fn block_users(&self, request: BlockUsers) -> Result<Response<BlockedUsers>> {
        self.execute(&request).await
    }

    async fn unblock_users(&self, request: UnblockUsers) -> Result<Response<UnblockedUsers>> {
        self.execute(&request).await
    }

    async fn get_blocked_users(&self, request: GetBlockedUsers) -> Result<Response<UserBlocks>> {
        self.execute(&request).await
    }

    async fn get_user_live_locations(
        &self,
        request: GetUserLiveLocations,
    ) -> Result<Response<LiveLocations>> {
        self.execute(&request).await
    }

    async fn update_live_location(&self, request: UpdateLiveLocation) -> Result<Response<LiveLocation>> {
        self.execute(&request).await
    }

    async fn get_rate_limits(&self, request: GetRateLimits) -> Result<Response<RateLimits>> {
        self.execute(&request).await
    }

    async fn read_export(&self, request: ReadExport) -> Result<Response<ExportPart>> {
        self.fetch_export(request).await
    }

    fn clock(&self) -> Result<Arc<dyn Clock>> {
        Ok(Users::clock(self))
    }
}

#[async_trait]
impl<C: CustomData, T: UsersApi<C> + ?Sized> UsersApi<C> for &T {
    async fn upsert_users(&self, request: UpsertUsers<C>) -> Result<Response<UpsertedUsers<C>>> {
        (**self).upsert_users(request).await
    }

    async fn update_users_partial(&self, request: UpdateUsersPartial) -> Result<Response<UpsertedUsers<C>>> {
        (**self).update_users_partial(request).await
    }

    async fn query_users(&self, request: QueryUsers) -> Result<Response<QueriedUsers<C>>> {
        (**self).query_users(request).await
    }

    async fn deactivate_user(&self, request: DeactivateUser) -> Result<Response<DeactivatedUser<C>>> {
        (**self).deactivate_user(request).await
    }

    async fn deactivate_users(
        &self,
        request: DeactivateUsers,
    ) -> Result<Response<StartedTask<TaskUsers<C>>>> {
        (**self).deactivate_users(request).await
    }

    async fn reactivate_user(&self, request: ReactivateUser) -> Result<Response<ReactivatedUser<C>>> {
        (**self).reactivate_user(request).await
    }

    async fn reactivate_users(
        &self,
        request: ReactivateUsers,
    ) -> Result<Response<StartedTask<TaskUsers<C>>>> {
        (**self).reactivate_users(request).await
    }

    async fn delete_users(&self, request: DeleteUsers) -> Result<Response<StartedTask<DeletedUsers>>> {
        (**self).delete_users(request).await
    }

    async fn restore_users(&self, request: RestoreUsers) -> Result<Response<RestoredUsers>> {
        (**self).restore_users(request).await
    }

    async fn export_user(&self, request: ExportUser) -> Result<Response<ExportedUser<C>>> {
        (**self).export_user(request).await
    }

    async fn export_users(&self, request: ExportUsers) -> Result<Response<StartedTask<ExportedFile>>> {
        (**self).export_users(request).await
    }

    async fn get_task(&self, request: GetTask) -> Result<Response<Task>> {
        (**self).get_task(request).await
    }

    async fn create_guest(&self, request: CreateGuest<C>) -> Result<Response<CreatedGuest<C>>> {
        (**self).create_guest(request).await
    }

    async fn block_users(&self, request: BlockUsers) -> Result<Response<BlockedUsers>> {
        (**self).block_users(request).await
    }

    async fn unblock_users(&self, request: UnblockUsers) -> Result<Response<UnblockedUsers>> {
        (**self).unblock_users(request).await
    }

    async fn get_blocked_users(&self, request: GetBlockedUsers) -> Result<Response<UserBlocks>> {
        (**self).get_blocked_users(request).await
    }

    async fn get_user_live_locations(
        &self,
        request: GetUserLiveLocations,
    ) -> Result<Response<LiveLocations>> {
        (**self).get_user_live_locations(request).await
    }

    async fn update_live_location(&self, request: UpdateLiveLocation) -> Result<Response<LiveLocation>> {
        (**self).update_live_location(request).await
    }

    async fn get_rate_limits(&self, request: GetRateLimits) -> Result<Response<RateLimits>> {
        (**self).get_rate_limits(request).await
    }

    async fn read_export(&self, request: ReadExport) -> Result<Response<ExportPart>> {
        (**self).read_export(request).await
    }

    fn inner(&self) -> Option<&dyn UsersApi<C>> {
        (**self).inner()
    }

    fn clock(&self) -> Result<Arc<dyn Clock>> {
        (**self).clock()
    }
}

#[async_trait]
impl<C: CustomData, T: UsersApi<C> + ?Sized> UsersApi<C> for Arc<T> {
    async fn upsert_users(&self, request: UpsertUsers<C>) -> Result<Response<UpsertedUsers<C>>> {
        (**self).upsert_users(request).await
    }

    async fn update_users_partial(&self, request: UpdateUsersPartial) -> Result<Response<UpsertedUsers<C>>> {
        (**self).update_users_partial(request).await
    }

    async fn query_users(&self, request: QueryUsers) -> Result<Response<QueriedUsers<C>>> {
        (**self).query_users(request).await
    }

    async fn deactivate_user(&self, request: DeactivateUser) -> Result<Response<DeactivatedUser<C>>> {
        (**self).deactivate_user(request).await
    }

    async fn deactivate_users(
        &self,
        request: DeactivateUsers,
    ) -> Result<Response<StartedTask<TaskUsers<C>>>> {
        (**self).deactivate_users(request).await
    }

    async fn reactivate_user(&self, request: ReactivateUser) -> Result<Response<ReactivatedUser<C>>> {
        (**self).reactivate_user(request).await
    }

    async fn reactivate_users(
        &self,
        request: ReactivateUsers,
    ) -> Result<Response<StartedTask<TaskUsers<C>>>> {
        (**self).reactivate_users(request).await
    }

    async fn delete_users(&self, request: DeleteUsers) -> Result<Response<StartedTask<DeletedUsers>>> {
        (**self).delete_users(request).await
    }

    async fn restore_users(&self, request: RestoreUsers) -> Result<Response<RestoredUsers>> {
        (**self).restore_users(request).await
    }

    async fn export_user(&self, request: ExportUser) -> Result<Response<ExportedUser<C>>> {
        (**self).export_user(request).await
    }

    async fn export_users(&self, request: ExportUsers) -> Result<Response<StartedTask<ExportedFile>>> {
        (**self).export_users(request).await
    }

    async fn get_task(&self, request: GetTask) -> Result<Response<Task>> {
        (**self).get_task(request).await
    }

    async fn create_guest(&self, request: CreateGuest<C>) -> Result<Response<CreatedGuest<C>>> {
        (**self).create_guest(request).await
    }

    async fn block_users(&self, request: BlockUsers) -> Result<Response<BlockedUsers>> {
        (**self).block_users(request).await
    }

    async fn unblock_users(&self, request: UnblockUsers) -> Result<Response<UnblockedUsers>> {
        (**self).unblock_users(request).await
    }

    async fn get_blocked_users(&self, request: GetBlockedUsers) -> Result<Response<UserBlocks>> {
        (**self).get_blocked_users(request).await
    }

    async fn get_user_live_locations(
        &self,
        request: GetUserLiveLocations,
    ) -> Result<Response<LiveLocations>> {
        (**self).get_user_live_locations(request).await
    }

    async fn update_live_location(&self, request: UpdateLiveLocation) -> Result<Response<LiveLocation>> {
        (**self).update_live_location(request).await
    }

    async fn get_rate_limits(&self, request: GetRateLimits) -> Result<Response<RateLimits>> {
        (**self).get_rate_limits(request).await
    }

    async fn read_export(&self, request: ReadExport) -> Result<Response<ExportPart>> {
        (**self).read_export(request).await
    }

    fn inner(&self) -> Option<&dyn UsersApi<C>> {
        (**self).inner()
    }

    fn clock(&self) -> Result<Arc<dyn Clock>> {
        (**self).clock()
    }
}

#[async_trait]
impl<C: CustomData, T: UsersApi<C> + ?Sized> UsersApi<C> for Box<T> {
    async fn upsert_users(&self, request: UpsertUsers<C>) -> Result<Response<UpsertedUsers<C>>> {
        (**self).upsert_users(request).await
    }

    async fn update_users_partial(&self, request: UpdateUsersPartial) -> Result<Response<UpsertedUsers<C>>> {
        (**self).update_users_partial(request).await
    }

    async fn query_users(&self, request: QueryUsers) -> Result<Response<QueriedUsers<C>>> {
        (**self).query_users(request).await
    }

    async fn deactivate_user(&self, request: DeactivateUser) -> Result<Response<DeactivatedUser<C>>> {
        (**self).deactivate_user(request).await
    }

    async fn deactivate_users(
        &self,
        request: DeactivateUsers,
    ) -> Result<Response<StartedTask<TaskUsers<C>>>> {
        (**self).deactivate_users(request).await
    }

    async fn reactivate_user(&self, request: ReactivateUser) -> Result<Response<ReactivatedUser<C>>> {
        (**self).reactivate_user(request).await
    }

    async fn reactivate_users(
        &self,
        request: ReactivateUsers,
    ) -> Result<Response<StartedTask<TaskUsers<C>>>> {
        (**self).reactivate_users(request).await
    }

    async fn delete_users(&self, request: DeleteUsers) -> Result<Response<StartedTask<DeletedUsers>>> {
        (**self).delete_users(request).await
    }

    async fn restore_users(&self, request: RestoreUsers) -> Result<Response<RestoredUsers>> {
        (**self).restore_users(request).await
    }

    async fn export_user(&self, request: ExportUser) -> Result<Response<ExportedUser<C>>> {
        (**self).export_user(request).await
    }

    async fn export_users(&self, request: ExportUsers) -> Result<Response<StartedTask<ExportedFile>>> {
        (**self).export_users(request).await
    }

    async fn get_task(&self, request: GetTask) -> Result<Response<Task>> {
        (**self).get_task(request).await
    }

    async fn create_guest(&self, request: CreateGuest<C>) -> Result<Response<CreatedGuest<C>>> {
        (**self).create_guest(request).await
    }

    async fn block_users(&self, request: BlockUsers) -> Result<Response<BlockedUsers>> {
        (**self).block_users(request).await
    }

    async fn unblock_users(&self, request: UnblockUsers) -> Result<Response<UnblockedUsers>> {
        (**self).unblock_users(request).await
    }

    async fn get_blocked_users(&self, request: GetBlockedUsers) -> Result<Response<UserBlocks>> {
        (**self).get_blocked_users(request).await
    }

    async fn get_user_live_locations(
        &self,
        request: GetUserLiveLocations,
    ) -> Result<Response<LiveLocations>> {
        (**self).get_user_live_locations(request).await
    }

    async fn update_live_location(&self, request: UpdateLiveLocation) -> Result<Response<LiveLocation>> {
        (**self).update_live_location(request).await
    }

    async fn get_rate_limits(&self, request: GetRateLimits) -> Result<Response<RateLimits>> {
        (**self).get_rate_limits(request).await
    }

    async fn read_export(&self, request: ReadExport) -> Result<Response<ExportPart>> {
        (**self).read_export(request).await
    }

    fn inner(&self) -> Option<&dyn UsersApi<C>> {
        (**self).inner()
    }

    fn clock(&self) -> Result<Arc<dyn Clock>> {
        (**self).clock()
    }
}
