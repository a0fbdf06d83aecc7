//! The rules for ids of users and for batches of them.

use std::collections::HashSet;

use stream_users_model::{Operation, UserId};

use super::{Fields, Problems};

/// Checks the id that stands at `path`: `^[@\w-]*$`, not empty, at most [`UserId::MAX_LEN`] bytes.
pub(crate) fn check_id(path: &str, id: &str, problems: &mut Problems) {
    if id.is_empty() {
        problems.say(path, "is a required field");
    } else if id.len() > UserId::MAX_LEN {
        problems.say(path, &format!("must be {} or less", UserId::MAX_LEN));
    } else if !id
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'@' | b'_' | b'-'))
    {
        problems.say(path, "is invalid: only a-z, A-Z, 0-9, @, _ and - are allowed");
    }
}

/// Complains about a batch of `count` entries that is empty or larger than one call of the operation takes. A batch of
/// the wrong type has been complained about.
pub(crate) fn check_batch(operation: &Operation, count: usize, problems: &mut Problems) {
    let Some(batch) = operation.batch else { return };
    if count > batch.max {
        problems.say(batch.field, &format!("must be {} or less", batch.max));
    } else if count == 0 && problems.list().iter().all(|(path, _)| path != batch.field) {
        problems.say(batch.field, "is a required field");
    }
}

/// The field `user_ids`: a batch of ids, none empty. Each is given once.
pub(crate) fn user_ids(
    operation: &Operation,
    fields: &mut Fields<'_>,
    problems: &mut Problems,
) -> Vec<String> {
    let ids = fields.strings("user_ids", problems).unwrap_or_default();
    let complete = !ids.iter().any(String::is_empty);
    check_batch(operation, if complete { ids.len() } else { 0 }, problems);
    each_once(ids)
}

/// The texts in their order, each where it stands first.
pub(crate) fn each_once(mut texts: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    texts.retain(|text| seen.insert(text.clone()));
    texts
}
