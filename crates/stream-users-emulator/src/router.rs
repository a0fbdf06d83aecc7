//! The axum router: every route of the table, the files of exports and the emulator's own endpoints.
//!
//! Paths are matched as they were sent, and segments are decoded afterwards: an id with an encoded slash in it
//! stays one segment and reaches no other route.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{RawPathParams, Request};
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, on};
use http::Method;
use tower_http::compression::CompressionLayer;

use crate::app::App;
use crate::dispatch::{self, LARGEST_BODY};
use crate::routes::{ROUTES, Route};
use crate::{control, export_file};

pub(crate) fn router(app: &Arc<App>) -> Router {
    let mut router = Router::new();
    for route in &ROUTES {
        router = router.route(route.path, operation(app, route));
    }
    router
        .merge(export_file::router(app))
        .merge(control::router(app))
        .fallback(unmatched(app))
        .method_not_allowed_fallback(unmatched(app))
        .layer(CompressionLayer::new())
}

fn operation(app: &Arc<App>, route: &'static Route) -> MethodRouter {
    let app = app.clone();
    on(
        filter(&route.method),
        move |params: RawPathParams, request: Request| async move {
            let id = params
                .iter()
                .next()
                .map(|(_, id)| id.to_owned())
                .unwrap_or_default();
            respond(&app, route, &id, request).await
        },
    )
}

/// Answers paths that do not exist, and methods that do not exist for a path, in the same way.
fn unmatched(app: &Arc<App>) -> impl Fn(Request) -> std::future::Ready<Response> + Clone + use<> {
    let app = app.clone();
    move |request| std::future::ready(dispatch::unmatched(&app, &request.into_parts().0))
}

async fn respond(app: &App, route: &'static Route, id: &str, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    if parts.method != route.method {
        // A HEAD, which axum takes for a GET.
        return dispatch::unmatched(app, &parts);
    }
    match to_bytes(body, LARGEST_BODY).await {
        Ok(body) => dispatch::answer(app, route, id, &parts, &body),
        Err(_) => dispatch::unreadable(app, route, &parts),
    }
}

fn filter(method: &Method) -> MethodFilter {
    match *method {
        Method::POST => MethodFilter::POST,
        Method::PUT => MethodFilter::PUT,
        Method::PATCH => MethodFilter::PATCH,
        Method::DELETE => MethodFilter::DELETE,
        _ => MethodFilter::GET,
    }
}
