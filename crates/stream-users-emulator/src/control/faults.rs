//! `/_emulator/faults`: [`Fault`](crate::Fault) as JSON.

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::read;
use crate::app::App;
use crate::error::Result;
use crate::faults::{Drop, ErrorAnswer, Fault, Spoilt, TaskError};
use crate::routes::EVERY;

/// A fault and the operation that it waits for.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Waiting {
    #[serde(default = "every")]
    operation: String,
    #[serde(default, skip_serializing_if = "is_zero")]
    latency_ms: u64,
    /// The longest, where it is not always the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_up_to_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<Drop>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorAnswer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Spoilt>,
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<TaskError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<u64>,
    #[serde(default)]
    until_cleared: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    chance: Option<f64>,
}

fn every() -> String {
    EVERY.to_owned()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

pub(super) fn add(app: &App, body: &Bytes) -> Result<Value> {
    let waiting: Waiting = read(body)?;
    let times = (!waiting.until_cleared).then(|| waiting.times.unwrap_or(1));
    let fault = Fault {
        latency: Duration::from_millis(waiting.latency_ms),
        latency_up_to: Duration::from_millis(waiting.latency_up_to_ms.unwrap_or(waiting.latency_ms)),
        connection: waiting.connection,
        error: waiting.error,
        body: waiting.body,
        task: waiting.task,
        times,
        chance: waiting.chance,
    };
    app.faults.add(&waiting.operation, fault)?;
    Ok(json!({ "status": "ok" }))
}

pub(super) fn list(app: &App) -> Value {
    let waiting = app.faults.all().into_iter().map(|(operation, fault)| Waiting {
        operation: operation.to_owned(),
        latency_ms: millis(fault.latency),
        latency_up_to_ms: (fault.latency_up_to > fault.latency).then(|| millis(fault.latency_up_to)),
        connection: fault.connection,
        error: fault.error,
        body: fault.body,
        task: fault.task,
        times: fault.times,
        until_cleared: fault.times.is_none(),
        chance: fault.chance,
    });
    json!({ "faults": waiting.collect::<Vec<Waiting>>() })
}
