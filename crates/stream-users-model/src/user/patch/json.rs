//! Comparing JSON objects: the changes that make one of another. What a key must not be stands in `check`.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Number, Value};

use super::check::is_part;

/// What happens to a place.
#[derive(Debug, PartialEq)]
pub(super) enum Change {
    Set(Value),
    Unset,
}

/// The value as a JSON object, or why it is none.
pub(super) fn object(value: &(impl Serialize + ?Sized)) -> Result<Map<String, Value>, String> {
    match serde_json::to_value(value) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err("must be written as a JSON object; use a struct or a map".to_owned()),
        Err(error) => Err(format!("cannot be written as JSON: {error}")),
    }
}

/// All keys of two objects, each once, in order.
pub(super) fn keys<'m>(old: &'m Map<String, Value>, new: &'m Map<String, Value>) -> BTreeSet<&'m String> {
    old.keys().chain(new.keys()).collect()
}

/// Adds the changes that make `new` of `old` at a path, as deep inside as they can be said.
pub(super) fn changes(
    path: &str,
    old: Option<&Value>,
    new: Option<&Value>,
    changes: &mut Vec<(String, Change)>,
) {
    let change = match (old, new) {
        (None, None) => return,
        (Some(_), None) => Change::Unset,
        (Some(old), Some(new)) if is_same(old, new) => return,
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let before = changes.len();
            if changes_inside(path, old, new, changes) {
                return;
            }
            changes.truncate(before);
            Change::Set(Value::Object(new.clone()))
        }
        (_, Some(new)) => Change::Set(new.clone()),
    };
    changes.push((path.to_owned(), change));
}

/// Adds the changes of what is inside an object; `false` where one of them is at a key that no path can name.
fn changes_inside(
    path: &str,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    all: &mut Vec<(String, Change)>,
) -> bool {
    for key in keys(old, new) {
        let (old, new) = (old.get(key), new.get(key));
        if is_part(key) {
            changes(&format!("{path}.{key}"), old, new, all);
        } else if !is_both_same(old, new) {
            return false;
        }
    }
    true
}

/// Whether two values that may be missing are the same.
pub(super) fn is_both_same(old: Option<&Value>, new: Option<&Value>) -> bool {
    match (old, new) {
        (None, None) => true,
        (Some(old), Some(new)) => is_same(old, new),
        _ => false,
    }
}

/// Whether two values mean the same. JSON has one type of number: a service may answer `1` where `1.0` was sent.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => is_same_number(one, other),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, value)| other.get(key).is_some_and(|other| is_same(value, other)))
        }
        _ => one == other,
    }
}

fn is_same_number(one: &Number, other: &Number) -> bool {
    match (integer(one), integer(other)) {
        (Some(one), Some(other)) => one == other,
        (None, None) => one == other,
        _ => false,
    }
}

/// The integer that a number is, `1.0` as well as `1`; `None` for one with a fraction, and for one so large that it can
/// only be a double.
fn integer(number: &Number) -> Option<i128> {
    if let Some(integer) = number.as_i64() {
        return Some(integer.into());
    }
    if let Some(integer) = number.as_u64() {
        return Some(integer.into());
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is whole and far within the range"
    )]
    number
        .as_f64()
        .filter(|number| number.fract() == 0.0 && number.abs() < 1e30)
        .map(|number| number as i128)
}
