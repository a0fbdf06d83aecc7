//! [`Users`]: the handle and its conveniences. The operations are generated; what a convenience does is the core's.

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use stream_users_core::model::{
    CreatedGuest, Custom, CustomData, ExportedFile, Filter, QueryUsers, StartedTask, TaskId, Timestamp, User,
    UserId, UserPatch, UserRequest,
};
use stream_users_core::{EraseUsers, ErasureReport, PartlyApplied, Result, UsersApi, UsersApiExt as _};

use crate::bulk::Bulk;
use crate::download::Download;
use crate::iter::{Items, Pages};
use crate::runtime::Runtime;
use crate::sync::UserSync;
use crate::task::TaskHandle;

/// The API of users without async, with custom data of type `C`: a cheap handle, to be cloned freely. Clones share the
/// thread that the calls run on.
///
/// ```
/// use stream_users_blocking::Users;
/// use stream_users_core::model::{Custom, UserRequest};
/// use stream_users_core::{ErrorKind, UsersApi};
///
/// /// An API without a single operation.
/// #[derive(Debug)]
/// struct Nothing;
/// impl UsersApi for Nothing {}
///
/// let users = Users::<Custom>::new(Nothing)?;
/// let error = users.upsert_user(UserRequest::new("ada")).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Unimplemented);
/// # Ok::<(), stream_users_core::Error>(())
/// ```
pub struct Users<C: CustomData = Custom> {
    api: Arc<dyn UsersApi<C>>,
    runtime: Arc<Runtime>,
}

impl<C: CustomData> Users<C> {
    /// A handle over `api`, with a thread of its own: over a client's `users()`, a mock, or an `Arc<dyn UsersApi<C>>`.
    ///
    /// Give it a client that is not used with async as well: a transport keeps connections on the runtime that opened
    /// them, and one that is idle elsewhere answers nothing until the attempt's timeout.
    ///
    /// # Errors
    /// `Config` where the system gives no thread, or not what its runtime needs.
    pub fn new(api: impl UsersApi<C> + 'static) -> Result<Self> {
        Ok(Self {
            api: Arc::new(api),
            runtime: Arc::new(Runtime::start()?),
        })
    }

    /// A handle on a thread that is there already.
    #[cfg(feature = "live")]
    pub(crate) fn on(api: impl UsersApi<C> + 'static, runtime: Arc<Runtime>) -> Self {
        Self {
            api: Arc::new(api),
            runtime,
        }
    }

    /// Another handle on the same thread: over the same client with other options, with custom data of another type,
    /// or over another client.
    #[must_use]
    pub fn with_api<D: CustomData>(&self, api: impl UsersApi<D> + 'static) -> Users<D> {
        Users {
            api: Arc::new(api),
            runtime: Arc::clone(&self.runtime),
        }
    }

    /// The API that the calls go to.
    #[must_use]
    pub fn api(&self) -> &Arc<dyn UsersApi<C>> {
        &self.api
    }

    /// Runs on the thread what `make` makes of the API, and waits for it: for several calls at once, and for endpoints
    /// that this crate does not know.
    ///
    /// ```
    /// # use stream_users_blocking::Users;
    /// # use stream_users_core::model::User;
    /// # use stream_users_core::{Result, UsersApiExt};
    /// # fn example(users: &Users) -> Result<()> {
    /// let both: Vec<User> = users.call(|api| async move { api.get_users(["ada", "grace"]).await })?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// That of the future; `Config` where it is called from within another call, on the thread itself.
    ///
    /// # Panics
    /// Where the future does, with the same payload.
    pub fn call<T, F>(&self, make: impl FnOnce(Arc<dyn UsersApi<C>>) -> F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        self.runtime.run(make(Arc::clone(&self.api)))
    }

    /// Works on any number of users, with a result for each: upserts, patches, deactivations and the others, in batches,
    /// several at a time.
    pub fn bulk(&self) -> Bulk<C> {
        Bulk::new(self)
    }

    /// Brings the users to a desired state, and writes no more than what differs.
    pub fn sync(&self) -> UserSync<C> {
        UserSync::new(self)
    }

    /// The user of an id, also a deactivated one; `None` where there is none, or it was deleted.
    ///
    /// # Errors
    /// Those of [`query_users`](Self::query_users).
    pub fn get_user(&self, id: impl Into<UserId>) -> Result<Option<User<C>>> {
        let id = id.into();
        self.call(move |api| async move { api.get_user(id).await })
    }

