//! The emulator's own endpoints under `/_emulator/`: what a developer sees of it and does to it. They answer to this
//! machine only, whatever address the emulator listens on, and not to pages of other machines.
//!
//! What takes more than a line is in a file of its own.

pub(crate) mod clock;
mod connections;
mod faults;
pub(crate) mod rate_limits;

use std::future::Future;
use std::io::BufRead;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderValue, Uri, header};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::app::App;
use crate::error::{Error, Result};
use crate::faults::Fault;
use crate::live::presence;
use crate::refusal::Refusal;
use crate::request_log::LoggedRequest;
use crate::store::outbox::Stored;
use crate::store::{deliveries, outbox, seed, state};
use crate::usage::MonthlyUsage;
use crate::{body, dispatch, events, jobs, offload, usage};

/// The largest seed that is read.
const LARGEST_SEED: usize = 256 << 20;
/// How many events are shown.
const MOST_EVENTS: usize = 1_000;

/// Puts a seed into the store; see [`seed`](crate::EmulatorService::seed) for its format.
pub(crate) fn plant(app: &App, value: &Value) -> Result<()> {
    jobs::settle(app, app.clock.now())?;
    let now = app.clock.now();
    app.store.transact(|tx| {
        seed::plant(tx, value, now)?;
        Ok::<_, Error>(presence::after_seed(tx, app, now)?)
    })?;
    // There may be tasks in it.
    app.wake.notify_one();
    Ok(())
}

/// Puts a text into the store; see [`seed_from`](crate::EmulatorService::seed_from) for its format.
pub(crate) fn plant_text(app: &App, text: impl BufRead) -> Result<()> {
    jobs::settle(app, app.clock.now())?;
    let now = app.clock.now();
    app.store.transact(|tx| {
        seed::plant_text(tx, text, now)?;
        Ok::<_, Error>(presence::after_seed(tx, app, now)?)
    })?;
    app.wake.notify_one();
    Ok(())
}

/// Everything in the store that is due by now.
pub(crate) fn dump(app: &App) -> Result<Value> {
    let now = app.clock.now();
    jobs::settle(app, now)?;
    app.store.transact(|tx| Ok(state::dump(tx, now)?))
}

/// What has happened, the oldest first, and who was told.
pub(crate) fn events(app: &App) -> Result<Value> {
    jobs::settle(app, app.clock.now())?;
    let surface = app.settings.webhook_form.surface();
    let events: Vec<Value> = app.store.transact(|tx| {
        let show = |event: Stored| {
            let deliveries = deliveries::of_event(tx, event.id)?;
            Ok(json!({ "event": events::on_surface(event, surface), "deliveries": deliveries }))
        };
        let recent = outbox::recent(tx, MOST_EVENTS)?;
        recent.into_iter().map(show).collect::<rusqlite::Result<_>>()
    })?;
    Ok(json!({ "events": events }))
}

/// Who was active in which month.
pub(crate) fn usage(app: &App) -> Result<Vec<MonthlyUsage>> {
    let now = app.clock.now();
    Ok(app.store.transact(|tx| usage::read(tx, now))?)
}

pub(crate) fn router(app: &Arc<App>) -> Router {
    let get = |work| get(endpoint(app, work));
    let post = |work| post(endpoint(app, work));
    Router::new()
        .route(
            "/_emulator/seed",
            post(|app, body| {
                plant_text(app, &body[..])?;
                done()
            }),
        )
        .route("/_emulator/state", get(|app, _| dump(app)))
        .route(
            "/_emulator/reset",
            post(|app, _| {
                app.reset()?;
                done()
            }),
        )
        .route(
            "/_emulator/requests",
            get(|app, _| Ok(requests(app))).delete(endpoint(app, |app, _| {
                app.log.clear();
                done()
            })),
        )
        .route("/_emulator/events", get(|app, _| events(app)))
        .route("/_emulator/usage", get(|app, _| Ok(usage::to_json(&usage(app)?))))
        .route(
            "/_emulator/clock",
            get(|app, _| Ok(clock::show(app))).merge(post(clock::change)),
        )
        .route(
            "/_emulator/connections",
            get(|app, _| Ok(connections::show(app))).merge(post(connections::change)),
        )
        .route(
            "/_emulator/rate_limits",
            get(|app, _| Ok(rate_limits::show(app))).merge(post(rate_limits::change)),
        )
        .route(
            "/_emulator/faults",
            get(|app, _| Ok(faults::list(app)))
                .merge(post(faults::add))
                .delete(endpoint(app, |app, _| {
                    app.faults.clear();
                    done()
                })),
        )
}

