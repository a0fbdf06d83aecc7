//! An OpenAPI 3 document, JSON or YAML, read as plain JSON values: what stands in it, and nothing about what it means.

use std::fmt;

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::{Map, Value};

use super::shape;

/// A JSON object.
pub(crate) type Object = Map<String, Value>;

/// How many `$ref`s in a row are followed before they are taken for a circle.
const LONGEST_CHAIN: usize = 32;

/// The methods that an item of `paths` may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// GET
    Get,
    /// POST
    Post,
    /// PUT
    Put,
    /// PATCH
    Patch,
    /// DELETE
    Delete,
}

impl Method {
    /// Each method and the key that holds it.
    pub(super) const ALL: [(Self, &'static str); 5] = [
        (Self::Get, "get"),
        (Self::Post, "post"),
        (Self::Put, "put"),
        (Self::Patch, "patch"),
        (Self::Delete, "delete"),
    ];
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        })
    }
}

/// An operation as it stands in a document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stated<'a> {
    /// The `operationId`, where the document gives one.
    pub(crate) id: Option<&'a str>,
    /// The method.
    pub(crate) method: Method,
    /// The path template.
    pub(crate) path: &'a str,
    /// The operation itself.
    pub(crate) object: &'a Object,
    /// The parameters that its path gives to every method.
    shared_parameters: Option<&'a Value>,
}

/// A document.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    root: Value,
}

impl Document {
    /// Reads a document: JSON where it begins with `{`, else YAML.
    ///
    /// # Errors
    /// Where it is neither, or not an OpenAPI 3 document.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let text = text.trim_start_matches('\u{feff}');
        if text.trim().is_empty() {
            bail!("the document is empty");
        }
        let json = serde_json::from_str::<Value>(text);
        let root = match json {
            Ok(root) => root,
            Err(error) if text.trim_start().starts_with(['{', '[']) && yaml(text).is_err() => {
                bail!("not JSON: {error}")
            }
            Err(_) => yaml(text).context("neither JSON nor YAML")?,
        };
        Self::new(root)
    }

    /// Takes a parsed document.
    ///
    /// # Errors
    /// Where it is not an OpenAPI 3 document.
    pub(crate) fn new(root: Value) -> Result<Self> {
        let Some(top) = root.as_object() else {
            bail!("not an OpenAPI document: it is not an object")
        };
        if let Some(swagger) = top.get("swagger") {
            bail!("a Swagger {swagger} document; this reads OpenAPI 3");
        }
        match top.get("openapi") {
            Some(Value::String(version)) if version.starts_with("3.") => {}
            Some(version) => bail!("OpenAPI version {version}; this reads 3.x"),
            None => bail!("not an OpenAPI document: it has no `openapi`"),
        }
        shape::check(&root)?;
        Ok(Self { root })
    }

    /// Every operation, in the document's order.
    pub(crate) fn operations(&self) -> Vec<Stated<'_>> {
        let mut operations = Vec::new();
        for (path, item) in self.root["paths"].as_object().into_iter().flatten() {
            for (method, word) in Method::ALL {
                if let Some(object) = item.get(word).and_then(Value::as_object) {
                    operations.push(Stated {
                        id: object.get("operationId").and_then(Value::as_str),
                        method,
                        path,
                        object,
                        shared_parameters: item.get("parameters"),
                    });
                }
            }
        }
        operations
    }

    /// The parameters of an operation, those of its path included; the operation's own come last and win.
    ///
    /// # Errors
    /// The `$ref` that leads nowhere.
    pub(crate) fn parameters<'a>(&'a self, operation: &Stated<'a>) -> Result<Vec<&'a Object>> {
        let mut parameters: Vec<&Object> = Vec::new();
        let own = operation.object.get("parameters");
        for stated in [operation.shared_parameters, own]
            .into_iter()
            .flatten()
            .filter_map(Value::as_array)
            .flatten()
        {
            let parameter = self
                .resolve(stated)?
                .as_object()
                .context("a parameter that is not an object")?;
            parameters.retain(|known| {
                !["in", "name"]
                    .iter()
                    .all(|key| known.get(*key) == parameter.get(*key))
            });
            parameters.push(parameter);
        }
        Ok(parameters)
    }

    /// What a value stands for: itself, or what its `$ref` leads to.
    ///
    /// # Errors
    /// The `$ref` that leads nowhere.
    pub(crate) fn resolve<'a>(&'a self, value: &'a Value) -> Result<&'a Value> {
        let mut value = value;
        for _ in 0..LONGEST_CHAIN {
            let Some(reference) = reference(value) else {
                return Ok(value);
            };
            value = self.follow(reference)?;
        }
        Err(anyhow!("a `$ref` that leads in a circle"))
    }

    /// What a `$ref` leads to, which may be another `$ref`.
    ///
    /// # Errors
    /// The `$ref` that leads nowhere.
    pub(crate) fn follow(&self, reference: &str) -> Result<&Value> {
        reference
            .strip_prefix('#')
            .and_then(|pointer| self.root.pointer(pointer))
            .with_context(|| format!("`$ref` to {reference}, which the document does not define"))
    }

    /// A schema by name.
    pub(crate) fn schema(&self, name: &str) -> Option<&Value> {
        self.schemas().and_then(|schemas| schemas.get(name))
    }

    /// The schemas by name.
    pub(crate) fn schemas(&self) -> Option<&Object> {
        self.root["components"]["schemas"].as_object()
    }

    /// The schemas of what the service tells unasked: their `type` says what.
    pub(crate) fn events(&self) -> impl Iterator<Item = (&str, &Value)> {
        let is_event = |schema: &Value| schema["properties"]["type"]["default"].is_string();
        self.schemas()
            .into_iter()
            .flatten()
            .filter(move |(_, schema)| is_event(schema))
            .map(|(name, schema)| (name.as_str(), schema))
    }

    /// The whole document.
    pub(crate) fn root(&self) -> &Value {
        &self.root
    }
}

