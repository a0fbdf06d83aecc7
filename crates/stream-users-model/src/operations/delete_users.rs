//! `delete_users`: start a task that deletes users and what is theirs, and the task's result.

use serde::{Deserialize, Serialize};

use crate::open_enum::open_enum;
use crate::{Str, StrMap, UserId, Validate, Violations, id, operation};

open_enum! {
    /// How users, or their messages, are deleted.
    pub enum DeletionMode {
        /// Marked as deleted, with all data kept. A user deleted so can be restored.
        Soft = "soft",
        /// Marked as deleted, with the content wiped.
        Pruning = "pruning",
        /// Gone. For users it needs `hard` for messages and conversations as well.
        Hard = "hard",
    }
}

open_enum! {
    /// How conversations, which are channels with exactly two members, are deleted.
    pub enum ConversationDeletionMode {
        /// Marked as deleted.
        Soft = "soft",
        /// Gone with all their messages.
        Hard = "hard",
    }
}

open_enum! {
    /// How calls with exactly two members are deleted.
    pub enum CallDeletionMode {
        /// Marked as deleted.
        Soft = "soft",
        /// Gone with all their data.
        Hard = "hard",
    }
}

/// Starts a task that deletes users: at most 100 in a call. What is not set is left alone, but for the users themselves,
/// which are deleted softly.
///
/// The id of a deleted user can never be used again, whichever the mode; only softly deleted users can be restored.
///
/// ```
/// use stream_users_model::DeleteUsers;
///
/// let request = DeleteUsers::hard(["ada"]).new_channel_owner_id("heir");
/// assert_eq!(
///     serde_json::to_value(&request)?,
///     serde_json::json!({
///         "user_ids": ["ada"], "user": "hard", "messages": "hard", "conversations": "hard",
///         "new_channel_owner_id": "heir",
///     }),
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeleteUsers {
    /// Whom.
    pub user_ids: Vec<UserId>,
    /// How the users are deleted; softly where it is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<DeletionMode>,
    /// How their messages are deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<DeletionMode>,
    /// How their conversations are deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversations: Option<ConversationDeletionMode>,
    /// How their calls are deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<CallDeletionMode>,
    /// Whether all that they uploaded is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<bool>,
    /// Who owns their channels afterwards; a made-up user where it is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_channel_owner_id: Option<UserId>,
    /// Who owns their calls afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_call_owner_id: Option<UserId>,
}

impl DeleteUsers {
    /// Deletes users as the service does by default: softly, leaving messages, conversations and calls alone.
    #[must_use]
    pub fn new(user_ids: impl IntoIterator<Item = impl Into<UserId>>) -> Self {
        Self {
            user_ids: user_ids.into_iter().map(Into::into).collect(),
            user: None,
            messages: None,
            conversations: None,
            calls: None,
            files: None,
            new_channel_owner_id: None,
            new_call_owner_id: None,
        }
    }

    /// Deletes users for good, with their messages and conversations, as the service demands.
    #[must_use]
    pub fn hard(user_ids: impl IntoIterator<Item = impl Into<UserId>>) -> Self {
        Self::new(user_ids)
            .user(DeletionMode::Hard)
            .messages(DeletionMode::Hard)
            .conversations(ConversationDeletionMode::Hard)
    }

    /// Sets how the users are deleted.
    #[must_use]
    pub fn user(mut self, mode: DeletionMode) -> Self {
        self.user = Some(mode);
        self
    }

    /// Sets how their messages are deleted.
    #[must_use]
    pub fn messages(mut self, mode: DeletionMode) -> Self {
        self.messages = Some(mode);
        self
    }

    /// Sets how their conversations are deleted.
    #[must_use]
    pub fn conversations(mut self, mode: ConversationDeletionMode) -> Self {
        self.conversations = Some(mode);
        self
    }

    /// Sets how their calls are deleted.
    #[must_use]
    pub fn calls(mut self, mode: CallDeletionMode) -> Self {
        self.calls = Some(mode);
        self
    }

    /// Sets whether all that they uploaded is removed.
    #[must_use]
    pub fn files(mut self, files: bool) -> Self {
        self.files = Some(files);
        self
    }

    /// Sets who owns their channels afterwards.
    #[must_use]
    pub fn new_channel_owner_id(mut self, id: impl Into<UserId>) -> Self {
        self.new_channel_owner_id = Some(id.into());
        self
    }

    /// Sets who owns their calls afterwards.
    #[must_use]
    pub fn new_call_owner_id(mut self, id: impl Into<UserId>) -> Self {
        self.new_call_owner_id = Some(id.into());
        self
    }
}

impl Validate for DeleteUsers {
    fn validate(&self, violations: &mut Violations) {
        id::check_batch(violations, "user_ids", &self.user_ids, &operation::DELETE_USERS);
        id::check_optional(
            violations,
            "new_channel_owner_id",
            self.new_channel_owner_id.as_ref(),
        );
        id::check_optional(violations, "new_call_owner_id", self.new_call_owner_id.as_ref());
        if self.user == Some(DeletionMode::Hard) {
            let messages = self
                .messages
                .as_ref()
                .is_none_or(|mode| *mode == DeletionMode::Hard);
            violations.require(messages, "messages", "must be hard where user is hard");
            let conversations = self
                .conversations
                .as_ref()
                .is_none_or(|mode| *mode == ConversationDeletionMode::Hard);
            violations.require(conversations, "conversations", "must be hard where user is hard");
        }
    }
}

/// What the task of `delete_users` ends with: what became of each user.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeletedUsers(StrMap<DeletedUser>);

impl DeletedUsers {
    /// A result; for mocks.
    #[must_use]
    pub fn new<K: Into<Str>>(users: impl IntoIterator<Item = (K, DeletedUser)>) -> Self {
        Self(users.into_iter().collect())
    }

    /// What became of one user.
    #[must_use]
    pub fn get(&self, id: impl AsRef<str>) -> Option<&DeletedUser> {
        self.0.get(id.as_ref())
    }

    /// What became of each user, by id.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &DeletedUser)> {
        self.0.iter()
    }
}

/// What became of one user of a deletion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeletedUser {
    /// `ok` where it was deleted.
    pub status: Str,
    /// Why it was not deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl DeletedUser {
    /// A user that was deleted.
    #[must_use]
    pub fn ok() -> Self {
        Self {
            status: Str::from_static("ok"),
            error: None,
        }
    }

    /// Whether the user was deleted.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.status == "ok"
    }
}
