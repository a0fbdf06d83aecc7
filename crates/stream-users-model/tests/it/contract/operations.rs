//! The table of operations against the contract and `operations.toml`.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use stream_users_model::operation::{self, Caller, Idempotency, Operation};
use stream_users_model::{ExportUser, GetBlockedUsers, GetRateLimits, GetTask, GetUserLiveLocations};

use super::document::{contract, reference};
use super::registry;

const FIX: &str = "run `cargo xtask codegen`; if that does not help, see contract/operations.toml";

fn of(id: &str) -> &'static Operation {
    operation::ALL
        .iter()
        .find(|operation| operation.id == id)
        .unwrap_or_else(|| panic!("no operation {id}: {FIX}"))
}

fn parameters<'c>(described: &'c Value, place: &str) -> Vec<&'c Value> {
    let all = described["parameters"].as_array().into_iter().flatten();
    all.filter(|parameter| parameter["in"] == place).collect()
}

fn names(parameters: &[&Value]) -> Vec<String> {
    parameters
        .iter()
        .filter_map(|parameter| parameter["name"].as_str())
        .map(str::to_owned)
        .collect()
}

/// The schema of a body, by its name.
fn body(described: &Value) -> Option<&str> {
    reference(&described["content"]["application/json"]["schema"])
}

/// The schema of the answer when all went well.
fn answer(described: &Value) -> &str {
    let responses = described["responses"].as_object().unwrap();
    let success = responses
        .iter()
        .find(|(status, _)| status.starts_with('2'))
        .unwrap();
    body(success.1).unwrap()
}

#[test]
fn the_table_holds_the_contracts_operations_and_no_other() {
    let contract: BTreeSet<&str> = contract()
        .operations()
        .map(|(_, _, described)| described["operationId"].as_str().unwrap())
        .collect();
    let table: BTreeSet<&str> = operation::ALL.iter().map(|operation| operation.id).collect();
    assert_eq!(table, contract, "{FIX}");
    assert_eq!(
        operation::ALL.len(),
        table.len(),
        "an operation stands twice: {FIX}"
    );
}

#[test]
fn methods_paths_parameters_and_bodies_are_the_contracts() {
    for (method, path, described) in contract().operations() {
        let operation = of(described["operationId"].as_str().unwrap());
        let name = operation.name;
        assert_eq!(operation.method.as_str(), method.to_uppercase(), "{name}: {FIX}");
        assert_eq!(operation.path, path, "{name}: {FIX}");
        assert_eq!(
            operation.body,
            described["requestBody"].is_object(),
            "{name}: {FIX}"
        );
        let query = parameters(described, "query");
        assert_eq!(operation.query, names(&query), "{name}: {FIX}");
        let json: Vec<_> = query
            .into_iter()
            .filter(|parameter| parameter["content"].is_object())
            .collect();
        assert_eq!(
            operation.json_query.map(str::to_owned),
            names(&json).pop(),
            "{name}: {FIX}"
        );
        for parameter in names(&parameters(described, "path")) {
            assert!(
                path.contains(&format!("{{{parameter}}}")),
                "{name}: {parameter} is not in {path}"
            );
        }
        for other in ["header", "cookie"] {
            assert!(
                parameters(described, other).is_empty(),
                "{name}: parameters in a {other} are not sent"
            );
        }
    }
}

