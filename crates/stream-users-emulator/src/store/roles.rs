//! The roles that users may have.

use rusqlite::{OptionalExtension, Row, Transaction, params};

use crate::clock::Nanos;

/// The roles that exist without being added.
pub(crate) const BUILT_IN: [&str; 5] = ["admin", "anonymous", "guest", "moderator", "user"];

/// The role of users who were given no other.
pub(crate) const DEFAULT: &str = "user";

/// A role that was added.
#[derive(Debug)]
pub(crate) struct Role {
    pub(crate) name: String,
    pub(crate) created_at: Nanos,
    pub(crate) updated_at: Nanos,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Role> {
    Ok(Role {
        name: row.get(0)?,
        created_at: row.get(1)?,
        updated_at: row.get(2)?,
    })
}

/// The roles that were added, by name.
pub(crate) fn added(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Role>> {
    tx.prepare_cached("SELECT name, created_at, updated_at FROM roles ORDER BY name")?
        .query_map([], read)?
        .collect()
}

/// Whether users may have this role.
pub(crate) fn exists(tx: &Transaction<'_>, name: &str) -> rusqlite::Result<bool> {
    if BUILT_IN.contains(&name) {
        return Ok(true);
    }
    tx.prepare_cached("SELECT 1 FROM roles WHERE name = ?1")?
        .exists([name])
}

/// Adds a role, unless there is one of this name.
pub(crate) fn add(tx: &Transaction<'_>, name: &str, now: Nanos) -> rusqlite::Result<()> {
    if exists(tx, name)? {
        return Ok(());
    }
    let role = Role {
        name: name.to_owned(),
        created_at: now,
        updated_at: now,
    };
    save(tx, &role)
}

/// Writes the role as it is.
pub(crate) fn save(tx: &Transaction<'_>, role: &Role) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT OR REPLACE INTO roles (name, created_at, updated_at) VALUES (?1, ?2, ?3)")?
        .execute(params![role.name, role.created_at, role.updated_at])?;
    Ok(())
}

/// Removes a role that was added.
pub(crate) fn remove(tx: &Transaction<'_>, name: &str) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM roles WHERE name = ?1")?
        .execute([name])?;
    Ok(())
}

/// The id of a user, not deleted, who has the role, in the app or in a team.
pub(crate) fn holder(tx: &Transaction<'_>, name: &str) -> rusqlite::Result<Option<String>> {
    tx.prepare_cached(
        "SELECT id FROM users WHERE role = ?1 AND deleted_at IS NULL
        UNION ALL
        SELECT id FROM users
        WHERE teams_role IS NOT NULL AND deleted_at IS NULL
            AND EXISTS (SELECT 1 FROM json_each(teams_role) WHERE value = ?1)
        LIMIT 1",
    )?
    .query_row([name], |row| row.get(0))
    .optional()
}
