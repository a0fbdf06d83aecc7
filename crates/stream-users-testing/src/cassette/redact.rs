//! [`Redactor`]: a value without what it says. What may be kept stands in `tables` and in the caller's `redaction`.

use std::str::FromStr as _;
use std::sync::{Mutex, PoisonError};

use http::Uri;
use serde_json::Number;
use stream_users_model::Timestamp;

use super::json::Json;
use super::redaction::Redaction;
use super::rule::{Operand, Rule, Table};
use super::tables::{DELETED, USER};

/// What stands for a text.
pub(super) const REDACTED: &str = "redacted";

/// Where the files of exports lie in a cassette: nowhere, since `.invalid` is no domain.
const PLACE: &str = "https://redacted.invalid/";

/// The addresses of files and what tells their contents apart, in the order in which answers named them. The secrets
/// themselves stay in memory; a cassette has their numbers.
///
/// Each list is locked for as long as one text is looked up, and never while a function of the caller's runs.
#[derive(Default)]
pub(super) struct Known {
    addresses: Mutex<Vec<String>>,
    tags: Mutex<Vec<String>>,
}

impl Known {
    /// What stands for the address of a file; of one that no answer has named, what stands for all of those.
    pub(super) fn address(&self, address: &str, is_answer: bool) -> String {
        let is_redacted = |rest: &str| rest == "elsewhere" || is_numbered(rest, "file-");
        if address.is_empty() || address.strip_prefix(PLACE).is_some_and(is_redacted) {
            return address.to_owned();
        }
        // As a request has it, which is not always how it was written.
        let address = Uri::from_str(address).map_or_else(|_| address.to_owned(), |uri| uri.to_string());
        match number(&self.addresses, address, is_answer) {
            Some(number) => format!("{PLACE}file-{number}"),
            None => format!("{PLACE}elsewhere"),
        }
    }

    /// What stands for the tag of a content; a weak one stays weak.
    pub(super) fn tag(&self, tag: &str, is_answer: bool) -> String {
        let weak = if tag.starts_with("W/") { "W/" } else { "" };
        let inner = tag[weak.len()..]
            .strip_prefix('"')
            .and_then(|inner| inner.strip_suffix('"'));
        if inner.is_some_and(|inner| inner == REDACTED || is_numbered(inner, "redacted-")) {
            return tag.to_owned();
        }
        match number(&self.tags, tag.to_owned(), is_answer) {
            Some(number) => format!("{weak}\"{REDACTED}-{number}\""),
            None => format!("{weak}\"{REDACTED}\""),
        }
    }
}

/// Whether a text is what [`Known`] makes: the name and a number.
fn is_numbered(text: &str, name: &str) -> bool {
    text.strip_prefix(name)
        .is_some_and(|number| number.len() <= 20 && number.parse::<u64>().is_ok())
}

/// Which of the known ones a text is, counted from 1; one that is not known yet is added where it is to be learnt.
fn number(known: &Mutex<Vec<String>>, text: String, learn: bool) -> Option<usize> {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(index) = known.iter().position(|other| *other == text) {
        return Some(index + 1);
    }
    if learn {
        known.push(text);
        return Some(known.len());
    }
    None
}

/// Redacts bodies and queries.
pub(super) struct Redactor<'r> {
    redaction: &'r Redaction,
    known: &'r Known,
    is_answer: bool,
    /// Nothing may become longer.
    fits: bool,
    /// Where the value stands, for the caller's function.
    place: Vec<String>,
}

impl<'r> Redactor<'r> {
    pub(super) fn new(redaction: &'r Redaction, known: &'r Known, is_answer: bool) -> Self {
        Self {
            redaction,
            known,
            is_answer,
            fits: false,
            place: Vec::new(),
        }
    }

    /// Makes nothing longer than it was: short texts become shorter ones, booleans `true`.
    pub(super) fn fitting(mut self) -> Self {
        self.fits = true;
        self
    }

    /// A value that stands under `name`.
    pub(super) fn named(&mut self, name: &str, rule: Rule, value: &Json) -> Json {
        self.place.push(name.to_owned());
        let redacted = self.value(rule, value);
        self.place.pop();
        redacted
    }

    pub(super) fn value(&mut self, rule: Rule, value: &Json) -> Json {
        match value {
            Json::Null => Json::Null,
            Json::Array(entries) => {
                // A list of users is no map of them.
                let rule = match rule {
                    Rule::Users => Rule::Fields(&USER),
                    rule => rule,
                };
                let mut redacted = Vec::with_capacity(entries.len());
                for (index, entry) in entries.iter().enumerate() {
                    redacted.push(self.named(&index.to_string(), rule, entry));
                }
                Json::Array(redacted)
            }
            Json::Object(entries) => self.object(rule, entries),
            leaf => self.leaf(rule, leaf),
        }
    }