#[test]
fn batches_tasks_callers_and_names_are_those_of_operations_toml() {
    let order: Vec<&str> = contract()
        .decisions()
        .map(|decision| decision["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        operation::ALL
            .iter()
            .map(|operation| operation.name)
            .collect::<Vec<_>>(),
        order,
        "{FIX}"
    );
    for decision in contract().decisions() {
        let text = |key: &str| decision.get(key).and_then(toml::Value::as_str);
        let operation = of(text("id").unwrap());
        let name = operation.name;
        assert_eq!(Some(name), text("name"), "{FIX}");
        assert_eq!(Some(operation.summary), text("summary"), "{name}: {FIX}");
        assert_eq!(operation.task, text("task"), "{name}: {FIX}");
        let idempotency = match text("idempotency") {
            Some("idempotent") => Idempotency::Idempotent,
            _ => Idempotency::NotIdempotent,
        };
        assert_eq!(operation.idempotency, idempotency, "{name}: {FIX}");
        let caller = match text("caller") {
            Some("server") => Caller::Server,
            Some("user") => Caller::User,
            _ => Caller::Anyone,
        };
        assert_eq!(operation.caller, caller, "{name}: {FIX}");
        let batch = decision.get("batch");
        assert_eq!(
            operation.batch.map(|batch| batch.field),
            batch.and_then(|batch| batch["field"].as_str()),
            "{name}"
        );
        assert_eq!(
            operation.batch.and_then(|batch| i64::try_from(batch.max).ok()),
            batch.and_then(|batch| batch["max"].as_integer()),
            "{name}: {FIX}"
        );
    }
}

#[test]
fn a_batch_of_the_contract_is_in_the_table() {
    for (_, _, described) in contract().operations() {
        let operation = of(described["operationId"].as_str().unwrap());
        let Some(schema) = body(&described["requestBody"]) else {
            continue;
        };
        for (property, value) in contract().properties(schema) {
            let Some(max) = value["maxItems"].as_u64() else {
                continue;
            };
            let batch = operation.batch.map(|batch| (batch.field, batch.max as u64));
            assert_eq!(
                batch,
                Some((property.as_str(), max)),
                "{}: edit contract/operations.toml",
                operation.name
            );
        }
    }
}

#[test]
fn a_task_is_what_an_answer_with_a_task_id_and_nothing_else_starts() {
    for (_, _, described) in contract().operations() {
        let operation = of(described["operationId"].as_str().unwrap());
        let properties: Vec<_> = contract().properties(answer(described)).keys().collect();
        assert_eq!(
            operation.task.is_some(),
            properties == ["duration", "task_id"],
            "{}: {FIX}",
            operation.name
        );
    }
}

#[test]
fn the_types_of_operations_toml_are_those_that_the_tests_hold_against_the_schemas() {
    for (_, _, described) in contract().operations() {
        let id = described["operationId"].as_str().unwrap();
        let decision = contract()
            .decisions()
            .find(|decision| decision["id"].as_str() == Some(id))
            .unwrap();
        let base = |key: &str| decision[key].as_str().unwrap().split('<').next().unwrap();
        let shape = |schema: &str| {
            registry::find(schema).unwrap_or_else(|| {
                panic!("schema {schema} has no type: name it in tests/it/contract/registry.rs")
            })
        };
        assert_eq!(
            shape(answer(described)).base(),
            base("response"),
            "{id}: edit contract/operations.toml"
        );
        let payload = parameters(described, "query").into_iter().find_map(body);
        if let Some(request) = body(&described["requestBody"]).or(payload) {
            assert_eq!(
                shape(request).base(),
                base("request"),
                "{id}: edit contract/operations.toml"
            );
            assert!(
                shape(request).violated.is_some(),
                "{id}: make it `request!` in tests/it/contract/registry.rs"
            );
        }
    }
}

/// Requests without a body are written as an object of what goes into path and query.
#[test]
fn requests_without_a_body_have_the_contracts_parameters() {
    let requests = [
        ("ExportUser", json!(ExportUser::new("ada"))),
        ("GetTask", json!(GetTask::new("t-1"))),
        ("GetBlockedUsers", json!(GetBlockedUsers::new().user_id("ada"))),
        (
            "GetUserLiveLocations",
            json!(GetUserLiveLocations::new().user_id("ada")),
        ),
        ("GetRateLimits", json!(GetRateLimits::new())),
    ];
    for (_, _, described) in contract().operations() {
        let id = described["operationId"].as_str().unwrap();
        if of(id).body || of(id).json_query.is_some() {
            continue;
        }
        let (_, request) = requests
            .iter()
            .find(|request| request.0 == id)
            .unwrap_or_else(|| {
                panic!("{id}: name its request in `requests` above, in tests/it/contract/operations.rs")
            });
        let mut expected = names(&parameters(described, "query"));
        expected.extend(names(&parameters(described, "path")));
        expected.sort();
        let fields: Vec<_> = request.as_object().unwrap().keys().cloned().collect();
        assert_eq!(
            fields, expected,
            "{id}: edit the request in crates/stream-users-model/src/operations/"
        );
    }
}

#[test]
fn an_operation_is_found_by_either_name() {
    for operation in operation::ALL {
        assert_eq!(operation::find(operation.name), Some(operation));
        assert_eq!(operation::find(operation.id), Some(operation));
    }
    assert_eq!(operation::find("drop_users"), None);
}
