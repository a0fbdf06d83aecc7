//! [`UserSync`] and [`SyncRun`]: a desired state without async. What is written, and when, is decided in the core.

use std::fmt;
use std::iter::FusedIterator;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use stream_users_core::bulk::{self, FailureBudget, IntoRow};
use stream_users_core::model::{CustomData, Filter, ReactivateUsers, Str, UserId, UserRequest};
use stream_users_core::sync::{self, Gone, SyncChange, SyncEnd, SyncError, SyncReport, SyncStopper};
use stream_users_core::{PollPolicy, UsersApi};

use crate::users::Users;

/// Brings the users on the service to a desired state, and writes no more than what differs; made by [`Users::sync`]. What
/// counts as new, as different and as gone stands at the `UserSync` of `stream-users-core`.
///
/// The input comes in the order of the ids, byte by byte. It is read on the handle's thread, so that an input which makes
/// blocking calls needs a handle of its own, as with [`Users::bulk`].
///
/// ```
/// use stream_users_blocking::Users;
/// use stream_users_core::model::UserRequest;
/// use stream_users_core::sync::Gone;
///
/// # fn example(users: &Users) {
/// let wanted = [UserRequest::new("ada").name("Ada"), UserRequest::new("bob")];
/// let mut run = users.sync().gone(Gone::deactivate()).users(wanted);
/// for change in run.by_ref() {
///     if let Some(error) = change.error() {
///         eprintln!("{:?} of {:?} failed: {error}", change.kind, change.id);
///     }
/// }
/// println!("{} unchanged, {} written", run.report().unchanged, run.report().changed());
/// # }
/// ```
#[derive(Debug)]
#[must_use = "nothing is done before `users`, and a run does nothing until it is asked"]
pub struct UserSync<C: CustomData> {
    users: Users<C>,
    sync: sync::UserSync<C, Arc<dyn UsersApi<C>>>,
}

impl<C: CustomData> UserSync<C> {
    pub(crate) fn new(users: &Users<C>) -> Self {
        Self {
            users: users.clone(),
            sync: sync::UserSync::new(Arc::clone(users.api())),
        }
    }

    /// Looks at the users who match a filter only: others are neither changed nor gone.
    pub fn scope(mut self, scope: Filter) -> Self {
        self.sync = self.sync.scope(scope);
        self
    }

    /// Says what becomes of users on the service who are in no row; by default [`Gone::Keep`].
    pub fn gone(mut self, gone: Gone) -> Self {
        self.sync = self.sync.gone(gone);
        self
    }

    /// The largest share of the users that may be gone, from 0 to 1; by default 0.1. Above it, nobody of them is touched.
    pub fn max_gone_share(mut self, max_gone_share: f64) -> Self {
        self.sync = self.sync.max_gone_share(max_gone_share);
        self
    }

    /// The most users that may be gone; by default 1,000,000. Above it, nobody of them is touched.
    pub fn max_gone(mut self, max_gone: u64) -> Self {
        self.sync = self.sync.max_gone(max_gone);
        self
    }

    /// Lets users be gone also where rows could not be used and do not say whom they are about.
    pub fn gone_despite_rejected(mut self, gone_despite_rejected: bool) -> Self {
        self.sync = self.sync.gone_despite_rejected(gone_despite_rejected);
        self
    }

    /// Protects users from being gone, besides those of protected roles.
    pub fn protect(mut self, ids: impl IntoIterator<Item = impl Into<UserId>>) -> Self {
        self.sync = self.sync.protect(ids);
        self
    }

    /// The roles whose users are never gone; by default `guest`, `anonymous` and `admin`.
    pub fn protect_roles(mut self, roles: impl IntoIterator<Item = impl Into<Str>>) -> Self {
        self.sync = self.sync.protect_roles(roles);
        self
    }

    /// Whether deactivated users who are in a row are brought back; by default where the gone are deactivated.
    pub fn reactivate(mut self, reactivate: bool) -> Self {
        self.sync = self.sync.reactivate(reactivate);
        self
    }

