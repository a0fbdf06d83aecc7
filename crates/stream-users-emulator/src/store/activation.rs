//! Deactivating and reactivating users, and what goes with them.

use rusqlite::{Transaction, params};

use super::messages;
use super::users::{self, User};
use crate::clock::Nanos;
use crate::refusal::Refusal;

/// What a deactivation takes with it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Deactivation {
    pub(crate) mark_messages_deleted: bool,
    pub(crate) mark_channels_deleted: bool,
}

/// What a reactivation brings back. Only what a deactivation has deleted comes back.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Reactivation {
    pub(crate) restore_messages: bool,
    pub(crate) restore_channels: bool,
}

/// Deactivates a user that is active, and does the rest to one that is not.
pub(crate) fn deactivate(
    tx: &Transaction<'_>,
    id: &str,
    how: Deactivation,
    now: Nanos,
) -> Result<User, Refusal> {
    let mut user = users::existing(tx, id)?;
    if user.deactivated_at.is_none() {
        user.deactivated_at = Some(now);
        user.updated_at = now;
        user.online = false;
        users::save(tx, &user)?;
    }
    if how.mark_messages_deleted {
        messages::delete_by_deactivation(tx, id, now)?;
    }
    if how.mark_channels_deleted {
        tx.prepare_cached(
            "UPDATE channels SET deleted_at = ?2, by_deactivation = 1
            WHERE created_by_id = ?1 AND deleted_at IS NULL",
        )?
        .execute(params![id, now])?;
    }
    Ok(user)
}

/// Reactivates a user that is deactivated, and does the rest to one that is not.
pub(crate) fn reactivate(
    tx: &Transaction<'_>,
    id: &str,
    how: Reactivation,
    now: Nanos,
) -> Result<User, Refusal> {
    let mut user = users::existing(tx, id)?;
    if user.deactivated_at.take().is_some() {
        user.updated_at = now;
        users::save(tx, &user)?;
    }
    if how.restore_messages {
        messages::restore(tx, id, now)?;
    }
    if how.restore_channels {
        tx.prepare_cached(
            "UPDATE channels SET deleted_at = NULL, by_deactivation = 0
            WHERE created_by_id = ?1 AND by_deactivation = 1",
        )?
        .execute([id])?;
    }
    Ok(user)
}
