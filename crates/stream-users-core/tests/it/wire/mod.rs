//! For the same input our client sends what the official Python SDK sends: recorded requests of `getstream` 7.0.0, as data.
//!
//! What may differ: Python sends unset options of a query as `null`; its server token has no claims where ours has
//! `{"server":true}`; the client names itself; dates are written in another form of the same time.

mod compare;
mod requests;
mod tokens;

use serde_json::Value;

#[derive(serde::Deserialize)]
struct Recording {
    records: Vec<Record>,
}

/// One input, and what came of it: a request, a token, or neither where the SDK could not do it.
#[derive(serde::Deserialize)]
struct Record {
    operation: String,
    case: String,
    input: Value,
    request: Option<Value>,
    token: Option<Value>,
}

fn records() -> Vec<Record> {
    let recording: Recording =
        serde_json::from_str(include_str!("../../data/recorded_requests.json")).unwrap();
    recording.records
}
