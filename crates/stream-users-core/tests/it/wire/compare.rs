//! When two JSON values say the same to the service.

use serde_json::Value;
use stream_users_model::Timestamp;

/// The same value, but for the form of times (of the same moment) and of numbers (`0` and `0.0`).
pub(super) fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, value)| other.get(key).is_some_and(|other| same(value, other)))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::String(text), Value::String(other)) => {
            text == other
                || matches!((text.parse::<Timestamp>(), other.parse::<Timestamp>()), (Ok(one), Ok(other)) if one == other)
        }
        (Value::Number(number), Value::Number(other)) => number == other || number.as_f64() == other.as_f64(),
        _ => one == other,
    }
}

/// The value without the members that are `null`.
pub(super) fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), without_nulls(value)))
            .collect(),
        Value::Array(values) => values.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}

#[test]
fn differences_are_seen() {
    use serde_json::json;
    for (one, other) in [
        (
            json!({"a": 0, "t": "2026-01-02T03:04:05.678Z"}),
            json!({"t": "2026-01-02T03:04:05.678000+00:00", "a": 0.0}),
        ),
        (json!([{"a": []}]), json!([{"a": []}])),
    ] {
        assert!(same(&one, &other), "{one} {other}");
    }
    for (one, other) in [
        (json!({"a": 1}), json!({"a": 1, "b": null})),
        (json!({"a": 1}), json!({"a": "1"})),
        (json!({"a": 1}), json!({"a": true})),
        (json!({"a": null}), json!({"b": null})),
        (json!([1, 2]), json!([2, 1])),
        (
            json!({"t": "2026-01-02T03:04:05.678Z"}),
            json!({"t": "2026-01-02T03:04:05.679Z"}),
        ),
        (json!(1.5), json!(1.25)),
    ] {
        assert!(!same(&one, &other), "{one} {other}");
    }
}
