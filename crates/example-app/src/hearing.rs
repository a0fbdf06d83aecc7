//! What this application does with what it hears of its users. Nothing here knows of HTTP or of signatures.

use std::fmt::Debug;

use async_trait::async_trait;
use stream_users::event::Event;

use crate::users::Profile;

/// Whoever is told what happened to users.
///
/// It may be told something twice, where it was done and the process ended before that was noted, and not in order: what
/// it does should be the same when it is done again, or be done in one transaction with the id of the webhook.
#[async_trait]
pub trait Hear: Debug + Send + Sync {
    /// Does what is to be done. Where it fails, it is told again.
    ///
    /// # Errors
    /// Where it could not be done.
    async fn hear(&self, event: &Event<Profile>) -> anyhow::Result<()>;
}

/// Notes what happened in the log, by id and not by name: an application would end sessions, cancel what is paid for,
/// or keep a table of its own in step.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Log;

#[async_trait]
impl Hear for Log {
    async fn hear(&self, event: &Event<Profile>) -> anyhow::Result<()> {
        let user = event.user().map(|user| user.id.as_str());
        match event {
            Event::UserDeleted(deleted) => tracing::info!(user, hard = deleted.hard_delete, "deleted"),
            Event::UserDeactivated(_) => tracing::info!(user, "deactivated"),
            Event::UserReactivated(_) => tracing::info!(user, "reactivated"),
            Event::UserBanned(banned) => tracing::info!(user, until = ?banned.expiration, "banned"),
            // A type that we do not know is no reason to have it sent again. One that we should know is worth a look, but
            // not here: what does not fit may be somebody's data.
            Event::Other(other) => {
                let misfit = other.problem().is_some();
                tracing::warn!(kind = %other.kind, misfit, "not understood");
            }
            event => tracing::debug!(user, kind = event.kind(), "passed over"),
        }
        Ok(())
    }
}
