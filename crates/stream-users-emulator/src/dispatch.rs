//! The way of a request through the emulator: authenticated, counted, read, routed to its operation, answered and
//! logged. Everything that holds for every operation stands here and nowhere else.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;
use http::uri::Authority;
use http::{Method, StatusCode, header};
use rusqlite::Transaction;
use serde_json::{Map, Value, json};
use stream_users_model::Operation;

use crate::app::App;
use crate::app_settings::AppSettings;
use crate::auth::{self, Caller, Credentials};
use crate::call::Call;
use crate::events;
use crate::faults::{ErrorAnswer, Fault, Spoilt};
use crate::gate::Break;
use crate::jobs;
use crate::live::long_poll;
use crate::platform::Platform;
use crate::rate_limits::{Counted, Quota};
use crate::read::Query;
use crate::refusal::Refusal;
use crate::reply;
use crate::request_log::LoggedRequest;
use crate::router::Endpoint;
use crate::routes::LONG_POLL;
use crate::surface::Surface;
use crate::usage;

/// The largest body that is taken.
pub(crate) const LARGEST_BODY: usize = 4 << 20;
/// What stands for the operation's id where there is no operation.
pub(crate) const UNMATCHED: &str = "Request";

/// Answers a request that matches a route. `body` is what was received of it, or why it was not; `fault` is what goes
/// wrong with it.
pub(crate) fn answer(
    app: &App,
    endpoint: Endpoint,
    id: String,
    parts: &Parts,
    body: Result<Bytes, Refusal>,
    fault: &Fault,
) -> Response {
    let (began, operation) = (Instant::now(), endpoint.route.operation);
    let body_bytes = body.as_ref().map_or(0, Bytes::len);
    let request = if *operation == LONG_POLL {
        Arrived {
            fault,
            ..long_poll::arrived(parts, endpoint.surface)
        }
    } else {
        Arrived {
            operation,
            surface: endpoint.surface,
            credentials: Credentials::of_headers(&parts.headers),
            id,
            parts,
            // Others need not wait while it is read; whether it can be is not said to whom is not allowed to send it.
            body: body.and_then(|body| {
                if operation.body {
                    read_body(&body)
                } else {
                    Ok(Map::new())
                }
            }),
            fault,
        }
    };
    let Done { entry, quota, answer } = perform(app, request, body_bytes, endpoint.route.handler);
    let success = match parts.method {
        Method::POST | Method::PUT => StatusCode::CREATED,
        _ => StatusCode::OK,
    };
    let response = reply::write(operation.id, success, answer, quota, began.elapsed(), fault.body);
    log(app, entry, response, began, fault)
}

/// A request as it has arrived, and what goes wrong with it.
pub(crate) struct Arrived<'a> {
    pub(crate) operation: &'static Operation,
    pub(crate) surface: Surface,
    pub(crate) credentials: Credentials,
    /// The decoded variable segment of the path.
    pub(crate) id: String,
    pub(crate) parts: &'a Parts,
    /// What the operation is given; empty if it takes no body.
    pub(crate) body: Result<Map<String, Value>, Refusal>,
    pub(crate) fault: &'a Fault,
}

/// What a request has come to.
pub(crate) struct Done<T> {
    /// What is to be logged of it, still without the answer's status.
    pub(crate) entry: LoggedRequest,
    pub(crate) quota: Quota,
    pub(crate) answer: Result<T, Refusal>,
}