/// The `$ref` of a value that is one.
pub(crate) fn reference(value: &Value) -> Option<&str> {
    value.get("$ref").and_then(Value::as_str)
}

/// The last part of a `$ref`: the name of the schema.
pub(crate) fn short(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or(reference)
}

/// Reads YAML. The limits are far above any OpenAPI document and below what would exhaust the machine: aliases that
/// multiply a small file into an endless one are refused.
fn yaml(text: &str) -> Result<Value> {
    let options = serde_saphyr::options! {
        strict_booleans: true,
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 100_000 },
        budget: serde_saphyr::budget! {
            max_nodes: 5_000_000,
            max_events: 10_000_000,
            max_total_scalar_bytes: 256 << 20,
            enforce_alias_anchor_ratio: false,
        },
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| anyhow!("{error}"))
}

#[cfg(test)]
mod tests {
    use super::{Document, Method};

    fn refusal(text: &str) -> String {
        format!("{:#}", Document::parse(text).unwrap_err())
    }

    #[test]
    fn json_and_yaml_read_alike() {
        let json = r#"{"openapi": "3.0.3", "paths": {"/a": {"get": {"operationId": "A", "responses": {"200": {}}}}}}"#;
        let yaml = "openapi: 3.0.3\npaths:\n  /a:\n    get:\n      operationId: A\n      responses:\n        200: {}\n";
        assert_eq!(
            Document::parse(json).unwrap().root(),
            Document::parse(yaml).unwrap().root()
        );
    }

    #[test]
    fn what_is_no_document_is_refused_with_the_reason() {
        assert!(refusal("").contains("empty"));
        assert!(refusal("{\"openapi\": ").contains("not JSON"));
        assert!(refusal("a: [1").contains("neither JSON nor YAML"));
        assert!(refusal("just words").contains("not an object"));
        assert!(refusal("[1]").contains("not an object"));
        assert!(refusal("{\"name\": 1}").contains("no `openapi`"));
        assert!(refusal("{\"swagger\": \"2.0\", \"paths\": {}}").contains("Swagger"));
        assert!(refusal("{\"openapi\": \"3.0.3\"}").contains("no `paths`"));
        assert!(refusal("{\"openapi\": \"4.0\", \"paths\": {}}").contains("3.x"));
        assert!(
            refusal("openapi: 3.0.3\npaths:\n  /x:\n    get: soon\n").contains("`paths./x.get` is a string")
        );
    }

    #[test]
    fn aliases_that_multiply_are_refused() {
        let mut text = "a: &a [1,1,1,1,1,1,1,1,1]\n".to_owned();
        for (before, name) in ('a'..'k').zip('b'..'l') {
            let nine = vec![format!("*{before}"); 9].join(",");
            text = format!("{text}{name}: &{name} [{nine}]\n");
        }
        assert!(refusal(&text).contains("limit"), "{}", refusal(&text));
    }

    #[test]
    fn parameters_of_the_path_count_and_the_operations_own_win() {
        let document = Document::parse(
            r##"{"openapi": "3.0.3", "components": {"parameters": {"P": {"in": "path", "name": "id"}}},
            "paths": {"/a/{id}": {"parameters": [{"$ref": "#/components/parameters/P"}, {"in": "query", "name": "q"}],
            "get": {"operationId": "A", "parameters": [{"in": "query", "name": "q", "required": true}]}}}}"##,
        )
        .unwrap();
        let operation = document.operations()[0];
        assert_eq!(
            (operation.method, operation.path, operation.id),
            (Method::Get, "/a/{id}", Some("A"))
        );
        let parameters = document.parameters(&operation).unwrap();
        assert_eq!(parameters.len(), 2);
        assert_eq!(parameters[1].get("required"), Some(&true.into()));
    }

    #[test]
    fn a_reference_that_leads_nowhere_or_in_a_circle_is_an_error() {
        let document = Document::parse(
            r##"{"openapi": "3.0.3", "paths": {}, "components": {"schemas": {"A": {"$ref": "#/components/schemas/A"}}}}"##,
        )
        .unwrap();
        assert!(
            document
                .follow("#/components/schemas/B")
                .unwrap_err()
                .to_string()
                .contains("does not define")
        );
        assert!(
            document
                .resolve(document.schema("A").unwrap())
                .unwrap_err()
                .to_string()
                .contains("circle")
        );
    }
}
