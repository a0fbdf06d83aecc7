//! Holds the three files of the contract against each other.
//!
//! A pure function over their texts, so that each rule has a test. What the model's types make of the contract is
//! proved in the model's tests.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::allow::{self, Allow};
use super::document::{Document, Stated, reference, short};
use super::operations::{self, Entry, Idempotency, text};
use super::{ALLOW, OPERATIONS, SLICE};
use crate::violation::{Violation, line_of};

/// The texts of the three files.
pub(super) struct Sources {
    pub(super) operations: String,
    pub(super) allow: String,
    pub(super) slice: String,
}

/// Every disagreement.
///
/// # Errors
/// Where one of the files cannot be parsed at all.
pub(super) fn check(sources: &Sources) -> Result<Vec<Violation>> {
    let mut check = Check {
        sources,
        document: &Document::parse(&sources.slice).context(SLICE)?,
        violations: Vec::new(),
    };
    let entries = operations::parse(&sources.operations).context(OPERATIONS)?;
    let allow = Allow::parse(&sources.allow).context(ALLOW)?;
    check.names(&entries);
    check.both_ways(&entries);
    check.references();
    check.allowed(&allow);
    Ok(check.violations)
}

struct Check<'a> {
    sources: &'a Sources,
    document: &'a Document,
    violations: Vec<Violation>,
}

