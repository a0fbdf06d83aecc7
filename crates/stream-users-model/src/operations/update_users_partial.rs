//! `update_users_partial`: set and unset single fields. The answer is that of `upsert_users`.

use serde::{Deserialize, Serialize};

use crate::{UserPatch, Validate, Violations, operation};

/// Sets and unsets single fields of users: at most 100 in a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UpdateUsersPartial {
    /// The changes, by user.
    pub users: Vec<UserPatch>,
}

impl UpdateUsersPartial {
    /// Makes these changes.
    #[must_use]
    pub fn new(users: impl IntoIterator<Item = UserPatch>) -> Self {
        Self {
            users: users.into_iter().collect(),
        }
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