/// Does the work of an operation for whoever may call it, and counts the request.
pub(crate) fn perform<T>(
    app: &App,
    request: Arrived<'_>,
    body_bytes: usize,
    work: impl FnOnce(&Call<'_>, &Transaction<'_>) -> Result<T, Refusal>,
) -> Done<T> {
    let (parts, operation, fault) = (request.parts, request.operation, request.fault);
    let platform = platform(parts);
    let mut entry = LoggedRequest {
        operation: Some(operation.name),
        body_bytes,
        ..LoggedRequest::new(parts)
    };
    // Whoever may not call at all uses up nobody's quota.
    let mut quota = app.limits.peek(platform, operation.id, &app.clock);
    let answer = if let Some(error) = &fault.error {
        if error.status == StatusCode::TOO_MANY_REQUESTS {
            quota.remaining = 0;
        }
        Err(error.refusal())
    } else {
        let admit = |caller: &Caller| {
            entry.sent_by(caller);
            let user = match caller {
                Caller::User(id) => Some(id.as_str()),
                Caller::Server | Caller::Anonymous => None,
            };
            let verdict = app.limits.take(
                Counted {
                    platform,
                    operation_id: operation.id,
                    user,
                },
                &app.clock,
            );
            quota = verdict.quota;
            match verdict.refused {
                None => Ok(()),
                Some(seconds) => Err(Refusal::too_many(operation.id, seconds)),
            }
        };
        run(app, request, admit, work)
    };
    entry.code = answer.as_ref().err().map(|refusal| refusal.code.get());
    Done { entry, quota, answer }
}

/// Finds out whether a request will be refused for who sends it, without counting it or doing anything.
pub(crate) fn identify(app: &App, request: &Arrived<'_>) -> Result<Caller, Refusal> {
    let query = Query::parse(request.parts.uri.query().unwrap_or_default());
    app.store.transact(|tx| {
        let settings = &AppSettings::load(tx, &app.settings.app)?;
        let (credentials, operation) = (&request.credentials, request.operation);
        let now = app.clock.now();
        let caller = auth::authenticate(app, tx, settings, credentials, &query, operation, now)?;
        auth::authorize(tx, &caller, operation)?;
        Ok(caller)
    })
}

/// Answers a request that matches no route.
pub(crate) fn unmatched(app: &App, parts: &Parts, fault: &Fault) -> Response {
    let began = Instant::now();
    let request = Counted {
        platform: platform(parts),
        operation_id: UNMATCHED,
        user: None,
    };
    let quota = app.limits.take(request, &app.clock).quota;
    let error = fault.error.as_ref();
    let refusal = error.map_or_else(Refusal::unknown_route, ErrorAnswer::refusal);
    let mut entry = LoggedRequest::new(parts);
    entry.code = Some(refusal.code.get());
    let response = reply::write(
        UNMATCHED,
        StatusCode::OK,
        Err(refusal),
        quota,
        began.elapsed(),
        fault.body,
    );
    log(app, entry, response, began, fault)
}

/// Refuses a request to a path that is not an operation's.
pub(crate) fn refuse(app: &App, parts: &Parts, refusal: Refusal, began: Instant) -> Response {
    refuse_from(app, platform(parts), refusal, began.elapsed()).map(Body::from)
}

/// Refuses what HTTP could not read as a request.
pub(crate) fn refuse_unread(app: &App, status: StatusCode) -> http::Response<String> {
    refuse_from(app, Platform::ServerSide, Refusal::unread(status), Duration::ZERO)
}

fn refuse_from(
    app: &App,
    platform: Platform,
    refusal: Refusal,
    duration: Duration,
) -> http::Response<String> {
    let quota = app.limits.peek(platform, UNMATCHED, &app.clock);
    reply::write(UNMATCHED, StatusCode::OK, Err(refusal), quota, duration, None)
}

/// Does nothing, and gives an answer that will not arrive or that is the fault's own.
pub(crate) fn without_work(
    app: &App,
    operation: Option<&'static str>,
    parts: &Parts,
    fault: &Fault,
) -> Response {
    let entry = LoggedRequest {
        operation,
        ..LoggedRequest::new(parts)
    };
    let mut response = http::Response::default();
    if let Some(answer) = &fault.answer {
        *response.status_mut() = answer.status;
        // It takes the place of what the router makes of the answer, which may be packed.
        response.extensions_mut().insert(answer.clone());
    }
    log(app, entry, response, Instant::now(), fault)
}