impl Check<'_> {
    fn in_operations(&mut self, needle: &str, what: impl Into<String>, fix: impl Into<String>) {
        let line = line_of(&self.sources.operations, needle);
        self.violations
            .push(Violation::new(OPERATIONS, what, fix).at(line));
    }

    fn in_slice(&mut self, needle: &str, what: impl Into<String>, fix: impl Into<String>) {
        let line = line_of(&self.sources.slice, needle);
        self.violations.push(Violation::new(SLICE, what, fix).at(line));
    }

    /// What can be seen in one entry: names, types, summary.
    fn names(&mut self, entries: &[Entry]) {
        let mut seen: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for entry in entries {
            *seen.entry(("name", &entry.name)).or_default() += 1;
            *seen.entry(("id", &entry.id)).or_default() += 1;
            let line = format!("name = \"{}\"", entry.name);
            if !is_snake_case(&entry.name) {
                self.in_operations(
                    &line,
                    format!("`{}` is not snake_case", entry.name),
                    "use a-z, 0-9 and _",
                );
            }
            for (key, written) in [("request", &entry.request), ("response", &entry.response)] {
                if !is_type(written) {
                    let what = format!("{key} `{written}` is not a type's name");
                    self.in_operations(&line, what, "write `Name`, `Name<C>` or `Name<Other>`");
                }
            }
            if !entry.summary.ends_with('.')
                || entry.summary.contains('\n')
                || entry.summary.trim() != entry.summary
            {
                let what = format!("the summary of `{}` is not one sentence on one line", entry.name);
                self.in_operations(&line, what, "end it with a full stop and break no line");
            }
            if entry.errors.trim().is_empty() || entry.errors.ends_with('.') || entry.errors.contains('\n') {
                let what = format!("the errors of `{}` are not one clause on one line", entry.name);
                self.in_operations(
                    &line,
                    what,
                    "say what the service refuses, as ``errors = \"`Api` where the service refuses\"``, without a full stop",
                );
            }
            if entry.read_only && entry.idempotency == Idempotency::NotIdempotent {
                let what = format!("`{}` changes nothing and yet is not idempotent", entry.name);
                self.in_operations(
                    &line,
                    what,
                    "write `idempotency = \"idempotent\"`, or delete `read_only`",
                );
            }
            if entry.doc.as_ref().is_some_and(|doc| doc.trim().is_empty()) {
                let what = format!("the doc of `{}` is empty", entry.name);
                self.in_operations(&line, what, "say what the summary leaves out, or delete the key");
            }
            if let Some(task) = &entry.task
                && !entries.iter().any(|other| other.name == *task)
            {
                let what = format!("task `{task}` of `{}` names no operation", entry.name);
                self.in_operations(
                    &line,
                    what,
                    "write the name of the operation that starts the task",
                );
            }
        }
        for ((key, value), _) in seen.into_iter().filter(|(_, count)| *count > 1) {
            let needle = format!("{key} = \"{value}\"");
            self.in_operations(
                &needle,
                format!("two operations with {key} `{value}`"),
                "rename or delete one",
            );
        }
    }

    /// Every operation of the document is decided upon, and the other way round.
    fn both_ways(&mut self, entries: &[Entry]) {
        let stated = self.document.operations();
        for entry in entries {
            match stated.iter().find(|operation| operation.id == Some(&entry.id)) {
                Some(operation) => {
                    self.batch(entry, operation);
                    self.path(operation);
                }
                None => self.in_operations(
                    &format!("id = \"{}\"", entry.id),
                    format!("the document has no operation `{}`", entry.id),
                    format!("add it to {SLICE} or delete the entry"),
                ),
            }
        }
        for operation in stated {
            let Some(id) = operation.id else {
                let place = format!("{} {}", operation.method, operation.path);
                self.in_slice(operation.path, format!("{place} has no operationId"), "add it");
                continue;
            };
            if !entries.iter().any(|entry| entry.id == id) {
                let what = format!("operation `{id}` is not in operations.toml");
                self.in_slice(
                    &format!("\"{id}\""),
                    what,
                    format!("add an [[operation]] to {OPERATIONS}"),
                );
            }
        }
    }

    /// The parameters of the path are those that the template names.
    fn path(&mut self, operation: &Stated<'_>) {
        let parameters = match self.document.parameters(operation) {
            Ok(parameters) => parameters,
            Err(error) => {
                return self.in_slice(operation.path, format!("{error:#}"), "correct the reference");
            }
        };
        let stated: BTreeSet<&str> = parameters
            .into_iter()
            .filter(|parameter| text(parameter, "in") == Some("path"))
            .filter_map(|parameter| text(parameter, "name"))
            .collect();
        let named: BTreeSet<&str> = operation
            .path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .collect();
        for name in stated.symmetric_difference(&named) {
            let what = format!("`{name}` is a parameter of {} on one side only", operation.path);
            self.in_slice(
                &format!("\"{}\"", operation.path),
                what,
                "name it in the template and in `parameters`",
            );
        }
    }

    /// The size of a batch is the contract's, where the contract has one.
    fn batch(&mut self, entry: &Entry, operation: &Stated<'_>) {
        let Some(batch) = &entry.batch else { return };
        let line = format!("name = \"{}\"", entry.name);
        let property = request_schema(self.document, operation)
            .and_then(|schema| schema.get("properties")?.get(&batch.field));
        let Some(property) = property else {
            let what = format!("the request of `{}` has no field `{}`", entry.name, batch.field);
            return self.in_operations(&line, what, "name a field of the request's body in `batch`");
        };
        let stated = property
            .get("maxItems")
            .or_else(|| property.get("maxProperties"))
            .and_then(Value::as_u64);
        match (batch.source.as_str(), stated) {
            ("contract", Some(max)) if max == batch.max => {}
            ("contract", Some(max)) => self.in_operations(
                &line,
                format!("the contract takes {max} `{}`, not {}", batch.field, batch.max),
                format!("write `max = {max}`"),
            ),
            ("contract", None) => self.in_operations(
                &line,
                format!("the contract does not bound `{}`", batch.field),
                "give the page that does as `source`",
            ),
            (_, Some(max)) => self.in_operations(
                &line,
                format!("the contract itself bounds `{}`", batch.field),
                format!("write `max = {max}, source = \"contract\"`"),
            ),
            (page, None) if page.starts_with("https://") => {}
            (page, None) => self.in_operations(
                &line,
                format!("`{page}` is no source for a batch's size"),
                "give the address of the service's page that says so, or `contract`",
            ),
        }
    }

    /// Every `$ref` leads somewhere, and every schema is reached, from an operation or from what the service tells.
    fn references(&mut self) {
        let mut reached = BTreeSet::new();
        let events: BTreeMap<&str, &Value> = self.document.events().collect();
        let mut open: Vec<&Value> = vec![&self.document.root()["paths"]];
        open.extend(events.values());
        let mut dangling = BTreeSet::new();
        while let Some(value) = open.pop() {
            match value {
                Value::Array(values) => open.extend(values),
                Value::Object(object) => {
                    open.extend(object.values());
                    if let Some(target) = reference(value)
                        && reached.insert(target)
                    {
                        match self.document.follow(target) {
                            Ok(value) => open.push(value),
                            Err(_) => drop(dangling.insert(target)),
                        }
                    }
                }
                _ => {}
            }
        }
        for target in dangling {
            let what = format!("`$ref` to {target}, which is not there");
            self.in_slice(
                &format!("\"{target}\""),
                what,
                "add the schema or correct the reference",
            );
        }
        let names: BTreeSet<&str> = reached.into_iter().map(short).collect();
        for name in self
            .document
            .schemas()
            .into_iter()
            .flat_map(|schemas| schemas.keys())
        {
            if !names.contains(name.as_str()) && !events.contains_key(name.as_str()) {
                let what = format!("no operation and no event reaches the schema {name}");
                self.in_slice(&format!("\"{name}\": {{"), what, "delete it");
            }
        }
    }

    /// Every entry of `allow.toml` names something that is there, says why, and is needed.
    fn allowed(&mut self, allow: &Allow) {
        let mut seen = BTreeSet::new();
        for (kind, entry) in allow.entries() {
            let place = entry
                .schema
                .as_deref()
                .or(entry.field.as_deref())
                .unwrap_or_default();
            let line = line_of(&self.sources.allow, &format!("\"{place}\""));
            let mut add = |what: String, fix: &str| {
                self.violations
                    .push(Violation::new(ALLOW, format!("[[{kind}]] {what}"), fix).at(line));
            };
            if entry.reason.trim().is_empty() {
                add(format!("{place} has no reason"), "say why in `reason`");
            }
            if !seen.insert(format!("{kind} {entry:?}")) {
                add(format!("{place} stands twice"), "delete one of the two");
            }
            if let Some(fault) = fault(self.document, kind, entry) {
                add(fault, "correct or delete the entry");
            }
        }
    }
}

