//! [`Record`]: a result taken apart into fields whose values stay the JSON that they were, since `Value` holds not all of
//! it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The fields of a JSON object, in their order.
#[derive(Debug, Default)]
pub(super) struct Record(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Record;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Record(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

impl Record {
    pub(super) fn of(json: &str) -> anyhow::Result<Self> {
        Ok(serde_json::from_str(json)?)
    }

    /// The names of the fields; those of `custom`, as `custom.NAME`, after all others.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut custom = Vec::new();
        for (name, value) in &self.0 {
            match (name.as_str(), Self::of(value.get())) {
                ("custom", Ok(inner)) => {
                    custom.extend(inner.0.iter().map(|(name, _)| format!("custom.{name}")));
                }
                _ => names.push(name.clone()),
            }
        }
        names.extend(custom);
        names
    }

    /// The value of a field; a dot leads into an object, unless a name has it.
    pub(super) fn get(&self, path: &str) -> Option<Cow<'_, str>> {
        if let Some((_, value)) = self.0.iter().find(|(name, _)| name == path) {
            return Some(Cow::Borrowed(value.get()));
        }
        let (first, rest) = path.split_once('.')?;
        let (_, value) = self.0.iter().find(|(name, _)| name == first)?;
        let inner = Self::of(value.get()).ok()?;
        let found = inner.get(rest)?.into_owned();
        Some(Cow::Owned(found))
    }
}

/// A value as people read it: a text without its quotes, nothing for null, JSON for the rest.
pub(super) fn plain(json: &str) -> Cow<'_, str> {
    match json.as_bytes().first() {
        Some(b'"') => serde_json::from_str::<String>(json).map_or(Cow::Borrowed(json), Cow::Owned),
        Some(b'n') => Cow::Borrowed(""),
        _ => Cow::Borrowed(json),
    }
}

/// Whether a value says nothing: null, or an empty text, list or object.
pub(super) fn is_empty(json: &str) -> bool {
    match json.as_bytes().first() {
        None | Some(b'n') => true,
        Some(b'"') => json.len() == 2,
        Some(b'[') => serde_json::from_str::<Vec<IgnoredAny>>(json).is_ok_and(|items| items.is_empty()),
        Some(b'{') => Record::of(json).is_ok_and(|record| record.0.is_empty()),
        _ => false,
    }
}

/// Whether a value is a number.
pub(super) fn is_number(json: &str) -> bool {
    matches!(json.as_bytes().first(), Some(b'-' | b'0'..=b'9'))
}

#[cfg(test)]
mod tests {
    use super::{Record, is_empty, plain};

    #[test]
    fn dots_lead_into_objects_unless_a_name_has_them() {
        let record = Record::of(r#"{"id":"a","custom":{"x.y":1,"n":{"m":2}},"big":1e999}"#).unwrap();
        assert_eq!(record.names(), ["id", "big", "custom.x.y", "custom.n"]);
        assert_eq!(record.get("custom.x.y").as_deref(), Some("1"));
        assert_eq!(record.get("custom.n.m").as_deref(), Some("2"));
        assert_eq!(record.get("big").as_deref(), Some("1e999"));
        assert!(record.get("custom.no").is_none() && record.get("id.no").is_none());
    }

    #[test]
    fn values_are_what_people_read() {
        assert_eq!(
            [r#""a\"b""#, "null", "true", "[1]"].map(|json| plain(json).into_owned()),
            ["a\"b", "", "true", "[1]"]
        );
        assert!(["null", "\"\"", "[ ]", "{}"].into_iter().all(is_empty));
        assert!(!["0", "false", "[0]", "\" \""].into_iter().any(is_empty));
    }
}
