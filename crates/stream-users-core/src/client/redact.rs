//! [`Redacted`]: the shape of a JSON body, without what it says. It is for logs, so that whatever is not known to be
//! harmless is left out: values, and keys that are not fields of the service's, such as ids and names of custom data.

use std::fmt::{self, Write as _};

use serde_json::Value;
use stream_users_model::operation;

/// How much of a body is shown, in characters.
const LONGEST: usize = 4096;
/// How many entries of a list or an object are shown.
const MOST: usize = 10;

/// Fields whose numbers, booleans and words are about the call and about nobody. Strings of other fields are not shown.
const HARMLESS: &[&str] = &[
    "StatusCode",
    "calls",
    "code",
    "conversations",
    "direction",
    "disabled",
    "duration",
    "enabled",
    "field",
    "files",
    "include_deactivated_users",
    "limit",
    "messages",
    "offset",
    "presence",
    "remaining",
    "reset",
    "status",
    "task_id",
    "type",
    "unrecoverable",
    "user",
];

/// Fields of the service's objects, besides those that requests have.
const FIELDS: &[&str] = &[
    "$and",
    "$autocomplete",
    "$contains",
    "$eq",
    "$exists",
    "$gt",
    "$gte",
    "$in",
    "$lt",
    "$lte",
    "$ne",
    "$nin",
    "$nor",
    "$or",
    "access_token",
    "active_live_locations",
    "ban_expires",
    "banned",
    "blocked_user_ids",
    "blocks",
    "channel_mutes",
    "created_at",
    "custom",
    "deactivated_at",
    "deleted_at",
    "details",
    "devices",
    "error",
    "exception_fields",
    "id",
    "image",
    "invisible",
    "language",
    "last_active",
    "membership_deletion_task_id",
    "message",
    "more_info",
    "mutes",
    "name",
    "online",
    "privacy_settings",
    "push_notifications",
    "reactions",
    "result",
    "revoke_tokens_issued_before",
    "role",
    "set",
    "shadow_banned",
    "teams",
    "teams_role",
    "total_unread_count",
    "unread_channels",
    "unread_count",
    "unread_threads",
    "unset",
    "updated_at",
    "users",
];

/// Shows the shape of a body.
pub(super) struct Redacted<'b>(pub(super) &'b [u8]);

impl fmt::Display for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("(empty)");
        }
        let Ok(value) = serde_json::from_slice::<Value>(self.0) else {
            return write!(f, "({} bytes, not JSON)", self.0.len());
        };
        let mut shape = Shape {
            out: f,
            left: LONGEST,
        };
        // What is too long ends where it may.
        match shape.write(None, &value) {
            Err(_) if shape.left == 0 => shape.out.write_str("…"),
            outcome => outcome,
        }
    }
}

fn is_field(key: &str) -> bool {
    HARMLESS.contains(&key)
        || FIELDS.contains(&key)
        || operation::ALL
            .iter()
            .any(|operation| operation.fields.iter().any(|(field, _)| *field == key))
}

/// Writes at most so many characters.
struct Shape<'f, 'b> {
    out: &'f mut fmt::Formatter<'b>,
    left: usize,
}

impl fmt::Write for Shape<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.len() > self.left {
            self.left = 0;
            return Err(fmt::Error);
        }
        self.left -= text.len();
        self.out.write_str(text)
    }
}

impl Shape<'_, '_> {
    /// Writes `value`, which stands under the field `key`.
    fn write(&mut self, key: Option<&str>, value: &Value) -> fmt::Result {
        let shown = key.is_some_and(|key| HARMLESS.contains(&key));
        match value {
            Value::Null => self.write_str("null"),
            Value::Bool(_) | Value::Number(_) if shown => write!(self, "{value}"),
            Value::Bool(_) => self.write_str("(bool)"),
            Value::Number(_) => self.write_str("(number)"),
            Value::String(string) if shown && is_word(string) => write!(self, "{value}"),
            Value::String(string) => write!(self, "(string of {})", string.len()),
            Value::Array(list) => {
                self.write_str("[")?;
                for (index, value) in list.iter().take(MOST).enumerate() {
                    self.separate(index)?;
                    self.write(None, value)?;
                }
                self.more(list.len())?;
                self.write_str("]")
            }
            // Custom data are the app's own, names included.
            Value::Object(map) if key == Some("custom") => write!(self, "(object of {})", map.len()),
            Value::Object(map) => {
                self.write_str("{")?;
                for (index, (key, value)) in map.iter().enumerate() {
                    self.separate(index)?;
                    if is_field(key) {
                        write!(self, "\"{key}\":")?;
                        self.write(Some(key), value)?;
                    } else {
                        self.write_str("(key):")?;
                        self.write(None, value)?;
                    }
                }
                self.write_str("}")
            }
        }
    }

    fn separate(&mut self, index: usize) -> fmt::Result {
        if index > 0 { self.write_str(",") } else { Ok(()) }
    }

    fn more(&mut self, length: usize) -> fmt::Result {
        if length > MOST {
            write!(self, ",({} more)", length - MOST)
        } else {
            Ok(())
        }
    }
}

/// Whether a string is one of the service's words, such as `hard`, `16.7ms` or the id of a task.
fn is_word(text: &str) -> bool {
    text.len() <= 36
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_.-µ".contains(c))
}
