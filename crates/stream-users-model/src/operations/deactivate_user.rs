//! `deactivate_user`: deactivate one user at once.

use serde::{Deserialize, Serialize};

use crate::serde_util::or_default;
use crate::{Custom, CustomData, Str, User, UserId, Validate, Violations, id};

/// Deactivates a user at once: it can neither connect nor act, and queries find it only when asked to. Its data stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeactivateUser {
    /// Whom. It is part of the path: written by serde, the request is its body alone.
    #[serde(skip)]
    pub user_id: UserId,
    /// Who does it, for the event that tells of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by_id: Option<UserId>,
    /// Whether the user's messages are marked as deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark_messages_deleted: Option<bool>,
}

impl DeactivateUser {
    /// Deactivates a user.
    #[must_use]
    pub fn new(user_id: impl Into<UserId>) -> Self {
        Self {
            user_id: user_id.into(),
            created_by_id: None,
            mark_messages_deleted: None,
        }
    }

    /// Names who does it.
    #[must_use]
    pub fn created_by_id(mut self, created_by_id: impl Into<UserId>) -> Self {
        self.created_by_id = Some(created_by_id.into());
        self
    }

    /// Sets whether the user's messages are marked as deleted.
    #[must_use]
    pub fn mark_messages_deleted(mut self, mark_messages_deleted: bool) -> Self {
        self.mark_messages_deleted = Some(mark_messages_deleted);
        self
    }
}

impl Validate for DeactivateUser {
    fn validate(&self, violations: &mut Violations) {
        id::check(violations, "user_id", self.user_id.as_str());
        id::check_optional(violations, "created_by_id", self.created_by_id.as_ref());
    }
}

/// The user that was deactivated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound(serialize = "C: Serialize", deserialize = "C: CustomData"))]
#[non_exhaustive]
pub struct DeactivatedUser<C = Custom> {
    /// The user as it is now, where the service sends it.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub user: Option<User<C>>,
    /// How long the service worked, as it writes it.
    #[serde(default, deserialize_with = "or_default")]
    pub duration: Str,
}

impl<C> DeactivatedUser<C> {
    /// An answer with this user; for mocks.
    #[must_use]
    pub fn new(user: User<C>) -> Self {
        Self {
            user: Some(user),
            duration: Str::default(),
        }
    }
}
