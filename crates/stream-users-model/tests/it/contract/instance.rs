//! Instances of schemas, made from the schema itself. No two strings, numbers or times in one are alike, so that
//! fields that are mixed up are noticed.

use serde_json::{Map, Value, json};

use super::document::{contract, is_time, map_values, reference};

/// How deep optional properties are followed.
const MAX_DEPTH: usize = 6;

/// Properties whose values mean something that the schema does not say.
const EXAMPLES: &[(&str, &str, i64)] = &[("SortParamRequest", "direction", -1)];

/// Which properties an instance has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All, and collections with two entries.
    Maximal,
    /// The required ones, and collections as small as they may be.
    Minimal,
}

/// How times are written: the service does both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Times {
    Nanoseconds,
    Rfc3339,
}

/// Makes instances.
pub(crate) struct Maker {
    extent: Extent,
    times: Times,
    made: u32,
}

/// An instance of a schema.
pub(crate) fn instance(schema: &str, extent: Extent, times: Times) -> Value {
    Maker::new(extent, times).object(schema, 0)
}

impl Maker {
    pub(crate) fn new(extent: Extent, times: Times) -> Self {
        Self {
            extent,
            times,
            made: 0,
        }
    }

    fn object(&mut self, schema: &str, depth: usize) -> Value {
        if contract().is_raw(schema) {
            return self.any(schema);
        }
        let required = contract().required(schema);
        let mut object = Map::new();
        for (property, described) in contract().properties(schema) {
            let wanted = self.extent == Extent::Maximal && depth < MAX_DEPTH;
            if wanted || required.contains(&property.as_str()) {
                object.insert(property.clone(), self.value(schema, property, described, depth));
            }
        }
        Value::Object(object)
    }

    fn value(&mut self, schema: &str, property: &str, described: &Value, depth: usize) -> Value {
        self.made += 1;
        if let Some((_, _, value)) = EXAMPLES
            .iter()
            .find(|example| (example.0, example.1) == (schema, property))
        {
            return json!(value);
        }
        if let Some(referred) = reference(described) {
            return self.object(referred, depth + 1);
        }
        if is_time(described) {
            return self.time();
        }
        // The type of an event.
        if let Some(default) = described.get("default") {
            return default.clone();
        }
        match (described["type"].as_str(), described["format"].as_str()) {
            (Some("string"), None) => match described["enum"].as_array() {
                Some(values) => values[0].clone(),
                None => json!(format!("{property}-{}", self.made)),
            },
            (Some("boolean"), None) => json!(true),
            (Some("integer"), None | Some("int32" | "int64")) => json!(self.made),
            (Some("number"), Some("double")) => json!(f64::from(self.made % 90) + 0.25),
            (Some("array"), None) => {
                let least = described["minItems"].as_u64().unwrap_or(0);
                let count = if self.extent == Extent::Maximal {
                    least.max(2)
                } else {
                    least
                };
                self.items(
                    schema,
                    property,
                    described,
                    usize::try_from(count).unwrap(),
                    depth,
                )
            }
            (Some("object"), None) if self.extent == Extent::Minimal => json!({}),
            (Some("object"), None) if map_values(described).is_none() => self.any(property),
            (Some("object"), None) => self.items(schema, property, described, 2, depth),
            _ => panic!(
                "schema {schema} property {property}: teach tests/it/contract/instance.rs about {described}"
            ),
        }
    }

    /// An array or a typed map with so many entries.
    pub(crate) fn items(
        &mut self,
        schema: &str,
        property: &str,
        described: &Value,
        count: usize,
        depth: usize,
    ) -> Value {
        let Some(values) = map_values(described) else {
            return (0..count)
                .map(|_| self.value(schema, property, &described["items"], depth))
                .collect();
        };
        let mut map = Map::new();
        for _ in 0..count {
            let value = self.value(schema, property, values, depth);
            // A map of users is keyed by what the users hold as their id.
            let key = match described["x-stream-map"]["key"].as_str() {
                Some("user_id") => value["id"].as_str().expect("a user has an id").to_owned(),
                _ => format!("key-{}", self.made),
            };
            map.insert(key, value);
        }
        Value::Object(map)
    }

    /// An object that no schema describes.
    fn any(&mut self, hint: &str) -> Value {
        self.made += 1;
        json!({hint: {"text": format!("{hint}-{}", self.made), "list": [1, null, -2.5, [], {"deep": true}]}})
    }

    fn time(&mut self) -> Value {
        let second = u64::from(self.made);
        match self.times {
            Times::Nanoseconds => json!(1_538_713_200_000_000_000 + second * 1_000_000_001),
            Times::Rfc3339 => {
                json!(format!(
                    "2018-10-05T{:02}:{:02}:{:02}.5+02:00",
                    second / 3600,
                    second / 60 % 60,
                    second % 60
                ))
            }
        }
    }
}
