//! What was asked of the emulator: for tests that want to see what a client put on the wire.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::HeaderMap;
use http::request::Parts;
use serde_json::{Map, Value, json};

use crate::auth::Caller;
use crate::read::percent_decode;

/// How many requests are remembered; the oldest are forgotten.
const MOST: usize = 10_000;
/// How many bytes of methods, paths, queries and headers are remembered.
const MOST_BYTES: usize = 16 << 20;
/// The headers that are kept. `Authorization` is none of them.
const HEADERS: [&str; 10] = [
    "accept",
    "accept-encoding",
    "content-length",
    "content-type",
    "origin",
    "stream-auth-type",
    "user-agent",
    "x-client-request-id",
    "x-stream-client",
    "x-stream-ext",
];
/// The parameters of a query whose values are permissions.
const SECRET: [&str; 3] = ["authorization", "signature", "token"];

/// One request that was answered. No token is kept: no `Authorization`, no body, and of a query's parameters
/// `authorization`, `signature` and `token` no value, nor `json` if it holds a token.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoggedRequest {
    /// When it was answered, in nanoseconds since the epoch by the emulator's clock.
    pub time: i64,
    /// The method, in upper case.
    pub method: String,
    /// The path as it was sent, still percent-encoded.
    pub path: String,
    /// The query string as it was sent, without the question mark; a value that is a permission is `redacted`.
    pub query: String,
    /// Those of its headers that are kept, in lower case: `accept`, `accept-encoding`, `content-length`,
    /// `content-type`, `origin`, `stream-auth-type`, `user-agent`, `x-client-request-id`, `x-stream-client` and
    /// `x-stream-ext`. A header that was sent twice is there twice.
    pub headers: Vec<(&'static str, String)>,
    /// How long its body was, in bytes; 0 if it was refused for its body.
    pub body_bytes: usize,
    /// The name of the operation that answered, such as `upsert_users`; nothing if no operation did.
    pub operation: Option<&'static str>,
    /// Who sent it: `server`, `user` or `anonymous`; nothing if that was not found out.
    pub caller: Option<&'static str>,
    /// The user whose token it carried, if that token was valid.
    pub user_id: Option<String>,
    /// The status of the answer; 0 if a fault dropped the connection. A request that has become a WebSocket has 101, also if
    /// its client was refused in a message then, which [`code`](Self::code) says.
    pub status: u16,
    /// The code of the error that was answered.
    pub code: Option<i64>,
    /// How long the answer took once the request was received, without the latency of a fault.
    pub duration: Duration,
    /// What went wrong with it by a [fault](crate::Fault), in this order: `latency`, `drop_before`, `answer`, `error`,
    /// `drop_after`, `cut`, `invalid_json`, `not_json`, `task`. Empty if it suffered none. A request whose connection
    /// was dropped did its work if `drop_after` is there and it has no [`code`](Self::code).
    pub faults: Vec<&'static str>,
    /// How long a fault let it wait.
    pub latency: Duration,
}

impl LoggedRequest {
    /// What a request says of itself; the rest is still to be filled in.
    pub(crate) fn new(parts: &Parts) -> Self {
        Self {
            time: 0,
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: redacted(parts.uri.query().unwrap_or_default()),
            headers: kept(&parts.headers),
            body_bytes: 0,
            operation: None,
            caller: None,
            user_id: None,
            status: 0,
            code: None,
            duration: Duration::ZERO,
            faults: Vec::new(),
            latency: Duration::ZERO,
        }
    }

    pub(crate) fn sent_by(&mut self, caller: &Caller) {
        (self.caller, self.user_id) = match caller {
            Caller::Server => (Some("server"), None),
            Caller::User(id) => (Some("user"), Some(id.clone())),
            Caller::Anonymous => (Some("anonymous"), None),
        };
    }

    fn size(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(_, value)| value.len()).sum();
        let user = self.user_id.as_ref().map_or(0, String::len);
        self.method.len() + self.path.len() + self.query.len() + headers + user
    }

    pub(crate) fn to_json(&self) -> Value {
        let mut headers: Map<String, Value> = Map::new();
        for (name, value) in &self.headers {
            match headers.get_mut(*name) {
                Some(Value::String(values)) => *values = format!("{values}, {value}"),
                _ => {
                    headers.insert((*name).to_owned(), json!(value));
                }
            }
        }
        json!({
            "time": self.time,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": headers,
            "body_bytes": self.body_bytes,
            "operation": self.operation,
            "caller": self.caller,
            "user_id": self.user_id,
            "status": self.status,
            "code": self.code,
            "duration_ms": self.duration.as_secs_f64() * 1_000.0,
            "fault": !self.faults.is_empty(),
            "faults": self.faults,
            "latency_ms": self.latency.as_secs_f64() * 1_000.0,
        })
    }
}

fn kept(headers: &HeaderMap) -> Vec<(&'static str, String)> {
    let values = |name| headers.get_all(name).iter().map(move |value| (name, value));
    HEADERS
        .into_iter()
        .flat_map(values)
        .map(|(name, value)| (name, String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect()
}

fn is_secret(name: &str, value: &str) -> bool {
    let name = percent_decode(name).to_ascii_lowercase();
    // Who connects by long polling may have the token in its introduction.
    SECRET.contains(&name.as_str()) || (name == "json" && percent_decode(value).contains("token"))
}

fn redacted(query: &str) -> String {
    let pair = |pair| match str::split_once(pair, '=') {
        Some((name, value)) if is_secret(name, value) => Cow::Owned(format!("{name}=redacted")),
        _ => Cow::Borrowed(pair),
    };
    let pairs: Vec<Cow<'_, str>> = query.split('&').map(pair).collect();
    pairs.join("&")
}

#[derive(Debug, Default)]
pub(crate) struct RequestLog(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    requests: VecDeque<LoggedRequest>,
    /// The size of all of them.
    bytes: usize,
}

impl RequestLog {
    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, request: LoggedRequest) {
        let mut log = self.lock();
        log.bytes += request.size();
        log.requests.push_back(request);
        while log.requests.len() > MOST || log.bytes > MOST_BYTES {
            let Some(oldest) = log.requests.pop_front() else {
                break;
            };
            log.bytes -= oldest.size();
        }
    }

    pub(crate) fn all(&self) -> Vec<LoggedRequest> {
        self.lock().requests.iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        *self.lock() = Entries::default();
    }
}
