//! `unblock_users`: take a block back.

use serde::{Deserialize, Serialize};

use super::query_users::check_acting_user;
use crate::serde_util::or_default;
use crate::{Str, UserId, UserRequest, Validate, Violations, id};

/// Takes a block back. A server says for whom, with `user_id` or `user`; a client acts for itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnblockUsers {
    /// The one who is blocked.
    pub blocked_user_id: UserId,
    /// The one who blocks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// The one who blocks, as a whole user; not together with `user_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserRequest>,
}

impl UnblockUsers {
    /// Takes a block back, acting as the client's own user.
    #[must_use]
    pub fn new(blocked_user_id: impl Into<UserId>) -> Self {
        Self {
            blocked_user_id: blocked_user_id.into(),
            user_id: None,
            user: None,
        }
    }

    /// Sets the one who blocks.
    #[must_use]
    pub fn user_id(mut self, id: impl Into<UserId>) -> Self {
        self.user_id = Some(id.into());
        self
    }

    /// Sets the one who blocks, as a whole user.
    #[must_use]
    pub fn user(mut self, user: UserRequest) -> Self {
        self.user = Some(user);
        self
    }
}

impl Validate for UnblockUsers {
    fn validate(&self, violations: &mut Violations) {
        id::check(violations, "blocked_user_id", self.blocked_user_id.as_str());
        check_acting_user(violations, self.user_id.as_ref(), self.user.as_ref());
    }
}

/// The block was taken back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnblockedUsers {
    /// How long the service worked, as it writes it.
    #[serde(default, deserialize_with = "or_default")]
    pub duration: Str,
}

impl UnblockedUsers {
    /// An answer; for mocks.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}
