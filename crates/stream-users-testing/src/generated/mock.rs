// Made by `cargo xtask codegen` from crates/stream-users-model/contract/operations.toml; do not edit.
//! A mock of `UsersApi` with an expectation for every method.

use std::sync::Arc;

use async_trait::async_trait;
use stream_users_core::{Clock, ExportPart, ReadExport, Response, Result, UsersApi};
use stream_users_model::{
    BlockUsers, BlockedUsers, CreateGuest, CreatedGuest, CustomData, DeactivateUser, DeactivateUsers,
    DeactivatedUser, DeleteUsers, DeletedUsers, ExportUser, ExportUsers, ExportedFile, ExportedUser,
    GetBlockedUsers, GetRateLimits, GetTask, GetUserLiveLocations, LiveLocation, LiveLocations, QueriedUsers,
    QueryUsers, RateLimits, ReactivateUser, ReactivateUsers, ReactivatedUser, RestoreUsers, RestoredUsers,
    StartedTask, Task, TaskUsers, UnblockUsers, UnblockedUsers, UpdateLiveLocation, UpdateUsersPartial,
    UpsertUsers, UpsertedUsers, UserBlocks,
};

mockall::mock! {
    /// A mock of [`UsersApi`]: expect calls with `expect_<operation>()`. A call that nobody expects panics.
    ///
    /// The type of the custom data has to be named: `MockUsersApi::<Custom>::new()`. To follow a task, `clock` has to be
    /// expected as well, mostly with a `ManualClock`.
    ///
    /// ```
    /// use stream_users_core::{Response, UsersApiExt};
    /// use stream_users_model::{Custom, QueriedUsers};
    /// use stream_users_testing::MockUsersApi;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> stream_users_core::Result<()> {
    /// let mut users = MockUsersApi::<Custom>::new();
    /// users
    ///     .expect_query_users()
    ///     .withf(|query| query.limit == Some(1))
    ///     .times(1)
    ///     .returning(|_| Ok(Response::new(QueriedUsers::new([]))));
    /// assert!(users.get_user("ada").await?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Debug)]
    pub UsersApi<C: CustomData> {}

    #[async_trait]
    impl<C: CustomData> UsersApi<C> for UsersApi<C> {
        async fn upsert_users(&self, request: UpsertUsers<C>) -> Result<Response<UpsertedUsers<C>>>;
        async fn update_users_partial(&self, request: UpdateUsersPartial) -> Result<Response<UpsertedUsers<C>>>;
        async fn query_users(&self, request: QueryUsers) -> Result<Response<QueriedUsers<C>>>;
        async fn deactivate_user(&self, request: DeactivateUser) -> Result<Response<DeactivatedUser<C>>>;
        async fn deactivate_users(&self, request: DeactivateUsers) -> Result<Response<StartedTask<TaskUsers<C>>>>;
        async fn reactivate_user(&self, request: ReactivateUser) -> Result<Response<ReactivatedUser<C>>>;
        async fn reactivate_users(&self, request: ReactivateUsers) -> Result<Response<StartedTask<TaskUsers<C>>>>;
        async fn delete_users(&self, request: DeleteUsers) -> Result<Response<StartedTask<DeletedUsers>>>;
        async fn restore_users(&self, request: RestoreUsers) -> Result<Response<RestoredUsers>>;
        async fn export_user(&self, request: ExportUser) -> Result<Response<ExportedUser<C>>>;
        async fn export_users(&self, request: ExportUsers) -> Result<Response<StartedTask<ExportedFile>>>;
        async fn get_task(&self, request: GetTask) -> Result<Response<Task>>;
        async fn create_guest(&self, request: CreateGuest<C>) -> Result<Response<CreatedGuest<C>>>;
        async fn block_users(&self, request: BlockUsers) -> Result<Response<BlockedUsers>>;
        async fn unblock_users(&self, request: UnblockUsers) -> Result<Response<UnblockedUsers>>;
        async fn get_blocked_users(&self, request: GetBlockedUsers) -> Result<Response<UserBlocks>>;
        async fn get_user_live_locations(&self, request: GetUserLiveLocations) -> Result<Response<LiveLocations>>;
        async fn update_live_location(&self, request: UpdateLiveLocation) -> Result<Response<LiveLocation>>;
        async fn get_rate_limits(&self, request: GetRateLimits) -> Result<Response<RateLimits>>;
        async fn read_export(&self, request: ReadExport) -> Result<Response<ExportPart>>;
        fn clock(&self) -> Result<Arc<dyn Clock>>;
    }
}
