//! [`UsersApiExt`]: what is made of the operations for convenience. Operations themselves belong to `api`.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use stream_users_model::{
    BlockUsers, CreateGuest, CreatedGuest, CustomData, DeactivateUser, ExportedFile, Filter, QueryUsers,
    ReactivateUser, RestoreUsers, StartedTask, TaskId, Timestamp, UnblockUsers, UpdateUsersPartial,
    UpsertUsers, User, UserId, UserPatch, UserRequest, field,
};

use crate::api::UsersApi;
use crate::bulk::Bulk;
use crate::erase::{self, EraseUsers, ErasureReport};
use crate::error::{Error, ErrorKind, Result};
use crate::export::Download;
use crate::page::{Items, Pages};
use crate::revocation::{PartlyApplied, set_users_revocation};
use crate::sync::UserSync;
use crate::task::TaskHandle;

/// Conveniences over [`UsersApi`], for everything that implements it: also for mocks and trait objects.
///
/// # Errors
/// Those of the operations that a method calls; where an answer lacks the user that was asked about, `Decode`.
pub trait UsersApiExt<C: CustomData>: UsersApi<C> {
    /// The user of an id, also a deactivated one; `None` where there is none, or it was deleted.
    fn get_user(&self, id: impl Into<UserId>) -> impl Future<Output = Result<Option<User<C>>>> + Send {
        let query = QueryUsers::new(field::id().eq(id.into()))
            .include_deactivated_users(true)
            .limit(1);
        async move { Ok(self.query_users(query).await?.body.users.into_iter().next()) }
    }

    /// The users of these ids, also deactivated ones, in no particular order. Ids of no user are left out.
    ///
    /// Any number of ids: 100 are asked for in one request.
    fn get_users(
        &self,
        ids: impl IntoIterator<Item = impl Into<UserId>>,
    ) -> impl Future<Output = Result<Vec<User<C>>>> + Send {
        let ids: BTreeSet<UserId> = ids.into_iter().map(Into::into).collect();
        let ids = Vec::from_iter(ids);
        async move {
            let mut users = Vec::with_capacity(ids.len());
            for ids in ids.chunks(QueryUsers::MAX_LIMIT as usize) {
                let query = QueryUsers::new(field::id().is_in(ids.iter().cloned()))
                    .include_deactivated_users(true)
                    .limit(QueryUsers::MAX_LIMIT);
                users.extend(self.query_users(query).await?.body.users);
            }
            Ok(users)
        }
    }

