//! Whether a document has the shape that the comparison relies on: an object where an object belongs, a list where a
//! list does. What stands in them is not looked at here.

use anyhow::{Result, bail};
use serde_json::Value;

use super::document::Method;

/// Keys of a schema that hold one schema.
const ONE: &[&str] = &["items", "additionalProperties", "not"];
/// Keys of a schema that hold a list of schemas.
const LISTS: &[&str] = &["allOf", "anyOf", "oneOf"];

/// Holds a document's paths, operations and schemas against OpenAPI's outline.
///
/// # Errors
/// The first place that holds something else.
pub(super) fn check(root: &Value) -> Result<()> {
    let paths = root.get("paths");
    if paths.is_none() {
        bail!("not an OpenAPI document: it has no `paths`");
    }
    for (path, item) in object("paths", paths)? {
        object(&format!("paths.{path}"), Some(item))?;
        list(&format!("paths.{path}.parameters"), item.get("parameters"))?;
        for (_, method) in Method::ALL {
            operation(&format!("paths.{path}.{method}"), item.get(method))?;
        }
    }
    let components = root.get("components");
    object("components", components)?;
    let schemas = components.and_then(|components| components.get("schemas"));
    for (name, schema) in object("components.schemas", schemas)? {
        self::schema(&format!("components.schemas.{name}"), schema)?;
    }
    Ok(())
}

fn operation(at: &str, operation: Option<&Value>) -> Result<()> {
    object(at, operation)?;
    let part = |key: &str| operation.and_then(|operation| operation.get(key));
    for (index, parameter) in list(&format!("{at}.parameters"), part("parameters"))?
        .iter()
        .enumerate()
    {
        let at = format!("{at}.parameters.{index}");
        object(&at, Some(parameter))?;
        media(&at, parameter)?;
    }
    if let Some(body) = part("requestBody") {
        let at = format!("{at}.requestBody");
        object(&at, Some(body))?;
        media(&at, body)?;
    }
    for (status, response) in object(&format!("{at}.responses"), part("responses"))? {
        let at = format!("{at}.responses.{status}");
        object(&at, Some(response))?;
        media(&at, response)?;
    }
    Ok(())
}

/// The schemas of a parameter, a body or a response.
fn media(at: &str, of: &Value) -> Result<()> {
    if let Some(schema) = of.get("schema") {
        self::schema(&format!("{at}.schema"), schema)?;
    }
    for (kind, media) in object(&format!("{at}.content"), of.get("content"))? {
        let at = format!("{at}.content.{kind}");
        object(&at, Some(media))?;
        if let Some(schema) = media.get("schema") {
            self::schema(&format!("{at}.schema"), schema)?;
        }
    }
    Ok(())
}

fn schema(at: &str, schema: &Value) -> Result<()> {
    if schema.is_boolean() {
        return Ok(());
    }
    object(at, Some(schema))?;
    for (name, property) in object(&format!("{at}.properties"), schema.get("properties"))? {
        self::schema(&format!("{at}.properties.{name}"), property)?;
    }
    for key in ONE {
        if let Some(inner) = schema.get(key) {
            self::schema(&format!("{at}.{key}"), inner)?;
        }
    }
    for key in LISTS {
        for (index, inner) in list(&format!("{at}.{key}"), schema.get(key))?.iter().enumerate() {
            self::schema(&format!("{at}.{key}.{index}"), inner)?;
        }
    }
    for key in ["required", "enum"] {
        list(&format!("{at}.{key}"), schema.get(key))?;
    }
    Ok(())
}

/// The entries of an object; none where nothing is there.
fn object<'v>(at: &str, value: Option<&'v Value>) -> Result<Vec<(&'v String, &'v Value)>> {
    match value {
        Some(Value::Object(object)) => Ok(object.iter().collect()),
        None => Ok(Vec::new()),
        Some(other) => bail!(
            "not an OpenAPI document: `{at}` is {}, not an object",
            kind(other)
        ),
    }
}

/// The entries of a list; none where nothing is there.
fn list<'v>(at: &str, value: Option<&'v Value>) -> Result<&'v [Value]> {
    match value {
        Some(Value::Array(entries)) => Ok(entries),
        None => Ok(&[]),
        Some(other) => bail!("not an OpenAPI document: `{at}` is {}, not a list", kind(other)),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::check;

    fn document() -> Value {
        json!({
            "paths": {"/x": {"get": {
                "parameters": [{"in": "query", "name": "q", "schema": {"type": "string"}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}},
                "responses": {"200": {"$ref": "#/components/responses/R"}},
            }}},
            "components": {"schemas": {
                "A": {"properties": {"enum": {"type": "string", "enum": ["a"]}}, "required": ["enum"]},
                "B": true,
                "C": {"oneOf": [{"items": {}}], "additionalProperties": false},
            }},
        })
    }

    #[test]
    fn a_document_in_shape_is_silent() {
        check(&document()).unwrap();
        check(&json!({"paths": {}})).unwrap();
    }

    #[test]
    fn each_place_that_is_out_of_shape_is_named() {
        for (pointer, value, expected) in [
            ("/paths", json!([]), "`paths` is a list, not an object"),
            ("/paths/~1x", json!("x"), "`paths./x` is a string, not an object"),
            (
                "/paths/~1x/get",
                json!("x"),
                "`paths./x.get` is a string, not an object",
            ),
            (
                "/paths/~1x/get/parameters",
                json!({}),
                "`paths./x.get.parameters` is an object, not a list",
            ),
            (
                "/paths/~1x/get/parameters/0",
                json!(1),
                "`paths./x.get.parameters.0` is a number, not an object",
            ),
            (
                "/paths/~1x/get/requestBody/content",
                json!(null),
                "`paths./x.get.requestBody.content` is null",
            ),
            (
                "/paths/~1x/get/responses",
                json!(true),
                "`paths./x.get.responses` is a boolean",
            ),
            ("/components", json!([]), "`components` is a list, not an object"),
            (
                "/components/schemas",
                json!([]),
                "`components.schemas` is a list, not an object",
            ),
            (
                "/components/schemas/A/properties",
                json!([]),
                "`components.schemas.A.properties` is a list, not an object",
            ),
            (
                "/components/schemas/A/required",
                json!(true),
                "`components.schemas.A.required` is a boolean, not a list",
            ),
            (
                "/components/schemas/C/oneOf/0/items",
                json!("x"),
                "`components.schemas.C.oneOf.0.items` is a string",
            ),
        ] {
            let mut document = document();
            *document.pointer_mut(pointer).unwrap() = value;
            let error = check(&document).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
