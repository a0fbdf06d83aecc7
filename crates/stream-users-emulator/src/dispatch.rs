//! The way of a request through the emulator: counted, authenticated, read, routed to its operation, answered and
//! logged. Everything that holds for every operation stands here and nowhere else.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::{Map, Value};
use stream_users_model::ErrorCode;

use crate::app::App;
use crate::auth;
use crate::call::{Answer, Call};
use crate::clock::Nanos;
use crate::jobs;
use crate::rate_limits::{Platform, Quota};
use crate::read::Query;
use crate::refusal::Refusal;
use crate::request_log::LoggedRequest;
use crate::routes::Route;

/// The largest body that is taken.
pub(crate) const LARGEST_BODY: usize = 4 << 20;
/// The largest body that is read to its end to be refused: a client that is cut off while it sends may miss the answer.
pub(crate) const LARGEST_REFUSED_BODY: usize = 64 << 20;

/// Answers a request that matches a route.
pub(crate) fn answer(app: &App, route: &'static Route, id: String, parts: &Parts, body: &Bytes) -> Response {
    let (began, operation) = (Instant::now(), route.operation);
    let now = app.clock.now();
    let platform = platform(parts);
    let (within, quota) = app.limits.take(platform, operation.id, now);
    let answer = if within {
        run(app, route, id, parts, body, now)
    } else {
        let mut refusal = Refusal::new(
            StatusCode::TOO_MANY_REQUESTS,
            ErrorCode::RATE_LIMIT,
            format!(
                "Too many requests for user endpoint {}, check response headers for more information.",
                operation.id
            ),
        );
        refusal.retry_after = Some((quota.reset - now.div_euclid(crate::clock::SECOND)).max(1));
        Err(refusal)
    };
    let success = match parts.method {
        Method::POST | Method::PUT => StatusCode::CREATED,
        _ => StatusCode::OK,
    };
    let response = write(operation.id, success, answer, quota, began.elapsed());
    log(app, parts, Some(operation.name), response.status());
    response
}

/// Answers a request that matches no route.
pub(crate) fn unmatched(app: &App, parts: &Parts) -> Response {
    let began = Instant::now();
    let (_, quota) = app.limits.take(platform(parts), "Request", app.clock.now());
    let response = write(
        "Request",
        StatusCode::OK,
        Err(Refusal::unknown_route()),
        quota,
        began.elapsed(),
    );
    log(app, parts, None, response.status());
    response
}

/// Answers a request whose body could not be received, or is larger than any body may be.
pub(crate) fn unreadable(app: &App, route: &'static Route, parts: &Parts) -> Response {
    let (began, operation) = (Instant::now(), route.operation);
    let (_, quota) = app.limits.take(platform(parts), operation.id, app.clock.now());
    let refusal = Refusal::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::PAYLOAD_TOO_BIG,
        "request body is too large",
    );
    let response = write(operation.id, StatusCode::OK, Err(refusal), quota, began.elapsed());
    log(app, parts, Some(operation.name), response.status());
    response
}

fn run(app: &App, route: &'static Route, id: String, parts: &Parts, body: &Bytes, now: Nanos) -> Answer {
    let operation = route.operation;
    app.store.transact(|tx| jobs::settle(tx, &app.settings, now))?;
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    app.store.transact(|tx| {
        let caller = auth::authenticate(app, tx, &parts.headers, &query, operation, now)?;
        auth::authorize(tx, &caller, operation)?;
        let body = if operation.body {
            read_body(body)?
        } else {
            Map::new()
        };
        let call = Call {
            app,
            operation,
            caller,
            id,
            query: &query,
            body,
            now,
            origin: origin(parts),
        };
        (route.handler)(&call, tx)
    })
}

/// The body as a JSON object. No body at all is an empty one.
fn read_body(body: &Bytes) -> Result<Map<String, Value>, Refusal> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(Value::Null) => Ok(Map::new()),
        _ => Err(Refusal::invalid_json()),
    }
}

fn platform(parts: &Parts) -> Platform {
    let client = parts
        .headers
        .get("x-stream-client")
        .and_then(|value| value.to_str().ok());
    Platform::of_client(client.unwrap_or_default())
}

fn origin(parts: &Parts) -> String {
    let host = parts
        .headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok());
    let authority = parts
        .uri
        .authority()
        .map(http::uri::Authority::as_str)
        .or(host)
        .unwrap_or("localhost");
    format!("{}://{authority}", parts.uri.scheme_str().unwrap_or("http"))
}

fn write(
    operation_id: &str,
    success: StatusCode,
    answer: Answer,
    quota: Quota,
    duration: Duration,
) -> Response {
    let (status, mut body, retry_after) = match answer {
        Ok(body) => (success, body, None),
        Err(refusal) => (refusal.status, refusal.body(operation_id), refusal.retry_after),
    };
    body.insert(
        "duration".into(),
        Value::from(format!("{:.2}ms", duration.as_secs_f64() * 1_000.0)),
    );
    let mut response = Response::new(Body::from(Value::Object(body).to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    headers.insert("x-ratelimit-limit", HeaderValue::from(quota.limit));
    headers.insert("x-ratelimit-remaining", HeaderValue::from(quota.remaining));
    headers.insert("x-ratelimit-reset", HeaderValue::from(quota.reset));
    if let Some(seconds) = retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn log(app: &App, parts: &Parts, operation: Option<&'static str>, status: StatusCode) {
    app.log.add(LoggedRequest {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        operation,
        status: status.as_u16(),
    });
}
