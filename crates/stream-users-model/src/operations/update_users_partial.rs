//! `update_users_partial`: set and unset single fields. The answer is that of `upsert_users`.

use serde::{Deserialize, Serialize};

use crate::{UserPatch, Validate, Violations, operation};

/// Sets and unsets single fields of users: at most 100 in a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UpdateUsersPartial {
    /// The changes, by user.
    pub users: Vec<UserPatch>,
    /// Whether the users of the answer are left unread. It is not sent.
    #[serde(skip)]
    pub ignore_answer: bool,
}

impl UpdateUsersPartial {
    /// Makes these changes.
    #[must_use]
    pub fn new(users: impl IntoIterator<Item = UserPatch>) -> Self {
        Self {
            users: users.into_iter().collect(),
            ignore_answer: false,
        }
    }

    /// Leaves the users of the answer unread: [`UpsertedUsers::users`](crate::UpsertedUsers::users) is then empty. The service
    /// answers with every field of every user, and reading them is a good part of what a call of many users costs.
    ///
    /// The answer is taken for what it says of itself: what stands in its users is not checked, so that a user whose custom data
    /// do not fit is no error of kind `Decode` either.
    #[must_use]
    pub fn ignore_answer(mut self) -> Self {
        self.ignore_answer = true;
        self
    }
}

impl Validate for UpdateUsersPartial {
    fn validate(&self, violations: &mut Violations) {
        operation::UPDATE_USERS_PARTIAL.check_batch(violations, self.users.len());
        for (index, patch) in self.users.iter().enumerate() {
            patch.check(violations, format_args!("users[{index}]."));
        }
    }
}
