//! The application put together: its state, its routes, and serving them. What a route does belongs to `http`.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures_util::FutureExt as _;
use tokio::net::TcpListener;

use crate::http::{self, Webhooks};
use crate::tokens::IssueTokens;
use crate::users::Directory;

/// What every handler can reach. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct App {
    pub(crate) users: Directory,
    pub(crate) tokens: Arc<dyn IssueTokens>,
    webhooks: Option<Arc<Webhooks>>,
}

impl App {
    /// The application over these users, with tokens from `tokens`.
    #[must_use]
    pub fn new(users: Directory, tokens: Arc<dyn IssueTokens>) -> Self {
        Self {
            users,
            tokens,
            webhooks: None,
        }
    }

    /// The application that is told by Stream what happens to its users.
    #[must_use]
    pub fn hearing(mut self, webhooks: Webhooks) -> Self {
        self.webhooks = Some(Arc::new(webhooks));
        self
    }

    /// All routes.
    pub fn router(self) -> Router {
        let mut routes = http::routes();
        if let Some(webhooks) = &self.webhooks {
            routes = routes.merge(http::hearing(webhooks.clone()));
        }
        routes.with_state(self)
    }
}

/// Serves until `stop` is ready, and then finishes what has begun, for as long as `grace` at most: a caller who never sends
/// the rest of a request would be waited for without an end.
///
/// # Errors
/// Where the listener fails.
pub async fn serve(
    listener: TcpListener,
    app: App,
    stop: impl Future<Output = ()> + Send + 'static,
    grace: Duration,
) -> std::io::Result<()> {
    let stop = stop.shared();
    let serving = axum::serve(listener, app.router()).with_graceful_shutdown(stop.clone());
    tokio::select! {
        served = serving.into_future() => served,
        () = stop.then(|()| tokio::time::sleep(grace)) => {
            tracing::warn!("stopping: not all that has begun could be finished");
            Ok(())
        }
    }
}
