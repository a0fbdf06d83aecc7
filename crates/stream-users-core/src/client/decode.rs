//! Reading an answer, and saying well why it cannot be read. What the answer means does not belong here.

use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_path_to_error::Segment;
use stream_users_model::Operation;

use crate::endpoint::{Reader, reader};
use crate::error::{Error, ErrorKind, Result};
use crate::response::Meta;

/// Decodes the body of an answer.
///
/// The text is checked to be UTF-8 once, which makes decoding it cheaper. Where it does not fit, it is read a second
/// time to say where, and in what: the user, or what else has an id.
pub(super) fn decode<T: DeserializeOwned>(
    operation: &Operation,
    reader: Reader<T>,
    body: &[u8],
    meta: &Meta,
) -> Result<T> {
    let fail = |message: String| {
        let error = Error::builder(ErrorKind::Decode)
            .of(operation)
            .message(message)
            .meta(meta.clone());
        if operation.secret_answer {
            error
        } else {
            error.body(body)
        }
    };
    let text = std::str::from_utf8(body)
        .map_err(|error| fail(format!("the answer could not be read: it is not UTF-8 ({error})")).build())?;
    from_json_by(text, reader)
        .map_err(|message| fail(format!("the answer could not be read: {message}")).build())
}

/// Decodes a JSON object, or says where it does not fit, and in what.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    from_json_by(text, reader())
}

fn from_json_by<T: DeserializeOwned>(text: &str, reader: Reader<T>) -> Result<T, String> {
    // A derived struct also reads a list of its fields: an empty list would pass for an answer that holds nothing.
    if text.trim_start().starts_with('[') {
        return Err("it is a list, not an object".to_owned());
    }
    reader(text).map_err(|error| explain::<T>(text, &error).unwrap_or_else(|| reason(&error)))
}

/// Says where it does not fit; `None` where another reader stumbles at another place.
fn explain<T: DeserializeOwned>(text: &str, failed: &serde_json::Error) -> Option<String> {
    let place = |error: &serde_json::Error| (error.line(), error.column());
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let error = serde_path_to_error::deserialize::<_, T>(&mut deserializer)
        .err()
        .filter(|error| place(error.inner()) == place(failed))?;
    let path = error.path();
    // Where the text ends too early, no segment is known.
    let is_known = |segment: &Segment| !matches!(segment, Segment::Unknown);
    let place = if path.iter().any(is_known) {
        format!("{}: ", cut(&path.to_string()))
    } else {
        String::new()
    };
    let owner = owner(text, path).map_or_else(String::new, |id| {
        format!(" (in the one whose id is {:?})", cut(&id))
    });
    Some(format!("{place}{}{owner}", reason(error.inner())))
}

/// What serde says, without the string that it quotes: that is somebody's data, or a secret.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let quoted = text.split_once("string \"").zip(text.rsplit_once("\", expected"));
    cut(&match quoted {
        Some(((before, _), (_, after))) if before.starts_with("invalid ") => {
            format!("{before}string, expected{after}")
        }
        _ => text,
    })
}

/// At most 300 characters of a text that may hold what the answer held.
pub(crate) fn cut(text: &str) -> String {
    const MAX: usize = 300;
    match text.char_indices().nth(MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The id of the innermost object on the path that has one. What stands in custom data is not looked at: its ids are
/// the app's own, and it may hold what could not be read.
fn owner(text: &str, path: &serde_path_to_error::Path) -> Option<String> {
    let mut value = text;
    let mut owner = None;
    for segment in path {
        if owner.is_some() && matches!(segment, Segment::Map { key } if key == "custom") {
            break;
        }
        value = match segment {
            Segment::Seq { index } => serde_json::from_str::<Vec<&RawValue>>(value)
                .ok()?
                .get(*index)?
                .get(),
            Segment::Map { key } => match member(value, key) {
                Some(value) => value,
                None => break,
            },
            _ => break,
        };
        if let Some(id) = member(value, "id").and_then(|id| serde_json::from_str(id).ok()) {
            owner = Some(id);
        }
    }
    owner
}

/// A member of a JSON object, as text.
fn member<'t>(object: &'t str, key: &str) -> Option<&'t str> {
    let mut members: HashMap<String, &RawValue> = serde_json::from_str(object).ok()?;
    members.remove(key).map(RawValue::get)
}
