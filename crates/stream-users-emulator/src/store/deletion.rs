//! Deleting and restoring users.
//!
//! A deletion has two parts. The users are marked as deleted at once; their profiles, messages, channels and
//! reactions follow when the task is done.

use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::{Value, json};

use super::users::{self, User};
use super::{channels, locations, messages};
use crate::clock::Nanos;
use crate::refusal::Refusal;

/// What a deletion does to what belongs to a user. An absent mode leaves that part as it is.
#[derive(Debug, Clone)]
pub(crate) struct Deletion {
    pub(crate) user: String,
    pub(crate) messages: Option<String>,
    pub(crate) conversations: Option<String>,
    pub(crate) new_channel_owner_id: Option<String>,
}

impl Deletion {
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "user": self.user,
            "messages": self.messages,
            "conversations": self.conversations,
            "new_channel_owner_id": self.new_channel_owner_id,
        })
    }

    pub(crate) fn from_json(value: &Value) -> Self {
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        Self {
            user: text("user").unwrap_or_else(|| "soft".to_owned()),
            messages: text("messages"),
            conversations: text("conversations"),
            new_channel_owner_id: text("new_channel_owner_id"),
        }
    }
}

fn strength(mode: &str) -> u8 {
    match mode {
        "hard" => 3,
        "pruning" => 2,
        _ => 1,
    }
}

/// Marks the user as deleted; whether there is such a user. A deleted user can be deleted more thoroughly, and a
/// weaker mode changes nothing.
pub(crate) fn mark(tx: &Transaction<'_>, id: &str, mode: &str, now: Nanos) -> rusqlite::Result<bool> {
    let known = users::deletion_mode(tx, id)?;
    if known
        .as_deref()
        .is_some_and(|known| strength(known) >= strength(mode))
    {
        return Ok(true);
    }
    if known.is_none() {
        let Some(mut user) = users::find(tx, id)? else {
            return Ok(false);
        };
        user.deleted_at = Some(now);
        user.updated_at = now;
        user.online = false;
        users::save(tx, &user)?;
    }
    tx.prepare_cached("INSERT OR REPLACE INTO deleted_ids (id, mode, deleted_at) VALUES (?1, ?2, ?3)")?
        .execute(params![id, mode, now])?;
    Ok(true)
}

/// Does the second part of a deletion for one user that was [marked](mark).
pub(crate) fn finish(
    tx: &Transaction<'_>,
    id: &str,
    how: &Deletion,
    keep_memberships: bool,
    now: Nanos,
) -> rusqlite::Result<()> {
    match how.conversations.as_deref() {
        Some("hard") => {
            for cid in channels::conversations(tx, id)? {
                channels::remove(tx, &cid)?;
            }
        }
        Some(_) => {
            for cid in channels::conversations(tx, id)? {
                channels::mark_deleted(tx, &cid, now)?;
            }
        }
        None => {}
    }
    match how.messages.as_deref() {
        Some("hard") => messages::hard_delete(tx, id)?,
        Some("pruning") => messages::prune(tx, id, now)?,
        Some(_) => messages::soft_delete(tx, id, false, now)?,
        None => {}
    }
    // Somebody may have restored the user since.
    let Some(mode) = users::deletion_mode(tx, id)? else {
        return Ok(());
    };
    if mode != "soft" || !keep_memberships {
        channels::end_memberships(tx, id)?;
    }
    match mode.as_str() {
        "hard" => {
            let owner = how.new_channel_owner_id.clone().unwrap_or_else(generated_owner);
            channels::change_owner(tx, id, &owner, now)?;
            messages::remove_reactions_of(tx, id)?;
            forget(tx, id)?;
            tx.prepare_cached("DELETE FROM users WHERE id = ?1")?
                .execute([id])?;
        }
        "pruning" => {
            forget(tx, id)?;
            if let Some(user) = users::find(tx, id)? {
                let pruned = User {
                    deleted_at: user.deleted_at,
                    updated_at: now,
                    ..User::new(id, user.created_at)
                };
                users::save(tx, &pruned)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// Removes blocks, mutes, devices and locations of the user.
fn forget(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<()> {
    for sql in [
        "DELETE FROM blocks WHERE user_id = ?1 OR blocked_user_id = ?1",
        "DELETE FROM mutes WHERE user_id = ?1 OR target_id = ?1",
        "DELETE FROM devices WHERE user_id = ?1",
    ] {
        tx.prepare_cached(sql)?.execute([id])?;
    }
    locations::remove_of(tx, id)
}

/// The id that owns the channels of a user that was deleted for good, unless the request names one.
fn generated_owner() -> String {
    let random = uuid::Uuid::new_v4().simple().to_string();
    format!("delete-user-{}", random.get(..14).unwrap_or_default())
}

/// Brings a softly deleted user back: the profile, nothing else.
pub(crate) fn restore(tx: &Transaction<'_>, id: &str, now: Nanos) -> Result<(), Refusal> {
    let mode: Option<String> = tx
        .prepare_cached("SELECT mode FROM deleted_ids WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    let user = users::find(tx, id)?;
    match (mode.as_deref(), user) {
        (Some("soft"), Some(mut user)) => {
            tx.prepare_cached("DELETE FROM deleted_ids WHERE id = ?1")?
                .execute([id])?;
            user.deleted_at = None;
            user.updated_at = now;
            Ok(users::save(tx, &user)?)
        }
        (Some(mode), _) => Err(Refusal::input(format!(
            "user \"{id}\" was deleted with mode \"{mode}\", it can't be restored"
        ))),
        (None, Some(_)) => Err(Refusal::input(format!(
            "user \"{id}\" is not deleted, it can't be restored"
        ))),
        (None, None) => Err(Refusal::unknown_user(id)),
    }
}
