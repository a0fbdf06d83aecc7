//! Compares two schemas, key by key, and through their `$ref`s. Each pair of named schemas is compared once, so that
//! schemas which refer to each other come to an end.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::allow::Allow;
use super::super::document::{Document, Object, reference, short};
use super::interface::{bare, equal, keys, value_change};

/// Keys whose values are lists in which order means nothing and each entry stands for itself.
const SETS: &[&str] = &["allOf", "anyOf", "oneOf"];

/// The named schemas of both documents.
pub(super) struct Schemas<'a> {
    ours: &'a Document,
    theirs: &'a Document,
    allow: &'a Allow,
    compared: BTreeSet<String>,
}

impl<'a> Schemas<'a> {
    pub(super) fn new(ours: &'a Document, theirs: &'a Document, allow: &'a Allow) -> Self {
        Self {
            ours,
            theirs,
            allow,
            compared: BTreeSet::new(),
        }
    }

    /// Adds a line for each difference between two schemas that stand at the place `at`.
    pub(super) fn compare(&mut self, at: &str, ours: &'a Value, theirs: &'a Value, lines: &mut Vec<String>) {
        match (reference(ours), reference(theirs)) {
            (Some(name), Some(other)) if name == other => self.named(at, name, lines),
            (Some(name), Some(other)) => {
                lines.push(format!(
                    "{at}: refers to {} instead of {}",
                    short(other),
                    short(name)
                ));
            }
            (Some(name), None) => lines.push(format!("{at}: a schema of its own instead of {}", short(name))),
            (None, Some(other)) => {
                lines.push(format!(
                    "{at}: refers to {} instead of a schema of its own",
                    short(other)
                ));
            }
            (None, None) => {}
        }
        let (Some(ours), Some(theirs)) = (ours.as_object(), theirs.as_object()) else {
            lines.extend(value_change(at, "schema", Some(ours), Some(theirs)));
            return;
        };
        if ours.contains_key("$ref") != theirs.contains_key("$ref") {
            return;
        }
        for key in keys(ours, theirs) {
            self.key(at, key, ours, theirs, lines);
        }
    }

    /// Does so for the schemas to which `reference` leads, unless it was done.
    pub(super) fn named(&mut self, at: &str, reference: &str, lines: &mut Vec<String>) {
        let name = short(reference);
        if !self.compared.insert(reference.to_owned()) {
            return;
        }
        match (self.ours.follow(reference), self.theirs.follow(reference)) {
            (Ok(ours), Ok(theirs)) if !self.allow.is_raw(name) => self.compare(name, ours, theirs, lines),
            (Ok(_), Ok(_)) => {}
            (Err(error), _) | (_, Err(error)) => lines.push(format!("{at}: {error:#}")),
        }
    }

    fn key(&mut self, at: &str, key: &str, ours: &'a Object, theirs: &'a Object, lines: &mut Vec<String>) {
        let (our, their) = (ours.get(key), theirs.get(key));
        match key {
            "$ref" => {}
            "properties" => self.properties(at, our, their, lines),
            "required" => {
                members(our, their, |name, added| {
                    lines.push(format!(
                        "{at}.{} is {} required",
                        word(name),
                        if added { "now" } else { "no longer" }
                    ));
                });
            }
            "enum" => {
                members(our, their, |value, added| {
                    lines.push(format!(
                        "{at}: enum value {value} {}",
                        if added { "added" } else { "removed" }
                    ));
                });
            }
            "type" | "nullable" => {
                // Both are reported under `type`, which says in OpenAPI 3.1 what `nullable` says in 3.0.
                if key == "type" || !(ours.contains_key("type") || theirs.contains_key("type")) {
                    let (our, their) = (types(ours), types(theirs));
                    lines.extend(value_change(at, "type", our.0.as_ref(), their.0.as_ref()));
                    lines.extend(value_change(
                        at,
                        "nullable",
                        Some(&our.1.into()),
                        Some(&their.1.into()),
                    ));
                }
            }
            "items" | "additionalProperties" | "not" => self.nested(at, key, our, their, lines),
            "x-stream-filter-fields" => filter_fields(at, our, their, lines),
            _ if SETS.contains(&key) => {
                let (our, their) = (list(our), list(their));
                let bared = |side: &[Value]| Value::Array(side.iter().map(bare).collect());
                members(Some(&bared(our)), Some(&bared(their)), |choice, added| {
                    let choice =
                        reference(choice).map_or_else(|| choice.to_string(), |name| short(name).to_owned());
                    lines.push(format!(
                        "{at}: {key} {choice} {}",
                        if added { "added" } else { "removed" }
                    ));
                });
                for choice in our {
                    let same = |other: &&Value| equal(&bare(choice), &bare(other));
                    if let Some(other) = their.iter().find(same) {
                        self.compare(at, choice, other, lines);
                    }
                }
            }
            _ => lines.extend(self.value(at, key, our, their)),
        }
    }

    /// A keyword with a plain value. Where `allow.toml` already holds the document's new bound, the line says so.
    fn value(&self, at: &str, key: &str, ours: Option<&Value>, theirs: Option<&Value>) -> Option<String> {
        let line = value_change(at, key, ours, theirs)?;
        let taken = self.allow.bound(at, key).filter(|bound| {
            theirs
                .and_then(Value::as_f64)
                .is_some_and(|theirs| (theirs - bound).abs() < f64::EPSILON)
        });
        Some(match taken {
            Some(_) => format!("{line}, as allow.toml has it: its entry is no longer needed"),
            None => line,
        })
    }

