//! What a synchronization was asked for. The setters and what they mean stand at [`UserSync`](super::UserSync).

use std::collections::BTreeSet;
use std::time::Duration;

use stream_users_model::{CustomData, DeactivateUsers, DeleteUsers, Filter, ReactivateUsers, Str, UserId};

use super::change::SyncKind;
use crate::api::UsersApi;
use crate::bulk::{Bulk, FailureBudget};
use crate::task::PollPolicy;

/// What becomes of users on the service who are not in the input.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub enum Gone {
    /// They are left alone.
    #[default]
    Keep,
    /// They are deactivated, which can be taken back: with the options of this request, whose ids do not count.
    Deactivate(DeactivateUsers),
    /// They are deleted, those already deactivated included: with the options of this request, whose ids do not count.
    Delete(DeleteUsers),
}

impl Gone {
    /// They are deactivated with the service's defaults.
    #[must_use]
    pub fn deactivate() -> Self {
        Self::Deactivate(DeactivateUsers::new(NOBODY))
    }

    /// They are deleted softly, so that they can be restored.
    #[must_use]
    pub fn delete() -> Self {
        Self::Delete(DeleteUsers::new(NOBODY))
    }

    /// They are deleted for good, with their messages and conversations.
    #[must_use]
    pub fn hard_delete() -> Self {
        Self::Delete(DeleteUsers::hard(NOBODY))
    }
}

impl Gone {
    /// What is done to those who are gone; `None` where nothing is.
    pub(super) const fn kind(&self) -> Option<SyncKind> {
        match self {
            Self::Keep => None,
            Self::Deactivate(_) => Some(SyncKind::Deactivate),
            Self::Delete(_) => Some(SyncKind::Delete),
        }
    }
}

const NOBODY: [UserId; 0] = [];

#[derive(Debug, Clone)]
pub(super) struct Options {
    pub(super) scope: Filter,
    pub(super) protected: BTreeSet<UserId>,
    pub(super) protected_roles: Vec<Str>,
    pub(super) gone: Gone,
    pub(super) max_gone_share: f64,
    pub(super) max_gone: u64,
    pub(super) gone_despite_rejected: bool,
    pub(super) reactivate: Option<bool>,
    pub(super) reactivation: ReactivateUsers,
    pub(super) merge: bool,
    pub(super) dry_run: bool,
    pub(super) failure_budget: FailureBudget,
    pub(super) engine: Engine,
}

/// What is passed on to the bulk engine.
#[derive(Debug, Clone, Default)]
pub(super) struct Engine {
    pub(super) max_in_flight: Option<usize>,
    pub(super) max_batch: Option<usize>,
    pub(super) patience: Option<Duration>,
    pub(super) poll_policy: Option<PollPolicy>,
}

impl Engine {
    /// The bulk engine, as it was asked for.
    pub(super) fn of<C: CustomData, A: UsersApi<C>>(&self, api: A) -> Bulk<C, A> {
        let mut bulk = Bulk::new(api);
        if let Some(max_in_flight) = self.max_in_flight {
            bulk = bulk.max_in_flight(max_in_flight);
        }
        if let Some(max_batch) = self.max_batch {
            bulk = bulk.max_batch(max_batch);
        }
        if let Some(patience) = self.patience {
            bulk = bulk.patience(patience);
        }
        if let Some(policy) = self.poll_policy {
            bulk = bulk.poll_policy(policy);
        }
        bulk
    }
}

impl Options {
    /// Roles whose users a desired state cannot know: the service makes guests and anonymous users, and admins come with
    /// the app.
    const PROTECTED_ROLES: [&'static str; 3] = ["guest", "anonymous", "admin"];

    pub(super) fn new() -> Self {
        Self {
            scope: Filter::all(),
            protected: BTreeSet::new(),
            protected_roles: Self::PROTECTED_ROLES.map(Str::from_static).to_vec(),
            gone: Gone::Keep,
            max_gone_share: 0.1,
            max_gone: 1_000_000,
            gone_despite_rejected: false,
            reactivate: None,
            reactivation: ReactivateUsers::new(NOBODY),
            merge: false,
            dry_run: false,
            failure_budget: FailureBudget::new(),
            engine: Engine::default(),
        }
    }

    pub(super) fn reactivates(&self) -> bool {
        self.reactivate
            .unwrap_or(matches!(self.gone, Gone::Deactivate(_)))
    }

    pub(super) fn protects(&self, id: &UserId, role: &Str) -> bool {
        self.protected.contains(id) || self.protected_roles.contains(role)
    }
}
