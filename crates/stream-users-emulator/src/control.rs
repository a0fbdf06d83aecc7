//! The emulator's own endpoints under `/_emulator/`: seed, state, reset and the request log. They answer to this
//! machine only, whatever address the emulator listens on.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::header;
use http::request::Parts;
use serde_json::{Value, json};

use crate::app::App;
use crate::error::{Error, Result};
use crate::refusal::Refusal;
use crate::request_log::LoggedRequest;
use crate::store::{outbox, seed, state};
use crate::{body, dispatch, events, jobs, offload};

/// The largest seed that is read.
const LARGEST_SEED: usize = 256 << 20;
/// How many events are shown.
const MOST_EVENTS: usize = 1_000;

/// Puts a seed into the store; see [`seed`](crate::EmulatorService::seed) for its format.
pub(crate) fn plant(app: &App, value: &Value) -> Result<()> {
    let now = app.clock.now();
    app.store.transact(|tx| seed::plant(tx, value, now))
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
    let recent = app.store.transact(|tx| outbox::recent(tx, MOST_EVENTS))?;
    let events = recent.into_iter().map(|(event, deliveries)| {
        json!({ "event": events::on_surface(event, app.settings.webhook_form.surface()), "deliveries": deliveries })
    });
    Ok(json!({ "events": events.collect::<Vec<_>>() }))
}

pub(crate) fn router(app: &Arc<App>) -> Router {
    Router::new()
        .route(
            "/_emulator/seed",
            post(endpoint(app, |app, body| {
                let seed = serde_json::from_slice(body).map_err(|error| Error::Seed(error.to_string()))?;
                plant(app, &seed).map(|()| json!({ "status": "ok" }))
            })),
        )
        .route("/_emulator/state", get(endpoint(app, |app, _| dump(app))))
        .route(
            "/_emulator/reset",
            post(endpoint(app, |app, _| {
                app.reset().map(|()| json!({ "status": "ok" }))
            })),
        )
        .route("/_emulator/events", get(endpoint(app, |app, _| events(app))))
        .route(
            "/_emulator/requests",
            get(endpoint(app, |app, _| {
                let requests: Vec<Value> = app.log.all().iter().map(LoggedRequest::to_json).collect();
                Ok(json!({ "requests": requests }))
            })),
        )
}

fn endpoint(
    app: &Arc<App>,
    work: fn(&App, &Bytes) -> Result<Value>,
) -> impl Fn(Request) -> Pin<Box<dyn Future<Output = Response> + Send>> + Clone + use<> {
    let app = app.clone();
    move |request| Box::pin(answer(app.clone(), work, request))
}

async fn answer(app: Arc<App>, work: fn(&App, &Bytes) -> Result<Value>, request: Request) -> Response {
    let began = Instant::now();
    let (parts, body) = request.into_parts();
    if !is_local(&parts) {
        return dispatch::unmatched(&app, &parts);
    }
    let over_socket = offload::is_over_socket(&parts.extensions);
    let body = body::receive(body, LARGEST_SEED, over_socket).await;
    offload::run(over_socket, move || {
        let answer = body.and_then(|body| Ok(work(&app, &body)?));
        match answer {
            Ok(value) => ([(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response(),
            Err(refusal) => dispatch::refuse(&app, &parts, refusal, began),
        }
    })
    .await
}

/// Whether the request comes from this machine. A request that came through no socket does.
fn is_local(parts: &Parts) -> bool {
    parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .is_none_or(|peer| peer.0.ip().to_canonical().is_loopback())
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Seed(_) => Self::input(error.to_string()),
            _ => Self::internal(&error),
        }
    }
}