    fn properties(
        &mut self,
        at: &str,
        ours: Option<&'a Value>,
        theirs: Option<&'a Value>,
        lines: &mut Vec<String>,
    ) {
        let empty = Object::new();
        let (ours, theirs) = (ours.and_then(Value::as_object), theirs.and_then(Value::as_object));
        let names: BTreeSet<&String> = ours
            .unwrap_or(&empty)
            .keys()
            .chain(theirs.unwrap_or(&empty).keys())
            .collect();
        for name in names {
            let at = format!("{at}.{name}");
            let property = |side: Option<&'a Object>| side.and_then(|side| side.get(name));
            match (property(ours), property(theirs)) {
                (Some(ours), Some(theirs)) => self.compare(&at, ours, theirs, lines),
                (Some(_), None) => lines.push(format!("{at}: property removed")),
                (None, Some(theirs)) => lines.push(format!("{at}: property added ({})", kind(theirs))),
                (None, None) => {}
            }
        }
    }

    fn nested(
        &mut self,
        at: &str,
        key: &str,
        ours: Option<&'a Value>,
        theirs: Option<&'a Value>,
        lines: &mut Vec<String>,
    ) {
        let at = format!("{at} {key}");
        match (ours, theirs) {
            // `true` and `{}` both allow anything.
            (Some(Value::Bool(true)), Some(other)) | (Some(other), Some(Value::Bool(true)))
                if anything(other) => {}
            (Some(ours), Some(theirs)) => self.compare(&at, ours, theirs, lines),
            (Some(_), None) => lines.push(format!("{at} removed")),
            (None, Some(theirs)) => lines.push(format!("{at} added ({})", kind(theirs))),
            (None, None) => {}
        }
    }
}

fn anything(schema: &Value) -> bool {
    schema == &Value::Bool(true) || bare(schema).as_object().is_some_and(Object::is_empty)
}

/// What a schema is, in a word or two.
fn kind(schema: &Value) -> String {
    match (reference(schema), schema.get("type").and_then(Value::as_str)) {
        (Some(name), _) => short(name).to_owned(),
        (None, Some(name)) => match schema.get("format").and_then(Value::as_str) {
            Some(format) => format!("{name}, {format}"),
            None => name.to_owned(),
        },
        (None, None) => "anything".to_owned(),
    }
}

/// The type and whether it may be null, in whichever of the two ways the document says it.
fn types(schema: &Object) -> (Option<Value>, bool) {
    let mut nullable = schema.get("nullable") == Some(&Value::Bool(true));
    let Some(Value::Array(types)) = schema.get("type") else {
        return (schema.get("type").cloned(), nullable);
    };
    let mut rest: Vec<Value> = types.iter().filter(|name| *name != "null").cloned().collect();
    nullable |= rest.len() < types.len();
    rest.sort_by_key(Value::to_string);
    match <[Value; 1]>::try_from(rest) {
        Ok([only]) => (Some(only), nullable),
        Err(rest) => (Some(Value::Array(rest)), nullable),
    }
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Calls `found` with each entry that only one of two lists has, and whether it was added.
fn members(ours: Option<&Value>, theirs: Option<&Value>, mut found: impl FnMut(&Value, bool)) {
    let (ours, theirs) = (list(ours), list(theirs));
    let lacks = |entries: &[Value], entry: &Value| !entries.iter().any(|other| equal(other, entry));
    for entry in ours.iter().filter(|entry| lacks(theirs, entry)) {
        found(entry, false);
    }
    for entry in theirs.iter().filter(|entry| lacks(ours, entry)) {
        found(entry, true);
    }
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Compares the fields that a filter may name, their types and their operators.
fn filter_fields(at: &str, ours: Option<&Value>, theirs: Option<&Value>, lines: &mut Vec<String>) {
    let empty = Object::new();
    let fields = |side: Option<&'_ Value>| side.and_then(Value::as_object).cloned().unwrap_or_default();
    let (ours, theirs) = (fields(ours), fields(theirs));
    let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    for name in names {
        let at = format!("{at}: filter field `{name}`");
        let (ours, theirs) = match (ours.get(name), theirs.get(name)) {
            (Some(ours), Some(theirs)) => (ours, theirs),
            (Some(_), None) => {
                lines.push(format!("{at} removed"));
                continue;
            }
            _ => {
                lines.push(format!("{at} added"));
                continue;
            }
        };
        members(
            ours.get("operators"),
            theirs.get("operators"),
            |operator, added| {
                lines.push(format!(
                    "{at}: operator {} {}",
                    word(operator),
                    if added { "added" } else { "removed" }
                ));
            },
        );
        let (ours, theirs) = (
            ours.as_object().unwrap_or(&empty),
            theirs.as_object().unwrap_or(&empty),
        );
        for key in keys(ours, theirs).into_iter().filter(|key| *key != "operators") {
            lines.extend(value_change(&at, key, ours.get(key), theirs.get(key)));
        }
    }
}
