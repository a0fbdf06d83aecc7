//! `reactivate_users`: start a task that brings many users back. Its result is that of `TaskUsers`.

use serde::{Deserialize, Serialize};

use crate::{UserId, Validate, Violations, id, operation};

/// Starts a task that brings deactivated users back: at most 100 in a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReactivateUsers {
    /// Whom.
    pub user_ids: Vec<UserId>,
    /// Who does it, for the event that tells of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by_id: Option<UserId>,
    /// Whether messages that the deactivation marked as deleted come back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restore_messages: Option<bool>,
    /// Whether channels that the deactivation marked as deleted come back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restore_channels: Option<bool>,
}

impl ReactivateUsers {
    /// Reactivates users.
    #[must_use]
    pub fn new(user_ids: impl IntoIterator<Item = impl Into<UserId>>) -> Self {
        Self {
            user_ids: user_ids.into_iter().map(Into::into).collect(),
            created_by_id: None,
            restore_messages: None,
            restore_channels: None,
        }
    }

    /// Names who does it.
    #[must_use]
    pub fn created_by_id(mut self, created_by_id: impl Into<UserId>) -> Self {
        self.created_by_id = Some(created_by_id.into());
        self
    }

    /// Sets whether messages that the deactivation marked as deleted come back.
    #[must_use]
    pub fn restore_messages(mut self, restore_messages: bool) -> Self {
        self.restore_messages = Some(restore_messages);
        self
    }

    /// Sets whether channels that the deactivation marked as deleted come back.
    #[must_use]
    pub fn restore_channels(mut self, restore_channels: bool) -> Self {
        self.restore_channels = Some(restore_channels);
        self
    }
}

impl Validate for ReactivateUsers {
    fn validate(&self, violations: &mut Violations) {
        id::check_batch(
            violations,
            "user_ids",
            &self.user_ids,
            &operation::REACTIVATE_USERS,
        );
        id::check_optional(violations, "created_by_id", self.created_by_id.as_ref());
    }
}