fn run<T>(
    app: &App,
    request: Arrived<'_>,
    admit: impl FnOnce(&Caller) -> Result<(), Refusal>,
    work: impl FnOnce(&Call<'_>, &Transaction<'_>) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let Arrived {
        operation,
        surface,
        credentials,
        id,
        parts,
        body,
        fault,
    } = request;
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    let settle = |tx: &Transaction<'_>| jobs::settle_in(tx, app, app.clock.now());
    app.store.transact_after(settle, |settled, tx| {
        // Where the disk is full, what is stored can still be read; what is due is done later.
        if parts.method != Method::GET {
            settled?;
        }
        // Requests wait for each other until here: the one that comes later is not dated before the other.
        let now = app.clock.now();
        let app_settings = &AppSettings::load(tx, &app.settings.app)?;
        let caller = auth::authenticate(app, tx, app_settings, &credentials, &query, operation, now)?;
        admit(&caller)?;
        auth::authorize(tx, &caller, operation)?;
        let body = body?;
        let call = Call {
            app,
            operation,
            surface,
            caller,
            token: &credentials.token,
            app_settings,
            id,
            query: &query,
            body,
            now,
            task_fault: fault.task.as_ref(),
            origin: origin(parts),
        };
        let answer = work(&call, tx)?;
        events::publish(tx, app, || Some(request_info(parts, &call.caller)))?;
        if let Caller::User(id) = &call.caller {
            usage::record(tx, id, now)?;
        }
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
        "sdk": client(parts),
    });
    if let (Some(ext), Value::Object(map)) = (text(parts, "x-stream-ext"), &mut info) {
        map.insert("ext".into(), json!(ext));
    }
    info
}

/// The header that names the SDK.
const CLIENT: &str = "x-stream-client";
/// The same in a query.
const CLIENT_PARAMETER: &str = "X-Stream-Client";

fn text<'a>(parts: &'a Parts, header: &str) -> Option<&'a str> {
    parts.headers.get(header)?.to_str().ok()
}

/// What the SDK says of itself. Browsers can set no headers of a WebSocket, so that it may stand in the query.
fn client(parts: &Parts) -> Cow<'_, str> {
    if let Some(client) = text(parts, CLIENT) {
        return client.into();
    }
    let query = parts.uri.query().filter(|query| query.contains(CLIENT_PARAMETER));
    let query = query.map(Query::parse);
    let client = query.as_ref().and_then(|query| query.text(CLIENT_PARAMETER));
    client.unwrap_or_default().to_owned().into()
}

fn platform(parts: &Parts) -> Platform {
    Platform::of_client(&client(parts))
}

/// The host that was asked, as it was named, with its port.
pub(crate) fn host(parts: &Parts) -> Option<&str> {
    let authority = parts.uri.authority().map(Authority::as_str);
    authority.or_else(|| text(parts, header::HOST.as_str()))
}

fn origin(parts: &Parts) -> String {
    let scheme = parts.uri.scheme_str().unwrap_or("http");
    format!("{scheme}://{}", host(parts).unwrap_or("localhost"))
}

/// Writes a request into the log that has become a WebSocket.
pub(crate) fn log_upgrade(app: &App, entry: LoggedRequest, began: Instant, fault: &Fault) {
    let mut response = http::Response::default();
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    drop(log(app, entry, response, began, fault));
}

/// The same for one that was refused before anything of it was looked at.
pub(crate) fn log_refused_upgrade(
    app: &App,
    operation: &Operation,
    parts: &Parts,
    refusal: &Refusal,
    fault: &Fault,
) {
    let entry = LoggedRequest {
        operation: Some(operation.name),
        code: Some(refusal.code.get()),
        ..LoggedRequest::new(parts)
    };
    log_upgrade(app, entry, Instant::now(), fault);
}

/// Writes a request into the log, and marks its answer as a fault says.
fn log(
    app: &App,
    mut entry: LoggedRequest,
    response: http::Response<String>,
    began: Instant,
    fault: &Fault,
) -> Response {
    let mut response = response.map(Body::from);
    entry.time = app.clock.now();
    entry.duration = began.elapsed();
    entry.faults = fault.names();
    entry.latency = fault.latency;
    entry.status = response.status().as_u16();
    if fault.connection.is_some() {
        entry.status = 0;
        response.extensions_mut().insert(Break::Drop);
    } else if fault.body == Some(Spoilt::Cut) {
        response.extensions_mut().insert(Break::Cut);
    }
    app.log.add(entry);
    response
}
