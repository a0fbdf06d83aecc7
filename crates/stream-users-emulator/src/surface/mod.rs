//! Writers of answers: stored rows become the JSON of the wire. What is true of the wire alone (the form of times,
//! which keys are left out) is decided here.

mod location_json;
mod message_json;
mod user_json;

use serde_json::{Map, Value};

use crate::clock::Nanos;

pub(crate) use location_json::{location, shared_location};
pub(crate) use message_json::{channel, message, reaction};
pub(crate) use user_json::{Viewer, device, full_user, full_users, hide_private, me, mute_json, user};

/// The two sets of paths on which the service is called, each with its own form of the same data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Surface {
    /// `/api/v2/...`: times are integers of nanoseconds since the epoch, custom data stands in `custom`.
    V2,
    /// The paths without a version, which older clients call: times are RFC 3339 in UTC, custom data stands beside
    /// the other fields. Files that are exported have this form too.
    V1,
}

/// What the paths of [`Surface::V2`] begin with.
const VERSION: &str = "/api/v2";
/// What follows in those of the chat product, which [`Surface::V1`] does not name.
const PRODUCT: &str = "/chat";

impl Surface {
    pub(crate) const ALL: [Self; 2] = [Self::V2, Self::V1];

    /// The name under which what differs is stored.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::V2 => "v2",
            Self::V1 => "v1",
        }
    }

    /// Where the operation with this path is called on this surface. An operation whose path has no version is called
    /// on [`Surface::V1`] alone.
    pub(crate) fn path(self, path: &'static str) -> Option<&'static str> {
        match self {
            Self::V2 => Some(path).filter(|path| path.starts_with(VERSION)),
            Self::V1 => {
                let tail = path.strip_prefix(VERSION).unwrap_or(path);
                let own = tail.strip_prefix(PRODUCT).filter(|rest| rest.starts_with('/'));
                Some(own.unwrap_or(tail))
            }
        }
    }

    /// A time as it is answered.
    pub(crate) fn time(self, time: Nanos) -> Value {
        match self {
            Self::V2 => Value::from(time),
            Self::V1 => jiff::Timestamp::from_nanosecond(i128::from(time))
                .map_or(Value::Null, |time| Value::from(time.to_string())),
        }
    }

    /// Adds the custom data to an object that is complete but for it. Beside the other fields, what has the name of one
    /// of them is left out; `fields` are those that the object may have and does not.
    pub(crate) fn custom(
        self,
        object: &mut Map<String, Value>,
        custom: &Map<String, Value>,
        fields: &[&[&str]],
    ) {
        if self == Self::V2 {
            object.insert("custom".to_owned(), Value::Object(custom.clone()));
            return;
        }
        for (key, value) in custom {
            if !fields.iter().any(|fields| fields.contains(&key.as_str())) {
                object.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
    }
}

/// Adds a key, unless there is no value for it.
fn optional<T: Into<Value>>(map: &mut Map<String, Value>, key: &str, value: Option<T>) {
    if let Some(value) = value {
        map.insert(key.to_owned(), value.into());
    }
}
