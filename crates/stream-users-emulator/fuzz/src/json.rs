//! Makes a document of JSON a little different.

use fastrand::Rng;
use serde_json::{Map, Value};

use crate::vocabulary::{FIELDS, FILTERED, OPERATORS, pick, value};

/// Changes one place of a document.
pub(crate) fn mutate(rng: &mut Rng, document: &mut Value) {
    let count = count(document);
    let mut left = rng.usize(..count);
    if let Some(place) = at(document, &mut left) {
        change(rng, place);
    }
}

fn count(document: &Value) -> usize {
    1 + match document {
        Value::Array(list) => list.iter().map(count).sum(),
        Value::Object(map) => map.values().map(count).sum::<usize>(),
        _ => 0,
    }
}

/// The value at a place, counted from the outermost.
fn at<'a>(document: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(document);
    }
    *left -= 1;
    match document {
        Value::Array(list) => list.iter_mut().find_map(|item| at(item, left)),
        Value::Object(map) => map.values_mut().find_map(|item| at(item, left)),
        _ => None,
    }
}

fn change(rng: &mut Rng, place: &mut Value) {
    match place {
        Value::Array(list) if rng.bool() => match rng.u8(..4) {
            0 if !list.is_empty() => {
                list.swap_remove(rng.usize(..list.len()));
            }
            1 if !list.is_empty() => {
                let twice = list[rng.usize(..list.len())].clone();
                list.push(twice);
            }
            _ => list.push(value(rng)),
        },
        Value::Object(map) if rng.u8(..4) > 0 => change_map(rng, map),
        _ => match rng.u8(..6) {
            0 => *place = Value::Array(vec![place.take()]),
            1 => *place = Value::Object(Map::from_iter([(name(rng), place.take())])),
            _ => *place = value(rng),
        },
    }
}

fn change_map(rng: &mut Rng, map: &mut Map<String, Value>) {
    let key = map.keys().nth(rng.usize(..=map.len())).cloned();
    match (rng.u8(..4), key) {
        (0, Some(key)) => {
            map.remove(&key);
        }
        (1, Some(key)) => {
            if let Some(moved) = map.remove(&key) {
                map.insert(name(rng), moved);
            }
        }
        _ => {
            map.insert(name(rng), value(rng));
        }
    }
}

fn name(rng: &mut Rng) -> String {
    let words = [FIELDS, FILTERED, OPERATORS][rng.usize(..3)];
    pick(rng, words).to_owned()
}
