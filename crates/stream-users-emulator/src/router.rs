//! The axum router: every route of the table on both surfaces, the files of exports and the emulator's own endpoints.
//!
//! Paths are matched as they were sent, and the id in one is decoded afterwards, once: an id with an encoded slash in it
//! stays one segment, and `..` is an id, so that neither reaches another route.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, on};
use stream_users_model::operation::Method;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

use crate::app::App;
use crate::dispatch::{self, LARGEST_BODY, UNMATCHED};
use crate::read::percent_decode;
use crate::routes::{CONNECT, LONG_POLL, ROUTES, Route};
use crate::surface::Surface;
use crate::{body, control, export_file, live, offload};

pub(crate) fn router(app: &Arc<App>) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        for surface in Surface::ALL {
            if let Some(path) = surface.path(route.operation.path) {
                router = router.route(path, operation(app, Endpoint { route, surface, path }));
            }
        }
    }
    router
        .merge(export_file::router(app))
        .merge(control::router(app))
        .fallback(unmatched(app))
        .method_not_allowed_fallback(unmatched(app))
        // Answers of a hundred users are packed for each batch; they travel over the loopback, where size costs little.
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
}

/// An operation on one surface.
#[derive(Clone, Copy)]
pub(crate) struct Endpoint {
    pub(crate) route: &'static Route,
    pub(crate) surface: Surface,
    /// Its path, with the variable segment in braces.
    path: &'static str,
}

fn operation(app: &Arc<App>, endpoint: Endpoint) -> MethodRouter {
    let app = app.clone();
    on(
        filter(endpoint.route.operation.method),
        move |request: Request| async move { respond(&app, endpoint, request).await },
    )
}

/// Answers paths that do not exist, and methods that do not exist for a path, in the same way.
fn unmatched(app: &Arc<App>) -> impl Fn(Request) -> Answering + Clone + use<> {
    let app = app.clone();
    move |request| {
        let app = app.clone();
        Box::pin(async move { answer_unmatched(&app, request).await })
    }
}

type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

async fn answer_unmatched(app: &App, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let over_socket = offload::is_over_socket(&parts.extensions);
    // A client that still sends its body when the connection is closed may miss the answer.
    body::receive(body, 0, over_socket).await.ok();
    let fault = app.faults.take(UNMATCHED, parts.uri.path());
    offload::wait(over_socket, fault.latency).await;
    if fault.replaces_the_work() {
        return dispatch::without_work(app, None, &parts, &fault);
    }
    dispatch::unmatched(app, &parts, &fault)
}

async fn respond(app: &Arc<App>, endpoint: Endpoint, request: Request) -> Response {
    let operation = endpoint.route.operation;
    let mut request = request;
    if *operation == CONNECT {
        request = match live::connect(app, endpoint.surface, request).await {
            Ok(response) => return response,
            Err(request) => request,
        };
    }
    if request.method().as_str() != operation.method.as_str() {
        // A HEAD, which axum takes for a GET.
        return answer_unmatched(app, request).await;
    }
    let (parts, body) = request.into_parts();
    let over_socket = offload::is_over_socket(&parts.extensions);
    let body = body::receive(body, LARGEST_BODY, over_socket).await;
    let fault = app.faults.take(operation.id, parts.uri.path());
    offload::wait(over_socket, fault.latency).await;
    if fault.replaces_the_work() {
        return dispatch::without_work(app, Some(operation.name), &parts, &fault);
    }
    if *operation == LONG_POLL && fault.error.is_none() {
        let onward = live::long_poll::wait(app, &parts, endpoint.surface).await;
        if onward.is_break() {
            return dispatch::without_work(app, Some(operation.name), &parts, &live::long_poll::RESET);
        }
    }
    offload::run(app, parts, move |app, parts| {
        let id = percent_decode(variable(endpoint.path, parts.uri.path()));
        dispatch::answer(app, endpoint, id, parts, body, &fault)
    })
    .await
}

/// The segment of the path that stands for the one in braces; empty if there is none.
pub(crate) fn variable<'a>(template: &str, path: &'a str) -> &'a str {
    template
        .split('/')
        .zip(path.split('/'))
        .find(|(name, _)| name.starts_with('{'))
        .map_or("", |(_, segment)| segment)
}

fn filter(method: Method) -> MethodFilter {
    match method {
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Patch => MethodFilter::PATCH,
        Method::Delete => MethodFilter::DELETE,
        _ => MethodFilter::GET,
    }
}
