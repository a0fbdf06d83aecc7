//! [`RawCall`]: any operation with JSON as its input and output, for tools. Typed requests have files of their own.

use serde_json::{Map, Value};
use stream_users_model::{CustomData, Operation, RawJson};

use crate::endpoint::{Encoder, Endpoint};

/// A call of any operation whose input is one JSON object.
///
/// What the operation takes in its path and its query is taken from the keys of that name, what is left is the body.
/// Where the whole query is one JSON document, the input is that document, or has it under its name. The rules of typed requests
/// are not checked, only that the input has a place in the request; the answer is kept as it came.
///
/// ```
/// use stream_users_core::RawCall;
/// use stream_users_model::operation;
///
/// let input = serde_json::json!({"user_id": "ada", "mark_messages_deleted": true});
/// let call = RawCall::new(&operation::DEACTIVATE_USER, input.as_object().cloned().unwrap_or_default());
/// // POST /api/v2/users/ada/deactivate {"mark_messages_deleted":true}
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RawCall {
    operation: &'static Operation,
    input: Map<String, Value>,
}

impl RawCall {
    /// A call of `operation` with `input`.
    #[must_use]
    pub fn new(operation: &'static Operation, input: Map<String, Value>) -> Self {
        Self { operation, input }
    }
}

impl<C: CustomData> Endpoint<C> for RawCall {
    type Response = RawJson;

    fn operation(&self) -> &'static Operation {
        self.operation
    }

    fn encode(&self, request: &mut Encoder) {
        let mut input = self.input.clone();
        for name in path_parameters(self.operation.path) {
            if let Some(value) = input
                .remove(name)
                .filter(|value| !value.is_array())
                .as_ref()
                .and_then(text)
            {
                request.path(name, value);
            } else {
                request.violation(
                    name,
                    "must be given, as a text, a number or a boolean: it is a part of the path",
                );
            }
        }
        if let Some(name) = self.operation.json_query {
            if let Some(document) = input.remove(name) {
                request.query_json(name, &document);
            } else if !input.is_empty() {
                request.query_json(name, &std::mem::take(&mut input));
            }
        } else {
            for name in self.operation.query.iter().copied() {
                match input.remove(name) {
                    None | Some(Value::Null) => {}
                    Some(value) => {
                        if let Some(value) = text(&value) {
                            request.query(name, value);
                        } else {
                            request.violation(name, "must be a text, a number, a boolean or a list of these");
                        }
                    }
                }
            }
        }
        if self.operation.body {
            request.json(&input);
        } else {
            for name in input.keys() {
                request.violation(name, "is no parameter of the operation, which takes no body");
            }
        }
    }
}

fn path_parameters(path: &'static str) -> impl Iterator<Item = &'static str> {
    path.split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

/// A scalar as text, or a list of scalars joined by commas.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(values) => Some(values.iter().map(text).collect::<Option<Vec<_>>>()?.join(",")),
        Value::Null | Value::Object(_) => None,
    }
}
