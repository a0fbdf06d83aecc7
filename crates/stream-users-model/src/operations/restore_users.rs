//! `restore_users`: bring softly deleted users back.

use serde::{Deserialize, Serialize};

use crate::serde_util::or_default;
use crate::{Str, UserId, Validate, Violations, id, operation};

/// Brings softly deleted users back: at most 100 in a call, all of them or none. Memberships and messages do not come back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RestoreUsers {
    /// Whom.
    pub user_ids: Vec<UserId>,
}

impl RestoreUsers {
    /// Restores users.
    #[must_use]
    pub fn new(user_ids: impl IntoIterator<Item = impl Into<UserId>>) -> Self {
        Self {
            user_ids: user_ids.into_iter().map(Into::into).collect(),
        }
    }
}

impl Validate for RestoreUsers {
    fn validate(&self, violations: &mut Violations) {
        id::check_batch(violations, "user_ids", &self.user_ids, &operation::RESTORE_USERS);
    }
}

/// The users were restored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RestoredUsers {
    /// How long the service worked, as it writes it.
    #[serde(default, deserialize_with = "or_default")]
    pub duration: Str,
}

impl RestoredUsers {
    /// An answer; for mocks.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}