/// The schema of the body, or of the query parameter that holds JSON.
fn request_schema<'a>(document: &'a Document, operation: &Stated<'a>) -> Option<&'a Value> {
    let content = match operation.object.get("requestBody") {
        Some(body) => document.resolve(body).ok()?.get("content")?,
        None => document
            .parameters(operation)
            .ok()?
            .into_iter()
            .find_map(|parameter| parameter.get("content"))?,
    };
    document
        .resolve(content.get("application/json")?.get("schema")?)
        .ok()
}

/// What is wrong with an entry: what it names is not there, or it changes nothing.
fn fault(document: &Document, kind: &str, entry: &allow::Entry) -> Option<String> {
    if let Some(field) = &entry.field {
        let Some(stated) = filter_field(document.root(), field) else {
            return Some(format!("no filter has the field `{field}`"));
        };
        let operators = stated.get("operators").and_then(Value::as_array);
        return entry.operator.as_ref().and_then(|operator| {
            let known = operators.is_some_and(|operators| operators.iter().any(|known| known == operator));
            (!known).then(|| format!("the filter field `{field}` has no operator {operator}"))
        });
    }
    let Some(name) = &entry.schema else {
        return Some("names neither a schema nor a field".to_owned());
    };
    let Some(mut place) = document.schema(name) else {
        return Some(format!("there is no schema {name}"));
    };
    if let Some(property) = &entry.property {
        let Some(stated) = place
            .get("properties")
            .and_then(|properties| properties.get(property))
        else {
            return Some(format!("{name} has no property `{property}`"));
        };
        if kind == "required" && !has(place.get("required"), property) {
            return Some(format!("`{property}` of {name} is not required"));
        }
        place = stated;
    }
    match kind {
        "bound" => bound_fault(name, place, entry),
        "enum" => {
            let value = entry
                .value
                .as_ref()
                .and_then(toml::Value::as_str)
                .unwrap_or_default();
            let values = place.get("enum").or_else(|| place.get("items")?.get("enum"));
            (!has(values, value)).then(|| format!("{name} has no enum value `{value}` there"))
        }
        "property" | "required" if entry.property.is_none() => Some(format!("{name} without a `property`")),
        _ => None,
    }
}

fn bound_fault(name: &str, place: &Value, entry: &allow::Entry) -> Option<String> {
    let Some(bound) = &entry.bound else {
        return Some(format!("{name} without a `bound`"));
    };
    let Some(stated) = place.get(bound) else {
        return Some(format!("{name} states no `{bound}` there"));
    };
    let value = entry.value.as_ref().and_then(allow::number);
    let same = value
        .zip(stated.as_f64())
        .is_some_and(|(value, stated)| (value - stated).abs() < f64::EPSILON);
    same.then(|| format!("{name}: the document itself has `{bound}` {stated}, so the entry is not needed"))
}

fn has(list: Option<&Value>, value: &str) -> bool {
    list.and_then(Value::as_array)
        .is_some_and(|values| values.iter().any(|known| known == value))
}

/// The first filter field of that name, wherever in the document filters are described.
fn filter_field<'a>(value: &'a Value, field: &str) -> Option<&'a Value> {
    match value {
        Value::Object(object) => object
            .get("x-stream-filter-fields")
            .and_then(|fields| fields.get(field))
            .or_else(|| object.values().find_map(|value| filter_field(value, field))),
        Value::Array(values) => values.iter().find_map(|value| filter_field(value, field)),
        _ => None,
    }
}

fn is_snake_case(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !name.ends_with('_')
        && !name.contains("__")
}

/// Whether it reads `Name`, `Name<C>` or `Name<Other<C>>`.
fn is_type(written: &str) -> bool {
    let (name, argument) = match written.split_once('<') {
        Some((name, rest)) => (name, rest.strip_suffix('>')),
        None => (written, Some("C")),
    };
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
        && argument.is_some_and(|argument| argument == "C" || is_type(argument))
}