    /// The users of these ids, at most 100, also deactivated ones, in no particular order. Ids of no user are left out.
    ///
    /// # Errors
    /// Those of [`query_users`](Self::query_users).
    pub fn get_users(&self, ids: impl IntoIterator<Item = impl Into<UserId>>) -> Result<Vec<User<C>>> {
        let ids: Vec<UserId> = ids.into_iter().map(Into::into).collect();
        self.call(move |api| async move { api.get_users(ids).await })
    }

    /// The users of a query, page by page, in the order of the query: an iterator, which asks for a page when it is asked
    /// for one. Without an order of its own, the query goes by id.
    pub fn pages(&self, query: QueryUsers) -> Pages<C> {
        Pages::new(self, query)
    }

    /// The users of a query, one by one: the single users of [`pages`](Self::pages).
    pub fn items(&self, query: QueryUsers) -> Items<C> {
        self.pages(query).items()
    }

    /// Every active user, page by page, in the order of their ids.
    pub fn all_users(&self) -> Pages<C> {
        self.pages(QueryUsers::new(Filter::all()))
    }

    /// Creates one user, or replaces it.
    ///
    /// # Errors
    /// Those of [`upsert_users`](Self::upsert_users); `Decode` where the answer lacks the user.
    pub fn upsert_user(&self, user: UserRequest<C>) -> Result<User<C>> {
        self.call(move |api| async move { api.upsert_user(user).await })
    }

    /// Sets and unsets single fields of one user.
    ///
    /// # Errors
    /// Those of [`update_users_partial`](Self::update_users_partial); `Decode` where the answer lacks the user.
    pub fn update_user_partial(&self, patch: UserPatch) -> Result<User<C>> {
        self.call(move |api| async move { api.update_user_partial(patch).await })
    }

    /// Deactivates one user with the service's defaults.
    ///
    /// # Errors
    /// Those of [`deactivate_user`](Self::deactivate_user); `Decode` where the answer lacks the user.
    pub fn deactivate(&self, id: impl Into<UserId>) -> Result<User<C>> {
        let id = id.into();
        self.call(move |api| async move { api.deactivate(id).await })
    }

    /// Reactivates one user with the service's defaults.
    ///
    /// # Errors
    /// Those of [`reactivate_user`](Self::reactivate_user); `Decode` where the answer lacks the user.
    pub fn reactivate(&self, id: impl Into<UserId>) -> Result<User<C>> {
        let id = id.into();
        self.call(move |api| async move { api.reactivate(id).await })
    }

    /// Restores one softly deleted user.
    ///
    /// # Errors
    /// Those of [`restore_users`](Self::restore_users).
    pub fn restore_user(&self, id: impl Into<UserId>) -> Result<()> {
        let id = id.into();
        self.call(move |api| async move { api.restore_user(id).await })
    }

    /// Creates a guest.
    ///
    /// # Errors
    /// Those of [`create_guest`](Self::create_guest).
    pub fn guest(&self, user: UserRequest<C>) -> Result<CreatedGuest<C>> {
        self.call(move |api| async move { api.guest(user).await })
    }

    /// Blocks `blocked` for `by`, as a server.
    ///
    /// # Errors
    /// Those of [`block_users`](Self::block_users).
    pub fn block_user(&self, by: impl Into<UserId>, blocked: impl Into<UserId>) -> Result<()> {
        let (by, blocked) = (by.into(), blocked.into());
        self.call(move |api| async move { api.block_user(by, blocked).await })
    }

    /// Takes back that `by` has blocked `blocked`, as a server.
    ///
    /// # Errors
    /// Those of [`unblock_users`](Self::unblock_users).
    pub fn unblock_user(&self, by: impl Into<UserId>, blocked: impl Into<UserId>) -> Result<()> {
        let (by, blocked) = (by.into(), blocked.into());
        self.call(move |api| async move { api.unblock_user(by, blocked).await })
    }

    /// Has the service refuse the user's tokens that were issued before `time`, and those that do not say when they were
    /// issued. It replaces the time that was set before.
    ///
    /// The tokens of all users are revoked by the client:
    /// `users.call(move |_| async move { client.revoke_app_tokens(time).await })`.
    ///
    /// # Errors
    /// Those of [`update_users_partial`](Self::update_users_partial); `Decode` where the answer lacks the user.
    pub fn revoke_user_tokens(&self, id: impl Into<UserId>, time: Timestamp) -> Result<User<C>> {
        let id = id.into();
        self.call(move |api| async move { api.revoke_user_tokens(id, time).await })
    }

