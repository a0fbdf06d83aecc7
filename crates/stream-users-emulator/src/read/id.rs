//! The rules for ids of users.

use super::{Fields, Problems};

/// The longest id, in bytes.
const LONGEST: usize = 255;

/// Checks the id that stands at `path`: `^[@\w-]*$`, not empty, at most 255 bytes.
pub(crate) fn check_id(path: &str, id: &str, problems: &mut Problems) {
    if id.is_empty() {
        problems.say(path, "is a required field");
    } else if id.len() > LONGEST {
        problems.say(path, "must be 255 or less");
    } else if !id
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'@' | b'_' | b'-'))
    {
        problems.say(path, "is invalid: only a-z, A-Z, 0-9, @, _ and - are allowed");
    }
}

/// The field `user_ids`: 1 to `most` of them, none empty.
pub(crate) fn user_ids(fields: &mut Fields<'_>, most: usize, problems: &mut Problems) -> Vec<String> {
    let before = problems.list().len();
    let mut ids = fields.strings("user_ids", problems).unwrap_or_default();
    if problems.list().len() > before {
        return ids;
    }
    if ids.is_empty() || ids.iter().any(String::is_empty) {
        problems.say("user_ids", "is a required field");
    } else if ids.len() > most {
        problems.say("user_ids", &format!("must be {most} or less"));
    }
    let mut seen = std::collections::BTreeSet::new();
    ids.retain(|id| seen.insert(id.clone()));
    ids
}
