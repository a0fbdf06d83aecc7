//! The way of a request through the emulator: authenticated, counted, read, routed to its operation, answered and
//! logged. Everything that holds for every operation stands here and nowhere else.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::auth::{self, Caller};
use crate::call::{Answer, Call};
use crate::clock::Nanos;
use crate::events;
use crate::jobs;
use crate::rate_limits::{Platform, Quota};
use crate::read::Query;
use crate::refusal::Refusal;
use crate::request_log::LoggedRequest;
use crate::router::Endpoint;

/// The largest body that is taken.
pub(crate) const LARGEST_BODY: usize = 4 << 20;
/// Answers a request that matches a route. `body` is what was received of it, or why it was not.
pub(crate) fn answer(
    app: &App,
    endpoint: Endpoint,
    id: String,
    parts: &Parts,
    body: Result<Bytes, Refusal>,
) -> Response {
    let (began, operation) = (Instant::now(), endpoint.route.operation);
    let now = app.clock.now();
    let platform = platform(parts);
    // Whoever may not call at all uses up nobody's quota.
    let mut quota = app.limits.peek(platform, operation.id, now);
    let count = || {
        let within;
        (within, quota) = app.limits.take(platform, operation.id, now);
        if within {
            return Ok(());
        }
        let seconds = quota.reset - now.div_euclid(crate::clock::SECOND);
        Err(Refusal::too_many(operation.id, seconds.max(1)))
    };
    let answer = run(app, endpoint, id, parts, body, now, count);
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

/// Refuses a request to a path that is not an operation's.
pub(crate) fn refuse(app: &App, parts: &Parts, refusal: Refusal, began: Instant) -> Response {
    let quota = app.limits.peek(platform(parts), "Request", app.clock.now());
    write("Request", StatusCode::OK, Err(refusal), quota, began.elapsed())
}

fn run(
    app: &App,
    endpoint: Endpoint,
    id: String,
    parts: &Parts,
    body: Result<Bytes, Refusal>,
    now: Nanos,
    count: impl FnOnce() -> Result<(), Refusal>,
) -> Answer {
    let operation = endpoint.route.operation;
    jobs::settle(app, now)?;
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    app.store.transact(|tx| {
        let caller = auth::authenticate(app, tx, &parts.headers, &query, operation, now)?;
        count()?;
        auth::authorize(tx, &caller, operation)?;
        let body = body?;
        let body = if operation.body {
            read_body(&body)?
        } else {
            Map::new()
        };
        let call = Call {
            app,
            operation,
            surface: endpoint.surface,
            caller,
            id,
            query: &query,
            body,
            now,
            origin: origin(parts),
        };
        let answer = (endpoint.route.handler)(&call, tx)?;
        events::publish(tx, app, || Some(request_info(parts, &call.caller)))?;
        Ok(answer)
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

/// What an event says of the request that caused it.
fn request_info(parts: &Parts, caller: &Caller) -> Value {
    let mut info = json!({
        "type": if *caller == Caller::Server { "server" } else { "client" },
        "ip": parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_canonical()),
        "user_agent": text(parts, header::USER_AGENT.as_str()).unwrap_or_default(),
        "sdk": text(parts, CLIENT).unwrap_or_default(),
    });
    if let (Some(ext), Value::Object(map)) = (text(parts, "x-stream-ext"), &mut info) {
        map.insert("ext".into(), json!(ext));
    }
    info
}

/// The header that names the SDK.
const CLIENT: &str = "x-stream-client";

fn text<'a>(parts: &'a Parts, header: &str) -> Option<&'a str> {
    parts.headers.get(header)?.to_str().ok()
}

fn platform(parts: &Parts) -> Platform {
    Platform::of_client(text(parts, CLIENT).unwrap_or_default())
}

fn origin(parts: &Parts) -> String {
    let host = text(parts, header::HOST.as_str());
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