    /// The users that a query finds, page by page, in the order of the query; without one, in the order of their ids.
    ///
    /// How far an order goes, and what becomes of users that change meanwhile, stands at [`Pages`].
    fn pages(&self, query: QueryUsers) -> Pages<'_, User<C>> {
        Pages::of_users(query, |query| self.query_users(query))
    }

    /// The users that a query finds, one by one: the single users of [`pages`](Self::pages).
    ///
    /// ```
    /// # use futures_util::TryStreamExt;
    /// # use stream_users_core::{Result, UsersApi, UsersApiExt};
    /// # use stream_users_model::{Filter, QueryUsers, field};
    /// # async fn example(users: &dyn UsersApi, saved: &str) -> Result<String> {
    /// let oldest_first = QueryUsers::new(Filter::all()).sort(field::created_at().asc());
    /// let mut items = users.items(oldest_first).resume(&saved.parse()?)?;
    /// while let Some(user) = items.try_next().await? {
    ///     println!("{}", user.id);
    /// }
    /// Ok(items.cursor().to_string())
    /// # }
    /// ```
    fn items(&self, query: QueryUsers) -> Items<'_, User<C>> {
        self.pages(query).items()
    }

    /// Every active user, page by page, in the order of their ids.
    fn all_users(&self) -> Pages<'_, User<C>> {
        self.pages(QueryUsers::new(Filter::all()))
    }

    /// Works on any number of users, with a result for each: upserts, patches, deactivations and the others, in batches, several at
    /// a time. See [`bulk`](crate::bulk).
    fn bulk(&self) -> Bulk<C, &Self> {
        Bulk::new(self)
    }

    /// Creates one user, or replaces it.
    fn upsert_user(&self, user: UserRequest<C>) -> impl Future<Output = Result<User<C>>> + Send {
        let id = user.id.clone();
        async move {
            let answer = self.upsert_users(UpsertUsers::new([user])).await?;
            the_user("upsert_users", &id, answer.body.users)
        }
    }

    /// Sets and unsets single fields of one user.
    fn update_user_partial(&self, patch: UserPatch) -> impl Future<Output = Result<User<C>>> + Send {
        let id = patch.id.clone();
        async move {
            let answer = self
                .update_users_partial(UpdateUsersPartial::new([patch]))
                .await?;
            the_user("update_users_partial", &id, answer.body.users)
        }
    }

    /// Deactivates one user with the service's defaults.
    fn deactivate(&self, id: impl Into<UserId>) -> impl Future<Output = Result<User<C>>> + Send {
        let request = DeactivateUser::new(id);
        async move {
            let id = request.user_id.clone();
            the_user(
                "deactivate_user",
                &id,
                self.deactivate_user(request).await?.body.user,
            )
        }
    }

    /// Reactivates one user with the service's defaults.
    fn reactivate(&self, id: impl Into<UserId>) -> impl Future<Output = Result<User<C>>> + Send {
        let request = ReactivateUser::new(id);
        async move {
            let id = request.user_id.clone();
            the_user(
                "reactivate_user",
                &id,
                self.reactivate_user(request).await?.body.user,
            )
        }
    }

    /// Restores one softly deleted user.
    fn restore_user(&self, id: impl Into<UserId>) -> impl Future<Output = Result<()>> + Send {
        let request = RestoreUsers::new([id.into()]);
        async move { self.restore_users(request).await.map(drop) }
    }

    /// Creates a guest.
    fn guest(&self, user: UserRequest<C>) -> impl Future<Output = Result<CreatedGuest<C>>> + Send {
        async move { Ok(self.create_guest(CreateGuest::new(user)).await?.body) }
    }

    /// Blocks `blocked` for `by`, as a server.
    fn block_user(
        &self,
        by: impl Into<UserId>,
        blocked: impl Into<UserId>,
    ) -> impl Future<Output = Result<()>> + Send {
        let request = BlockUsers::new(blocked).user_id(by);
        async move { self.block_users(request).await.map(drop) }
    }

    /// Takes back that `by` has blocked `blocked`, as a server.
    fn unblock_user(
        &self,
        by: impl Into<UserId>,
        blocked: impl Into<UserId>,
    ) -> impl Future<Output = Result<()>> + Send {
        let request = UnblockUsers::new(blocked).user_id(by);
        async move { self.unblock_users(request).await.map(drop) }
    }

    /// Has the service refuse the user's tokens that were issued before `time`, and those that do not say when they were
    /// issued. It replaces the time that was set before.
    ///
    /// A token that is signed within five seconds is dated back to before that moment, and is refused as well: where the
    /// user may log in again at once, revoke at five seconds ago. See [`UserToken`](crate::token::UserToken#clocks).
    fn revoke_user_tokens(
        &self,
        id: impl Into<UserId>,
        time: Timestamp,
    ) -> impl Future<Output = Result<User<C>>> + Send {
        self.update_user_partial(UserPatch::new(id).revoke_tokens_issued_before(Some(time)))
    }

    /// [`revoke_user_tokens`](Self::revoke_user_tokens) for any number of users: 100 in one request, one request after
    /// the other, up to the first that fails. The service refuses a request as a whole where one of its users does not
    /// exist.
    ///
    /// # Errors
    /// [`PartlyApplied`], which says for whom it was done.
    fn revoke_users_tokens(
        &self,
        ids: impl IntoIterator<Item = impl Into<UserId>>,
        time: Timestamp,
    ) -> impl Future<Output = Result<(), PartlyApplied>> + Send {
        set_users_revocation(self, ids.into_iter().map(Into::into).collect(), Some(time))
    }

    /// Takes back what [`revoke_user_tokens`](Self::revoke_user_tokens) did: the service accepts the user's tokens again,
    /// but for those that have expired or were revoked for the whole app.
    fn unrevoke_user_tokens(&self, id: impl Into<UserId>) -> impl Future<Output = Result<User<C>>> + Send {
        self.update_user_partial(UserPatch::new(id).revoke_tokens_issued_before(None))
    }

    /// [`unrevoke_user_tokens`](Self::unrevoke_user_tokens) for any number of users, as
    /// [`revoke_users_tokens`](Self::revoke_users_tokens) does it.
    ///
    /// # Errors
    /// [`PartlyApplied`], which says for whom it was done.
    fn unrevoke_users_tokens(
        &self,
        ids: impl IntoIterator<Item = impl Into<UserId>>,
    ) -> impl Future<Output = Result<(), PartlyApplied>> + Send {
        set_users_revocation(self, ids.into_iter().map(Into::into).collect(), None)
    }

    /// A handle that follows a task that was started.
    ///
    /// ```
    /// # use stream_users_core::{Result, UsersApi, UsersApiExt};
    /// # use stream_users_model::{Custom, DeleteUsers};
    /// # async fn example(users: &dyn UsersApi) -> Result<()> {
    /// let started = users.delete_users(DeleteUsers::new(["ada"])).await?.body;
    /// let deleted = users.task(&started).wait().await?;
    /// assert!(deleted.get("ada").is_some_and(|ada| ada.is_ok()));
    /// # Ok(())
    /// # }
    /// ```
    fn task<R: DeserializeOwned>(&self, started: &StartedTask<R>) -> TaskHandle<'_, R> {
        self.task_by_id(started.task_id.clone())
    }

    /// A handle that follows a task of which the id is known, and what it ends with.
    fn task_by_id<R: DeserializeOwned>(&self, id: impl Into<TaskId>) -> TaskHandle<'_, R> {
        TaskHandle::new(id.into(), self.clock(), |request| self.get_task(request))
    }

    /// The records of the file that an export has written.
    ///
    /// ```
    /// # use futures_util::TryStreamExt as _;
    /// # use stream_users_core::{Result, UsersApi, UsersApiExt};
    /// # use stream_users_model::{ExportRecord, ExportUsers};
    /// # async fn example(users: &dyn UsersApi) -> Result<()> {
    /// let started = users.export_users(ExportUsers::new(["ada"])).await?.body;
    /// let file = users.task(&started).wait().await?;
    /// let mut records = users.download(&file);
    /// while let Some(record) = records.try_next().await? {
    ///     match record {
    ///         ExportRecord::User(user) => println!("user {}", user.id),
    ///         other => println!("and a {}", other.kind()),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    fn download(&self, file: &ExportedFile) -> Download<'_, C> {
        Download::new(file.clone(), |request| self.read_export(request))
    }

    /// Erases users for good, and proves it: exports them, looks whether each is in the file, deletes them with all that is
    /// theirs, waits, and looks whether they are gone.
    ///
    /// Nobody is deleted who was not exported, unless [`EraseUsers::without_export`] says so. What became of each user
    /// stands in the report, also where the work ended early: see [`ErasureReport::is_complete`]. Running it again with
    /// the same ids is safe.
    ///
    /// It goes through users as they are queried, so that a handle with `Custom` (or `Lenient`) is not stopped by custom
    /// data that do not fit.
    ///
    /// # Errors
    /// Where nothing was begun: `Invalid` where an id breaks rules, `Config` where there is no clock, and those of
    /// [`query_users`](UsersApi::query_users).
    fn erase_users(&self, request: EraseUsers) -> impl Future<Output = Result<ErasureReport>> + Send {
        erase::run(self, request)
    }

    /// Brings the users to a desired state, and writes no more than what differs.
    ///
    /// Who is new, who differs and who is gone, and what is done about them, stands at [`UserSync`].
    fn sync(&self) -> UserSync<C, &Self> {
        UserSync::new(self)
    }
}

impl<C: CustomData, T: UsersApi<C> + ?Sized> UsersApiExt<C> for T {}

/// The user that an answer must hold.
fn the_user<C>(
    operation: &'static str,
    id: &UserId,
    users: impl IntoIterator<Item = User<C>>,
) -> Result<User<C>> {
    users.into_iter().find(|user| user.id == *id).ok_or_else(|| {
        Error::builder(ErrorKind::Decode)
            .operation(operation)
            .message(format!(
                "the answer does not hold the user {id:?} that was asked about"
            ))
            .build()
    })
}
