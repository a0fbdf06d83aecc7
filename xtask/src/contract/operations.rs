//! `operations.toml`, and what it and the contract's document say together about each operation.

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use super::SLICE;
use super::document::{Document, Method, Object, Stated};

/// Whether sending a request twice does what sending it once does.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Idempotency {
    /// It may be sent again.
    Idempotent,
    /// It may be sent again only where it certainly never left.
    NotIdempotent,
}

/// Whose credential an operation needs.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Caller {
    /// A server's.
    Server,
    /// A server's or a user's.
    User,
    /// Nobody's is needed.
    Anyone,
}

/// How many entries a field of the request takes.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Batch {
    /// The field of the request's body.
    pub(crate) field: String,
    /// The most entries that one call takes.
    pub(crate) max: u64,
    /// `contract`, or the page of the service's documentation that says so.
    pub(crate) source: String,
}

/// One `[[operation]]` of the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) request: String,
    pub(crate) response: String,
    pub(crate) summary: String,
    pub(crate) doc: Option<String>,
    pub(crate) errors: String,
    pub(crate) idempotency: Idempotency,
    pub(crate) caller: Caller,
    pub(crate) batch: Option<Batch>,
    pub(crate) task: Option<String>,
    #[serde(default)]
    pub(crate) read_only: bool,
    #[serde(default)]
    pub(crate) secret_answer: bool,
}

/// An operation: what we decided about it, and its place in the contract.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    /// What we decided.
    pub(crate) entry: Entry,
    /// The method.
    pub(crate) method: Method,
    /// The path template.
    pub(crate) path: String,
    /// The names of the query parameters.
    pub(crate) query: Vec<String>,
    /// The query parameter that holds one JSON document.
    pub(crate) json_query: Option<String>,
    /// Whether it takes a JSON body.
    pub(crate) body: bool,
    /// The fields of the body, or of the query's JSON document, and whether each must be given.
    pub(crate) fields: Vec<(String, bool)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    operation: Vec<Entry>,
}

/// Reads `operations.toml`.
///
/// # Errors
/// Where it is not TOML, lacks a key, or holds a key or a value that does not exist.
pub(crate) fn parse(text: &str) -> Result<Vec<Entry>> {
    let file: File = toml::from_str(text)?;
    Ok(file.operation)
}

/// Puts the entries and the document together, in the order of the entries.
///
/// # Errors
/// Where the document does not have an operation.
pub(crate) fn combine(entries: &[Entry], document: &Document) -> Result<Vec<Operation>> {
    let stated = document.operations();
    entries
        .iter()
        .map(|entry| {
            let found = stated.iter().find(|operation| operation.id == Some(&entry.id));
            let found = found.with_context(|| format!("{SLICE} has no operation `{}`", entry.id))?;
            operation(entry, found, document).with_context(|| format!("operation `{}`", entry.id))
        })
        .collect()
}

fn operation(entry: &Entry, stated: &Stated<'_>, document: &Document) -> Result<Operation> {
    let mut query = Vec::new();
    let mut json_query = None;
    let mut fields = Vec::new();
    for parameter in document.parameters(stated)? {
        if text(parameter, "in") != Some("query") {
            continue;
        }
        let name = text(parameter, "name")
            .context("a parameter without a name")?
            .to_owned();
        if parameter.contains_key("content") {
            if json_query.replace(name.clone()).is_some() {
                bail!("two query parameters that hold JSON");
            }
            fields = fields_of(parameter.get("content"), document)?;
        }
        query.push(name);
    }
    let body = stated.object.get("requestBody");
    if let Some(body) = body {
        fields = fields_of(document.resolve(body)?.get("content"), document)?;
    }
    Ok(Operation {
        entry: entry.clone(),
        method: stated.method,
        path: stated.path.to_owned(),
        query,
        json_query,
        body: body.is_some(),
        fields,
    })
}

/// The properties of the JSON that a `content` describes, and whether each is required.
fn fields_of(content: Option<&Value>, document: &Document) -> Result<Vec<(String, bool)>> {
    let Some(schema) = content.and_then(|content| content.get("application/json")?.get("schema")) else {
        return Ok(Vec::new());
    };
    let schema = document.resolve(schema)?;
    let required = |name: &str| {
        let names = schema.get("required").and_then(Value::as_array);
        names.is_some_and(|names| names.iter().any(|required| required == name))
    };
    let properties = schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    Ok(properties
        .map(|(name, _)| (name.clone(), required(name)))
        .collect())
}

/// A string of an object.
pub(crate) fn text<'a>(object: &'a Object, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_value_that_does_not_exist_is_refused_with_its_line() {
        let entry = "[[operation]]\nname = 'a'\nid = 'A'\nrequest = 'A'\nresponse = 'B'\nsummary = 'Does.'\n\
                     errors = '`Api`'\nidempotency = 'sometimes'\ncaller = 'server'\n";
        let error = parse(entry).unwrap_err().to_string();
        assert!(
            error.contains("line 8") && error.contains("not-idempotent"),
            "{error}"
        );
        assert!(parse(&entry.replace("sometimes", "idempotent")).is_ok());
        assert!(parse(&entry.replace("caller", "called")).is_err());
    }
}
