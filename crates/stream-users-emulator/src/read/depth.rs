//! Which JSON can be kept: what is nested too deeply could not be read again, and SQLite takes a NUL in a key for its end.

use serde_json::Value;

/// How deep what is kept may be nested, so that readers of JSON, which stop at 128 levels, can read every answer.
pub(crate) const DEEPEST: usize = 100;

/// Whether an entry of an object is at most [`DEEPEST`] levels deep, without a NUL in a key.
pub(crate) fn can_be_kept(key: &str, value: &Value) -> bool {
    is_within(key, value, DEEPEST)
}

fn is_within(key: &str, value: &Value, deepest: usize) -> bool {
    let inner = deepest.checked_sub(1);
    let within = |key: &str, value| inner.is_some_and(|inner| is_within(key, value, inner));
    !key.contains('\0')
        && match value {
            Value::Object(map) => map.iter().all(|(key, value)| within(key, value)),
            Value::Array(list) => list.iter().all(|value| within("", value)),
            _ => true,
        }
}
