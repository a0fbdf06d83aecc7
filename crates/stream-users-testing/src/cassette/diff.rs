//! What differs between two requests, in words. Both are redacted, so that no word is a secret.

use serde_json::Value;

use super::exchange::{Body, Request};
use super::json::Json;

/// How many differences are named.
const MOST: usize = 5;
/// How much of a value is shown, in characters.
const LONGEST: usize = 60;

/// The headers that the answer depends on.
const TELLING: &[&str] = &["if-match", "range", "stream-auth-type"];

/// A text that equal requests have in common, and no others.
pub(super) fn key(request: &Request) -> String {
    let mut query: Vec<(&str, Value)> = request
        .query
        .iter()
        .map(|(name, value)| (&**name, value.to_value()))
        .collect();
    query.sort_by_cached_key(|(name, value)| (*name, value.to_string()));
    let body = match &request.body {
        Body::Json(json) => json.to_value(),
        other => Value::String(in_words(other)),
    };
    let is_json = matches!(request.body, Body::Json(_));
    let headers = telling(&request.headers);
    serde_json::json!([request.method, request.path, query, headers, is_json, body]).to_string()
}

fn telling(headers: &[(String, String)]) -> Vec<(String, String)> {
    let mut headers = headers.to_vec();
    headers.retain(|(name, _)| TELLING.contains(&&**name));
    headers.sort();
    headers
}

/// What differs: nothing where the requests are equal.
pub(super) struct Differences(Vec<String>);

impl Differences {
    pub(super) fn between(recorded: &Request, sent: &Request) -> Self {
        let mut found = Self(Vec::new());
        found.texts("the method", &recorded.method, &sent.method);
        found.texts("the path", &recorded.path, &sent.path);
        found.pairs("the query's ", &recorded.query, &sent.query, Json::to_value);
        let texts = |text: &String| Value::String(text.clone());
        let (recorded_headers, sent_headers) = (telling(&recorded.headers), telling(&sent.headers));
        found.pairs("the header ", &recorded_headers, &sent_headers, texts);
        match (&recorded.body, &sent.body) {
            (Body::Json(recorded), Body::Json(sent)) => {
                found.values("the body", &recorded.to_value(), &sent.to_value());
            }
            (recorded, sent) => found.texts("the body", &in_words(recorded), &in_words(sent)),
        }
        found
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    fn texts(&mut self, place: &str, recorded: &str, sent: &str) {
        if recorded != sent {
            self.0
                .push(format!("{place} was {} and is {}", cut(recorded), cut(sent)));
        }
    }

    fn pairs<T>(
        &mut self,
        place: &str,
        recorded: &[(String, T)],
        sent: &[(String, T)],
        value: impl Fn(&T) -> Value,
    ) {
        let map = |pairs: &[(String, T)]| -> Vec<(String, Value)> {
            let mut map: Vec<_> = pairs.iter().map(|(name, of)| (name.clone(), value(of))).collect();
            map.sort_by(|one, other| one.0.cmp(&other.0));
            map
        };
        let (recorded, sent) = (map(recorded), map(sent));
        let names =
            |pairs: &[(String, Value)]| pairs.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        if names(&recorded) != names(&sent) {
            let (recorded, sent) = (names(&recorded).join(", "), names(&sent).join(", "));
            let place = format!("{place}names");
            self.texts(&place, &recorded, &sent);
            return;
        }
        for ((name, recorded), (_, sent)) in recorded.iter().zip(&sent) {
            self.values(&format!("{place}{name}"), recorded, sent);
        }
    }

    fn values(&mut self, place: &str, recorded: &Value, sent: &Value) {
        match (recorded, sent) {
            (Value::Object(recorded), Value::Object(sent)) => {
                for (key, value) in recorded {
                    let place = format!("{place}.{key}");
                    match sent.get(key) {
                        Some(sent) => self.values(&place, value, sent),
                        None => self.0.push(format!("{place} is missing")),
                    }
                }
                for key in sent.keys().filter(|key| !recorded.contains_key(*key)) {
                    self.0.push(format!("{place}.{key} is new"));
                }
            }
            (Value::Array(recorded), Value::Array(sent)) if recorded.len() == sent.len() => {
                for (index, (recorded, sent)) in recorded.iter().zip(sent).enumerate() {
                    self.values(&format!("{place}[{index}]"), recorded, sent);
                }
            }
            (Value::Array(recorded), Value::Array(sent)) => {
                let (recorded, sent) = (recorded.len(), sent.len());
                self.0
                    .push(format!("{place} had {recorded} entries and has {sent}"));
            }
            (recorded, sent) => self.texts(place, &recorded.to_string(), &sent.to_string()),
        }
    }
}

fn in_words(body: &Body) -> String {
    match body {
        Body::Empty => "empty".to_owned(),
        Body::Json(_) => "JSON".to_owned(),
        Body::Length(length) => format!("{length} bytes"),
        Body::Text(text) => format!("{} bytes of text", text.len()),
    }
}

fn cut(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

impl std::fmt::Display for Differences {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown: Vec<String> = self.0.iter().take(MOST).map(|text| cut_more(text)).collect();
        f.write_str(&shown.join("; "))?;
        match self.0.len().saturating_sub(MOST) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

/// A place may be as long as its keys are.
fn cut_more(text: &str) -> String {
    let mut short: String = text.chars().take(4 * LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
