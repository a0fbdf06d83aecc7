//! Laws that hold for every value, tried with random ones.

mod filters;
mod json;
mod patches;
mod strings;
mod timestamps;

use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof};
use serde_json::{Map, Value};

/// How many cases a law is tried with. Nothing is written to disk: a failure prints the smallest case.
fn cases(count: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(count)
    }
}

/// Any JSON value of a few levels.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        // In text, a few digits: `serde_json` reads those exactly, and others to the last bit but one.
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 64.0)),
        ".{0,12}".prop_map(Value::from),
        Just(Value::from("2018-10-05T04:20:00Z")),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            any_object_of(inner).prop_map(Value::Object),
        ]
    })
}

/// Any JSON object of a few levels.
fn any_object() -> impl Strategy<Value = Map<String, Value>> {
    any_object_of(any_json())
}

fn any_object_of(values: impl Strategy<Value = Value>) -> impl Strategy<Value = Map<String, Value>> {
    proptest::collection::vec((".{0,6}", values), 0..5).prop_map(|entries| entries.into_iter().collect())
}
