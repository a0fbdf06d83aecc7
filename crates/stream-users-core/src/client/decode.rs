//! Reading an answer, and saying well why it cannot be read. What the answer means does not belong here.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};
use crate::response::Meta;

/// Decodes the body of an answer.
///
/// The text is checked to be UTF-8 once, which makes decoding it cheaper. Where it does not fit, it is read a second
/// time to say where, and of which user.
pub(super) fn decode<T: DeserializeOwned>(operation: &'static str, body: &[u8], meta: &Meta) -> Result<T> {
    let fail = |message: String| {
        Error::builder(ErrorKind::Decode)
            .operation(operation)
            .message(message)
            .body(body)
            .meta(meta.clone())
    };
    let text = std::str::from_utf8(body)
        .map_err(|error| fail(format!("the answer could not be read: it is not UTF-8 ({error})")).build())?;
    // A derived struct also reads a list of its fields: an empty list would pass for an answer that holds nothing.
    if text.trim_start().starts_with('[') {
        return Err(fail("the answer could not be read: it is a list, not an object".to_owned()).build());
    }
    serde_json::from_str(text).map_err(|error| {
        let message = explain::<T>(text).unwrap_or_else(|| error.to_string());
        fail(format!("the answer could not be read: {message}")).build()
    })
}

fn explain<T: DeserializeOwned>(text: &str) -> Option<String> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let error = serde_path_to_error::deserialize::<_, T>(&mut deserializer).err()?;
    let path = error.path();
    let place = if path.iter().len() == 0 {
        String::new()
    } else {
        format!("{path}: ")
    };
    let owner = owner(text, path).map_or_else(String::new, |id| format!(" (of the user {id:?})"));
    Some(format!("{place}{}{owner}", error.inner()))
}

/// The id of the innermost user on the path. What stands in custom data is not looked at: its ids are the app's own.
fn owner(text: &str, path: &serde_path_to_error::Path) -> Option<String> {
    use serde_path_to_error::Segment;
    let document: Value = serde_json::from_str(text).ok()?;
    let mut value = &document;
    let mut owner = None;
    for segment in path {
        if owner.is_some() && matches!(segment, Segment::Map { key } if key == "custom") {
            break;
        }
        value = match segment {
            Segment::Seq { index } => value.get(index)?,
            Segment::Map { key } => match value.get(key) {
                Some(value) => value,
                None => break,
            },
            _ => break,
        };
        if let Some(Value::String(id)) = value.get("id") {
            owner = Some(id.clone());
        }
    }
    owner
}
