//! What was asked of the emulator: for tests that want to see what a client put on the wire.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

/// How many requests are remembered; the oldest are forgotten.
const MOST: usize = 10_000;
/// How many bytes of methods, paths and queries are remembered.
const MOST_BYTES: usize = 16 << 20;

/// One request that was answered. No header and no body is kept, so that no token is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoggedRequest {
    /// The method, in upper case.
    pub method: String,
    /// The path as it was sent, still percent-encoded.
    pub path: String,
    /// The query string as it was sent, without the question mark.
    pub query: String,
    /// The name of the operation that answered, such as `upsert_users`; nothing if no operation did.
    pub operation: Option<&'static str>,
    /// The status of the answer.
    pub status: u16,
}

impl LoggedRequest {
    fn size(&self) -> usize {
        self.method.len() + self.path.len() + self.query.len()
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "operation": self.operation,
            "status": self.status,
        })
    }
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

    pub(crate) fn reset(&self) {
        *self.lock() = Entries::default();
    }
}
