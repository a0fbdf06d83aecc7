//! What an OpenAPI document of the service changed for our operations, next to the contract.
//!
//! Only our operations and events are compared, and the schemas that they reach, as far as `allow.toml` does not keep them raw.
//! Words about the interface (descriptions, titles, examples, tags), the service's notes to its own tools and the order
//! of things are not compared; every other key is. This file compares operations, [`schema`] what they carry, and
//! [`interface`] tells what is interface from what is not.

mod interface;
mod schema;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use self::interface::{keys, value_change};
use self::schema::Schemas;
use super::allow::Allow;
use super::document::{Document, Object, Stated};
use super::operations::text;

/// What the comparison found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// One line per change.
    pub(crate) differences: Vec<String>,
    /// The document's operations that are not ours.
    pub(crate) foreign: Vec<String>,
}

impl Found {
    /// Prints the differences, what to do about them, and the operations that are not ours.
    pub(crate) fn print(&self, file: &str) {
        if !self.foreign.is_empty() {
            println!(
                "information: operations of {file} that are not ours ({}):",
                self.foreign.len()
            );
            for line in &self.foreign {
                println!("  {line}");
            }
        }
        if self.differences.is_empty() {
            println!("contract diff: nothing changed for our operations");
            return;
        }
        println!(
            "contract diff: changes for our operations in {file} ({}):",
            self.differences.len()
        );
        for line in &self.differences {
            println!("  {line}");
        }
        println!(
            "fix: take the changes into {} (or say in allow.toml why not), then run `cargo xtask contract check`, \
             `cargo xtask codegen` and `cargo test -p stream-users-model`",
            super::SLICE
        );
    }
}

/// Compares `theirs` with the contract, `ours`.
pub(crate) fn compare(ours: &Document, theirs: &Document, allow: &Allow) -> Found {
    let mut comparison = Comparison {
        ours,
        theirs,
        schemas: Schemas::new(ours, theirs, allow),
        lines: Vec::new(),
    };
    let known = ours.operations();
    let stated = theirs.operations();
    for operation in &known {
        comparison.operation(operation, &stated);
    }
    for (name, _) in ours.events() {
        let reference = format!("#/components/schemas/{name}");
        comparison.schemas.named(name, &reference, &mut comparison.lines);
    }
    let ids: BTreeSet<_> = known.iter().filter_map(|operation| operation.id).collect();
    let foreign = stated
        .iter()
        .filter(|operation| operation.id.is_none_or(|id| !ids.contains(id)))
        .map(|operation| {
            format!(
                "{} {} ({})",
                operation.method,
                operation.path,
                operation.id.unwrap_or("no operationId")
            )
        })
        .collect();
    Found {
        differences: comparison.lines,
        foreign,
    }
}

struct Comparison<'a> {
    ours: &'a Document,
    theirs: &'a Document,
    schemas: Schemas<'a>,
    lines: Vec<String>,
}

