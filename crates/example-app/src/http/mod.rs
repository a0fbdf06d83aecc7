//! The routes, and what stands in requests and answers. What is done with users belongs to `users`; which status an error
//! becomes, to `problem`.

mod problem;
mod users;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use stream_users::webhook::WebhookVerifier;

pub use self::webhooks::Webhooks;
use crate::app::App;

/// The route that Stream calls, where it does.
pub(crate) fn hearing(webhooks: Arc<Webhooks>) -> Router<App> {
    Router::new()
        .route("/webhooks/stream", post(webhooks::receive))
        .layer(DefaultBodyLimit::max(WebhookVerifier::DEFAULT_MAX_LEN))
        .with_state(webhooks)
}

/// All routes that callers have.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        // Whether this process works, and nothing of Stream: a restart would not mend that.
        .route("/health", get(async || "ok"))
        .route("/users", get(users::list).post(users::sign_up))
        .route(
            "/users/{id}",
            get(users::get).patch(users::change).delete(users::delete),
        )
        .route("/users/{id}/deactivate", post(users::deactivate))
        .route("/users/{id}/reactivate", post(users::reactivate))
        .route("/users/{id}/tokens", post(users::issue_token))
        .route("/deletions/{task}", get(users::deletion))
        .fallback(problem::no_such_route)
        .method_not_allowed_fallback(problem::no_such_method)
        // More than any request here needs.
        .layer(DefaultBodyLimit::max(64 * 1024))
}