    fn object(&mut self, of: Rule, entries: &[(String, Json)]) -> Json {
        let mut redacted = Vec::with_capacity(entries.len());
        let mut hidden = 0;
        for (key, value) in entries {
            let (is_id, rule) = match of {
                Rule::Map(of) => (true, Some(*of)),
                Rule::Users => (true, Some(Rule::Fields(&USER))),
                Rule::TaskResult => of_task(key, value),
                // In the file of an export, custom data stand beside the other fields.
                Rule::Fields(table) => match table.known(key) {
                    None if self.is_kept(table, key) => (false, None),
                    known => (false, Some(known.unwrap_or(Rule::Redact))),
                },
                Rule::Custom if self.redaction.keeps(key) => (false, None),
                Rule::Set => (false, self.settable(key)),
                Rule::Filter => (false, self.condition(key)),
                Rule::Each(of) => (false, Some(*of)),
                Rule::Condition(_) if key == "$exists" => (false, Some(Rule::Plain)),
                // What a field may keep, each operand of a condition on it may.
                Rule::Condition(of) if key.starts_with('$') => (false, Some(of.rule())),
                _ => (false, Some(Rule::Redact)),
            };
            let name = if is_id {
                self.redaction.id(key)
            } else if rule.is_none() || is_field_name(key) {
                key.clone()
            } else {
                hidden += 1;
                self.hidden(key, hidden)
            };
            let mut value = match rule {
                Some(rule) => self.named(&name, rule, value),
                None => value.clone(),
            };
            if let (Rule::Condition(_), "$in" | "$nin", Json::Array(operands)) = (of, &*name, &mut value) {
                // They are a set, which a client may send in any order.
                operands.sort_by_cached_key(|operand| operand.to_value().to_string());
            }
            redacted.push((name, value));
        }
        Json::Object(redacted)
    }

    /// What stands for a key: its number among those of its object that are hidden.
    fn hidden(&self, key: &str, number: usize) -> String {
        let names = [format!("{REDACTED}-{number}"), number.to_string()];
        let mut names = names.into_iter();
        let fitting = names.find(|name| !self.fits || name.len() <= key.len());
        fitting.unwrap_or_default()
    }

    /// Whether a field that no user has is one of custom data that are kept. A message's text must not pass for one.
    fn is_kept(&self, table: &Table, key: &str) -> bool {
        std::ptr::eq(table, &raw const USER) && self.redaction.keeps(key) && !is_personal(key)
    }

    /// What a partial update may keep of what it sets; `None` where it is kept.
    fn settable(&self, key: &str) -> Option<Rule> {
        match USER.known(key) {
            Some(rule) => Some(rule),
            None if self.redaction.keeps(key) && !is_personal(key) => None,
            None => Some(Rule::Redact),
        }
    }

    /// What a condition on `key` may keep; `None` where it is kept.
    fn condition(&self, key: &str) -> Option<Rule> {
        match key {
            "$and" | "$or" | "$nor" | "$not" => Some(Rule::Filter),
            key => self.settable(key).map(|rule| Rule::Condition(Operand::of(rule))),
        }
    }

    fn leaf(&mut self, rule: Rule, leaf: &Json) -> Json {
        if let Some(hook) = self.redaction.value_hook() {
            if let Some(value) = hook(&self.place.join("."), &leaf.to_value()) {
                return value.into();
            }
        }
        let rule = match rule {
            Rule::Condition(of) => of.rule(),
            rule => rule,
        };
        match (rule, leaf) {
            (_, Json::String(text)) => Json::String(self.text(rule, text)),
            (Rule::Plain, leaf) => leaf.clone(),
            (Rule::Time, Json::Number(number)) if number.is_i64() || number.is_u64() => leaf.clone(),
            (_, Json::Number(number)) => Json::Number(zero(number)),
            _ => Json::Bool(self.fits),
        }
    }

    fn text(&mut self, rule: Rule, text: &str) -> String {
        let is_kept = match rule {
            _ if text.is_empty() => true,
            Rule::Id => return self.redaction.id(text),
            Rule::Address => return self.known.address(text, self.is_answer),
            Rule::Word => is_word(text),
            Rule::Language => {
                matches!(text.len(), 2 | 3) && text.bytes().all(|byte| byte.is_ascii_alphabetic())
            }
            Rule::Time => Timestamp::from_str(text).is_ok(),
            Rule::Name => is_field_name(text),
            _ => false,
        };
        if is_kept {
            return text.to_owned();
        }
        let length = if self.fits {
            REDACTED.len().min(text.len())
        } else {
            REDACTED.len()
        };
        REDACTED[..length].to_owned()
    }
}

/// What a task's result holds under a key: a file, users, or what became of a user.
fn of_task(key: &str, value: &Json) -> (bool, Option<Rule>) {
    match (key, value) {
        ("url", Json::String(_)) => (false, Some(Rule::Address)),
        ("users", Json::Array(_)) => (false, Some(Rule::Users)),
        (_, Json::Object(_)) if value.get("status").is_some() => (true, Some(Rule::Fields(&DELETED))),
        _ => (false, Some(Rule::Redact)),
    }
}

/// Built-in fields that are never kept, though a field of custom data may have the name.
fn is_personal(key: &str) -> bool {
    matches!(key, "name" | "image")
}

fn zero(number: &Number) -> Number {
    if number.is_f64() {
        Number::from_f64(0.0).unwrap_or_else(|| Number::from(0))
    } else {
        Number::from(0)
    }
}

/// Whether a text is one of the service's words, such as `admin`, `completed` or `16.7ms`.
pub(super) fn is_word(text: &str) -> bool {
    text.len() <= 64
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_.-µ".contains(c))
}

/// Whether a key or a text may be the name of a field: what no address, phone number, token, UUID or sentence is.
pub(super) fn is_field_name(text: &str) -> bool {
    text.len() <= 64
        && text.bytes().filter(u8::is_ascii_digit).count() <= 4
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || "_$".contains(c))
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c) || c == '$')
}
