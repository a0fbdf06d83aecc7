//! The members of a JSON object, each still as text, and reading them as what they should be, with reasons that people
//! can act on. Which members there should be belongs to `user`, `id` and `patch`.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of an object, in their order.
pub(super) struct Members<'j>(pub(super) Vec<(Cow<'j, str>, &'j RawValue)>);

impl<'j> Members<'j> {
    /// Reads an object; the error is a reason.
    pub(super) fn read(json: &'j str) -> Result<Self, String> {
        let raw: &RawValue = serde_json::from_str(json).map_err(|error| invalid(&error))?;
        if !raw.get().starts_with('{') {
            return Err(format!("the row must be a JSON object; it is {}", what(raw)));
        }
        let members: Self = serde_json::from_str(raw.get()).map_err(|error| invalid(&error))?;
        let mut names: Vec<&str> = members.0.iter().map(|(name, _)| name.as_ref()).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(format!("{:?} stands twice in the row; keep one", pair[0])),
            None => Ok(members),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&'j RawValue> {
        self.0
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| *value)
            .filter(|value| value.get() != "null")
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(16);
                while let Some(Name(name)) = map.next_key()? {
                    members.push((name, map.next_value()?));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

/// The name of a member: a part of the text where it can be, which serde gives to no `Cow` by itself.
struct Name<'j>(Cow<'j, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;

        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }

        deserializer.deserialize_str(NameVisitor)
    }
}

/// The reason for a row that is no valid JSON. What the parser says of syntax holds no data.
pub(super) fn invalid(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = match text.split(" at line ").next() {
        _ if error.is_eof() => "it ends too soon",
        Some(text) => text,
        None => &text,
    };
    let column = error.column();
    match error.line() {
        0 | 1 => format!("the row is no valid JSON: {text}, in column {column}"),
        line => format!("the row is no valid JSON: {text}, in column {column} of its line {line}"),
    }
}

/// What a JSON value is, in words.
pub(super) fn what(raw: &RawValue) -> &'static str {
    match raw.get().as_bytes().first() {
        Some(b'"') => "a text",
        Some(b'{') => "an object",
        Some(b'[') => "a list",
        Some(b't' | b'f') => "true or false",
        Some(b'n') => "null",
        _ => "a number",
    }
}

/// Reads a field as what it should be; `rule` says that, as in "a text".
pub(super) fn read<T: DeserializeOwned>(field: &str, raw: &RawValue, rule: &str) -> Result<T, String> {
    serde_json::from_str(raw.get()).map_err(|_| {
        let found = what(raw);
        let fix = match (rule, found) {
            ("a text", "a number" | "true or false") => "; put it in quotes",
            _ => "",
        };
        // A value of the right kind is wrong inside.
        if rule == found || rule.starts_with(&format!("{found} ")) {
            format!("{field} must be {rule}; something in it is not")
        } else {
            format!("{field} must be {rule}; it is {found}{fix}")
        }
    })
}
