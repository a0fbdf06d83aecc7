//! `sync`: bringing the service to a desired state, writing no more than what differs. How writes are sent is the business of
//! `bulk`; how users are listed, of `page`.
//!
//! `plan` goes through both sides and says what is to be done, `compare` finds what differs between two users, `gone` holds
//! the ids of those who are gone, `run` does it through a `lane` for each kind of write.

mod change;
mod compare;
mod error;
mod gone;
mod lane;
mod options;
mod plan;
mod report;
mod run;
mod write;

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use futures_core::Stream;
use futures_util::StreamExt as _;
use stream_users_model::{CustomData, Filter, ReactivateUsers, Str, UserId, UserRequest};

pub use self::change::{SyncChange, SyncKind, SyncOutcome};
pub use self::error::{SyncEnd, SyncError};
pub use self::options::Gone;
use self::options::Options;
use self::plan::Planner;
pub use self::report::{GoneGuard, SyncReport};
pub use self::run::{SyncRun, SyncStopper};
use crate::api::UsersApi;
use crate::bulk::{FailureBudget, IntoRow};
use crate::task::PollPolicy;

/// Brings the users on the service to a desired state, and writes no more than what differs; made by
/// [`UsersApiExt::sync`](crate::UsersApiExt::sync).
///
/// The desired state comes as a stream of users in the order of their ids, compared byte by byte. The users on the service
/// are paged in the same order, deactivated ones included, and both are compared side by side. Who is new is upserted, who
/// differs is patched, and whoever is as it should be costs no write. What becomes of those who are gone is said by
/// [`gone`](Self::gone); without it they are left alone.
///
/// ```
/// use futures_util::StreamExt as _;
/// use stream_users_core::bulk;
/// use stream_users_core::sync::{Gone, SyncEnd};
/// use stream_users_core::{UsersApi, UsersApiExt};
/// use stream_users_model::UserRequest;
///
/// # async fn example(users: &dyn UsersApi) {
/// let wanted = bulk::iter([UserRequest::new("ada").name("Ada"), UserRequest::new("bob")]);
/// let mut run = users.sync().gone(Gone::deactivate()).users(wanted);
/// while let Some(change) = run.next().await {
///     if let Some(error) = change.error() {
///         println!("{:?} of {:?} failed: {error}", change.kind, change.id);
///     }
/// }
/// let report = run.report();
/// println!("{} unchanged, {} written", report.unchanged, report.changed());
/// if let Some(guard) = &report.guard {
///     println!("nobody was deactivated: {guard}");
/// }
/// assert!(matches!(run.end(), Some(SyncEnd::Complete)));
/// # }
/// ```
///
/// # What a user of the input means
/// It stands for the whole user, as in an upsert: name, image, language, privacy settings and custom data that it lacks are
/// taken away, and it is visible; a role and teams that it lacks stay. With [`merge`](Self::merge), all that it lacks stays.
/// How two users are compared stands at [`UserPatch::between`](stream_users_model::UserPatch::between): custom data by their
/// JSON, where `1.0` is `1` and the order of keys does not count. With custom data of a type of one's own, keys that the type
/// does not write are neither compared nor taken away; [`Custom`](stream_users_model::Custom) compares all.
///
/// A change that a patch cannot say (of a key with a dot, a space or the name of a built-in field) replaces the user by an
/// upsert; with `merge` it fails, and says so.
///
/// # What changes meanwhile
/// A patch touches what differs and nothing else. Before users are created they are looked for by their ids once more, so
/// that who came meanwhile is compared and patched like others; there is no write that the service does only if nobody
/// came first, so that a moment remains in which an upsert replaces somebody. Nobody who came after the run began is gone.
///
/// # Who is gone
/// Users on the service who are in no row, but for those outside of the [`scope`](Self::scope) and those who are
/// [protected](Self::protect): by default, guests, anonymous users and admins are, whom no desired state can know. They are
/// touched after everything else has been written, if [`max_gone_share`](Self::max_gone_share) and
/// [`max_gone`](Self::max_gone) allow it, all of them or none. Where a row cannot be used and does not say whom it is about,
/// nobody is gone, unless [`gone_despite_rejected`](Self::gone_despite_rejected).
///
/// # Memory
/// A page of users, up to 100 who are new, what the engine has in flight, and the ids of those who are gone: about 10 to 40
/// bytes each.
#[must_use = "nothing is done before `users`, and a run does nothing until it is polled"]
pub struct UserSync<C, A> {
    api: A,
    options: Options,
    custom: PhantomData<fn() -> C>,
}

impl<C: CustomData, A: UsersApi<C> + Clone> UserSync<C, A> {
    /// Works over `api`: a reference, or an `Arc` where the run is to live on its own.
    pub fn new(api: A) -> Self {
        Self {
            api,
            options: Options::new(),
            custom: PhantomData,
        }
    }

