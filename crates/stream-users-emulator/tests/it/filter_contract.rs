use serde_json::{Value, json};

use crate::stream::Stream;

/// The table of the contract: every operator that a field takes is taken, and every other is refused.
#[test]
fn takes_the_operators_of_the_contract() {
    let contract: Value = serde_json::from_str(include_str!(
        "../../../stream-users-model/contract/users.openapi.json"
    ))
    .unwrap();
    let fields = &contract["components"]["schemas"]["QueryUsersPayload"]["properties"]["filter_conditions"];
    let fields = fields["x-stream-filter-fields"].as_object().unwrap();
    let operators = [
        "$eq",
        "$ne",
        "$gt",
        "$gte",
        "$lt",
        "$lte",
        "$in",
        "$nin",
        "$exists",
        "$contains",
        "$autocomplete",
    ];
    let stream = Stream::new();
    for (name, field) in fields {
        for operator in operators {
            let value = match (operator, field["type"].as_str().unwrap()) {
                ("$exists", _) | (_, "boolean") => json!(true),
                ("$in" | "$nin", "date") => json!(["2026-01-01T00:00:00Z"]),
                ("$in" | "$nin", _) => json!(["x"]),
                (_, "date") => json!("2026-01-01T00:00:00Z"),
                _ => json!("x"),
            };
            let key = if name == "custom" { "any_key" } else { name };
            let answer = stream.query(&json!({ "filter_conditions": { key: { operator: value } } }));
            let allowed = field["operators"]
                .as_array()
                .unwrap()
                .iter()
                .any(|known| known == operator);
            assert_eq!(
                answer.status,
                if allowed { 200 } else { 400 },
                "{name} {operator} (the table of operators is in src/filter/fields.rs): {}",
                answer.body
            );
        }
    }
}
