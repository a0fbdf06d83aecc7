//! Any number of users at a time: [`Bulk`] cuts what it is given into batches, sends several at a time, and says of each
//! user what became of it.
//!
//! ```
//! use futures_util::StreamExt as _;
//! use stream_users_core::bulk;
//! use stream_users_core::model::UserRequest;
//! use stream_users_core::{UsersApi, UsersApiExt as _};
//!
//! # async fn example(users: &dyn UsersApi) {
//! let everybody = (0..1_000_000).map(|number| UserRequest::new(format!("user-{number}")));
//! let mut run = users.bulk().upsert_users(bulk::iter(everybody));
//! while let Some(row) = run.next().await {
//!     if let Err(reason) = row.outcome {
//!         eprintln!("row {}: {reason}", row.number);
//!     }
//! }
//! # }
//! ```
//!
//! What must not enter: reading files, an HTTP stack, anything that spawns a task. The file of a journal is the one thing
//! that is written, and behind a feature.

mod attempt;
mod batch;
mod budget;
mod cut;
pub mod journal;
mod limit;
mod outcome;
mod row;
mod run;
mod stop;
mod work;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use futures_core::Stream;
use futures_util::{StreamExt as _, stream};
use stream_users_model::{
    CustomData, DeactivateUsers, DeleteUsers, ExportUsers, ExportedFile, ReactivateUsers, User, UserId,
    UserPatch, UserRequest,
};

use self::attempt::{Shared, State};
pub use self::budget::FailureBudget;
use self::cut::{Cutter, Size};
use self::journal::Journal;
use self::limit::Limit;
pub use self::outcome::{BulkEnd, BulkError, BulkProgress, BulkResult, ItemError};
pub use self::row::{BulkItem, InputError, IntoRow, Rejected, Row};
pub use self::run::BulkRun;
pub use self::stop::BulkStopper;
use self::work::{ByTask, Patch, Restore, TaskRequest, Upsert, Work};
use crate::api::UsersApi;
use crate::clock::Clock;
use crate::error::Result;
use crate::random::Random;
use crate::task::PollPolicy;

/// An iterator as the input of a run.
pub fn iter<I: IntoIterator>(items: I) -> impl Stream<Item = I::Item>
where
    I::IntoIter: Send,
{
    stream::iter(items)
}

/// How a run works. [`UsersApiExt::bulk`](crate::UsersApiExt::bulk) makes one; a method named after an operation starts it.
///
/// A batch that the service refuses is halved until the users that it does not take are alone; the others are applied, and each
/// of those few fails with the service's words. What may pass (a connection that fails, 429, 5xx) is tried again after the client's
/// own retries, until the service has been away for as long as the [patience](Self::patience).
/// There are never two requests at a time that are about the same user: what comes later in the input is applied later.
#[must_use = "a method named after an operation starts a run"]
pub struct Bulk<C, A> {
    api: A,
    settings: Settings,
    custom: PhantomData<fn() -> C>,
}

/// How a run works, whatever it does.
#[derive(Debug)]
struct Settings {
    max_in_flight: usize,
    max_batch: usize,
    max_batch_bytes: usize,
    budget: FailureBudget,
    patience: Duration,
    policy: PollPolicy,
    journal: Option<Arc<dyn Journal>>,
    random: Option<Random>,
}

impl<C: CustomData, A: UsersApi<C>> Bulk<C, A> {
    /// Works over `api`: a reference, or an `Arc` where the run is to live on its own.
    pub fn new(api: A) -> Self {
        Self {
            api,
            settings: Settings {
                max_in_flight: 16,
                max_batch: usize::MAX,
                max_batch_bytes: 1024 * 1024,
                budget: FailureBudget::new(),
                patience: Duration::from_secs(300),
                policy: PollPolicy::new().timeout(None),
                journal: None,
                random: None,
            },
            custom: PhantomData,
        }
    }

    /// Keeps at most this many batches under way: 16 where it is not set, at least 1. Below it, the number follows how fast the service
    /// answers, and whether it refuses for too many calls.
    pub fn max_in_flight(mut self, batches: usize) -> Self {
        self.settings.max_in_flight = batches;
        self
    }

    /// Sends at most this many users in one request. It is never more than the operation takes: 100, for exports 25.
    pub fn max_batch(mut self, users: usize) -> Self {
        self.settings.max_batch = users;
        self
    }

    /// Sends at most this many bytes of users in one request, a megabyte where it is not set. A user that is larger is sent
    /// alone.
    pub fn max_batch_bytes(mut self, bytes: usize) -> Self {
        self.settings.max_batch_bytes = bytes;
        self
    }

    /// Stops where too many rows fail. Without it, all may.
    pub fn failure_budget(mut self, budget: FailureBudget) -> Self {
        self.settings.budget = budget;
        self
    }

