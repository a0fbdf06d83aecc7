//! When `last_active` of those who are connected is to be set anew.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::clock::{Nanos, SECOND};

/// How often `last_active` of a connected user is set anew, as the service documents it.
pub(super) const EVERY: Nanos = 15 * 60 * SECOND;

/// For each connected user a time. Most often none has come, and nobody is looked at.
#[derive(Debug, Default)]
pub(crate) struct Refreshes(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    of_users: HashMap<String, Nanos>,
    by_time: BTreeSet<(Nanos, String)>,
}

impl Refreshes {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the time of a user, in place of one that there may be.
    pub(super) fn set(&self, user_id: &str, due: Nanos) {
        let mut state = self.lock();
        if let Some(before) = state.of_users.insert(user_id.to_owned(), due) {
            state.by_time.remove(&(before, user_id.to_owned()));
        }
        state.by_time.insert((due, user_id.to_owned()));
    }

    /// The users whose time has come.
    pub(super) fn due(&self, now: Nanos) -> Vec<String> {
        let state = self.lock();
        let due = state.by_time.iter().take_while(|(time, _)| *time <= now);
        due.map(|(_, user_id)| user_id.clone()).collect()
    }

    /// Forgets everybody.
    pub(crate) fn clear(&self) {
        *self.lock() = State::default();
    }

    pub(super) fn forget(&self, user_id: &str) {
        let mut state = self.lock();
        if let Some(due) = state.of_users.remove(user_id) {
            state.by_time.remove(&(due, user_id.to_owned()));
        }
    }
}