type Work = fn(&App, &Bytes) -> Result<Value>;

/// What is answered where there is nothing to say.
#[expect(clippy::unnecessary_wraps, reason = "all endpoints have the same type")]
fn done() -> Result<Value> {
    Ok(json!({ "status": "ok" }))
}

/// A body of one of these endpoints.
fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T> {
    serde_json::from_slice(body).map_err(Error::Body)
}

fn requests(app: &App) -> Value {
    let requests: Vec<Value> = app.log.all().iter().map(LoggedRequest::to_json).collect();
    json!({ "requests": requests })
}

fn endpoint(
    app: &Arc<App>,
    work: Work,
) -> impl Fn(Request) -> Pin<Box<dyn Future<Output = Response> + Send>> + Clone + use<> {
    let app = app.clone();
    move |request| Box::pin(answer(app.clone(), work, request))
}

async fn answer(app: Arc<App>, work: Work, request: Request) -> Response {
    let began = Instant::now();
    let (parts, body) = request.into_parts();
    if !is_local(&parts) {
        return dispatch::unmatched(&app, &parts, &Fault::NONE);
    }
    let over_socket = offload::is_over_socket(&parts.extensions);
    let body = body::receive(body, LARGEST_SEED, over_socket).await;
    offload::run(&app, parts, move |app, parts| {
        let answer = body.and_then(|body| Ok(work(app, &body)?));
        match answer {
            Ok(value) => ([(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response(),
            Err(refusal) => dispatch::refuse(app, parts, refusal, began),
        }
    })
    .await
}

/// Whether the request comes from this machine, and not from a page that another one has sent to a browser here. A
/// request that came through no socket comes from this machine.
fn is_local(parts: &Parts) -> bool {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let origin = parts.headers.get(header::ORIGIN);
    peer.is_none_or(|peer| {
        peer.0.ip().to_canonical().is_loopback() && dispatch::host(parts).is_none_or(is_ours)
    }) && origin.is_none_or(is_page_of_this_machine)
}

/// Whether no page of another machine can be under this host. A page may let its own name lead here once it is loaded,
/// but an address is nobody's name, and neither is a name without a dot.
fn is_ours(host: &str) -> bool {
    let authority: Option<Authority> = host.parse().ok().filter(|_| !host.contains('@'));
    authority.is_some_and(|authority| {
        let host = authority.host();
        address(host).is_some() || !host.contains('.') || host.ends_with(".localhost")
    })
}

fn is_page_of_this_machine(origin: &HeaderValue) -> bool {
    let origin: Option<Uri> = origin.to_str().ok().and_then(|origin| origin.parse().ok());
    let host = origin.as_ref().and_then(Uri::host).unwrap_or_default();
    host == "localhost"
        || host.ends_with(".localhost")
        || address(host).is_some_and(|address| address.is_loopback())
}

fn address(host: &str) -> Option<IpAddr> {
    host.trim_matches(['[', ']']).parse().ok()
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Seed(_)
            | Error::Fault(_)
            | Error::UnknownOperation(_)
            | Error::Cut(_)
            | Error::Clock(_)
            | Error::Body(_) => Self::input(error.to_string()),
            _ => Self::internal(&error),
        }
    }
}
