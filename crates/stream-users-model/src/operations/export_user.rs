//! `export_user`: one user with all messages and reactions, at once.

use serde::{Deserialize, Serialize};

use crate::serde_util::or_default;
use crate::{Custom, CustomData, RawJson, Str, User, UserId, Validate, Violations, id};

/// Exports one user with messages and reactions. The service refuses more than 10,000 of either
/// ([documentation](https://getstream.io/chat/docs/node/gdpr/)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExportUser {
    /// Whom.
    pub user_id: UserId,
}

impl ExportUser {
    /// Exports a user.
    #[must_use]
    pub fn new(user_id: impl Into<UserId>) -> Self {
        Self {
            user_id: user_id.into(),
        }
    }
}

impl Validate for ExportUser {
    fn validate(&self, violations: &mut Violations) {
        id::check(violations, "user_id", self.user_id.as_str());
    }
}

/// A user with all messages and reactions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound(serialize = "C: Serialize", deserialize = "C: CustomData"))]
#[non_exhaustive]
pub struct ExportedUser<C = Custom> {
    /// The user, where the service sends it.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub user: Option<User<C>>,
    /// The messages, as the service sent them.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub messages: Vec<RawJson>,
    /// The reactions, as the service sent them.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub reactions: Vec<RawJson>,
    /// How long the service worked, as it writes it.
    #[serde(default, deserialize_with = "or_default")]
    pub duration: Str,
}

impl<C> ExportedUser<C> {
    /// An answer with this user and no messages; for mocks.
    #[must_use]
    pub fn new(user: User<C>) -> Self {
        Self {
            user: Some(user),
            messages: Vec::new(),
            reactions: Vec::new(),
            duration: Str::default(),
        }
    }
}
