//! Names that no two users may have, where the app's settings say so.
//!
//! Names are compared by their letters and digits in lower case: `John Doe` is `john.doe`. A name that has none is not
//! compared. The name of a deleted or deactivated user is free for others.

use http::StatusCode;
use rusqlite::{Transaction, params};
use stream_users_model::ErrorCode;

use super::users::{User, words};
use crate::refusal::Refusal;

/// Among whom names have to be unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum UniqueNames {
    /// Names need not be unique.
    #[default]
    No,
    /// Among all users of the app.
    App,
    /// Among the users of each team.
    Team,
}

/// What names are compared by; the column `name_key` holds it.
fn key(name: &str) -> String {
    words(name).replace(' ', "")
}

fn key_of(user: &User) -> String {
    key(user.name.as_deref().unwrap_or_default())
}

/// Refuses a user whose name another one has. `before` is how the user was: whoever has kept its name and its teams is
/// left alone, so that what was written before names had to be unique can still be written.
pub(crate) fn check(
    tx: &Transaction<'_>,
    mode: UniqueNames,
    before: Option<&User>,
    user: &User,
) -> Result<(), Refusal> {
    if mode == UniqueNames::No {
        return Ok(());
    }
    let key = key_of(user);
    if key.is_empty() {
        return Ok(());
    }
    let renamed = before.is_none_or(|before| key_of(before) != key || before.deactivated_at.is_some());
    let name = user.name.as_deref().unwrap_or_default();
    if mode == UniqueNames::App {
        if renamed && is_taken(tx, &key, &user.id)? {
            return Err(taken(format!("username '{name}' already exists")));
        }
        return Ok(());
    }
    let teams = user
        .teams
        .iter()
        .filter(|team| renamed || before.is_none_or(|before| !before.teams.contains(team)));
    for team in teams {
        if is_taken_in(tx, &key, &user.id, team)? {
            return Err(taken(format!(
                "username '{name}' already exists in team '{team}'"
            )));
        }
    }
    Ok(())
}

/// Refuses the return of a deactivated user whose name another one has taken; `name` is the one that it is given.
pub(crate) fn check_return(
    tx: &Transaction<'_>,
    mode: UniqueNames,
    before: &User,
    name: Option<&str>,
) -> Result<(), Refusal> {
    let user = User {
        name: name.map(str::to_owned).or_else(|| before.name.clone()),
        deactivated_at: None,
        ..before.clone()
    };
    check(tx, mode, Some(before), &user)
}

fn taken(text: String) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, ErrorCode::DUPLICATE_USERNAME, text)
}

/// Users of this name who are neither the one who writes it nor deleted nor deactivated.
const OTHERS: &str = "SELECT 1 FROM users AS u
    WHERE u.name_key = ?1 AND u.id <> ?2 AND u.deleted_at IS NULL AND u.deactivated_at IS NULL";

/// Makes the index of names, unless it is there: most apps let names be used twice, and their writes need not keep it.
fn index(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    tx.prepare_cached("CREATE INDEX IF NOT EXISTS users_by_name_key ON users (name_key)")?
        .execute([])?;
    Ok(())
}

fn is_taken(tx: &Transaction<'_>, key: &str, id: &str) -> rusqlite::Result<bool> {
    index(tx)?;
    tx.prepare_cached(&format!("{OTHERS} LIMIT 1"))?
        .exists(params![key, id])
}

fn is_taken_in(tx: &Transaction<'_>, key: &str, id: &str, team: &str) -> rusqlite::Result<bool> {
    index(tx)?;
    let sql = format!("{OTHERS} AND EXISTS (SELECT 1 FROM json_each(u.teams) WHERE value = ?3) LIMIT 1");
    tx.prepare_cached(&sql)?.exists(params![key, id, team])
}
