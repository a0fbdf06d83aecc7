//! [`EraseUsers`]: whom to erase, and how.

use std::error::Error as StdError;
use std::fmt;

use stream_users_model::{DeleteUsers, ExportUser, Str, UserId, Validate, Violations};

use crate::task::PollPolicy;

type Keep = dyn FnMut(&str) -> Result<(), Box<dyn StdError + Send + Sync>> + Send;

/// Asks to erase users for good, for [`UsersApiExt::erase_users`](crate::UsersApiExt::erase_users).
///
/// ```
/// use std::io::Write;
/// use stream_users_core::EraseUsers;
///
/// # let mut file = Vec::new();
/// // What is exported is written down before anything is deleted.
/// let request = EraseUsers::new(["ada", "bob"]).keep(move |line| Ok(writeln!(file, "{line}")?));
/// ```
#[must_use]
pub struct EraseUsers {
    pub(super) user_ids: Vec<UserId>,
    pub(super) export: bool,
    pub(super) keep: Option<Box<Keep>>,
    pub(super) policy: PollPolicy,
    new_channel_owner_id: Option<UserId>,
    new_call_owner_id: Option<UserId>,
}

impl EraseUsers {
    /// Erases these users, any number of them. An id that stands twice counts once.
    pub fn new(user_ids: impl IntoIterator<Item = impl Into<UserId>>) -> Self {
        Self {
            user_ids: user_ids.into_iter().map(Into::into).collect(),
            export: true,
            keep: None,
            policy: PollPolicy::new(),
            new_channel_owner_id: None,
            new_call_owner_id: None,
        }
    }

    /// Deletes without an export, so that no proof is left of what was deleted.
    pub fn without_export(mut self) -> Self {
        self.export = false;
        self
    }

    /// Hands out what is exported, before it is deleted: each line of the files as it is, a JSON document without the
    /// line's end. [`ExportRecord`](stream_users_model::ExportRecord) reads one.
    ///
    /// An error of `keep` stops the work: what could not be kept is not deleted. Where an export is repeated for fewer
    /// users, because one of them could not be exported, `keep` may be given lines twice.
    pub fn keep(
        mut self,
        keep: impl FnMut(&str) -> Result<(), Box<dyn StdError + Send + Sync>> + Send + 'static,
    ) -> Self {
        self.keep = Some(Box::new(keep));
        self
    }

    /// Waits for the tasks by another policy. The time limit is that of a single task.
    pub fn poll_policy(mut self, policy: PollPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets who owns the users' channels afterwards; none of those who are erased.
    pub fn new_channel_owner_id(mut self, id: impl Into<UserId>) -> Self {
        self.new_channel_owner_id = Some(id.into());
        self
    }

    /// Sets who owns the users' calls afterwards; none of those who are erased.
    pub fn new_call_owner_id(mut self, id: impl Into<UserId>) -> Self {
        self.new_call_owner_id = Some(id.into());
        self
    }

    /// The rules that it breaks. They are looked for before anything is begun: a batch that is refused half-way would
    /// leave others erased.
    pub(super) fn violations(&self) -> Violations {
        let mut violations = Violations::new();
        for (index, id) in self.user_ids.iter().enumerate() {
            if let Some(message) = wrong_with_id(id) {
                violations.add(format_args!("user_ids[{index}]"), message);
            }
        }
        for (field, owner) in [
            ("new_channel_owner_id", &self.new_channel_owner_id),
            ("new_call_owner_id", &self.new_call_owner_id),
        ] {
            let Some(owner) = owner else { continue };
            if let Some(message) = wrong_with_id(owner) {
                violations.add(field, message);
            } else if self.user_ids.contains(owner) {
                // It would be gone with what it is to own, or before that.
                violations.add(field, "must not be one of the users to erase: name one who stays");
            }
        }
        violations
    }

    /// The deletion of some of the users with all that is theirs.
    pub(super) fn deletion(&self, user_ids: &[UserId]) -> DeleteUsers {
        let mut request = DeleteUsers::hard(user_ids.iter().cloned())
            .calls(stream_users_model::CallDeletionMode::Hard)
            .files(true);
        request
            .new_channel_owner_id
            .clone_from(&self.new_channel_owner_id);
        request.new_call_owner_id.clone_from(&self.new_call_owner_id);
        request
    }
}

/// The rule that an id breaks.
fn wrong_with_id(id: &UserId) -> Option<Str> {
    let mut broken = Violations::new();
    ExportUser::new(id.clone()).validate(&mut broken);
    broken.into_iter().next().map(|violation| violation.message)
}

impl fmt::Debug for EraseUsers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EraseUsers")
            .field("user_ids", &self.user_ids)
            .field("export", &self.export)
            .field("policy", &self.policy)
            .field("new_channel_owner_id", &self.new_channel_owner_id)
            .field("new_call_owner_id", &self.new_call_owner_id)
            .finish_non_exhaustive()
    }
}
