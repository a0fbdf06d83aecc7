//! Users: rows in and out, and whether one may act.

use rusqlite::{OptionalExtension, Row, ToSql, Transaction, params};
use serde_json::{Map, Value};

use super::roles;
use crate::clock::Nanos;
use crate::refusal::Refusal;

/// One user as it is stored.
#[derive(Debug, Clone, PartialEq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are the service's own flags")]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) image: Option<String>,
    pub(crate) role: String,
    pub(crate) language: String,
    pub(crate) invisible: bool,
    pub(crate) banned: bool,
    pub(crate) shadow_banned: bool,
    pub(crate) bypass_moderation: Option<bool>,
    pub(crate) online: bool,
    pub(crate) ban_expires: Option<Nanos>,
    pub(crate) last_active: Option<Nanos>,
    pub(crate) created_at: Nanos,
    pub(crate) updated_at: Nanos,
    pub(crate) deactivated_at: Option<Nanos>,
    pub(crate) deleted_at: Option<Nanos>,
    pub(crate) revoke_tokens_issued_before: Option<Nanos>,
    pub(crate) avg_response_time: Option<i64>,
    pub(crate) unread: Unread,
    pub(crate) teams: Vec<String>,
    pub(crate) teams_role: Option<Map<String, Value>>,
    pub(crate) privacy_settings: Option<Map<String, Value>>,
    pub(crate) push_notifications: Option<Map<String, Value>>,
    pub(crate) custom: Map<String, Value>,
}

/// What the user has not read yet. Nothing here counts; a seed says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Unread {
    /// `total_unread_count`
    pub(crate) total: i64,
    /// `unread_count`
    pub(crate) messages: i64,
    /// `unread_channels`
    pub(crate) channels: i64,
    /// `unread_threads`
    pub(crate) threads: i64,
}

/// The columns that [`read`] reads, of a table named `u`.
pub(crate) const COLUMNS: &str = "u.id, u.name, u.image, u.role, u.language, u.invisible, u.banned, \
    u.shadow_banned, u.bypass_moderation, u.online, u.ban_expires, u.last_active, u.created_at, u.updated_at, \
    u.deactivated_at, u.deleted_at, u.revoke_tokens_issued_before, u.avg_response_time, u.teams, u.teams_role, \
    u.privacy_settings, u.push_notifications, u.custom, u.total_unread_count, u.unread_channels, u.unread_count, \
    u.unread_threads";

impl User {
    /// A user of role `user` with nothing else.
    pub(crate) fn new(id: &str, now: Nanos) -> Self {
        Self {
            id: id.to_owned(),
            role: roles::DEFAULT.to_owned(),
            created_at: now,
            updated_at: now,
            ..Self::default()
        }
    }
}

/// JSON text out of a column; the store has written it, so that it can be read.
pub(crate) fn json_column<T: serde::de::DeserializeOwned>(
    row: &Row<'_>,
    index: usize,
) -> rusqlite::Result<T> {
    let text = row.get_ref(index)?.as_str()?;
    serde_json::from_str(text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(index, rusqlite::types::Type::Text, Box::new(error))
    })
}

/// JSON text for a column.
fn json_text(value: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

fn optional_json(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<Map<String, Value>>> {
    if row.get_ref(index)? == rusqlite::types::ValueRef::Null {
        return Ok(None);
    }
    json_column(row, index).map(Some)
}

/// Reads a row of [`COLUMNS`].
pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: row.get(0)?,
        name: row.get(1)?,
        image: row.get(2)?,
        role: row.get(3)?,
        language: row.get(4)?,
        invisible: row.get(5)?,
        banned: row.get(6)?,
        shadow_banned: row.get(7)?,
        bypass_moderation: row.get(8)?,
        online: row.get(9)?,
        ban_expires: row.get(10)?,
        last_active: row.get(11)?,
        created_at: row.get(12)?,
        updated_at: row.get(13)?,
        deactivated_at: row.get(14)?,
        deleted_at: row.get(15)?,
        revoke_tokens_issued_before: row.get(16)?,
        avg_response_time: row.get(17)?,
        teams: json_column(row, 18)?,
        teams_role: optional_json(row, 19)?,
        privacy_settings: optional_json(row, 20)?,
        push_notifications: optional_json(row, 21)?,
        custom: json_column(row, 22)?,
        unread: Unread {
            total: row.get(23)?,
            channels: row.get(24)?,
            messages: row.get(25)?,
            threads: row.get(26)?,
        },
    })
}

