//! [`UsersApi`], the API of users as a trait: what a program holds, and what a mock or another implementation provides.
//! Conveniences belong to [`UsersApiExt`](crate::UsersApiExt); how a call is made, to the client.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
// types: made by cargo xtask codegen
use stream_users_model::{
    BlockUsers, BlockedUsers, CreateGuest, CreatedGuest, Custom, CustomData, DeactivateUser, DeactivateUsers,
    DeactivatedUser, DeleteUsers, DeletedUsers, ExportUser, ExportUsers, ExportedFile, ExportedUser,
    GetBlockedUsers, GetRateLimits, GetTask, GetUserLiveLocations, LiveLocation, LiveLocations, QueriedUsers,
    QueryUsers, RateLimits, ReactivateUser, ReactivateUsers, ReactivatedUser, RestoreUsers, RestoredUsers,
    StartedTask, Task, TaskUsers, UnblockUsers, UnblockedUsers, UpdateLiveLocation, UpdateUsersPartial,
    UpsertUsers, UpsertedUsers, UserBlocks,
};
// /types

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::export::{ExportPart, ReadExport};
use crate::response::Response;

/// The operations on users, with custom data of type `C`: a method for each operation of the service.
///
/// Hold it as `Arc<dyn UsersApi<Profile>>`: [`Users`](crate::Users) implements it over the network, `MockUsersApi` of
/// `stream-users-testing` for tests. A decorator writes the methods that it changes, and says by [`inner`](Self::inner) where
/// the rest goes. Any other implementation may leave methods out: they answer with an error of kind
/// [`Unimplemented`](crate::ErrorKind::Unimplemented). So do those of operations that later versions add, which therefore
/// break no implementation. `users_api_conformance!` of that crate (feature `conformance`) holds an implementation of one's
/// own to what the service does.
///
/// # Errors
/// Besides what stands at each method, every one fails with an [`Error`] of kind `Invalid` where the request breaks
/// rules (it is then not sent), `Auth` where the credential does not allow the operation, `Connect`, `Timeout` and
/// `Interrupted` where no answer came, `Decode` where the answer cannot be read, `Throttled` where the retry
/// budget is spent, and `Config` where the transport cannot send the request.
#[async_trait]
pub trait UsersApi<C: CustomData = Custom>: Debug + Send + Sync {
    // operations: made by cargo xtask codegen
    /// Creates users, or replaces those that exist: a field that is not sent is dropped. At most 100 users in a call.
    ///
    /// `POST /api/v2/users`, the service's `UpdateUsers`.
    ///
    /// To change single fields, use [`update_users_partial`](Self::update_users_partial). All users of a call are written, or none.
    ///
    /// # Errors
    /// `Api` with code 16 for a user that was deleted or deactivated, 4 for a reserved field or a role that does not exist, 22 for a user that is too large; any kind that [the trait](Self#errors) names.
    async fn upsert_users(&self, request: UpsertUsers<C>) -> Result<Response<UpsertedUsers<C>>> {
        match self.inner() {
            Some(inner) => inner.upsert_users(request).await,
            None => Err(Error::unimplemented("upsert_users")),
        }
    }

    /// Sets and unsets single fields of users and leaves the rest as it is. At most 100 users in a call.
    ///
    /// `PATCH /api/v2/users`, the service's `UpdateUsersPartial`.
    ///
    /// # Errors
    /// `Api` with code 16 for a user that does not exist, was deleted or deactivated, 4 for a key that cannot be set; any kind that [the trait](Self#errors) names.
    async fn update_users_partial(&self, request: UpdateUsersPartial) -> Result<Response<UpsertedUsers<C>>> {
        match self.inner() {
            Some(inner) => inner.update_users_partial(request).await,
            None => Err(Error::unimplemented("update_users_partial")),
        }
    }

