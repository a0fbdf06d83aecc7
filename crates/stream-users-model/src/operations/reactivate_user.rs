//! `reactivate_user`: bring one deactivated user back at once.

use serde::{Deserialize, Serialize};

use crate::serde_util::or_default;
use crate::{Custom, CustomData, Str, User, UserId, Validate, Violations, id};

/// Brings a deactivated user back at once. The service refuses a user that is not deactivated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReactivateUser {
    /// Whom. It is part of the path: written by serde, the request is its body alone.
    #[serde(skip)]
    pub user_id: UserId,
    /// Who does it, for the event that tells of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by_id: Option<UserId>,
    /// A new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Str>,
    /// Whether messages that the deactivation marked as deleted come back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restore_messages: Option<bool>,
}

impl ReactivateUser {
    /// Reactivates a user.
    #[must_use]
    pub fn new(user_id: impl Into<UserId>) -> Self {
        Self {
            user_id: user_id.into(),
            created_by_id: None,
            name: None,
            restore_messages: None,
        }
    }

    /// Names who does it.
    #[must_use]
    pub fn created_by_id(mut self, created_by_id: impl Into<UserId>) -> Self {
        self.created_by_id = Some(created_by_id.into());
        self
    }

    /// Sets a new name.
    #[must_use]
    pub fn name(mut self, name: impl Into<Str>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets whether messages that the deactivation marked as deleted come back.
    #[must_use]
    pub fn restore_messages(mut self, restore_messages: bool) -> Self {
        self.restore_messages = Some(restore_messages);
        self
    }
}

impl Validate for ReactivateUser {
    fn validate(&self, violations: &mut Violations) {
        id::check(violations, "user_id", self.user_id.as_str());
        id::check_optional(violations, "created_by_id", self.created_by_id.as_ref());
    }
}

/// The user that was reactivated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound(serialize = "C: Serialize", deserialize = "C: CustomData"))]
#[non_exhaustive]
pub struct ReactivatedUser<C = Custom> {
    /// The user as it is now, where the service sends it.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub user: Option<User<C>>,
    /// How long the service worked, as it writes it.
    #[serde(default, deserialize_with = "or_default")]
    pub duration: Str,
}

impl<C> ReactivatedUser<C> {
    /// An answer with this user; for mocks.
    #[must_use]
    pub fn new(user: User<C>) -> Self {
        Self {
            user: Some(user),
            duration: Str::default(),
        }
    }
}