    /// [`revoke_user_tokens`](Self::revoke_user_tokens) for any number of users: 100 in one request, one request after
    /// the other, up to the first that fails.
    ///
    /// # Errors
    /// [`PartlyApplied`], which says for whom it was done.
    pub fn revoke_users_tokens(
        &self,
        ids: impl IntoIterator<Item = impl Into<UserId>>,
        time: Timestamp,
    ) -> Result<(), PartlyApplied> {
        self.set_revocation(ids.into_iter().map(Into::into).collect(), Some(time))
    }

    /// Takes back what [`revoke_user_tokens`](Self::revoke_user_tokens) did.
    ///
    /// # Errors
    /// Those of [`update_users_partial`](Self::update_users_partial); `Decode` where the answer lacks the user.
    pub fn unrevoke_user_tokens(&self, id: impl Into<UserId>) -> Result<User<C>> {
        let id = id.into();
        self.call(move |api| async move { api.unrevoke_user_tokens(id).await })
    }

    /// [`unrevoke_user_tokens`](Self::unrevoke_user_tokens) for any number of users, as
    /// [`revoke_users_tokens`](Self::revoke_users_tokens) does it.
    ///
    /// # Errors
    /// [`PartlyApplied`], which says for whom it was done.
    pub fn unrevoke_users_tokens(
        &self,
        ids: impl IntoIterator<Item = impl Into<UserId>>,
    ) -> Result<(), PartlyApplied> {
        self.set_revocation(ids.into_iter().map(Into::into).collect(), None)
    }

    /// The outcome comes through the thread as a value, since what fails there has an error of its own.
    fn set_revocation(&self, ids: Vec<UserId>, time: Option<Timestamp>) -> Result<(), PartlyApplied> {
        let all = ids.clone();
        let outcome = self.call(move |api| async move {
            Ok(match time {
                Some(time) => api.revoke_users_tokens(ids, time).await,
                None => api.unrevoke_users_tokens(ids).await,
            })
        });
        outcome.unwrap_or_else(|error| Err(PartlyApplied::new(all, error)))
    }

    /// A handle that follows a task that was started.
    ///
    /// ```
    /// # use stream_users_blocking::Users;
    /// # use stream_users_core::Result;
    /// # use stream_users_core::model::DeleteUsers;
    /// # fn example(users: &Users) -> Result<()> {
    /// let started = users.delete_users(DeleteUsers::new(["ada"]))?.body;
    /// let deleted = users.task(&started).wait()?;
    /// assert!(deleted.get("ada").is_some_and(|ada| ada.is_ok()));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn task<R: DeserializeOwned + Send + 'static>(&self, started: &StartedTask<R>) -> TaskHandle<R, C> {
        self.task_by_id(started.task_id.clone())
    }

    /// A handle that follows a task of which the id is known, and what it ends with.
    #[must_use]
    pub fn task_by_id<R: DeserializeOwned + Send + 'static>(
        &self,
        id: impl Into<TaskId>,
    ) -> TaskHandle<R, C> {
        TaskHandle::new(self, id.into())
    }

    /// The records of the file that an export has written.
    pub fn download(&self, file: &ExportedFile) -> Download<C> {
        Download::new(self, file.clone())
    }

    /// Erases users for good, and proves it: exports them, looks whether each is in the file, deletes them with all that is
    /// theirs, waits, and looks whether they are gone. What became of each user stands in the report.
    ///
    /// # Errors
    /// Where nothing was begun: `Invalid` where an id breaks rules, `Config` where there is no clock, and those of
    /// [`query_users`](Self::query_users).
    pub fn erase_users(&self, request: EraseUsers) -> Result<ErasureReport> {
        self.call(move |api| async move { api.erase_users(request).await })
    }
}

impl<C: CustomData> Clone for Users<C> {
    fn clone(&self) -> Self {
        Self {
            api: Arc::clone(&self.api),
            runtime: Arc::clone(&self.runtime),
        }
    }
}

impl<C: CustomData> fmt::Debug for Users<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Users")
            .field("api", &self.api)
            .finish_non_exhaustive()
    }
}