/// The users that `condition` selects; it is SQL of this crate, with the values bound.
pub(crate) fn select(
    tx: &Transaction<'_>,
    condition: &str,
    values: &[&dyn ToSql],
) -> rusqlite::Result<Vec<User>> {
    let mut statement = tx.prepare_cached(&format!("SELECT {COLUMNS} FROM users AS u {condition}"))?;
    statement.query_map(values, read)?.collect()
}

/// The user of this id, deleted or not. A user that was deleted for good is gone.
pub(crate) fn find(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<Option<User>> {
    Ok(select(tx, "WHERE u.id = ?1", &[&id])?.pop())
}

/// How an id was deleted: `soft`, `pruning` or `hard`.
pub(crate) fn deletion_mode(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<Option<String>> {
    tx.prepare_cached("SELECT mode FROM deleted_ids WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()
}

fn was_deleted(id: &str) -> Refusal {
    Refusal::not_found(format!("the user {id} was deleted"))
}

/// The user of this id if it was not deleted, and nothing if the id was never used.
pub(crate) fn not_deleted(tx: &Transaction<'_>, id: &str) -> Result<Option<User>, Refusal> {
    if deletion_mode(tx, id)?.is_some() {
        return Err(was_deleted(id));
    }
    Ok(find(tx, id)?)
}

fn was_deactivated(id: &str) -> Refusal {
    Refusal::not_found(format!("the user {id} was deactivated"))
}

/// The user of this id if it may act and be written, and nothing if the id was never used.
pub(crate) fn usable(tx: &Transaction<'_>, id: &str) -> Result<Option<User>, Refusal> {
    let user = not_deleted(tx, id)?;
    if user.as_ref().is_some_and(|user| user.deactivated_at.is_some()) {
        return Err(was_deactivated(id));
    }
    Ok(user)
}

/// Why the user of this id may not act any more, if so.
pub(crate) fn unusable(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<Option<Refusal>> {
    if deletion_mode(tx, id)?.is_some() {
        return Ok(Some(was_deleted(id)));
    }
    let deactivated = find(tx, id)?.is_some_and(|user| user.deactivated_at.is_some());
    Ok(deactivated.then(|| was_deactivated(id)))
}

/// The user of this id, which has to exist and may not have been deleted.
pub(crate) fn existing(tx: &Transaction<'_>, id: &str) -> Result<User, Refusal> {
    not_deleted(tx, id)?.ok_or_else(|| Refusal::unknown_user(id))
}

/// Writes the user, new or not.
pub(crate) fn save(tx: &Transaction<'_>, user: &User) -> rusqlite::Result<()> {
    let text = |map: &Option<Map<String, Value>>| map.as_ref().map(json_text).transpose();
    let username = user
        .custom
        .get("username")
        .and_then(Value::as_str)
        .unwrap_or_default();
    tx.prepare_cached(
        "INSERT OR REPLACE INTO users (id, name, image, role, language, invisible, banned, shadow_banned,
            bypass_moderation, online, ban_expires, last_active, created_at, updated_at, deactivated_at,
            deleted_at, revoke_tokens_issued_before, avg_response_time, teams, teams_role, privacy_settings,
            push_notifications, custom, id_words, name_words, username_words,
            total_unread_count, unread_channels, unread_count, unread_threads)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
            ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30)",
    )?
    .execute(params![
        user.id,
        user.name,
        user.image,
        user.role,
        user.language,
        user.invisible,
        user.banned,
        user.shadow_banned,
        user.bypass_moderation,
        user.online,
        user.ban_expires,
        user.last_active,
        user.created_at,
        user.updated_at,
        user.deactivated_at,
        user.deleted_at,
        user.revoke_tokens_issued_before,
        user.avg_response_time,
        json_text(&user.teams)?,
        text(&user.teams_role)?,
        text(&user.privacy_settings)?,
        text(&user.push_notifications)?,
        json_text(&user.custom)?,
        words(&user.id),
        words(user.name.as_deref().unwrap_or_default()),
        words(username),
        user.unread.total,
        user.unread.channels,
        user.unread.messages,
        user.unread.threads,
    ])?;
    Ok(())
}

/// The words of a text in lower case, each with a space before it: what `$autocomplete` is matched against.
pub(crate) fn words(text: &str) -> String {
    let mut words = String::new();
    for word in text
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        words.push(' ');
        words.push_str(&word.to_lowercase());
    }
    words
}
