//! `deactivate_users`: start a task that deactivates many users. Its result is that of `TaskUsers`.

use serde::{Deserialize, Serialize};

use crate::{UserId, Validate, Violations, id, operation};

/// Starts a task that deactivates users: at most 100 in a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeactivateUsers {
    /// Whom.
    pub user_ids: Vec<UserId>,
    /// Who does it, for the event that tells of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by_id: Option<UserId>,
    /// Whether the users' messages are marked as deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark_messages_deleted: Option<bool>,
    /// Whether the users' channels are marked as deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark_channels_deleted: Option<bool>,
}

impl DeactivateUsers {
    /// Deactivates users.
    #[must_use]
    pub fn new(user_ids: impl IntoIterator<Item = impl Into<UserId>>) -> Self {
        Self {
            user_ids: user_ids.into_iter().map(Into::into).collect(),
            created_by_id: None,
            mark_messages_deleted: None,
            mark_channels_deleted: None,
        }
    }

    /// Names who does it.
    #[must_use]
    pub fn created_by_id(mut self, created_by_id: impl Into<UserId>) -> Self {
        self.created_by_id = Some(created_by_id.into());
        self
    }

    /// Sets whether the users' messages are marked as deleted.
    #[must_use]
    pub fn mark_messages_deleted(mut self, mark_messages_deleted: bool) -> Self {
        self.mark_messages_deleted = Some(mark_messages_deleted);
        self
    }

    /// Sets whether the users' channels are marked as deleted.
    #[must_use]
    pub fn mark_channels_deleted(mut self, mark_channels_deleted: bool) -> Self {
        self.mark_channels_deleted = Some(mark_channels_deleted);
        self
    }
}

impl Validate for DeactivateUsers {
    fn validate(&self, violations: &mut Violations) {
        id::check_batch(
            violations,
            "user_ids",
            &self.user_ids,
            &operation::DEACTIVATE_USERS,
        );
        id::check_optional(violations, "created_by_id", self.created_by_id.as_ref());
    }
}
