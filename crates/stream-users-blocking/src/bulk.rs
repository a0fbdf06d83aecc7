//! [`Bulk`] and [`BulkRun`]: any number of users without async. What is sent, and when, is decided in the core.

use std::fmt;
use std::iter::FusedIterator;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use stream_users_core::bulk::journal::Journal;
use stream_users_core::bulk::{self, BulkEnd, BulkProgress, BulkResult, BulkStopper, FailureBudget, IntoRow};
use stream_users_core::model::{
    CustomData, DeactivateUsers, DeleteUsers, ExportedFile, ReactivateUsers, User, UserId, UserPatch,
    UserRequest,
};
use stream_users_core::{PollPolicy, UsersApi};

use crate::users::Users;

/// How a run on many users works; made by [`Users::bulk`]. A method named after an operation starts it.
///
/// The input is read on the handle's thread, as far as the run wants it, while the caller waits for a result. An input that
/// makes blocking calls, such as [`Users::all_users`], needs a handle of its own: one that has the same thread would wait for
/// itself, and its calls fail with an error that says so. What an input waits for, all that is under way waits for.
///
/// ```
/// use stream_users_blocking::Users;
/// use stream_users_core::model::UserRequest;
///
/// # fn example(users: &Users) {
/// let everybody = (0..1_000_000).map(|number| UserRequest::new(format!("user-{number}")));
/// for row in users.bulk().upsert_users(everybody) {
///     if let Err(reason) = row.outcome {
///         eprintln!("row {}: {reason}", row.number);
///     }
/// }
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a method named after an operation starts a run"]
pub struct Bulk<C: CustomData> {
    users: Users<C>,
    bulk: bulk::Bulk<C, Arc<dyn UsersApi<C>>>,
}

impl<C: CustomData> Bulk<C> {
    pub(crate) fn new(users: &Users<C>) -> Self {
        Self {
            users: users.clone(),
            bulk: bulk::Bulk::new(Arc::clone(users.api())),
        }
    }

    /// Keeps at most this many batches under way: 16 where it is not set.
    pub fn max_in_flight(mut self, batches: usize) -> Self {
        self.bulk = self.bulk.max_in_flight(batches);
        self
    }

    /// Sends at most this many users in one request; never more than the operation takes.
    pub fn max_batch(mut self, users: usize) -> Self {
        self.bulk = self.bulk.max_batch(users);
        self
    }

    /// Sends at most this many bytes of users in one request, a megabyte where it is not set.
    pub fn max_batch_bytes(mut self, bytes: usize) -> Self {
        self.bulk = self.bulk.max_batch_bytes(bytes);
        self
    }

    /// Stops where too many rows fail.
    pub fn failure_budget(mut self, budget: FailureBudget) -> Self {
        self.bulk = self.bulk.failure_budget(budget);
        self
    }

