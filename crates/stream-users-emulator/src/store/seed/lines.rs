//! Seeds of lines. A line is planted before the next one is read, so that the size of a seed is no matter of memory.

use std::io::BufRead;

use rusqlite::Transaction;
use serde_json::{Map, Value};

use super::item::{Place, Planting};
use super::{KINDS, Kind, USER, document, is_document, object, one};
use crate::clock::Nanos;
use crate::error::{Error, Result};

/// What some editors put in front of a text.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Puts a text into the store: objects, one a line, or one document over several lines. All of it or nothing.
pub(crate) fn plant_text(tx: &Transaction<'_>, mut text: impl BufRead, now: Nanos) -> Result<()> {
    let mut planting = Planting::new(tx, now);
    let mut line = Vec::new();
    let (mut number, mut first) = (0, true);
    while !planting.is_hopeless() {
        line.clear();
        if text.read_until(b'\n', &mut line).map_err(Error::SeedUnreadable)? == 0 {
            break;
        }
        number += 1;
        let mark = if number == 1 { BYTE_ORDER_MARK } else { "" };
        let mut value = line.strip_prefix(mark.as_bytes()).unwrap_or(&line);
        if value.trim_ascii().is_empty() {
            continue;
        }
        let mut parsed = serde_json::from_slice::<Value>(value);
        let whole;
        if first && parsed.as_ref().is_err_and(serde_json::Error::is_eof) {
            // An object that goes on in the next line is the only one.
            let mut rest = value.to_vec();
            text.read_to_end(&mut rest).map_err(Error::SeedUnreadable)?;
            whole = rest;
            value = &whole;
            parsed = serde_json::from_slice(value);
            let error = parsed.as_ref().err();
            if let Some(error) = error {
                // Its lines are counted from the one in which it begins.
                return Err(Error::Seed(format!(
                    "line {}, column {}: it is not JSON: {}",
                    number - 1 + error.line(),
                    error.column(),
                    reason(error)
                )));
            }
            number = 0;
        }
        first = false;
        let place = Some(number).filter(|number| *number > 0);
        match parsed {
            Ok(Value::Object(map)) => plant_line(&mut planting, &map, place)?,
            Ok(_) => planting.say(place, "it must be an object"),
            Err(error) => {
                let sentence = format!("column {}: it is not JSON: {}", error.column(), reason(&error));
                planting.say(place, sentence);
            }
        }
    }
    planting.finish()
}

/// What is wrong, without the line and the column, which are told in their place.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let reason = text.rsplit_once(" at line ").map(|(reason, _)| reason);
    reason.unwrap_or(&text).to_owned()
}

/// Plants what stands in a line: a document, an object of a kind that it names, or else a user.
fn plant_line(planting: &mut Planting<'_>, map: &Map<String, Value>, line: Option<usize>) -> Result<()> {
    if is_document(map) {
        return document(planting, map, line);
    }
    let place = |kind: &Kind| Place {
        line,
        at: kind.one.to_owned(),
        in_document: false,
    };
    if let Some((name, data)) = named(map) {
        if let Some(kind) = KINDS.iter().find(|kind| kind.one == name) {
            return one(planting, kind, data, place(kind));
        }
        let known: Vec<&str> = KINDS.iter().map(|kind| kind.one).collect();
        let sentence = format!("type must be one of [{}] and is {name}", known.join(" "));
        planting.say(line, sentence);
    } else if map.contains_key("id") {
        let place = place(&USER);
        return object(planting, &USER, map, place);
    } else {
        planting.say(
            line,
            "it must be a user with an id, an object {\"type\": ..., \"data\": {...}} or a document of lists",
        );
    }
    Ok(())
}

/// The type and the data of a line that has both and nothing else.
fn named(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    match (map.get("type"), map.get("data")) {
        (Some(Value::String(kind)), Some(data)) if map.len() == 2 => Some((kind, data)),
        _ => None,
    }
}