    /// Looks at the users who match a filter only: others are neither changed nor gone. A row about one of them is
    /// [left](SyncKind::LeaveOutOfScope).
    pub fn scope(mut self, scope: Filter) -> Self {
        self.options.scope = scope;
        self
    }

    /// Says what becomes of users on the service who are in no row; by default [`Gone::Keep`].
    pub fn gone(mut self, gone: Gone) -> Self {
        self.options.gone = gone;
        self
    }

    /// The largest share of the users that may be gone, from 0 to 1; by default 0.1. Above it, nobody of them is touched.
    ///
    /// It is a share of those who were looked at and are not protected; where the gone are deactivated, those who already are
    /// count on neither side.
    pub fn max_gone_share(mut self, max_gone_share: f64) -> Self {
        self.options.max_gone_share = max_gone_share;
        self
    }

    /// The most users that may be gone, whose ids are held in memory; by default 1,000,000. Above it, nobody of them is
    /// touched.
    pub fn max_gone(mut self, max_gone: u64) -> Self {
        self.options.max_gone = max_gone;
        self
    }

    /// Lets users be gone also where rows could not be used and do not say whom they are about.
    pub fn gone_despite_rejected(mut self, gone_despite_rejected: bool) -> Self {
        self.options.gone_despite_rejected = gone_despite_rejected;
        self
    }

    /// Protects users from being gone, besides those of protected roles. They are changed like others where they are in a row.
    pub fn protect(mut self, ids: impl IntoIterator<Item = impl Into<UserId>>) -> Self {
        self.options.protected.extend(ids.into_iter().map(Into::into));
        self
    }

    /// The roles whose users are never gone; by default `guest`, `anonymous` and `admin`.
    pub fn protect_roles(mut self, roles: impl IntoIterator<Item = impl Into<Str>>) -> Self {
        self.options.protected_roles = roles.into_iter().map(Into::into).collect();
        self
    }

    /// Whether deactivated users who are in a row are brought back; by default where the gone are deactivated. Others are
    /// [left](SyncKind::LeaveInactive): the service changes nobody who is deactivated.
    pub fn reactivate(mut self, reactivate: bool) -> Self {
        self.options.reactivate = Some(reactivate);
        self
    }

    /// Brings users back with the options of this request, whose ids do not count.
    pub fn reactivate_with(mut self, template: ReactivateUsers) -> Self {
        self.options.reactivate = Some(true);
        self.options.reactivation = template;
        self
    }

    /// Leaves alone what a row does not name: fields, and keys of custom data at the top. A key that is named gets its value
    /// whole.
    pub fn merge(mut self) -> Self {
        self.options.merge = true;
        self
    }

    /// Writes nothing: the changes are those that would be made.
    pub fn dry_run(mut self) -> Self {
        self.options.dry_run = true;
        self
    }

    /// The most requests in flight for each kind of write; see [`Bulk`](crate::bulk::Bulk).
    pub fn max_in_flight(mut self, max_in_flight: usize) -> Self {
        self.options.engine.max_in_flight = Some(max_in_flight);
        self
    }

    /// The most users in a request; see [`Bulk`](crate::bulk::Bulk).
    pub fn max_batch(mut self, max_batch: usize) -> Self {
        self.options.engine.max_batch = Some(max_batch);
        self
    }

    /// How many changes may fail before the run ends, those counted as tried that were done or failed; by default, any number.
    /// Rows that cannot be used do not count.
    pub fn failure_budget(mut self, budget: FailureBudget) -> Self {
        self.options.failure_budget = budget;
        self
    }

    /// How long the service may be away in one stretch before the run ends; see [`Bulk`](crate::bulk::Bulk).
    pub fn patience(mut self, patience: Duration) -> Self {
        self.options.engine.patience = Some(patience);
        self
    }

    /// How tasks are followed to their end.
    pub fn poll_policy(mut self, policy: PollPolicy) -> Self {
        self.options.engine.poll_policy = Some(policy);
        self
    }

    /// Brings the service to the state of these users, who come in the order of their ids, byte by byte.
    ///
    /// A row that has the id of the one before it is rejected; one that should have come earlier ends the run.
    pub fn users<'a, S>(self, users: S) -> SyncRun<'a, C>
    where
        A: 'a,
        S: Stream<Item: IntoRow<UserRequest<C>>> + Send + 'a,
    {
        let mut number = 0;
        let rows = users.map(move |row| {
            number += 1;
            row.into_row(number)
        });
        let planner = Planner::new(self.api.clone(), rows.boxed(), self.options.clone());
        SyncRun::new(self.api, planner, self.options)
    }
}

impl<C, A: fmt::Debug> fmt::Debug for UserSync<C, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserSync")
            .field("api", &self.api)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
