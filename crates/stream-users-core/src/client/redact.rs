//! [`Redacted`]: the shape of a JSON body, without what it says. It is for logs, so that whatever is not known to be
//! harmless is left out: values, and keys that are not fields of the service's, such as ids and names of custom data.

use std::fmt::{self, Write as _};

use serde_json::Value;
use stream_users_model::{Operation, operation};

/// How much of a body is shown, in characters.
const LONGEST: usize = 4096;
/// How many entries of a list or an object are shown.
const MOST: usize = 10;

/// Fields of a whole body whose numbers, booleans and words are about the call and about nobody. Deeper inside, or in what
/// belongs to an operation of another SDK's, a field of the same name may be anybody's: values are not shown there.
const HARMLESS: &[&str] = &[
    "StatusCode",
    "code",
    "duration",
    "status",
    "task_id",
    "unrecoverable",
];

/// Fields of a whole body that say how much is deleted.
const MODES: &[&str] = &["calls", "conversations", "files", "messages", "user"];

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
    "direction",
    "disabled",
    "enabled",
    "error",
    "exception_fields",
    "field",
    "id",
    "image",
    "include_deactivated_users",
    "invisible",
    "language",
    "last_active",
    "limit",
    "membership_deletion_task_id",
    "message",
    "more_info",
    "mutes",
    "name",
    "offset",
    "online",
    "presence",
    "privacy_settings",
    "push_notifications",
    "reactions",
    "remaining",
    "reset",
    "result",
    "revoke_tokens_issued_before",
    "role",
    "set",
    "shadow_banned",
    "teams",
    "teams_role",
    "total_unread_count",
    "type",
    "unread_channels",
    "unread_count",
    "unread_threads",
    "unset",
    "updated_at",
    "users",
];

/// Shows the shape of a body of `operation`, whose own fields are known beside those of all others.
pub(super) struct Redacted<'b> {
    pub(super) operation: &'static Operation,
    pub(super) body: &'b [u8],
}

impl fmt::Display for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.body.is_empty() {
            return f.write_str("(empty)");
        }
        let Ok(value) = serde_json::from_slice::<Value>(self.body) else {
            return write!(f, "({} bytes, not JSON)", self.body.len());
        };
        let mut shape = Shape {
            operation: self.operation,
            out: f,
            left: LONGEST,
        };
        // Of an operation that is not in the table, a `code` may be anything, such as the one that a user logs in with.
        let place = if operation::ALL.contains(self.operation) {
            Place::Body
        } else {
            Place::Inside
        };
        // What is too long ends where it may.
        match shape.write(place, &value) {
            Err(_) if shape.left == 0 => shape.out.write_str("…"),
            outcome => outcome,
        }
    }
}

fn is_field(own: &Operation, key: &str) -> bool {
    HARMLESS.contains(&key)
        || MODES.contains(&key)
        || FIELDS.contains(&key)
        || std::iter::once(own)
            .chain(operation::ALL)
            .any(|operation| operation.fields.iter().any(|(field, _)| *field == key))
}

/// Writes at most so many characters.
struct Shape<'f, 'b> {
    operation: &'static Operation,
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

/// Where a value stands.
#[derive(Clone, Copy, PartialEq)]
enum Place<'k> {
    /// It is the body, of an operation of this library's own.
    Body,
    /// Under this field of the body.
    Field(&'k str),
    /// Under `custom`, wherever that is.
    Custom,
    /// Anywhere else.
    Inside,
}

impl Place<'_> {
    fn is_shown(self, value: &Value) -> bool {
        let Self::Field(field) = self else { return false };
        match value {
            Value::String(text) if MODES.contains(&field) => matches!(&**text, "soft" | "pruning" | "hard"),
            Value::String(text) => HARMLESS.contains(&field) && is_word(text),
            Value::Bool(_) | Value::Number(_) => HARMLESS.contains(&field),
            _ => false,
        }
    }

    /// The place of what stands in it, under `key`.
    fn under(self, key: &str) -> Place<'_> {
        match self {
            _ if key == "custom" => Place::Custom,
            Self::Body => Place::Field(key),
            _ => Place::Inside,
        }
    }
}

impl Shape<'_, '_> {
    fn write(&mut self, place: Place<'_>, value: &Value) -> fmt::Result {
        match value {
            _ if place.is_shown(value) => write!(self, "{value}"),
            Value::Null => self.write_str("null"),
            Value::Bool(_) => self.write_str("(bool)"),
            Value::Number(_) => self.write_str("(number)"),
            Value::String(string) => write!(self, "(string of {})", string.len()),
            Value::Array(list) => {
                self.write_str("[")?;
                for (index, value) in list.iter().take(MOST).enumerate() {
                    self.separate(index)?;
                    self.write(Place::Inside, value)?;
                }
                self.more(list.len())?;
                self.write_str("]")
            }
            // Custom data are the app's own, names included.
            Value::Object(map) if place == Place::Custom => write!(self, "(object of {})", map.len()),
            Value::Object(map) => {
                self.write_str("{")?;
                for (index, (key, value)) in map.iter().enumerate() {
                    self.separate(index)?;
                    if is_field(self.operation, key) {
                        write!(self, "\"{key}\":")?;
                    } else {
                        self.write_str("(key):")?;
                    }
                    self.write(place.under(key), value)?;
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
