//! What of a document is interface: words, examples and the service's notes to its own tools are none of it, and go
//! before two values are compared. A property is never a word, whatever it is called.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::document::Object;

/// Keys that say something about the interface and are none of it.
const WORDS: &[&str] = &[
    "description",
    "summary",
    "title",
    "example",
    "examples",
    "externalDocs",
    "tags",
];

/// The service's own keys that are interface; every other one that begins with `x-` is a note to its tools.
const OWN: &[&str] = &[
    "x-stream-filter-fields",
    "x-stream-map",
    "x-stream-requires-token",
];

/// Keys whose values are objects with names of the service's choosing: a name there is never a word.
const NAMED: &[&str] = &[
    "properties",
    "patternProperties",
    "headers",
    "encoding",
    "mapping",
    "callbacks",
    "x-stream-filter-fields",
];

/// Keys whose values are data, which no key in them is a word of.
const DATA: &[&str] = &["default", "enum", "const"];

/// Keys whose absence means `false`.
const FALSE_BY_DEFAULT: &[&str] = &[
    "required",
    "nullable",
    "deprecated",
    "readOnly",
    "writeOnly",
    "uniqueItems",
    "exclusiveMinimum",
    "exclusiveMaximum",
];

fn is_interface(key: &str) -> bool {
    OWN.contains(&key) || !(key.starts_with("x-") || WORDS.contains(&key))
}

/// The keys of both objects that are part of the interface, sorted.
pub(super) fn keys<'v>(ours: &'v Object, theirs: &'v Object) -> BTreeSet<&'v str> {
    ours.keys()
        .chain(theirs.keys())
        .map(String::as_str)
        .filter(|key| is_interface(key))
        .collect()
}

/// A value without what is not interface in it.
pub(super) fn bare(value: &Value) -> Value {
    match value {
        Value::Array(entries) => entries.iter().map(bare).collect(),
        Value::Object(object) => {
            let stated = object.iter().filter(|(key, value)| {
                let absent = **value == Value::Bool(false) && FALSE_BY_DEFAULT.contains(&key.as_str());
                is_interface(key) && !absent
            });
            Value::Object(
                stated
                    .map(|(key, value)| (key.clone(), bare_of(key, value)))
                    .collect(),
            )
        }
        _ => value.clone(),
    }
}

/// The value of a key without what is not interface in it.
fn bare_of(key: &str, value: &Value) -> Value {
    match value {
        _ if DATA.contains(&key) => value.clone(),
        Value::Object(map) if key == "x-stream-map" => {
            // What its keys are; the rest are words about it.
            map.iter()
                .filter(|(key, _)| *key == "key")
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect::<Object>()
                .into()
        }
        Value::Object(named) if NAMED.contains(&key) => named
            .iter()
            .map(|(name, value)| (name.clone(), bare(value)))
            .collect::<Object>()
            .into(),
        _ => bare(value),
    }
}

/// A line where two values of a key differ in meaning.
pub(super) fn value_change(
    at: &str,
    key: &str,
    ours: Option<&Value>,
    theirs: Option<&Value>,
) -> Option<String> {
    let stated = |value: Option<&Value>| {
        value
            .filter(|value| **value != Value::Bool(false) || !FALSE_BY_DEFAULT.contains(&key))
            .map(|value| bare_of(key, value))
    };
    match (stated(ours), stated(theirs)) {
        (Some(ours), Some(theirs)) if equal(&ours, &theirs) => None,
        (Some(ours), Some(theirs)) => Some(format!("{at}: {key} changed from {ours} to {theirs}")),
        (Some(ours), None) => Some(format!("{at}: {key} removed (was {ours})")),
        (None, Some(theirs)) => Some(format!("{at}: {key} added ({theirs})")),
        (None, None) => None,
    }
}

/// Whether two values are the same, however their numbers are written.
#[allow(
    clippy::float_cmp,
    reason = "the same number, written in two ways, reads as the same float"
)]
pub(super) fn equal(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Number(ours), Value::Number(theirs)) => ours == theirs || ours.as_f64() == theirs.as_f64(),
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| equal(ours, theirs))
        }
        (Value::Object(ours), Value::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours
                    .iter()
                    .all(|(key, ours)| theirs.get(key).is_some_and(|theirs| equal(ours, theirs)))
        }
        _ => ours == theirs,
    }
}
