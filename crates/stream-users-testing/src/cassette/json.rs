//! [`Json`]: a JSON value that keeps the order of its keys, as answers have an order that callers see. What may be kept of
//! one belongs to `redact`.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Number, Value};

/// The most levels that are read. A cassette adds some around a body, and serde's own limit is 128.
const DEEPEST: usize = 100;

#[derive(Clone, Debug)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Self>),
    Object(Vec<(String, Self)>),
}

/// Why a text is no [`Json`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum NotHeld {
    /// It is no JSON.
    NotJson,
    /// It is JSON, and deeper than [`DEEPEST`], or has a string or number that Rust has no value for.
    Odd,
}

impl Json {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, NotHeld> {
        let raw: &RawValue = serde_json::from_slice(bytes).map_err(|_| NotHeld::NotJson)?;
        Self::read(raw, DEEPEST).ok_or(NotHeld::Odd)
    }

    /// Level by level over raw values: a number must never come to a visitor, since with the JSON crate's feature
    /// `arbitrary_precision`, which any crate may turn on, it comes there as a map.
    fn read(raw: &RawValue, levels: usize) -> Option<Self> {
        let text = raw.get();
        let levels = levels.checked_sub(1)?;
        Some(match text.as_bytes().first()? {
            b'n' => Self::Null,
            b't' => Self::Bool(true),
            b'f' => Self::Bool(false),
            b'"' => Self::String(serde_json::from_str(text).ok()?),
            b'[' => {
                let entries: Vec<&RawValue> = serde_json::from_str(text).ok()?;
                let entries = entries.into_iter().map(|raw| Self::read(raw, levels));
                Self::Array(entries.collect::<Option<_>>()?)
            }
            b'{' => {
                let Entries(entries) = serde_json::from_str(text).ok()?;
                let entries = entries
                    .into_iter()
                    .map(|(key, raw)| Some((key, Self::read(raw, levels)?)));
                Self::Object(entries.collect::<Option<_>>()?)
            }
            _ => Self::Number(serde_json::from_str(text).ok()?),
        })
    }

    /// The same value without an order of keys; of a key that stands twice, the last one counts.
    pub(super) fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(number) => Value::Number(number.clone()),
            Self::String(text) => Value::String(text.clone()),
            Self::Array(entries) => entries.iter().map(Self::to_value).collect(),
            Self::Object(entries) => entries
                .iter()
                .map(|(key, value)| (key.clone(), value.to_value()))
                .collect(),
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Object(entries) = self else { return None };
        entries
            .iter()
            .rev()
            .find_map(|(known, value)| (known == key).then_some(value))
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => Self::Number(number),
            Value::String(text) => Self::String(text),
            Value::Array(entries) => Self::Array(entries.into_iter().map(Self::from).collect()),
            Value::Object(entries) => Self::Object(
                entries
                    .into_iter()
                    .map(|(key, value)| (key, value.into()))
                    .collect(),
            ),
        }
    }
}

/// An object's keys and values in their order.
struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor;

        impl<'de> Visitor<'de> for EntriesVisitor {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(EntriesVisitor)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::read(&raw, DEEPEST)
            .ok_or_else(|| D::Error::custom(format_args!("a body is nested more than {DEEPEST} levels deep")))
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::String(text) => serializer.serialize_str(text),
            Self::Array(entries) => serializer.collect_seq(entries),
            Self::Object(entries) => serializer.collect_map(entries.iter().map(|(key, value)| (key, value))),
        }
    }
}
