//! Every property, required flag and enum value of every schema.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use stream_users_model::{
    CallDeletionMode, ConversationDeletionMode, DeactivateUser, DeletionMode, ReactivateUser,
    UpdateLiveLocation, UpdateUsersPartial, UserPatch, Validate, Violations,
};

use super::compare::{Comparison, is_empty};
use super::document::{contract, map_values};
use super::instance::{Extent, Times, instance};
use super::registry::{SHAPES, Shape};

fn fail_on(faults: &[String]) {
    let faults: Vec<&str> = faults
        .iter()
        .map(String::as_str)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// What is wrong with an instance after it was decoded and encoded.
fn faults(shape: &Shape, sent: &Value, may_drop_empty: bool) -> Vec<String> {
    let schema = shape.schema;
    let text = (shape.round_trip)(&sent.to_string());
    let value = (shape.value_round_trip)(sent);
    match (text, value) {
        (Ok(text), Ok(value)) if text == value => Comparison::of(schema, sent, &text, may_drop_empty),
        (Ok(text), Ok(value)) => vec![format!(
            "schema {schema} came out as {text} from text and as {value} from a value"
        )],
        (Err(error), _) | (_, Err(error)) => {
            vec![format!(
                "schema {schema} is not decoded: {error}; see {}; it was {sent}",
                shape.edit()
            )]
        }
    }
}

#[test]
fn every_schema_has_a_type_and_every_type_a_schema() {
    let schemas: BTreeSet<&str> = contract()
        .schemas()
        .filter(|schema| !contract().is_raw(schema))
        .collect();
    let types: BTreeSet<&str> = SHAPES.iter().map(|shape| shape.schema).collect();
    let mut faults = Vec::new();
    for schema in schemas.difference(&types) {
        faults.push(format!(
            "schema {schema} has no type: write one in crates/stream-users-model/src/ and name it in \
             tests/it/contract/registry.rs, or list the schema in contract/allow.toml as [[raw]] with a reason"
        ));
    }
    for schema in types.difference(&schemas) {
        faults.push(format!(
            "schema {schema} is not in the contract: take it out of tests/it/contract/registry.rs"
        ));
    }
    for shape in SHAPES {
        for file in shape.files {
            let path = format!("{}/src/{file}", env!("CARGO_MANIFEST_DIR"));
            if !std::path::Path::new(&path).exists() {
                faults.push(format!(
                    "src/{file} of {} is gone: edit tests/it/contract/registry.rs",
                    shape.type_name
                ));
            }
        }
    }
    fail_on(&faults);
}

#[test]
fn every_property_survives_a_round_trip() {
    let all = SHAPES.iter().flat_map(|shape| {
        [Times::Nanoseconds, Times::Rfc3339]
            .into_iter()
            .flat_map(|times| faults(shape, &instance(shape.schema, Extent::Maximal, times), false))
    });
    fail_on(&all.collect::<Vec<_>>());
}

#[test]
fn what_is_required_is_enough_and_nothing_is_invented() {
    let all = SHAPES.iter().flat_map(|shape| {
        [Times::Nanoseconds, Times::Rfc3339]
            .into_iter()
            .flat_map(|times| faults(shape, &instance(shape.schema, Extent::Minimal, times), true))
    });
    fail_on(&all.collect::<Vec<_>>());
}

/// Flags that are mixed up do not show where all are set: each is unset in turn.
#[test]
fn every_flag_and_every_enum_value_survives_a_round_trip() {
    let mut all = Vec::new();
    let (mut flags, mut values) = (0, 0);
    for shape in SHAPES {
        let full = instance(shape.schema, Extent::Maximal, Times::Nanoseconds);
        for (property, described) in contract().properties(shape.schema) {
            let mut variants = described["enum"].as_array().cloned().unwrap_or_default();
            values += variants.len();
            if described["type"] == "boolean" {
                variants.push(json!(false));
                flags += 1;
            }
            for variant in variants {
                let mut sent = full.clone();
                sent[property] = variant;
                all.extend(faults(shape, &sent, true));
            }
        }
    }
    fail_on(&all);
    assert!(
        flags > 20 && values >= 10,
        "{flags} flags and {values} values: the contract is not read as it should be"
    );
}

#[test]
fn null_stands_for_what_is_optional_and_for_an_empty_collection() {
    let mut all = Vec::new();
    for shape in SHAPES {
        let full = instance(shape.schema, Extent::Maximal, Times::Nanoseconds);
        let required = contract().required(shape.schema);
        for (property, described) in contract().properties(shape.schema) {
            let collection = described["type"] == "array" || described["type"] == "object";
            let response = shape.violated.is_none();
            if required.contains(&property.as_str()) && !(collection && response) {
                continue;
            }
            let mut sent = full.clone();
            sent[property] = Value::Null;
            match (shape.round_trip)(&sent.to_string()) {
                Ok(got) => {
                    let got = &got[property];
                    let upwards = property == "direction" && *got == 1;
                    if !is_empty(got) && !upwards {
                        all.push(format!(
                            "schema {} property {property}: null came out as {got}",
                            shape.schema
                        ));
                    }
                }
                Err(error) => all.push(format!(
                    "schema {} property {property}: null is refused with {error}; see {}",
                    shape.schema,
                    shape.edit()
                )),
            }
        }
    }
    fail_on(&all);
}

#[test]
fn a_missing_required_property_is_its_empty_value_or_a_named_error() {
    let mut all = Vec::new();
    for shape in SHAPES {
        let full = instance(shape.schema, Extent::Maximal, Times::Rfc3339);
        for property in contract().required(shape.schema) {
            let mut sent = full.clone();
            sent.as_object_mut().unwrap().remove(property);
            let named = match (shape.round_trip)(&sent.to_string()) {
                Ok(got) => is_empty(&got[property]),
                Err(error) => error.contains(&format!("`{property}`")),
            };
            let place = [("schema", shape.schema), ("property", property)];
            if !named && contract().allowed("required", &place).is_none() {
                all.push(format!(
                    "schema {} without {property}: neither empty nor an error that names it; see {}",
                    shape.schema,
                    shape.edit()
                ));
            }
        }
    }
    fail_on(&all);
}

#[test]
fn a_user_without_an_id_is_refused_by_name() {
    for schema in [
        "UserResponse",
        "FullUserResponse",
        "UserRequest",
        "UpdateUserPartialRequest",
    ] {
        let shape = super::registry::find(schema).unwrap();
        let mut sent = instance(schema, Extent::Maximal, Times::Nanoseconds);
        sent.as_object_mut().unwrap().remove("id");
        let error = (shape.round_trip)(&sent.to_string()).unwrap_err();
        assert!(error.contains("missing field `id`"), "{schema}: {error}");
    }
}

#[test]
fn the_enums_have_the_contracts_values() {
    let types: &[(&str, &str, &[&str])] = &[
        ("DeleteUsersRequest", "calls", CallDeletionMode::VALUES),
        (
            "DeleteUsersRequest",
            "conversations",
            ConversationDeletionMode::VALUES,
        ),
        ("DeleteUsersRequest", "messages", DeletionMode::VALUES),
        ("DeleteUsersRequest", "user", DeletionMode::VALUES),
    ];
    let mut all = Vec::new();
    for schema in contract().schemas() {
        for (property, described) in contract().properties(schema) {
            let Some(values) = described["enum"].as_array() else {
                continue;
            };
            let values: Vec<&str> = values
                .iter()
                .filter_map(Value::as_str)
                .filter(|value| {
                    let place = [("schema", schema), ("property", property), ("value", value)];
                    contract().allowed("enum", &place).is_none()
                })
                .collect();
            match types.iter().find(|entry| (entry.0, entry.1) == (schema, property)) {
                Some((_, _, known)) if *known == values => {}
                Some((_, _, known)) => all.push(format!(
                    "schema {schema} property {property} has the values {values:?}, its type {known:?}: edit the open \
                     enum in crates/stream-users-model/src/ or list the value in contract/allow.toml as [[enum]]"
                )),
                None => all.push(format!(
                    "schema {schema} property {property} is an enum without a type: make an open enum and name it in \
                     tests/it/contract/shapes.rs"
                )),
            }
        }
    }
    fail_on(&all);
}

/// Custom data of a patch stand beside the built-in fields, so that the patch must know all of these.
#[test]
fn a_patch_knows_every_built_in_field() {
    let fields = ["UserResponse", "FullUserResponse"].map(|schema| contract().properties(schema).keys());
    for field in fields.into_iter().flatten() {
        let patch = UserPatch::new("ada").custom(json!({field: 1}));
        let mut violations = Violations::new();
        UpdateUsersPartial::new([patch]).validate(&mut violations);
        assert!(
            !violations.is_empty(),
            "property {field} of a user: add it to RESERVED in crates/stream-users-model/src/user/patch/check.rs"
        );
    }
    let mut violations = Violations::new();
    UpdateUsersPartial::new([UserPatch::new("ada").custom(json!({"plan": "pro"}))]).validate(&mut violations);
    assert!(violations.is_empty());
}

#[test]
fn what_belongs_to_path_and_query_is_not_in_the_body() {
    for body in [
        serde_json::to_value(DeactivateUser::new("ada")).unwrap(),
        serde_json::to_value(ReactivateUser::new("ada")).unwrap(),
    ] {
        assert_eq!(body, json!({}));
    }
    let body = serde_json::to_value(UpdateLiveLocation::new("m-1").user_id("ada")).unwrap();
    assert_eq!(body, json!({"message_id": "m-1"}));
}

/// The makers of instances and the comparison are only worth something if they notice.
#[test]
fn the_comparison_notices_what_is_lost_or_mixed_up() {
    let sent = instance("UserResponse", Extent::Maximal, Times::Nanoseconds);
    assert!(map_values(&contract().properties("UserResponse")["custom"]).is_none());
    assert_eq!(
        Comparison::of("UserResponse", &sent, &sent, false).len(),
        10,
        "times must come out as RFC 3339"
    );
    let mut got = (super::registry::find("UserResponse").unwrap().round_trip)(&sent.to_string()).unwrap();
    assert_eq!(
        Comparison::of("UserResponse", &sent, &got, false),
        Vec::<String>::new()
    );
    got["name"] = got["image"].clone();
    got["created_at"] = got["updated_at"].clone();
    got.as_object_mut().unwrap().remove("ban_expires");
    got["invented"] = json!(1);
    let faults = Comparison::of("UserResponse", &sent, &got, false);
    assert_eq!(faults.len(), 4, "{faults:#?}");
}
