//! `/_emulator/faults`: [`Fault`](crate::Fault) as JSON.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::read;
use crate::app::App;
use crate::error::{Error, Result};
use crate::faults::{Drop, ErrorAnswer, Exactly, Fault, Spoilt, TaskError};
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
    answer: Option<Answer>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
}

/// An answer in place of the service's. Its body is a text, or base64 of bytes that are none.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    status: u16,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, Texts>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    body: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
}

/// The value of a header, or its values where it is there more than once.
#[derive(Debug, Deserialize, Serialize)]
#[serde(untagged)]
enum Texts {
    One(String),
    Many(Vec<String>),
}

impl Answer {
    fn read(self) -> Result<Exactly> {
        let wrong = |what: String| Error::Fault(what);
        let status = StatusCode::from_u16(self.status)
            .map_err(|_| wrong(format!("answer.status must be a status and is {}", self.status)))?;
        let mut headers = HeaderMap::new();
        for (name, texts) in self.headers {
            let header = HeaderName::try_from(&name)
                .map_err(|_| wrong(format!("answer.headers: {name:?} is no name of a header")))?;
            let texts = match texts {
                Texts::One(text) => vec![text],
                Texts::Many(texts) => texts,
            };
            for text in texts {
                let value = HeaderValue::try_from(text).map_err(|_| {
                    wrong(format!(
                        "answer.headers: the value of {name} cannot stand in a header"
                    ))
                })?;
                headers.append(header.clone(), value);
            }
        }
        let body = match self.body_base64 {
            None => Bytes::from(self.body),
            Some(_) if !self.body.is_empty() => {
                return Err(wrong(
                    "answer has a body and a body_base64; leave one out".to_owned(),
                ));
            }
            Some(text) => STANDARD
                .decode(text)
                .map_err(|error| wrong(format!("answer.body_base64 is no base64: {error}")))?
                .into(),
        };
        Ok(Exactly {
            status,
            headers,
            body,
        })
    }

    fn write(answer: &Exactly) -> Self {
        let mut headers = BTreeMap::new();
        for name in answer.headers.keys() {
            let values = answer.headers.get_all(name).iter();
            let mut values: Vec<String> = values
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
                .collect();
            let texts = match values.pop() {
                Some(only) if values.is_empty() => Texts::One(only),
                last => {
                    values.extend(last);
                    Texts::Many(values)
                }
            };
            headers.insert(name.as_str().to_owned(), texts);
        }
        let (body, body_base64) = match String::from_utf8(answer.body.to_vec()) {
            Ok(text) => (text, None),
            Err(bytes) => (String::new(), Some(STANDARD.encode(bytes.as_bytes()))),
        };
        Self {
            status: answer.status.as_u16(),
            headers,
            body,
            body_base64,
        }
    }
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
        answer: waiting.answer.map(Answer::read).transpose()?,
        error: waiting.error,
        body: waiting.body,
        task: waiting.task,
        times,
        chance: waiting.chance,
        path: waiting.path,
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
        answer: fault.answer.as_ref().map(Answer::write),
        error: fault.error,
        body: fault.body,
        task: fault.task,
        times: fault.times,
        until_cleared: fault.times.is_none(),
        chance: fault.chance,
        path: fault.path,
    });
    json!({ "faults": waiting.collect::<Vec<Waiting>>() })
}