impl<'a> Comparison<'a> {
    fn operation(&mut self, ours: &Stated<'a>, stated: &[Stated<'a>]) {
        let id = ours.id.unwrap_or("an operation without an operationId");
        let place = format!("{} {}", ours.method, ours.path);
        let same_place = |other: &&Stated<'a>| other.method == ours.method && other.path == ours.path;
        let namesakes: Vec<_> = stated.iter().filter(|other| other.id == ours.id).collect();
        let found = namesakes
            .iter()
            .copied()
            .find(same_place)
            .or_else(|| namesakes.first().copied());
        let Some(theirs) = found else {
            let now = match stated.iter().find(same_place) {
                Some(other) => format!(
                    "; its place now holds {}",
                    other.id.unwrap_or("an operation without an operationId")
                ),
                None => String::new(),
            };
            self.lines
                .push(format!("{id}: the operation {place} is gone{now}"));
            return;
        };
        if !same_place(&theirs) {
            self.lines.push(format!(
                "{id}: moved from {place} to {} {}",
                theirs.method, theirs.path
            ));
        }
        self.parameters(id, ours, theirs);
        self.body(
            id,
            ours.object.get("requestBody"),
            theirs.object.get("requestBody"),
        );
        self.responses(id, ours.object.get("responses"), theirs.object.get("responses"));
        let compared = ["operationId", "parameters", "requestBody", "responses"];
        self.rest(id, ours.object, theirs.object, &compared);
    }

    fn parameters(&mut self, id: &str, ours: &Stated<'a>, theirs: &Stated<'a>) {
        let (ours, theirs) = match (self.ours.parameters(ours), self.theirs.parameters(theirs)) {
            (Ok(ours), Ok(theirs)) => (ours, theirs),
            (Err(error), _) | (_, Err(error)) => {
                return self.lines.push(format!("{id}: parameters: {error:#}"));
            }
        };
        let named = |parameters: Vec<&'a Object>| -> BTreeMap<String, &'a Object> {
            let word = |parameter: &Object, key| text(parameter, key).unwrap_or("?").to_owned();
            parameters
                .into_iter()
                .map(|parameter| {
                    (
                        format!(
                            "{} parameter `{}`",
                            word(parameter, "in"),
                            word(parameter, "name")
                        ),
                        parameter,
                    )
                })
                .collect()
        };
        let (ours, theirs) = (named(ours), named(theirs));
        for (name, parameter) in &ours {
            let at = format!("{id}: {name}");
            match theirs.get(name) {
                None => self.lines.push(format!("{at} removed")),
                Some(other) => {
                    self.schema_of(&at, parameter, other);
                    self.content(&at, parameter, other);
                    self.rest(&at, parameter, other, &["in", "name", "schema", "content"]);
                }
            }
        }
        for (name, parameter) in theirs.iter().filter(|(name, _)| !ours.contains_key(*name)) {
            let required = if parameter.get("required") == Some(&Value::Bool(true)) {
                ", required"
            } else {
                ""
            };
            self.lines.push(format!("{id}: {name} added{required}"));
        }
    }

    fn body(&mut self, id: &str, ours: Option<&'a Value>, theirs: Option<&'a Value>) {
        let at = format!("{id}: request body");
        if let Some((ours, theirs)) = self.both(&at, ours, theirs) {
            self.content(&at, ours, theirs);
            self.rest(&at, ours, theirs, &["content"]);
        }
    }

    fn responses(&mut self, id: &str, ours: Option<&'a Value>, theirs: Option<&'a Value>) {
        let empty = Object::new();
        let statuses = |responses: Option<&'a Value>| responses.and_then(Value::as_object);
        let (ours, theirs) = (statuses(ours), statuses(theirs));
        let names: BTreeSet<&String> = ours
            .unwrap_or(&empty)
            .keys()
            .chain(theirs.unwrap_or(&empty).keys())
            .collect();
        for status in names {
            let at = format!("{id}: response {status}");
            let response =
                |responses: Option<&'a Object>| responses.and_then(|responses| responses.get(status));
            if let Some((ours, theirs)) = self.both(&at, response(ours), response(theirs)) {
                self.content(&at, ours, theirs);
                self.rest(&at, ours, theirs, &["content", "links"]);
            }
        }
    }

    /// Both sides of something that is an object or a `$ref` to one, or a line that says which side lacks it.
    fn both(
        &mut self,
        at: &str,
        ours: Option<&'a Value>,
        theirs: Option<&'a Value>,
    ) -> Option<(&'a Object, &'a Object)> {
        let (ours, theirs) = match (ours, theirs) {
            (Some(ours), Some(theirs)) => (self.ours.resolve(ours), self.theirs.resolve(theirs)),
            (Some(_), None) => {
                self.lines.push(format!("{at} removed"));
                return None;
            }
            (None, Some(_)) => {
                self.lines.push(format!("{at} added"));
                return None;
            }
            (None, None) => return None,
        };
        match (ours, theirs) {
            (Ok(ours), Ok(theirs)) => {
                if let (Some(ours), Some(theirs)) = (ours.as_object(), theirs.as_object()) {
                    return Some((ours, theirs));
                }
                self.lines.push(format!("{at} is not an object"));
            }
            (Err(error), _) | (_, Err(error)) => self.lines.push(format!("{at}: {error:#}")),
        }
        None
    }

    fn content(&mut self, at: &str, ours: &'a Object, theirs: &'a Object) {
        let types = |object: &'a Object| object.get("content").and_then(Value::as_object);
        let (ours, theirs) = (types(ours), types(theirs));
        let empty = Object::new();
        let names: BTreeSet<&String> = ours
            .unwrap_or(&empty)
            .keys()
            .chain(theirs.unwrap_or(&empty).keys())
            .collect();
        for name in names {
            let media = |types: Option<&'a Object>| types.and_then(|types| types.get(name));
            if let Some((ours, theirs)) =
                self.both(&format!("{at}: content type {name}"), media(ours), media(theirs))
            {
                self.schema_of(at, ours, theirs);
                self.rest(&format!("{at}: content type {name}"), ours, theirs, &["schema"]);
            }
        }
    }

    fn schema_of(&mut self, at: &str, ours: &'a Object, theirs: &'a Object) {
        match (ours.get("schema"), theirs.get("schema")) {
            (Some(ours), Some(theirs)) => self.schemas.compare(at, ours, theirs, &mut self.lines),
            (Some(_), None) => self.lines.push(format!("{at}: schema removed")),
            (None, Some(_)) => self.lines.push(format!("{at}: schema added")),
            (None, None) => {}
        }
    }

    fn rest(&mut self, at: &str, ours: &Object, theirs: &Object, compared: &[&str]) {
        for key in keys(ours, theirs) {
            if !compared.contains(&key) {
                self.lines
                    .extend(value_change(at, key, ours.get(key), theirs.get(key)));
            }
        }
    }
}