    /// Finds users by filter, sort, limit and offset.
    ///
    /// `GET /api/v2/users`, the service's `QueryUsers`.
    ///
    /// One answer holds at most 100 users and skips at most 1,000; [`UsersApiExt::pages`](crate::UsersApiExt::pages) goes on.
    ///
    /// # Errors
    /// `Api` with code 4 for a filter that the service does not take; any kind that [the trait](Self#errors) names.
    async fn query_users(&self, request: QueryUsers) -> Result<Response<QueriedUsers<C>>> {
        match self.inner() {
            Some(inner) => inner.query_users(request).await,
            None => Err(Error::unimplemented("query_users")),
        }
    }

    /// Deactivates one user at once: it can neither connect nor act, queries find it only when asked to, its data stay.
    ///
    /// `POST /api/v2/users/{user_id}/deactivate`, the service's `DeactivateUser`.
    ///
    /// # Errors
    /// `Api` with code 16 for a user that does not exist, 4 for one that is deactivated already; any kind that [the trait](Self#errors) names.
    async fn deactivate_user(&self, request: DeactivateUser) -> Result<Response<DeactivatedUser<C>>> {
        match self.inner() {
            Some(inner) => inner.deactivate_user(request).await,
            None => Err(Error::unimplemented("deactivate_user")),
        }
    }

    /// Starts a task that deactivates users. At most 100 users in a call.
    ///
    /// `POST /api/v2/users/deactivate`, the service's `DeactivateUsers`.
    ///
    /// [`UsersApiExt::task`](crate::UsersApiExt::task) follows the task to its end.
    ///
    /// # Errors
    /// `Api` where the service refuses; any kind that [the trait](Self#errors) names.
    async fn deactivate_users(
        &self,
        request: DeactivateUsers,
    ) -> Result<Response<StartedTask<TaskUsers<C>>>> {
        match self.inner() {
            Some(inner) => inner.deactivate_users(request).await,
            None => Err(Error::unimplemented("deactivate_users")),
        }
    }

    /// Brings one deactivated user back at once.
    ///
    /// `POST /api/v2/users/{user_id}/reactivate`, the service's `ReactivateUser`.
    ///
    /// # Errors
    /// `Api` with code 4 for a user that is not deactivated; any kind that [the trait](Self#errors) names.
    async fn reactivate_user(&self, request: ReactivateUser) -> Result<Response<ReactivatedUser<C>>> {
        match self.inner() {
            Some(inner) => inner.reactivate_user(request).await,
            None => Err(Error::unimplemented("reactivate_user")),
        }
    }

    /// Starts a task that brings deactivated users back. At most 100 users in a call.
    ///
    /// `POST /api/v2/users/reactivate`, the service's `ReactivateUsers`.
    ///
    /// [`UsersApiExt::task`](crate::UsersApiExt::task) follows the task to its end.
    ///
    /// # Errors
    /// `Api` where the service refuses; any kind that [the trait](Self#errors) names.
    async fn reactivate_users(
        &self,
        request: ReactivateUsers,
    ) -> Result<Response<StartedTask<TaskUsers<C>>>> {
        match self.inner() {
            Some(inner) => inner.reactivate_users(request).await,
            None => Err(Error::unimplemented("reactivate_users")),
        }
    }

    /// Starts a task that deletes users, and as asked their messages, conversations and calls: softly, pruned or for good. At most 100 users in a call.
    ///
    /// `POST /api/v2/users/delete`, the service's `DeleteUsers`.
    ///
    /// The users are gone from queries at once. Their ids can never be used again; only softly deleted users can be restored.
    ///
    /// [`UsersApiExt::task`](crate::UsersApiExt::task) follows the task to its end.
    ///
    /// # Errors
    /// `Api` where the service refuses; any kind that [the trait](Self#errors) names.
    async fn delete_users(&self, request: DeleteUsers) -> Result<Response<StartedTask<DeletedUsers>>> {
        match self.inner() {
            Some(inner) => inner.delete_users(request).await,
            None => Err(Error::unimplemented("delete_users")),
        }
    }

