//! Reads changes of settings, checks those that the service knows, and keeps them.

use rusqlite::Transaction;
use serde_json::{Map, Value, json};

use super::known::{KNOWN, Kind};
use crate::clock::Nanos;
use crate::read::{DEEPEST, Fields, Problems, can_be_kept};
use crate::store::app_settings;

/// The kinds of hooks.
const HOOK_TYPES: [&str; 4] = ["webhook", "sqs", "sns", "pending_message"];

/// Reads the settings of a request, times as integers of nanoseconds. Null says nothing, but for a time, where it says
/// that there is none.
pub(crate) fn read(body: &Map<String, Value>, now: Nanos, problems: &mut Problems) -> Map<String, Value> {
    for (name, value) in body {
        if !can_be_kept(name, value) {
            problems.add(
                name,
                format!("{name:?} is nested deeper than {DEEPEST} levels or has a key with a NUL character"),
            );
        }
    }
    let mut changes = body.clone();
    let mut fields = Fields::new("", body);
    for (name, kind) in KNOWN {
        if let Some(value) = read_one(&mut fields, name, kind, now, problems) {
            changes.insert(name.to_owned(), value);
        } else if !matches!(kind, Kind::Time) {
            changes.remove(name);
        }
    }
    changes.retain(|name, value| !value.is_null() || is_time(name));
    changes
}

fn is_time(name: &str) -> bool {
    KNOWN
        .iter()
        .any(|(known, kind)| *known == name && matches!(kind, Kind::Time))
}

fn read_one(
    fields: &mut Fields<'_>,
    name: &'static str,
    kind: Kind,
    now: Nanos,
    problems: &mut Problems,
) -> Option<Value> {
    match kind {
        Kind::Flag => fields.boolean(name, problems).map(Value::from),
        Kind::Text => fields.string(name, problems).map(Value::from),
        Kind::OneOf(words) => fields.one_of(name, words, problems).map(Value::from),
        Kind::Time => fields.revocation(name, problems).map(Value::from),
        Kind::Map => fields.object(name, problems).cloned().map(Value::Object),
        Kind::Number(least, most) => {
            let number = fields.integer(name, problems)?;
            if number < least {
                problems.say(name, &format!("must be {least} or greater"));
            } else if number > most {
                problems.say(name, &format!("must be {most} or less"));
            }
            Some(Value::from(number))
        }
        Kind::Texts(most) => {
            let texts = fields.strings(name, problems)?;
            if texts.len() > most {
                problems.say(name, &format!("must be {most} or less"));
            }
            Some(Value::from(texts))
        }
        Kind::Grants => {
            let grants = fields.object(name, problems)?;
            for (role, granted) in grants {
                let granted = granted.as_array();
                if !granted.is_some_and(|granted| granted.iter().all(Value::is_string)) {
                    problems.say(&format!("{name}.{role}"), "must be a list of permissions");
                }
            }
            Some(Value::Object(grants.clone()))
        }
        Kind::Hooks => {
            let hooks = fields.array(name, problems)?;
            let hooks = hooks.iter().enumerate();
            let hooks =
                hooks.map(|(index, hook)| read_hook(&format!("{name}[{index}]"), hook, now, problems));
            Some(Value::Array(hooks.collect()))
        }
    }
}

/// A hook with an id and times, those that it had if it was there before.
fn read_hook(at: &str, hook: &Value, now: Nanos, problems: &mut Problems) -> Value {
    let Some(map) = hook.as_object() else {
        problems.wrong_type(at, hook, "object");
        return Value::Null;
    };
    let mut fields = Fields::new(at, map);
    let id = fields.string("id", problems).filter(|id| !id.is_empty());
    let id = id.map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned);
    fields.one_of("hook_type", &HOOK_TYPES, problems);
    fields.boolean("enabled", problems);
    fields.strings("event_types", problems);
    fields.string("webhook_url", problems);
    let created_at = fields.time("created_at", problems).unwrap_or(now);
    fields.time("updated_at", problems);
    let mut hook = map.clone();
    hook.retain(|_, value| !value.is_null());
    hook.insert("id".to_owned(), json!(id));
    hook.insert("created_at".to_owned(), json!(created_at));
    hook.insert("updated_at".to_owned(), json!(now));
    Value::Object(hook)
}

/// Keeps changes that were read; `start` are the settings that the emulator was started with.
pub(crate) fn save(
    tx: &Transaction<'_>,
    start: &Map<String, Value>,
    changes: &Map<String, Value>,
) -> rusqlite::Result<()> {
    let before = app_settings::all(tx)?;
    for (name, value) in changes {
        let known = KNOWN.iter().find(|(known, _)| known == name);
        let merges = matches!(known, Some((_, Kind::Map | Kind::Grants)));
        let before = before.get(name).or_else(|| start.get(name)).filter(|_| merges);
        match (before.and_then(Value::as_object), value.as_object()) {
            (Some(before), Some(value)) => {
                let mut both = before.clone();
                both.extend(value.clone());
                app_settings::save(tx, name, &Value::Object(both))?;
            }
            _ => app_settings::save(tx, name, value)?,
        }
    }
    Ok(())
}
