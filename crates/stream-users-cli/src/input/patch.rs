//! A patch of an input: `{"id": ..., "set": {...}, "unset": [...]}`. In a format with columns, a row sets what its cells
//! hold.

use serde_json::{Map, Value};
use stream_users_model::{Str, UserPatch};

use super::fields::BUILT_IN;
use super::members::{Members, read};
use super::rows::{RawRow, Rejection};
use super::user::id;

/// The patch of a row, or why there is none.
pub(super) fn read_patch(row: RawRow<'_>) -> Result<UserPatch, Rejection> {
    let json = row.json?;
    let members = Members::read(json).map_err(|reason| Rejection::of(row.key, reason))?;
    let id = id(&members, row.key)?;
    let patch = if row.has_columns {
        of_columns(&members, &id)
    } else {
        of_object(&members, &id)
    };
    patch.map_err(|reason| Rejection::of(Some(id), reason))
}

fn of_object(members: &Members<'_>, id: &str) -> Result<UserPatch, String> {
    if let Some((name, _)) = members
        .0
        .iter()
        .find(|(name, _)| !matches!(name.as_ref(), "id" | "set" | "unset"))
    {
        return Err(format!(
            "{name:?} is no part of a patch; a row is {{\"id\": ..., \"set\": {{...}}, \"unset\": [...]}}"
        ));
    }
    let mut patch = UserPatch::new(id);
    if let Some(raw) = members.get("set") {
        patch.set = read::<Map<String, Value>>("set", raw, "an object of fields to set")?;
    }
    if let Some(raw) = members.get("unset") {
        patch.unset = read::<Vec<Str>>("unset", raw, "a list of texts")?;
    }
    not_empty(patch)
}

/// Custom data stand at the top level of a patch.
fn of_columns(members: &Members<'_>, id: &str) -> Result<UserPatch, String> {
    let mut patch = UserPatch::new(id);
    for (name, raw) in &members.0 {
        match name.as_ref() {
            "id" => {}
            "custom" => patch = patch.custom(read::<Map<String, Value>>("custom", raw, "an object")?),
            name if BUILT_IN.contains(&name) => {
                patch = patch.set(name, read::<Value>(name, raw, "JSON")?);
            }
            _ => {}
        }
    }
    not_empty(patch)
}

fn not_empty(patch: UserPatch) -> Result<UserPatch, String> {
    if patch.is_empty() {
        Err("the patch changes nothing; give it something to set or unset".to_owned())
    } else {
        Ok(patch)
    }
}