    /// Brings softly deleted users back, without their memberships and messages. At most 100 users in a call.
    ///
    /// `POST /api/v2/users/restore`, the service's `RestoreUsers`.
    ///
    /// # Errors
    /// `Api` with code 4 for a user that is not deleted; any kind that [the trait](Self#errors) names.
    async fn restore_users(&self, request: RestoreUsers) -> Result<Response<RestoredUsers>> {
        match self.inner() {
            Some(inner) => inner.restore_users(request).await,
            None => Err(Error::unimplemented("restore_users")),
        }
    }

    /// Returns one user with all messages and reactions, at once.
    ///
    /// `GET /api/v2/users/{user_id}/export`, the service's `ExportUser`.
    ///
    /// # Errors
    /// `Api` where the user does not exist or has more than 10,000 messages or reactions; any kind that [the trait](Self#errors) names.
    async fn export_user(&self, request: ExportUser) -> Result<Response<ExportedUser<C>>> {
        match self.inner() {
            Some(inner) => inner.export_user(request).await,
            None => Err(Error::unimplemented("export_user")),
        }
    }

    /// Starts a task that writes users with their messages and reactions to a file. At most 25 users in a call.
    ///
    /// `POST /api/v2/export/users`, the service's `ExportUsers`.
    ///
    /// [`UsersApiExt::task`](crate::UsersApiExt::task) follows the task to its end.
    ///
    /// # Errors
    /// `Api` where the service refuses; any kind that [the trait](Self#errors) names.
    async fn export_users(&self, request: ExportUsers) -> Result<Response<StartedTask<ExportedFile>>> {
        match self.inner() {
            Some(inner) => inner.export_users(request).await,
            None => Err(Error::unimplemented("export_users")),
        }
    }

    /// Reads the state of a task.
    ///
    /// `GET /api/v2/tasks/{id}`, the service's `GetTask`.
    ///
    /// [`UsersApiExt::task`](crate::UsersApiExt::task) asks until the task has ended.
    ///
    /// # Errors
    /// `Api` with code 16 for a task that does not exist; any kind that [the trait](Self#errors) names.
    async fn get_task(&self, request: GetTask) -> Result<Response<Task>> {
        match self.inner() {
            Some(inner) => inner.get_task(request).await,
            None => Err(Error::unimplemented("get_task")),
        }
    }

    /// Creates a guest user, which needs no credential, and returns the token to act as it.
    ///
    /// `POST /api/v2/guest`, the service's `CreateGuest`.
    ///
    /// # Errors
    /// `Api` where the app does not allow guests; any kind that [the trait](Self#errors) names.
    async fn create_guest(&self, request: CreateGuest<C>) -> Result<Response<CreatedGuest<C>>> {
        match self.inner() {
            Some(inner) => inner.create_guest(request).await,
            None => Err(Error::unimplemented("create_guest")),
        }
    }

    /// Blocks a user for another user.
    ///
    /// `POST /api/v2/users/block`, the service's `BlockUsers`.
    ///
    /// # Errors
    /// `Api` with code 16 for a user that does not exist; any kind that [the trait](Self#errors) names.
    async fn block_users(&self, request: BlockUsers) -> Result<Response<BlockedUsers>> {
        match self.inner() {
            Some(inner) => inner.block_users(request).await,
            None => Err(Error::unimplemented("block_users")),
        }
    }

    /// Takes a block back.
    ///
    /// `POST /api/v2/users/unblock`, the service's `UnblockUsers`.
    ///
    /// # Errors
    /// `Api` with code 16 for a user that does not exist; any kind that [the trait](Self#errors) names.
    async fn unblock_users(&self, request: UnblockUsers) -> Result<Response<UnblockedUsers>> {
        match self.inner() {
            Some(inner) => inner.unblock_users(request).await,
            None => Err(Error::unimplemented("unblock_users")),
        }
    }

    /// Lists whom a user has blocked.
    ///
    /// `GET /api/v2/users/block`, the service's `GetBlockedUsers`.
    ///
    /// # Errors
    /// `Api` with code 16 for a user that does not exist; any kind that [the trait](Self#errors) names.
    async fn get_blocked_users(&self, request: GetBlockedUsers) -> Result<Response<UserBlocks>> {
        match self.inner() {
            Some(inner) => inner.get_blocked_users(request).await,
            None => Err(Error::unimplemented("get_blocked_users")),
        }
    }

