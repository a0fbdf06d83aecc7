//! Puts data into the store that no operation of this surface makes: channels, messages, reactions, calls, files,
//! locations, bans, activity. The format is described at [`seed`](crate::EmulatorService::seed).
//!
//! A seed is a document, which is an object of lists, or a text of lines, each of which is an object of its own. What
//! an object may hold is decided by its kind, in the same way for both; one file has the planters of a few kinds.

mod chat;
mod item;
mod lines;
mod marks;
mod users;

use rusqlite::Transaction;
use serde_json::{Map, Value, json};

use self::item::{Item, Place, Planting};
use super::channels::{CALLS, CHANNELS};
use crate::clock::Nanos;
use crate::error::{Error, Result};

pub(crate) use self::lines::plant_text;

/// What a seed can hold: its name in a line, that of its list in a document, and who puts one into the store.
struct Kind {
    one: &'static str,
    list: &'static str,
    plant: fn(&mut Item<'_, '_>) -> Result<()>,
}

const fn kind(one: &'static str, list: &'static str, plant: fn(&mut Item<'_, '_>) -> Result<()>) -> Kind {
    Kind { one, list, plant }
}

/// What a line is that does not say what it is.
const USER: Kind = kind("user", "users", users::user);

/// Every kind, each after those that it names.
const KINDS: [Kind; 15] = [
    kind("role", "roles", users::role),
    USER,
    kind("deleted_id", "deleted_ids", users::deleted_id),
    kind("channel", "channels", |item| chat::channel(item, CHANNELS)),
    kind("call", "calls", |item| chat::channel(item, CALLS)),
    kind("member", "members", chat::member),
    kind("message", "messages", chat::message),
    kind("reaction", "reactions", chat::reaction),
    kind("flag", "flags", chat::flag),
    kind("file", "files", chat::file),
    kind("live_location", "live_locations", chat::live_location),
    kind("block", "blocks", marks::block),
    kind("mute", "mutes", marks::mute),
    kind("device", "devices", marks::device),
    kind("task", "tasks", marks::task),
];

/// Puts a document into the store. What exists under the same id is replaced.
pub(crate) fn plant(tx: &Transaction<'_>, seed: &Value, now: Nanos) -> Result<()> {
    let mut planting = Planting::new(tx, now);
    let Some(seed) = seed.as_object() else {
        return Err(Error::Seed("it must be an object".to_owned()));
    };
    document(&mut planting, seed, None)?;
    planting.finish()
}

/// Whether the object is a document: there are lists in it and nothing else.
fn is_document(map: &Map<String, Value>) -> bool {
    !map.is_empty() && map.keys().all(|key| KINDS.iter().any(|kind| kind.list == key))
}

/// Plants every list of a document, which stands in this line if the seed has lines.
fn document(planting: &mut Planting<'_>, seed: &Map<String, Value>, line: Option<usize>) -> Result<()> {
    for kind in &KINDS {
        let list = match seed.get(kind.list) {
            None | Some(Value::Null) => continue,
            Some(Value::Array(list)) => list,
            // As the state shows them: from each id to the mode of its deletion.
            Some(Value::Object(modes)) if kind.one == "deleted_id" => &modes
                .iter()
                .map(|(id, mode)| json!({ "id": id, "mode": mode }))
                .collect(),
            Some(other) => {
                let found = crate::read::kind_of(other);
                let list = kind.list;
                planting.say(
                    line,
                    format!("field `{list}` contains type {found}. expecting array"),
                );
                continue;
            }
        };
        for (index, value) in list.iter().enumerate() {
            let place = Place {
                line,
                at: format!("{}[{index}]", kind.list),
                in_document: true,
            };
            one(planting, kind, value, place)?;
        }
    }
    for key in seed.keys() {
        if !KINDS.iter().any(|kind| kind.list == key) {
            planting.say(line, format!("{key} is not a known field"));
        }
    }
    Ok(())
}

/// Plants what has to be one object of a kind.
fn one(planting: &mut Planting<'_>, kind: &Kind, value: &Value, place: Place) -> Result<()> {
    if let Some(map) = value.as_object() {
        return object(planting, kind, map, place);
    }
    planting.say(place.line, format!("{} must be an object", place.at));
    Ok(())
}

fn object(planting: &mut Planting<'_>, kind: &Kind, map: &Map<String, Value>, place: Place) -> Result<()> {
    let mut item = Item::new(planting, map, place);
    (kind.plant)(&mut item)?;
    item.finish();
    Ok(())
}
