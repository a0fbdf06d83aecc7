//! Whether what was encoded means what was decoded.

use serde_json::Value;
use stream_users_model::Timestamp;

use super::document::{contract, is_time, map_values, reference};
use super::registry;

/// Values that are written where the property was missing, and are not empty.
const DEFAULTS: &[(&str, &str, i64)] = &[("SortParamRequest", "direction", 1)];

/// Schemas of a part of a user, for which the whole `User` stands: the flags and lists that they lack are written empty.
const SMALLER_USERS: &[&str] = &[
    "OwnUserResponse",
    "UserResponseCommonFields",
    "UserResponsePrivacyFields",
];

/// What became of an instance that was decoded and encoded.
pub(super) struct Comparison {
    /// Whether `false` and empty collections may be left out.
    pub(super) may_drop_empty: bool,
    /// What is wrong, in sentences.
    pub(super) faults: Vec<String>,
}

/// Whether a value says nothing.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(entries) => entries.is_empty(),
    }
}

impl Comparison {
    pub(super) fn of(schema: &str, sent: &Value, got: &Value, may_drop_empty: bool) -> Vec<String> {
        let mut comparison = Self {
            may_drop_empty,
            faults: Vec::new(),
        };
        comparison.object(schema, sent, got);
        comparison.faults
    }

    fn object(&mut self, schema: &str, sent: &Value, got: &Value) {
        if contract().is_raw(schema) {
            if sent != got {
                self.faults.push(format!(
                    "schema {schema}, which is kept raw, came out as {got} and was {sent}"
                ));
            }
            return;
        }
        let (Some(sent), Some(got)) = (sent.as_object(), got.as_object()) else {
            self.faults
                .push(format!("schema {schema} came out as {got}, which is no object"));
            return;
        };
        let files = registry::find(schema)
            .map(registry::Shape::edit)
            .unwrap_or_default();
        let properties = contract().properties(schema);
        for (property, described) in properties {
            let Some(sent) = sent.get(property) else { continue };
            if contract()
                .allowed("property", &[("schema", schema), ("property", property)])
                .is_some()
            {
                continue;
            }
            match got.get(property) {
                Some(got) => self.value(schema, property, described, sent, got),
                None if self.may_drop_empty && is_empty(sent) => {}
                None => self.faults.push(format!(
                    "schema {schema} property {property} is lost: add it to {files} or list it in contract/allow.toml \
                     as [[property]] with a reason"
                )),
            }
        }
        for (property, got) in got {
            if !properties.contains_key(property) {
                if is_empty(got) && SMALLER_USERS.contains(&schema) {
                    continue;
                }
                self.faults.push(format!(
                    "schema {schema} has no property {property}: take it out of {files}"
                ));
            } else if !sent.contains_key(property) && !is_empty(got) && !is_default(schema, property, got) {
                self.faults.push(format!(
                    "schema {schema} property {property} was missing and came out as {got}: see its default in {files}"
                ));
            }
        }
    }

    fn value(&mut self, schema: &str, property: &str, described: &Value, sent: &Value, got: &Value) {
        if let Some(referred) = reference(described) {
            return self.object(referred, sent, got);
        }
        let same = match (sent, got) {
            _ if is_time(described) => time(sent).is_some() && time(sent) == time(got) && got.is_string(),
            (Value::Array(sent), Value::Array(got)) => {
                for (sent, got) in sent.iter().zip(got) {
                    self.value(schema, property, &described["items"], sent, got);
                }
                sent.len() == got.len()
            }
            (Value::Object(sent), Value::Object(got)) if map_values(described).is_some() => {
                for (key, sent) in sent {
                    if let (Some(values), Some(got)) = (map_values(described), got.get(key)) {
                        self.value(schema, property, values, sent, got);
                    }
                }
                sent.keys().eq(got.keys())
            }
            _ => sent == got,
        };
        if !same {
            self.faults.push(format!(
                "schema {schema} property {property} was {sent} and came out as {got}: see {}",
                registry::find(schema)
                    .map(registry::Shape::edit)
                    .unwrap_or_default()
            ));
        }
    }
}

fn time(value: &Value) -> Option<Timestamp> {
    serde_json::from_value(value.clone()).ok()
}

fn is_default(schema: &str, property: &str, value: &Value) -> bool {
    DEFAULTS
        .iter()
        .any(|default| (default.0, default.1) == (schema, property) && *value == default.2)
}