    /// Lists the live locations that a user shares now.
    ///
    /// `GET /api/v2/users/live_locations`, the service's `GetUserLiveLocations`.
    ///
    /// # Errors
    /// `Api` with code 16 for a user that does not exist; any kind that [the trait](Self#errors) names.
    async fn get_user_live_locations(
        &self,
        request: GetUserLiveLocations,
    ) -> Result<Response<LiveLocations>> {
        match self.inner() {
            Some(inner) => inner.get_user_live_locations(request).await,
            None => Err(Error::unimplemented("get_user_live_locations")),
        }
    }

    /// Moves or ends a live location that a user shares.
    ///
    /// `PUT /api/v2/users/live_locations`, the service's `UpdateLiveLocation`.
    ///
    /// # Errors
    /// `Api` with code 16 for a location that does not exist; any kind that [the trait](Self#errors) names.
    async fn update_live_location(&self, request: UpdateLiveLocation) -> Result<Response<LiveLocation>> {
        match self.inner() {
            Some(inner) => inner.update_live_location(request).await,
            None => Err(Error::unimplemented("update_live_location")),
        }
    }

    /// Reads the quota of each operation on each platform.
    ///
    /// `GET /api/v2/rate_limits`, the service's `GetRateLimits`.
    ///
    /// # Errors
    /// `Api` where the service refuses; any kind that [the trait](Self#errors) names.
    async fn get_rate_limits(&self, request: GetRateLimits) -> Result<Response<RateLimits>> {
        match self.inner() {
            Some(inner) => inner.get_rate_limits(request).await,
            None => Err(Error::unimplemented("get_rate_limits")),
        }
    }
    // /operations

    /// Reads a part of the file that an export has written, from the file store that keeps it: no operation of the service,
    /// and no credential goes there.
    ///
    /// [`UsersApiExt::download`](crate::UsersApiExt::download) reads all of it.
    ///
    /// # Errors
    /// `Api` where the file store refuses: with status 403 or 404 the URL has expired; `Invalid` where the URL is not HTTPS;
    /// `Decode` where the file has changed since the validator was made; `Connect`, `Timeout`, `Interrupted` and
    /// `Throttled` as for an operation.
    async fn read_export(&self, request: ReadExport) -> Result<Response<ExportPart>> {
        match self.inner() {
            Some(inner) => inner.read_export(request).await,
            None => Err(Error::unimplemented("read_export")),
        }
    }

    /// The clock that waiting for a task goes by; by default tokio's.
    ///
    /// # Errors
    /// `Config` where the feature `tokio` is off and the implementation has no clock of its own.
    fn clock(&self) -> Result<Arc<dyn Clock>> {
        match self.inner() {
            Some(inner) => inner.clock(),
            None => crate::client::default_clock(),
        }
    }

    /// What a decorator is put around: whatever it does not do itself goes there, also the operations of later versions.
    ///
    /// `None` by default, as for what is no decorator. It must not be the implementation itself.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use async_trait::async_trait;
    /// use stream_users_core::model::{DeleteUsers, DeletedUsers, StartedTask};
    /// use stream_users_core::{Error, ErrorKind, Response, Result, UsersApi};
    ///
    /// /// Nobody is deleted through it.
    /// #[derive(Debug)]
    /// struct KeepAll(Arc<dyn UsersApi>);
    ///
    /// #[async_trait]
    /// impl UsersApi for KeepAll {
    ///     async fn delete_users(&self, _: DeleteUsers) -> Result<Response<StartedTask<DeletedUsers>>> {
    ///         Err(Error::builder(ErrorKind::Invalid).operation("delete_users").message("not here").build())
    ///     }
    ///
    ///     fn inner(&self) -> Option<&dyn UsersApi> {
    ///         Some(&self.0)
    ///     }
    /// }
    /// ```
    fn inner(&self) -> Option<&dyn UsersApi<C>> {
        None
    }
}
