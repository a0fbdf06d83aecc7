//! What users have done with channels for themselves alone: muted them, hidden them.

use rusqlite::{Transaction, params};

use crate::clock::Nanos;

/// One mute of a channel.
#[derive(Debug)]
pub(crate) struct ChannelMute {
    pub(crate) cid: String,
    pub(crate) created_at: Nanos,
    pub(crate) updated_at: Nanos,
    pub(crate) expires: Option<Nanos>,
}

/// What the user mutes at `now`.
pub(crate) fn mutes_of_user(
    tx: &Transaction<'_>,
    user: &str,
    now: Nanos,
) -> rusqlite::Result<Vec<ChannelMute>> {
    tx.prepare_cached(
        "SELECT cid, created_at, updated_at, expires FROM channel_mutes
        WHERE user_id = ?1 AND (expires IS NULL OR expires > ?2) ORDER BY created_at, rowid",
    )?
    .query_map(params![user, now], |row| {
        Ok(ChannelMute {
            cid: row.get(0)?,
            created_at: row.get(1)?,
            updated_at: row.get(2)?,
            expires: row.get(3)?,
        })
    })?
    .collect()
}

pub(crate) fn save_mute(tx: &Transaction<'_>, user: &str, mute: &ChannelMute) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT OR REPLACE INTO channel_mutes (user_id, cid, created_at, updated_at, expires)
        VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        user,
        mute.cid,
        mute.created_at,
        mute.updated_at,
        mute.expires
    ])?;
    Ok(())
}

/// The channels that the user has hidden, the latest last.
pub(crate) fn hidden(tx: &Transaction<'_>, user: &str) -> rusqlite::Result<Vec<String>> {
    tx.prepare_cached("SELECT cid FROM hidden_channels WHERE user_id = ?1 ORDER BY rowid")?
        .query_map([user], |row| row.get(0))?
        .collect()
}

pub(crate) fn hide(tx: &Transaction<'_>, user: &str, cid: &str) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT OR IGNORE INTO hidden_channels (user_id, cid) VALUES (?1, ?2)")?
        .execute([user, cid])?;
    Ok(())
}

/// The distinct channels of these two alone: those whose id the service has made out of their members.
const BETWEEN: &str = "SELECT mine.cid FROM channel_members AS mine
    JOIN channel_members AS theirs ON theirs.cid = mine.cid AND theirs.user_id = ?2
    WHERE mine.user_id = ?1 AND mine.cid LIKE '%:!members-%'
        AND (SELECT count(*) FROM channel_members AS other WHERE other.cid = mine.cid) = 2";

/// Hides the distinct channels of these two alone for `user`.
pub(crate) fn hide_between(tx: &Transaction<'_>, user: &str, other: &str) -> rusqlite::Result<()> {
    tx.prepare_cached(&format!(
        "INSERT OR IGNORE INTO hidden_channels (user_id, cid) SELECT ?1, cid FROM ({BETWEEN})"
    ))?
    .execute([user, other])?;
    Ok(())
}

/// Undoes [`hide_between`].
pub(crate) fn show_between(tx: &Transaction<'_>, user: &str, other: &str) -> rusqlite::Result<()> {
    tx.prepare_cached(&format!(
        "DELETE FROM hidden_channels WHERE user_id = ?1 AND cid IN ({BETWEEN})"
    ))?
    .execute([user, other])?;
    Ok(())
}

/// Forgets what the user has muted and hidden.
pub(crate) fn remove_of(tx: &Transaction<'_>, user: &str) -> rusqlite::Result<()> {
    for sql in [
        "DELETE FROM channel_mutes WHERE user_id = ?1",
        "DELETE FROM hidden_channels WHERE user_id = ?1",
    ] {
        tx.prepare_cached(sql)?.execute([user])?;
    }
    Ok(())
}
