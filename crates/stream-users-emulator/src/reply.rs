//! How an answer is written: its status, its body in the envelope, and the headers that every answer has.

use std::time::Duration;

use http::{HeaderValue, Response, StatusCode, header};
use serde_json::Value;

use crate::call::Answer;
use crate::faults::Spoilt;
use crate::rate_limits::Quota;

/// What a proxy answers.
const PAGE: &str = "<html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>\n";

/// Does to an answer what a fault does to it, but for what is done where it is sent.
pub(crate) fn spoil(body: &mut String, spoilt: Option<Spoilt>) {
    match spoilt {
        Some(Spoilt::InvalidJson) => drop(body.pop()),
        Some(Spoilt::NotJson) => PAGE.clone_into(body),
        Some(Spoilt::Cut) | None => {}
    }
}

/// Writes what the operation of this id has come to. `success` is the status of an answer that is no refusal; `spoilt`
/// is what a fault does to the body.
pub(crate) fn write(
    operation_id: &str,
    success: StatusCode,
    answer: Answer,
    quota: Quota,
    duration: Duration,
    spoilt: Option<Spoilt>,
) -> Response<String> {
    let (status, mut body, retry_after) = match answer {
        Ok(body) => (success, body, None),
        Err(refusal) => (refusal.status, refusal.body(operation_id), refusal.retry_after),
    };
    body.insert(
        "duration".into(),
        Value::from(format!("{:.2}ms", duration.as_secs_f64() * 1_000.0)),
    );
    // Nothing of this can fail to be JSON; a `Display` writes it more slowly.
    let mut body = serde_json::to_string(&body).unwrap_or_default();
    spoil(&mut body, spoilt);
    let content_type = HeaderValue::from_static(match spoilt {
        Some(Spoilt::NotJson) => "text/html; charset=utf-8",
        _ => "application/json; charset=utf-8",
    });
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, content_type);
    headers.insert("x-ratelimit-limit", HeaderValue::from(quota.limit));
    headers.insert("x-ratelimit-remaining", HeaderValue::from(quota.remaining));
    headers.insert("x-ratelimit-reset", HeaderValue::from(quota.reset));
    if let Some(seconds) = retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
