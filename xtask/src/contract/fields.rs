//! Holds the filter fields of the model's source against the contract, so that an operator that is missing, or one too
//! many, is named together with its line. That the operators do what they say is proved by the model's tests.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::document::Document;
use crate::violation::Violation;

/// Where the fields and their operators are listed.
pub(super) const FIELDS: &str = "crates/stream-users-model/src/field.rs";

/// Every difference between the `fields!` of `source` and `x-stream-filter-fields` of the contract.
pub(super) fn check(source: &str, slice: &Document) -> Vec<Violation> {
    let listed = listed(source);
    let stated = stated(slice.root());
    let mut violations = Vec::new();
    for (field, operators) in &stated {
        let Some((line, ours)) = listed.get(field) else {
            violations.push(Violation::new(
                FIELDS,
                format!("the contract's filter field `{field}` is missing"),
                format!("list it in `fields!` with {{ {} }}", methods(operators)),
            ));
            continue;
        };
        for operator in operators.difference(ours) {
            let what = format!("the filter field `{field}` lacks the operator `{operator}` of the contract");
            let fix = format!("write `{}` in its braces on this line", method(operator));
            violations.push(Violation::new(FIELDS, what, fix).at(*line));
        }
        for operator in ours.difference(operators) {
            let what =
                format!("the filter field `{field}` has `{operator}`, which the contract does not give it");
            let fix = format!("delete `{}` from its braces on this line", method(operator));
            violations.push(Violation::new(FIELDS, what, fix).at(*line));
        }
    }
    for (field, (line, _)) in listed.iter().filter(|(field, _)| !stated.contains_key(*field)) {
        let what = format!("the contract has no filter field `{field}`");
        violations.push(Violation::new(FIELDS, what, "delete it").at(*line));
    }
    violations
}

/// The fields of the source, with their lines and operators: `role(): Role(Str) = "role" { eq gt }`.
fn listed(source: &str) -> BTreeMap<String, (usize, BTreeSet<String>)> {
    let mut fields = BTreeMap::new();
    for (index, line) in source.lines().enumerate() {
        let Some((_, rest)) = line.split_once("= \"") else {
            continue;
        };
        let Some((name, rest)) = rest.split_once("\" {") else {
            continue;
        };
        let Some((operators, _)) = rest.split_once('}') else {
            continue;
        };
        let operators = operators.split_whitespace().map(operator).collect();
        fields.insert(name.to_owned(), (index + 1, operators));
    }
    fields
}

fn stated(root: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let fields = &root["components"]["schemas"]["QueryUsersPayload"]["properties"]["filter_conditions"]["x-stream-filter-fields"];
    let texts = |value: &Value| {
        let values = value["operators"].as_array().into_iter().flatten();
        values.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let entries = fields.as_object().into_iter().flatten();
    entries
        .map(|(name, field)| (name.clone(), texts(field)))
        .collect()
}

/// The operators whose methods are not named like them: `in` is a keyword of Rust.
const RENAMED: [(&str, &str); 2] = [("$in", "is_in"), ("$nin", "not_in")];

fn operator(method: &str) -> String {
    let renamed = RENAMED.iter().find(|(_, name)| *name == method);
    renamed.map_or_else(|| format!("${method}"), |(operator, _)| (*operator).to_owned())
}

fn method(operator: &str) -> &str {
    let renamed = RENAMED.iter().find(|(name, _)| *name == operator);
    renamed.map_or(operator.trim_start_matches('$'), |(_, method)| method)
}

fn methods(operators: &BTreeSet<String>) -> String {
    operators
        .iter()
        .map(|operator| method(operator))
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::check;
    use crate::contract::Document;

    const SOURCE: &str =
        "fields! {\n    id(): Id(Str) = \"id\" { eq is_in }\n    role(): Role(Str) = \"role\" { eq }\n}\n";

    fn found(fields: &serde_json::Value) -> Vec<String> {
        let document = json!({
            "openapi": "3.0.3", "paths": {},
            "components": {"schemas": {"QueryUsersPayload": {"properties": {"filter_conditions": {
                "x-stream-filter-fields": fields,
            }}}}},
        });
        let document = Document::parse(&document.to_string()).unwrap();
        check(SOURCE, &document).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_agrees_is_fine() {
        let fields = json!({"id": {"operators": ["$eq", "$in"]}, "role": {"operators": ["$eq"]}});
        assert!(found(&fields).is_empty());
    }

    #[test]
    fn each_difference_names_its_line_and_the_fix() {
        let fields =
            json!({"id": {"operators": ["$eq", "$in", "$nin"]}, "name": {"operators": ["$eq", "$in"]}});
        assert_eq!(
            found(&fields),
            [
                "crates/stream-users-model/src/field.rs:2: the filter field `id` lacks the operator `$nin` of the \
                 contract; fix: write `not_in` in its braces on this line",
                "crates/stream-users-model/src/field.rs: the contract's filter field `name` is missing; fix: list it \
                 in `fields!` with { eq is_in }",
                "crates/stream-users-model/src/field.rs:3: the contract has no filter field `role`; fix: delete it",
            ]
        );
        let fields = json!({"id": {"operators": ["$eq"]}, "role": {"operators": ["$eq"]}});
        assert_eq!(found(&fields).len(), 1);
        assert!(found(&fields)[0].contains("fix: delete `is_in` from its braces on this line"));
    }
}
