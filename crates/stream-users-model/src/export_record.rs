//! [`ExportRecord`], a line of the file that `export_users` writes. Fetching the file belongs to the core.

use std::borrow::Cow;

use serde::de::{self, Deserialize, Deserializer};
use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::value::RawValue;

use crate::user::read_user;
use crate::{Custom, CustomData, RawJson, Str, User};

/// A line of the file that `export_users` writes: `{"type":"user","data":{..}}`.
///
/// What belongs to a user follows it. Messages and reactions stay as they came, since their shapes are chat's; so does a
/// whole line of a type that this version does not know.
///
/// A user is read in both forms of the service: with the custom data in `custom`, or, as the older endpoints write them,
/// beside the other fields.
///
/// ```
/// use stream_users_model::ExportRecord;
///
/// let line = r#"{"type":"user","data":{"id":"ada","plan":"pro","created_at":1,"updated_at":1}}"#;
/// let record: ExportRecord = serde_json::from_str(line)?;
/// let ada = record.user().ok_or("another record")?;
/// assert_eq!((ada.id.as_str(), ada.custom.get::<String>("plan")?.as_deref()), ("ada", Some("pro")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ExportRecord<C = Custom> {
    /// A user.
    User(Box<User<C>>),
    /// A message of the user before it.
    Message(RawJson),
    /// A reaction of the user before it.
    Reaction(RawJson),
    /// The whole line, whose type this version does not know.
    #[non_exhaustive]
    Other {
        /// Its type.
        kind: Str,
        /// The line.
        line: RawJson,
    },
}

impl<C> ExportRecord<C> {
    /// The user, where the record is one.
    #[must_use]
    pub fn user(&self) -> Option<&User<C>> {
        match self {
            Self::User(user) => Some(user),
            _ => None,
        }
    }

    /// The type, as it stands in the file: `user`, `message`, `reaction` or another.
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Self::User(_) => USER,
            Self::Message(_) => MESSAGE,
            Self::Reaction(_) => REACTION,
            Self::Other { kind, .. } => kind,
        }
    }
}

const USER: &str = "user";
const MESSAGE: &str = "message";
const REACTION: &str = "reaction";

/// The two members of a line that are known.
#[derive(serde::Deserialize)]
struct Line<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

impl<'de, C: CustomData> Deserialize<'de> for ExportRecord<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let whole = RawJson::deserialize(deserializer)?;
        let line: Line<'_> = parse(whole.as_json())?;
        let data = || {
            line.data
                .map(RawValue::get)
                .ok_or_else(|| de::Error::missing_field("data"))
        };
        match &*line.kind {
            USER => match read_user(data()?) {
                Ok(user) => Ok(Self::User(Box::new(user))),
                Err(error) => Err(de::Error::custom(error)),
            },
            MESSAGE => parse(data()?).map(Self::Message),
            REACTION => parse(data()?).map(Self::Reaction),
            kind => {
                let kind = Str::from(kind);
                Ok(Self::Other { kind, line: whole })
            }
        }
    }
}

fn parse<'a, T: Deserialize<'a>, E: de::Error>(json: &'a str) -> Result<T, E> {
    serde_json::from_str(json).map_err(E::custom)
}

impl<C: Serialize> Serialize for ExportRecord<C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Self::Other { line, .. } = self {
            return line.serialize(serializer);
        }
        let mut record = serializer.serialize_struct("ExportRecord", 2)?;
        record.serialize_field("type", self.kind())?;
        match self {
            Self::User(user) => record.serialize_field("data", user)?,
            Self::Message(raw) | Self::Reaction(raw) | Self::Other { line: raw, .. } => {
                record.serialize_field("data", raw)?;
            }
        }
        record.end()
    }
}
