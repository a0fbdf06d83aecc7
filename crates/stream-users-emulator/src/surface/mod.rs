//! Writers of answers: stored rows become the JSON of the wire. What is true of the wire alone (the form of times,
//! which keys are left out) is decided here.

mod location_json;
mod message_json;
mod user_json;

use serde_json::{Map, Value};

use crate::clock::Nanos;

pub(crate) use location_json::{location, shared_location};
pub(crate) use message_json::{channel, message, reaction};
pub(crate) use user_json::{Viewer, full_user, user};

/// How times are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Times {
    /// Integers of nanoseconds since the epoch: the answers of `/api/v2`.
    Nanos,
    /// RFC 3339 in UTC: files that are exported.
    Text,
}

impl Times {
    pub(crate) fn write(self, time: Nanos) -> Value {
        match self {
            Self::Nanos => Value::from(time),
            Self::Text => jiff::Timestamp::from_nanosecond(i128::from(time))
                .map_or(Value::Null, |time| Value::from(time.to_string())),
        }
    }
}

/// Adds a key, unless there is no value for it.
fn optional<T: Into<Value>>(map: &mut Map<String, Value>, key: &str, value: Option<T>) {
    if let Some(value) = value {
        map.insert(key.to_owned(), value.into());
    }
}
