//! The contract as the tests read it: the slice of the service's OpenAPI document, and what we decided beside it.

use std::sync::OnceLock;

use serde_json::{Map, Value};

/// The three files of `contract/`.
pub(crate) struct Contract {
    document: Value,
    allow: toml::Table,
    decisions: toml::Table,
}

/// The contract, read once.
pub(crate) fn contract() -> &'static Contract {
    static CONTRACT: OnceLock<Contract> = OnceLock::new();
    CONTRACT.get_or_init(|| Contract {
        document: serde_json::from_str(include_str!("../../../contract/users.openapi.json"))
            .expect("contract/users.openapi.json is JSON"),
        allow: include_str!("../../../contract/allow.toml")
            .parse()
            .expect("contract/allow.toml is TOML"),
        decisions: include_str!("../../../contract/operations.toml")
            .parse()
            .expect("contract/operations.toml is TOML"),
    })
}

impl Contract {
    /// The names of all schemas.
    pub(crate) fn schemas(&self) -> impl Iterator<Item = &str> {
        self.document["components"]["schemas"]
            .as_object()
            .expect("schemas")
            .keys()
            .map(String::as_str)
    }

    /// The properties of a schema, by name.
    pub(crate) fn properties(&self, schema: &str) -> &Map<String, Value> {
        static NONE: OnceLock<Map<String, Value>> = OnceLock::new();
        let schema = &self.document["components"]["schemas"][schema];
        assert!(schema.is_object(), "the contract has no such schema");
        schema["properties"]
            .as_object()
            .unwrap_or_else(|| NONE.get_or_init(Map::new))
    }

    /// The names of the properties that a schema requires.
    pub(crate) fn required(&self, schema: &str) -> Vec<&str> {
        let required = self.document["components"]["schemas"][schema]["required"].as_array();
        required.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Each operation with its method and path.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        let paths = self.document["paths"].as_object().expect("paths");
        paths.iter().flat_map(|(path, methods)| {
            let methods = methods.as_object().expect("methods");
            methods
                .iter()
                .map(move |(method, operation)| (method.as_str(), path.as_str(), operation))
        })
    }

    /// What `operations.toml` says, operation by operation.
    pub(crate) fn decisions(&self) -> impl Iterator<Item = &toml::Table> {
        tables(&self.decisions, "operation")
    }

    /// Whether a schema is kept as raw JSON.
    pub(crate) fn is_raw(&self, schema: &str) -> bool {
        self.allowed("raw", &[("schema", schema)]).is_some()
    }

    /// The entry of `allow.toml` of this kind that names this place.
    pub(crate) fn allowed(&self, kind: &str, place: &[(&str, &str)]) -> Option<&toml::Table> {
        tables(&self.allow, kind).find(|entry| {
            place
                .iter()
                .all(|(key, name)| entry.get(*key).and_then(toml::Value::as_str) == Some(name))
        })
    }

    /// A bound of a property, corrected where `allow.toml` corrects it.
    #[allow(clippy::cast_precision_loss, reason = "bounds are small")]
    pub(crate) fn bound(&self, schema: &str, property: &str, keyword: &str) -> Option<f64> {
        let stated = self.properties(schema)[property][keyword].as_f64()?;
        let place = [("schema", schema), ("property", property), ("bound", keyword)];
        let Some(entry) = self.allowed("bound", &place) else {
            return Some(stated);
        };
        let value = &entry["value"];
        value
            .as_float()
            .or_else(|| value.as_integer().map(|whole| whole as f64))
    }
}

/// The schema that a JSON schema refers to.
pub(crate) fn reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/components/schemas/")
}

/// The schema that describes the values of a map, where the map is typed.
pub(crate) fn map_values(schema: &Value) -> Option<&Value> {
    schema
        .get("additionalProperties")
        .filter(|values| values.as_object().is_some_and(|values| !values.is_empty()))
}

/// Whether a schema describes a time.
pub(crate) fn is_time(schema: &Value) -> bool {
    schema["format"] == "date-time"
}

fn tables<'t>(file: &'t toml::Table, kind: &str) -> impl Iterator<Item = &'t toml::Table> {
    file.get(kind)
        .and_then(toml::Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(toml::Value::as_table)
}