    /// Stops where the service has not answered for this long: five minutes where it is not set. A batch that fails again and
    /// again is halved, and others are sent meanwhile, so that as few rows as may be wait for whatever it is.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.settings.patience = patience;
        self
    }

    /// Waits for tasks by another policy. A task that does not end within its time limit ends the run; without one, which is the default,
    /// tasks may take as long as they do. How many questions may fail is not the policy's to say here: that is the
    /// [patience](Self::patience).
    pub fn poll_policy(mut self, policy: PollPolicy) -> Self {
        self.settings.policy = policy;
        self
    }

    /// Keeps in a journal what is done, and goes on where an earlier run was.
    ///
    /// The input must be given again from its start; what the journal knows is compared and passed over.
    pub fn journal(mut self, journal: impl Journal) -> Self {
        self.settings.journal = Some(Arc::new(journal));
        self
    }

    /// Draws the waits from a source of one's own, for tests.
    pub fn random(mut self, random: Random) -> Self {
        self.settings.random = Some(random);
        self
    }

    /// Creates users, or replaces those that exist, as [`UsersApi::upsert_users`] does.
    pub fn upsert_users<'a, I>(self, users: I) -> BulkRun<'a, User<C>>
    where
        A: 'a,
        I: Stream + Send + 'a,
        I::Item: IntoRow<UserRequest<C>> + Send,
    {
        let clock = self.api.clock();
        let work = Upsert {
            api: self.api,
            custom: PhantomData,
        };
        self.settings.start(clock, work, users)
    }

    /// Sets and unsets single fields of users, as [`UsersApi::update_users_partial`] does.
    pub fn update_users_partial<'a, I>(self, patches: I) -> BulkRun<'a, User<C>>
    where
        A: 'a,
        I: Stream + Send + 'a,
        I::Item: IntoRow<UserPatch> + Send,
    {
        let clock = self.api.clock();
        let work = Patch {
            api: self.api,
            custom: PhantomData,
        };
        self.settings.start(clock, work, patches)
    }

    /// Deactivates users, as [`UsersApi::deactivate_users`] does, each task followed to its end. `how` has the options; its ids
    /// are not used.
    pub fn deactivate_users<'a, I>(self, how: DeactivateUsers, ids: I) -> BulkRun<'a, User<C>>
    where
        A: 'a,
        I: Stream + Send + 'a,
        I::Item: IntoRow<UserId> + Send,
    {
        self.start_tasks(how, ids)
    }

    /// Brings deactivated users back, as [`UsersApi::reactivate_users`] does, each task followed to its end. `how` has the options;
    /// its ids are not used.
    pub fn reactivate_users<'a, I>(self, how: ReactivateUsers, ids: I) -> BulkRun<'a, User<C>>
    where
        A: 'a,
        I: Stream + Send + 'a,
        I::Item: IntoRow<UserId> + Send,
    {
        self.start_tasks(how, ids)
    }

    /// Deletes users, as [`UsersApi::delete_users`] does, each task followed to its end. `how` has the options; its ids are
    /// not used.
    pub fn delete_users<'a, I>(self, how: DeleteUsers, ids: I) -> BulkRun<'a, ()>
    where
        A: 'a,
        I: Stream + Send + 'a,
        I::Item: IntoRow<UserId> + Send,
    {
        self.start_tasks(how, ids)
    }

    /// Restores softly deleted users, as [`UsersApi::restore_users`] does.
    pub fn restore_users<'a, I>(self, ids: I) -> BulkRun<'a, ()>
    where
        A: 'a,
        I: Stream + Send + 'a,
        I::Item: IntoRow<UserId> + Send,
    {
        let clock = self.api.clock();
        let work = Restore {
            api: self.api,
            custom: PhantomData,
        };
        self.settings.start(clock, work, ids)
    }

    /// Exports users, as [`UsersApi::export_users`] does, each task followed to its end. The users of a batch, at most 25, are
    /// in one file, which each of them is answered with.
    pub fn export_users<'a, I>(self, ids: I) -> BulkRun<'a, ExportedFile>
    where
        A: 'a,
        I: Stream + Send + 'a,
        I::Item: IntoRow<UserId> + Send,
    {
        self.start_tasks(ExportUsers::new(None::<UserId>), ids)
    }

    fn start_tasks<'a, R, I>(self, mut template: R, ids: I) -> BulkRun<'a, R::Done>
    where
        A: 'a,
        R: TaskRequest<C> + 'a,
        R::Done: 'a,
        I: Stream + Send + 'a,
        I::Item: IntoRow<UserId> + Send,
    {
        template.user_ids().clear();
        let clock = self.api.clock();
        let work = ByTask {
            api: self.api,
            template,
            policy: self.settings.policy,
            custom: PhantomData,
        };
        self.settings.start(clock, work, ids)
    }
}

impl Settings {
    fn start<'a, W, I>(self, clock: Result<Arc<dyn Clock>>, work: W, input: I) -> BulkRun<'a, W::Done>
    where
        W: Work + 'a,
        W::Item: 'a,
        W::Done: 'a,
        I: Stream + Send + 'a,
        I::Item: IntoRow<W::Item> + Send,
    {
        let most = work.operation().batch.map_or(1, |batch| batch.max);
        let size = Size {
            items: self.max_batch.clamp(1, most),
            bytes: self.max_batch_bytes,
        };
        let state = Arc::new(State::new(Limit::new(self.max_in_flight)));
        let clock = match clock {
            Ok(clock) => clock,
            Err(error) => return BulkRun::failed(error.into(), state),
        };
        let shared = Shared {
            work,
            journal: self.journal,
            clock,
            random: self.random.unwrap_or_default(),
            patience: self.patience,
            stopper: BulkStopper::default(),
            state,
        };
        let mut number = 0;
        let rows = input.map(move |item| {
            number += 1;
            item.into_row(number)
        });
        run::run(shared, self.budget, Cutter::new(size), rows.boxed())
    }
}

impl<C, A> fmt::Debug for Bulk<C, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bulk")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
