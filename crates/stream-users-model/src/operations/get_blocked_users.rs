//! `get_blocked_users`: whom a user has blocked.

use serde::{Deserialize, Serialize};

use crate::serde_util::or_default;
use crate::{Str, Timestamp, User, UserId, Validate, Violations, id};

/// Lists whom a user has blocked. A server says whose, with `user_id`; a client asks for its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GetBlockedUsers {
    /// Whose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}

impl GetBlockedUsers {
    /// Lists whom a user has blocked.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whose.
    #[must_use]
    pub fn user_id(mut self, id: impl Into<UserId>) -> Self {
        self.user_id = Some(id.into());
        self
    }
}

impl Validate for GetBlockedUsers {
    fn validate(&self, violations: &mut Violations) {
        id::check_optional(violations, "user_id", self.user_id.as_ref());
    }
}

/// Whom a user has blocked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UserBlocks {
    /// The blocks.
    #[serde(default, deserialize_with = "or_default")]
    pub blocks: Vec<UserBlock>,
    /// How long the service worked, as it writes it.
    #[serde(default, deserialize_with = "or_default")]
    pub duration: Str,
}

impl UserBlocks {
    /// An answer with these blocks; for mocks.
    #[must_use]
    pub fn new(blocks: impl IntoIterator<Item = UserBlock>) -> Self {
        Self {
            blocks: blocks.into_iter().collect(),
            duration: Str::default(),
        }
    }
}

/// A user whom another has blocked. The users in it may be anyone, so that their custom data stay raw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UserBlock {
    /// The one who blocks.
    pub user_id: UserId,
    /// The one who is blocked.
    pub blocked_user_id: UserId,
    /// When the block was made.
    pub created_at: Timestamp,
    /// The one who blocks, where the service sends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    /// The one who is blocked, where the service sends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked_user: Option<User>,
}

impl UserBlock {
    /// A block of which only the ids are known; for mocks.
    #[must_use]
    pub fn new(
        user_id: impl Into<UserId>,
        blocked_user_id: impl Into<UserId>,
        created_at: Timestamp,
    ) -> Self {
        Self {
            user_id: user_id.into(),
            blocked_user_id: blocked_user_id.into(),
            created_at,
            user: None,
            blocked_user: None,
        }
    }
}
