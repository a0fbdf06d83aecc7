//! An id of an input: a text, or an object that has one.

use stream_users_model::UserId;

use super::members::Members;
use super::rows::{RawRow, Rejection};
use super::user::{check, id};

/// The id of a row, or why there is none.
pub(super) fn read(row: RawRow<'_>) -> Result<UserId, Rejection> {
    let json = row.json?;
    let found = if json.trim_start().starts_with('"') {
        let found: String =
            serde_json::from_str(json).map_err(|error| Rejection::new(super::members::invalid(&error)))?;
        check(&found)?;
        found
    } else {
        let members = Members::read(json).map_err(|reason| Rejection::of(row.key, reason))?;
        id(&members, row.key)?
    };
    Ok(UserId::from(found))
}
