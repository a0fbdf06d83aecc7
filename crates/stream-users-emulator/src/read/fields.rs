//! Reads the fields of one JSON object by name and type, and collects what is wrong with them.
//!
//! A field that is `null` counts as absent: some SDKs send every field that is not set as an explicit null.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::time::{parse_revocation, parse_time};
use crate::clock::Nanos;
use crate::refusal::Refusal;

/// How many problems of one request are told, so that an answer is not much larger than its request.
const MOST: usize = 1_000;

/// What is wrong with a request: pairs of a field's path and a sentence, the first [`MOST`] of them.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<(String, String)>);

impl Problems {
    pub(crate) fn add(&mut self, path: impl Into<String>, sentence: impl Into<String>) {
        if self.0.len() < MOST {
            self.0.push((path.into(), sentence.into()));
        }
    }

    /// Adds a sentence that starts with the path.
    pub(crate) fn say(&mut self, path: &str, predicate: &str) {
        self.add(path, format!("{path} {predicate}"));
    }

    /// Adds that a value has another type than the one that is expected.
    pub(crate) fn wrong_type(&mut self, path: &str, value: &Value, expected: &str) {
        let found = kind_of(value);
        self.add(
            path,
            format!("field `{path}` contains type {found}. expecting {expected}"),
        );
    }

    pub(crate) fn list(&self) -> &[(String, String)] {
        &self.0
    }

    pub(crate) fn into_list(self) -> Vec<(String, String)> {
        self.0
    }

    /// All the sentences in one.
    pub(crate) fn join(&self) -> String {
        let sentences: Vec<&str> = self.0.iter().map(|(_, sentence)| sentence.as_str()).collect();
        sentences.join(", ")
    }

    /// Nothing when there are no problems, else one refusal that names them all.
    pub(crate) fn check(self) -> Result<(), Refusal> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Refusal::problems(self))
        }
    }
}

/// The service's word for the type of a JSON value.
pub(crate) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// One JSON object of a request and where it stands in it.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    at: String,
    map: &'a Map<String, Value>,
    seen: BTreeSet<&'static str>,
}

impl<'a> Fields<'a> {
    /// Reads `map`, which stands at `at` (empty for the request itself).
    pub(crate) fn new(at: impl Into<String>, map: &'a Map<String, Value>) -> Self {
        Self {
            at: at.into(),
            map,
            seen: BTreeSet::new(),
        }
    }

    /// The path of a field of this object.
    pub(crate) fn path(&self, name: &str) -> String {
        if self.at.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.at)
        }
    }

    /// The value, unless it is absent or null.
    pub(crate) fn value(&mut self, name: &'static str) -> Option<&'a Value> {
        self.seen.insert(name);
        self.map.get(name).filter(|value| !value.is_null())
    }

    fn typed<T>(
        &mut self,
        name: &'static str,
        expected: &str,
        problems: &mut Problems,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Option<T> {
        let value = self.value(name)?;
        let typed = read(value);
        if typed.is_none() {
            problems.wrong_type(&self.path(name), value, expected);
        }
        typed
    }

    pub(crate) fn string(&mut self, name: &'static str, problems: &mut Problems) -> Option<&'a str> {
        self.typed(name, "string", problems, Value::as_str)
    }

    pub(crate) fn boolean(&mut self, name: &'static str, problems: &mut Problems) -> Option<bool> {
        self.typed(name, "boolean", problems, Value::as_bool)
    }

    pub(crate) fn integer(&mut self, name: &'static str, problems: &mut Problems) -> Option<i64> {
        self.typed(name, "integer", problems, Value::as_i64)
    }

    pub(crate) fn number(&mut self, name: &'static str, problems: &mut Problems) -> Option<f64> {
        self.typed(name, "number", problems, Value::as_f64)
    }

    pub(crate) fn object(
        &mut self,
        name: &'static str,
        problems: &mut Problems,
    ) -> Option<&'a Map<String, Value>> {
        self.typed(name, "object", problems, Value::as_object)
    }

    pub(crate) fn array(&mut self, name: &'static str, problems: &mut Problems) -> Option<&'a Vec<Value>> {
        self.typed(name, "array", problems, Value::as_array)
    }

    /// A time: RFC 3339 text or an integer of nanoseconds.
    pub(crate) fn time(&mut self, name: &'static str, problems: &mut Problems) -> Option<Nanos> {
        self.typed(name, "date", problems, parse_time)
    }

    /// A time from which on tokens are revoked.
    pub(crate) fn revocation(&mut self, name: &'static str, problems: &mut Problems) -> Option<Nanos> {
        self.typed(name, "date", problems, parse_revocation)
    }

    /// A list of strings.
    pub(crate) fn strings(&mut self, name: &'static str, problems: &mut Problems) -> Option<Vec<String>> {
        self.typed(name, "array of strings", problems, |value| {
            value
                .as_array()?
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect()
        })
    }

    /// A string that has to be there and has to say something.
    pub(crate) fn required(&mut self, name: &'static str, problems: &mut Problems) -> &'a str {
        match self.value(name) {
            None | Some(Value::String(_)) => {}
            Some(_) => return self.string(name, problems).unwrap_or_default(),
        }
        let text = self.string(name, problems).unwrap_or_default();
        if text.is_empty() {
            problems.say(&self.path(name), "is a required field");
        }
        text
    }

    /// A string out of a closed list. The empty string counts as absent.
    pub(crate) fn one_of(
        &mut self,
        name: &'static str,
        allowed: &[&'static str],
        problems: &mut Problems,
    ) -> Option<&'static str> {
        let text = self.string(name, problems).filter(|text| !text.is_empty())?;
        let found = allowed.iter().copied().find(|word| *word == text);
        if found.is_none() {
            problems.say(
                &self.path(name),
                &format!("must be one of [{}]", allowed.join(" ")),
            );
        }
        found
    }

    /// The fields that nobody has asked for so far.
    pub(crate) fn unread(&self) -> Map<String, Value> {
        self.map
            .iter()
            .filter(|(name, _)| !self.seen.contains(name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    /// Complains about every field that nobody asked for, if `refuse` says so.
    pub(crate) fn finish(self, refuse: bool, problems: &mut Problems) {
        if !refuse {
            return;
        }
        for name in self.map.keys().filter(|name| !self.seen.contains(name.as_str())) {
            problems.say(&self.path(name), "is not a known field");
        }
    }
}
