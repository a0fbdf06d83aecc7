//! The emulator without a socket: a `tower_service::Service`.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::{Request, Response};
use serde_json::Value;
use tower_service::Service;

use crate::app::App;
use crate::clock::Clock;
use crate::control;
use crate::error::Result;
use crate::rate_limits::Limits;
use crate::request_log::{LoggedRequest, RequestLog};
use crate::router::router;
use crate::settings::Settings;
use crate::store::Store;

/// A local Stream as a service: requests in, responses out, no network.
///
/// Clones share the same data. The future that answers a request needs no runtime and is ready when it is first
/// polled.
#[derive(Clone)]
pub struct EmulatorService {
    app: Arc<App>,
    router: Router,
}

impl fmt::Debug for EmulatorService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmulatorService")
            .field("api_key", &self.app.api_key)
            .finish_non_exhaustive()
    }
}

impl EmulatorService {
    pub(crate) fn new(
        api_key: String,
        api_secret: String,
        data_dir: Option<&Path>,
        settings: Settings,
    ) -> Result<Self> {
        let app = Arc::new(App {
            api_key,
            api_secret,
            store: Store::open(data_dir)?,
            clock: Clock::new(settings.clock_offset),
            limits: Limits::new(settings.rate_limits),
            log: RequestLog::default(),
            settings,
        });
        let router = router(&app);
        Ok(Self { app, router })
    }

    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    /// The key that requests have to carry.
    #[must_use]
    pub fn api_key(&self) -> &str {
        &self.app.api_key
    }

    /// The secret that tokens have to be signed with.
    #[must_use]
    pub fn api_secret(&self) -> &str {
        &self.app.api_secret
    }

    /// Puts data into the emulator: what no operation makes (channels, messages, reactions, live locations), and
    /// users with times, bans and activity of the caller's choice. The same as `POST /_emulator/seed`.
    ///
    /// The seed is an object of lists. Each list may be left out; what exists under the same id is replaced; times
    /// are RFC 3339 texts or integers of nanoseconds.
    ///
    /// | list | required | optional |
    /// |---|---|---|
    /// | `users` | `id` | `name`, `image`, `role`, `language`, `invisible`, `teams`, `teams_role`, `privacy_settings`, `push_notifications`, `custom`, `banned`, `ban_expires`, `shadow_banned`, `bypass_moderation`, `online`, `last_active`, `created_at`, `updated_at`, `deactivated_at`, `revoke_tokens_issued_before`, `avg_response_time` |
    /// | `channels` | `cid` (`type:id`) | `created_by_id`, `members` (ids of users), `custom`, `created_at`, `updated_at`, `deleted_at` |
    /// | `messages` | `id`, `cid`, `user_id` | `text`, `type`, `attachments`, `custom`, `created_at`, `updated_at`, `deleted_at` |
    /// | `reactions` | `message_id`, `user_id`, `type` | `score`, `custom`, `created_at`, `updated_at` |
    /// | `live_locations` | `message_id`, `latitude`, `longitude` | `user_id` (the message's by default), `end_at`, `created_by_device_id`, `created_at`, `updated_at` |
    /// | `blocks` | `user_id`, `blocked_user_id` | `created_at` |
    /// | `mutes` | `user_id`, `target_id` | `expires`, `created_at`, `updated_at` |
    /// | `devices` | `id`, `user_id`, `push_provider` | `push_provider_name`, `hardware_id`, `voip`, `created_at` |
    ///
    /// # Errors
    ///
    /// [`Error::Seed`](crate::Error::Seed) if a field is missing, unknown or of the wrong type, or if something is
    /// named that does not exist; the seed is then left out as a whole.
    pub fn seed(&self, seed: &Value) -> Result<()> {
        control::plant(&self.app, seed)
    }

    /// Everything that is stored, deleted users, channels and messages included: `users`, `deleted_ids` (from each
    /// deleted id to `soft`, `pruning` or `hard`), `blocks`, `channels` (with `members` and `created_by_id`),
    /// `messages`, `reactions`, `live_locations` and `tasks`. The same as `GET /_emulator/state`. Times are
    /// integers of nanoseconds.
    ///
    /// # Errors
    ///
    /// [`Error::Database`](crate::Error::Database) if the data cannot be read.
    pub fn state(&self) -> Result<Value> {
        control::dump(&self.app)
    }

    /// The last 1,000 events of what happened to users, the oldest first, after everything that is due by now. The same
    /// as `GET /_emulator/events`.
    ///
    /// The answer is `{"events": [{"event": ..., "deliveries": [...]}]}`. An event is what a webhook is sent, in the
    /// form that [`Settings::webhook_form`](crate::Settings::webhook_form) says. A delivery has a `webhook_id`, a `url`,
    /// a `state` (`pending`, `delivered` or `failed`), the number of `attempts` and the `status` or the `error` of the
    /// last one. Only an [`Emulator`](crate::Emulator) that listens delivers.
    ///
    /// # Errors
    ///
    /// [`Error::Database`](crate::Error::Database) if the data cannot be read.
    pub fn events(&self) -> Result<Value> {
        control::events(&self.app)
    }

    /// Forgets everything: data, events, counters, the request log. The same as `POST /_emulator/reset`. The clock stays
    /// where it is.
    ///
    /// # Errors
    ///
    /// [`Error::Database`](crate::Error::Database) if the data cannot be removed.
    pub fn reset(&self) -> Result<()> {
        self.app.reset()
    }

    /// The requests that were answered, the oldest first, at most the last 10,000 and 16 MiB of them. The same as
    /// `GET /_emulator/requests`. Requests to the emulator's own endpoints are not among them.
    #[must_use]
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.app.log.all()
    }

    /// Moves the emulator's clock ahead: tasks come due, tokens expire, quotas are refilled, without waiting.
    pub fn advance_clock(&self, by: Duration) {
        self.app.clock.advance(by);
    }
}

impl Service<Request<Bytes>> for EmulatorService {
    type Response = Response<Bytes>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Bytes>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let mut router = self.router.clone();
        Box::pin(async move {
            let Ok(response) = Service::<Request<Body>>::call(&mut router, request.map(Body::from)).await;
            let (parts, body) = response.into_parts();
            // The body is in memory already, so that it can be read.
            let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
            Ok(Response::from_parts(parts, body))
        })
    }
}