    /// Stops where the service has not answered for this long: five minutes where it is not set.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.bulk = self.bulk.patience(patience);
        self
    }

    /// Waits for tasks by another policy.
    pub fn poll_policy(mut self, policy: PollPolicy) -> Self {
        self.bulk = self.bulk.poll_policy(policy);
        self
    }

    /// Keeps in a journal what is done, and goes on where an earlier run was.
    pub fn journal(mut self, journal: impl Journal) -> Self {
        self.bulk = self.bulk.journal(journal);
        self
    }

    /// Creates users, or replaces those that exist, as [`Users::upsert_users`] does.
    pub fn upsert_users<I>(self, users: I) -> BulkRun<User<C>, C>
    where
        I: IntoIterator<IntoIter: Send> + 'static,
        I::Item: IntoRow<UserRequest<C>> + Send + 'static,
    {
        BulkRun::new(&self.users, self.bulk.upsert_users(bulk::iter(users)))
    }

    /// Sets and unsets single fields of users, as [`Users::update_users_partial`] does.
    pub fn update_users_partial<I>(self, patches: I) -> BulkRun<User<C>, C>
    where
        I: IntoIterator<IntoIter: Send> + 'static,
        I::Item: IntoRow<UserPatch> + Send + 'static,
    {
        BulkRun::new(&self.users, self.bulk.update_users_partial(bulk::iter(patches)))
    }

    /// Deactivates users, each task followed to its end. `how` has the options; its ids are not used.
    pub fn deactivate_users<I>(self, how: DeactivateUsers, ids: I) -> BulkRun<User<C>, C>
    where
        I: IntoIterator<IntoIter: Send> + 'static,
        I::Item: IntoRow<UserId> + Send + 'static,
    {
        BulkRun::new(&self.users, self.bulk.deactivate_users(how, bulk::iter(ids)))
    }

    /// Brings deactivated users back, each task followed to its end. `how` has the options; its ids are not used.
    pub fn reactivate_users<I>(self, how: ReactivateUsers, ids: I) -> BulkRun<User<C>, C>
    where
        I: IntoIterator<IntoIter: Send> + 'static,
        I::Item: IntoRow<UserId> + Send + 'static,
    {
        BulkRun::new(&self.users, self.bulk.reactivate_users(how, bulk::iter(ids)))
    }

    /// Deletes users, each task followed to its end. `how` has the options; its ids are not used.
    pub fn delete_users<I>(self, how: DeleteUsers, ids: I) -> BulkRun<(), C>
    where
        I: IntoIterator<IntoIter: Send> + 'static,
        I::Item: IntoRow<UserId> + Send + 'static,
    {
        BulkRun::new(&self.users, self.bulk.delete_users(how, bulk::iter(ids)))
    }

    /// Restores softly deleted users, as [`Users::restore_users`] does.
    pub fn restore_users<I>(self, ids: I) -> BulkRun<(), C>
    where
        I: IntoIterator<IntoIter: Send> + 'static,
        I::Item: IntoRow<UserId> + Send + 'static,
    {
        BulkRun::new(&self.users, self.bulk.restore_users(bulk::iter(ids)))
    }

    /// Exports users, at most 25 in a file, which each of them is answered with.
    pub fn export_users<I>(self, ids: I) -> BulkRun<ExportedFile, C>
    where
        I: IntoIterator<IntoIter: Send> + 'static,
        I::Item: IntoRow<UserId> + Send + 'static,
    {
        BulkRun::new(&self.users, self.bulk.export_users(bulk::iter(ids)))
    }
}

/// A run, as the iterator of what becomes of each row, in the order in which the service answers; made by [`Bulk`].
///
/// Nothing is read or sent while nobody asks. Dropping it ends it at once; to end it in order, [stop](BulkStopper::stop) it
/// and read what is left.
#[must_use = "an iterator does nothing until it is asked"]
pub struct BulkRun<D, C: CustomData> {
    users: Users<C>,
    /// `None` while it is on the thread, and after a panic there.
    run: Option<bulk::BulkRun<'static, D>>,
    stopper: BulkStopper,
    progress: BulkProgress,
    /// Why it could not go to the thread.
    failure: Option<Arc<BulkEnd>>,
}

impl<D, C: CustomData> BulkRun<D, C> {
    fn new(users: &Users<C>, run: bulk::BulkRun<'static, D>) -> Self {
        Self {
            users: users.clone(),
            stopper: run.stopper(),
            progress: run.progress(),
            run: Some(run),
            failure: None,
        }
    }

    /// What tells the run to stop, from any thread.
    #[must_use]
    pub fn stopper(&self) -> BulkStopper {
        self.stopper.clone()
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> BulkProgress {
        self.run.as_ref().map_or(self.progress, bulk::BulkRun::progress)
    }

    /// How it ended; `None` before the iterator has, and after a panic.
    #[must_use]
    pub fn end(&self) -> Option<Arc<BulkEnd>> {
        let end = self.run.as_ref().and_then(bulk::BulkRun::end);
        end.or_else(|| self.failure.clone())
    }
}

impl<D: Send + 'static, C: CustomData> Iterator for BulkRun<D, C> {
    type Item = BulkResult<D>;

    fn next(&mut self) -> Option<BulkResult<D>> {
        let mut run = self.run.take()?;
        self.progress = run.progress();
        let asked = self.users.call(move |_| async move {
            let result = run.next().await;
            Ok((run, result))
        });
        match asked {
            Ok((run, result)) => {
                self.run = Some(run);
                result
            }
            Err(error) => {
                self.failure = Some(Arc::new(BulkEnd::Failed(error.into())));
                None
            }
        }
    }
}

impl<D: Send + 'static, C: CustomData> FusedIterator for BulkRun<D, C> {}

impl<D, C: CustomData> fmt::Debug for BulkRun<D, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BulkRun")
            .field("progress", &self.progress())
            .field("end", &self.end())
            .finish_non_exhaustive()
    }
}
