//! `export_users`: start a task that writes users to a file, and the task's result.

use serde::{Deserialize, Serialize};

use crate::{UserId, Validate, Violations, id, operation};

/// Starts a task that writes users with their messages and reactions to a file: at most 25 in a call, at most 10,000 messages
/// and reactions of each ([documentation](https://getstream.io/chat/docs/node/gdpr/)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExportUsers {
    /// Whom.
    pub user_ids: Vec<UserId>,
}

impl ExportUsers {
    /// Exports users.
    #[must_use]
    pub fn new(user_ids: impl IntoIterator<Item = impl Into<UserId>>) -> Self {
        Self {
            user_ids: user_ids.into_iter().map(Into::into).collect(),
        }
    }
}

impl Validate for ExportUsers {
    fn validate(&self, violations: &mut Violations) {
        id::check_batch(violations, "user_ids", &self.user_ids, &operation::EXPORT_USERS);
    }
}

/// What the task of `export_users` ends with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExportedFile {
    /// Where the file is: a JSON document a line. Whoever has the URL can read it, so that it is not in `Debug` output.
    pub url: String,
}

impl ExportedFile {
    /// A result; for mocks.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into() }
    }
}

impl std::fmt::Debug for ExportedFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExportedFile").finish_non_exhaustive()
    }
}
