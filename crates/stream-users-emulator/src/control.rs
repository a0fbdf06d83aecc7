//! The emulator's own endpoints under `/_emulator/`: seed, state, reset and the request log. They answer to this
//! machine only, whatever address the emulator listens on.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, middleware};
use serde_json::{Value, json};

use crate::app::App;
use crate::dispatch;
use crate::error::{Error, Result};
use crate::request_log::LoggedRequest;
use crate::store::{seed, state};

/// The largest seed that is read.
const LARGEST_SEED: usize = 256 << 20;

/// Puts a seed into the store; see [`seed`](crate::EmulatorService::seed) for its format.
pub(crate) fn plant(app: &App, value: &Value) -> Result<()> {
    let now = app.clock.now();
    app.store.transact(|tx| seed::plant(tx, value, now))
}

/// Everything in the store that is due by now.
pub(crate) fn dump(app: &App) -> Result<Value> {
    let now = app.clock.now();
    app.store.transact(|tx| {
        crate::jobs::settle(tx, &app.settings, now)?;
        Ok(state::dump(tx, now)?)
    })
}

pub(crate) fn router(app: &Arc<App>) -> Router {
    let (for_seed, for_state, for_reset, for_log) = (app.clone(), app.clone(), app.clone(), app.clone());
    let unmatched = app.clone();
    Router::new()
        .route(
            "/_emulator/seed",
            post(move |request: Request| async move { seeded(&for_seed, request).await }),
        )
        .route("/_emulator/state", get(async move || answer(dump(&for_state))))
        .route(
            "/_emulator/reset",
            post(async move || answer(for_reset.reset().map(|()| json!({ "status": "ok" })))),
        )
        .route(
            "/_emulator/requests",
            get(async move || {
                let requests: Vec<Value> = for_log.log.all().iter().map(LoggedRequest::to_json).collect();
                answer(Ok(json!({ "requests": requests })))
            }),
        )
        .layer(middleware::from_fn(
            move |request: Request, next: middleware::Next| {
                let app = unmatched.clone();
                async move {
                    if is_local(&request) {
                        next.run(request).await
                    } else {
                        dispatch::unmatched(&app, &request.into_parts().0)
                    }
                }
            },
        ))
}

/// Whether the request comes from this machine. A request that came through no socket does.
fn is_local(request: &Request) -> bool {
    request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .is_none_or(|peer| peer.0.ip().to_canonical().is_loopback())
}

async fn seeded(app: &App, request: Request) -> Response {
    let body = to_bytes(request.into_body(), LARGEST_SEED)
        .await
        .unwrap_or_default();
    let planted = serde_json::from_slice(&body)
        .map_err(|error| Error::Seed(error.to_string()))
        .and_then(|value| plant(app, &value));
    answer(planted.map(|()| json!({ "status": "ok" })))
}

fn answer(result: Result<Value>) -> Response {
    let (status, body) = match result {
        Ok(body) => (StatusCode::OK, body),
        Err(error @ Error::Seed(_)) => (StatusCode::BAD_REQUEST, json!({ "error": error.to_string() })),
        Err(error) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            json!({ "error": error.to_string() }),
        ),
    };
    (
        status,
        [(header::CONTENT_TYPE, "application/json")],
        body.to_string(),
    )
        .into_response()
}
