//! Deleting and restoring users.
//!
//! A deletion has two parts. The users are marked as deleted at once; their profiles, messages, channels, calls, files
//! and reactions follow when the task is done.

use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use super::channels::{self, CALLS, CHANNELS};
use super::users::{self, User};
use super::{channel_marks, files, flags, locations, messages};
use crate::clock::Nanos;
use crate::refusal::Refusal;

/// What a deletion does to what belongs to a user. An absent mode leaves that part as it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Deletion {
    pub(crate) user: String,
    pub(crate) messages: Option<String>,
    pub(crate) conversations: Option<String>,
    pub(crate) calls: Option<String>,
    pub(crate) files: bool,
    pub(crate) new_channel_owner_id: Option<String>,
    pub(crate) new_call_owner_id: Option<String>,
}

/// What the ids of generated owners begin with; they are nobody's.
pub(super) const GENERATED_OWNER: &str = "delete-user-";

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

/// Does the second part of a deletion for users that were [marked](mark).
pub(crate) fn finish(
    tx: &Transaction<'_>,
    ids: &[String],
    how: &Deletion,
    keep_memberships: bool,
    now: Nanos,
) -> rusqlite::Result<()> {
    // Before anybody leaves: a group that one of the users has left is no conversation of the next.
    for id in ids {
        for_two(tx, id, how, now)?;
    }
    for id in ids {
        if let Some(mode) = &how.messages {
            messages::delete(tx, id, mode, now)?;
        }
        if how.files {
            files::remove_of(tx, id)?;
        }
        profile(tx, id, how, keep_memberships, now)?;
    }
    Ok(())
}

/// Deletes what the user has with one other: conversations and calls. Those of more or of less are left alone.
fn for_two(tx: &Transaction<'_>, id: &str, how: &Deletion, now: Nanos) -> rusqlite::Result<()> {
    type Remove = fn(&Transaction<'_>, &str) -> rusqlite::Result<()>;
    let parts: [(_, _, Remove); 2] = [
        (CHANNELS, &how.conversations, channels::remove),
        (CALLS, &how.calls, channels::remove_call),
    ];
    for (kind, mode, remove) in parts {
        let Some(mode) = mode else { continue };
        for cid in channels::of_two(tx, kind, id)? {
            if mode == "hard" {
                remove(tx, &cid)?;
            } else {
                channels::mark_deleted(tx, kind, &cid, now)?;
            }
        }
    }
    Ok(())
}

/// Does to the user itself what this deletion has marked it for. Somebody may have restored it since, or deleted it
/// more thoroughly, which is another task's work.
fn profile(
    tx: &Transaction<'_>,
    id: &str,
    how: &Deletion,
    keep_memberships: bool,
    now: Nanos,
) -> rusqlite::Result<()> {
    if users::deletion_mode(tx, id)?.as_deref() != Some(how.user.as_str()) {
        return Ok(());
    }
    if how.user != "soft" || !keep_memberships {
        for kind in [CHANNELS, CALLS] {
            channels::end_memberships(tx, kind, id)?;
        }
    }
    match how.user.as_str() {
        "hard" => {
            let generated = generated_owner();
            for (kind, heir) in [
                (CHANNELS, &how.new_channel_owner_id),
                (CALLS, &how.new_call_owner_id),
            ] {
                let heir = heir.as_deref().unwrap_or(&generated);
                channels::change_owner(tx, kind, id, heir, now)?;
            }
            messages::remove_reactions_of(tx, id)?;
            flags::remove_of(tx, id)?;
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

/// What is forgotten of a user whose profile goes.
const FORGET: [&str; 4] = [
    "DELETE FROM bans WHERE user_id = ?1",
    "DELETE FROM blocks WHERE user_id = ?1 OR blocked_user_id = ?1",
    "DELETE FROM mutes WHERE user_id = ?1 OR target_id = ?1",
    "DELETE FROM devices WHERE user_id = ?1",
];

/// Removes bans, blocks, mutes, devices and locations of the user, and what it has muted and hidden.
fn forget(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<()> {
    for sql in FORGET {
        tx.prepare_cached(sql)?.execute([id])?;
    }
    channel_marks::remove_of(tx, id)?;
    locations::remove_of(tx, id)
}

/// The id that owns the channels and calls of a user that was deleted for good, unless the request names one.
fn generated_owner() -> String {
    let random = uuid::Uuid::new_v4().simple().to_string();
    format!("{GENERATED_OWNER}{}g", random.get(..14).unwrap_or_default())
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

/// How long a deletion takes may not depend on how much others have. This cannot be seen from outside, other than by
/// waiting.
#[cfg(test)]
mod tests {
    use super::{FORGET, channels};
    use crate::store::Store;

    #[test]
    fn nothing_is_looked_through() -> crate::Result<()> {
        let store = Store::open(None)?;
        for sql in FORGET.iter().chain(&channels::REMOVE) {
            let plan: Vec<String> = store.transact(|tx| {
                tx.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?
                    .query_map(["x"], |row| row.get(3))?
                    .collect::<rusqlite::Result<_>>()
            })?;
            assert!(
                !plan.iter().any(|step| step.starts_with("SCAN")),
                "{sql}: {plan:?}"
            );
        }
        Ok(())
    }
}