    /// Brings users back with the options of this request, whose ids do not count.
    pub fn reactivate_with(mut self, template: ReactivateUsers) -> Self {
        self.sync = self.sync.reactivate_with(template);
        self
    }

    /// Leaves alone what a row does not name: fields, and keys of custom data at the top.
    pub fn merge(mut self) -> Self {
        self.sync = self.sync.merge();
        self
    }

    /// Writes nothing: the changes are those that would be made.
    pub fn dry_run(mut self) -> Self {
        self.sync = self.sync.dry_run();
        self
    }

    /// The most requests in flight for each kind of write.
    pub fn max_in_flight(mut self, max_in_flight: usize) -> Self {
        self.sync = self.sync.max_in_flight(max_in_flight);
        self
    }

    /// The most users in a request.
    pub fn max_batch(mut self, max_batch: usize) -> Self {
        self.sync = self.sync.max_batch(max_batch);
        self
    }

    /// How many changes may fail before the run ends; by default, any number.
    pub fn failure_budget(mut self, budget: FailureBudget) -> Self {
        self.sync = self.sync.failure_budget(budget);
        self
    }

    /// How long the service may be away in one stretch before the run ends.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.sync = self.sync.patience(patience);
        self
    }

    /// How tasks are followed to their end.
    pub fn poll_policy(mut self, policy: PollPolicy) -> Self {
        self.sync = self.sync.poll_policy(policy);
        self
    }

    /// Brings the service to the state of these users, who come in the order of their ids, byte by byte.
    pub fn users<I>(self, users: I) -> SyncRun<C>
    where
        I: IntoIterator<IntoIter: Send> + 'static,
        I::Item: IntoRow<UserRequest<C>> + Send + 'static,
    {
        let run = self.sync.users(bulk::iter(users));
        SyncRun {
            users: self.users,
            stopper: run.stopper(),
            report: run.report().clone(),
            run: Some(Box::new(run)),
            failure: None,
        }
    }
}

/// A synchronization at work: an iterator of its changes, in no particular order; made by [`UserSync::users`].
///
/// Nothing is read or written while nobody asks. Dropping it ends it at once; running it again is safe, for it compares
/// again.
#[must_use = "an iterator does nothing until it is asked"]
pub struct SyncRun<C: CustomData> {
    users: Users<C>,
    /// `None` while it is on the thread, and after a panic there.
    run: Option<Box<sync::SyncRun<'static, C>>>,
    stopper: SyncStopper,
    /// The sums when it last went to the thread.
    report: SyncReport,
    /// Why it could not go to the thread.
    failure: Option<SyncEnd>,
}

impl<C: CustomData> SyncRun<C> {
    /// The sums until now; those of the whole run, once it has ended.
    #[must_use]
    pub fn report(&self) -> &SyncReport {
        self.run.as_ref().map_or(&self.report, |run| run.report())
    }

    /// How it ended; `None` before the iterator has, and after a panic.
    #[must_use]
    pub fn end(&self) -> Option<&SyncEnd> {
        let end = self.run.as_ref().and_then(|run| run.end());
        end.or(self.failure.as_ref())
    }

    /// What stops it, from any thread.
    #[must_use]
    pub fn stopper(&self) -> SyncStopper {
        self.stopper.clone()
    }
}

impl<C: CustomData> Iterator for SyncRun<C> {
    type Item = SyncChange;

    fn next(&mut self) -> Option<SyncChange> {
        let mut run = self.run.take()?;
        self.report = run.report().clone();
        let asked = self.users.call(move |_| async move {
            let change = run.next().await;
            Ok((run, change))
        });
        match asked {
            Ok((run, change)) => {
                self.run = Some(run);
                change
            }
            Err(error) => {
                self.failure = Some(SyncEnd::Failed(SyncError::Bulk(error.into())));
                None
            }
        }
    }
}

impl<C: CustomData> FusedIterator for SyncRun<C> {}

impl<C: CustomData> fmt::Debug for SyncRun<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncRun")
            .field("report", self.report())
            .field("end", &self.end())
            .finish_non_exhaustive()
    }
}
