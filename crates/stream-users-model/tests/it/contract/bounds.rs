//! The bounds of the schemas: an instance at each bound is accepted, one beyond it is refused by the field's name.

use serde_json::{Value, json};

use super::document::{contract, map_values};
use super::instance::{Extent, Maker, Times, instance};
use super::registry::{SHAPES, Shape};

/// What else a schema may demand of a value; none of it is in the contract yet.
const UNKNOWN: &[&str] = &[
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxLength",
    "maxProperties",
    "minLength",
    "minProperties",
    "multipleOf",
    "pattern",
    "uniqueItems",
];

/// Whether a field that breaks a rule is this property or in it.
fn is_in(field: &str, property: &str) -> bool {
    field
        .strip_prefix(property)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.']))
}

/// Whether a request is refused for this property: when it is decoded or when it is checked.
fn is_refused(shape: &Shape, property: &str, request: &Value) -> bool {
    let violated = shape.violated.unwrap_or_else(|| {
        panic!(
            "schema {} property {property} has a bound: implement Validate in {}",
            shape.schema,
            shape.edit()
        )
    });
    match violated(request) {
        Ok(fields) => fields.iter().any(|field| is_in(field, property)),
        Err(_) => true,
    }
}

/// A request of which only this property and what is required are set.
fn with(shape: &Shape, property: &str, value: Value) -> Value {
    let mut request = instance(shape.schema, Extent::Minimal, Times::Rfc3339);
    request[property] = value;
    request
}

fn items(schema: &str, property: &str, count: usize) -> Value {
    let described = &contract().properties(schema)[property];
    Maker::new(Extent::Maximal, Times::Rfc3339).items(schema, property, described, count, 0)
}

/// The values at a bound and beyond it.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "bounds of counts are small and whole"
)]
fn around(shape: &Shape, property: &str, keyword: &str, bound: f64) -> (Value, Option<Value>) {
    let whole = contract().properties(shape.schema)[property]["type"] == "integer";
    let number = |value: f64| if whole { json!(value as i64) } else { json!(value) };
    let step = if whole { 1.0 } else { 0.001 };
    let count = bound as usize;
    let list = |count: usize| items(shape.schema, property, count);
    match keyword {
        "maximum" => (number(bound), Some(number(bound + step))),
        "minimum" => (number(bound), Some(number(bound - step))),
        "maxItems" => (list(count), Some(list(count + 1))),
        _ => (list(count), count.checked_sub(1).map(list)),
    }
}

#[test]
fn every_bound_holds_exactly() {
    let mut checked = 0;
    for shape in SHAPES {
        for (property, described) in contract().properties(shape.schema) {
            for keyword in UNKNOWN {
                let items = [Some(&described["items"]), map_values(described)];
                let anywhere = [Some(described)]
                    .into_iter()
                    .chain(items)
                    .flatten()
                    .any(|part| part.get(keyword).is_some());
                assert!(
                    !anywhere,
                    "{}.{property}: teach tests/it/contract/bounds.rs {keyword}",
                    shape.schema
                );
            }
            for keyword in ["maximum", "minimum", "maxItems", "minItems"] {
                let Some(bound) = contract().bound(shape.schema, property, keyword) else {
                    continue;
                };
                let place = format!("schema {} property {property}: {keyword} {bound}", shape.schema);
                let (at, beyond) = around(shape, property, keyword, bound);
                assert!(
                    !is_refused(shape, property, &with(shape, property, at)),
                    "{place} is allowed and yet refused: edit {}",
                    shape.edit()
                );
                if let Some(beyond) = beyond {
                    assert!(
                        is_refused(shape, property, &with(shape, property, beyond)),
                        "{place} does not hold: refuse what is beyond it in the Validate of {}, or correct it in \
                         contract/allow.toml as [[bound]] with a reason",
                        shape.edit()
                    );
                }
                checked += 1;
            }
        }
    }
    assert!(
        checked >= 20,
        "only {checked} bounds: the contract is not read as it should be"
    );
}

/// Also where the contract states no bound and the service's documentation does.
#[test]
fn every_batch_of_operations_toml_holds_exactly() {
    let mut checked = 0;
    for decision in contract().decisions() {
        let Some(batch) = decision.get("batch") else {
            continue;
        };
        let (field, id) = (batch["field"].as_str().unwrap(), decision["id"].as_str().unwrap());
        let max = usize::try_from(batch["max"].as_integer().unwrap()).unwrap();
        let schema = format!("{id}Request");
        let shape = super::registry::find(&schema).unwrap_or_else(|| {
            panic!("schema {schema} has no type: name it in tests/it/contract/registry.rs")
        });
        for (count, refused) in [(0, true), (1, false), (max, false), (max + 1, true)] {
            let request = with(shape, field, items(&schema, field, count));
            assert_eq!(
                is_refused(shape, field, &request),
                refused,
                "{schema} with {count} {field}: {}",
                shape.edit()
            );
        }
        checked += 1;
    }
    assert!(
        checked >= 7,
        "only {checked} batches: operations.toml is not read as it should be"
    );
}
