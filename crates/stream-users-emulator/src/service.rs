//! The emulator without a socket: a `tower_service::Service`.

use std::fmt;
use std::future::Future;
use std::io::BufRead;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::{Request, Response};
use serde_json::Value;
use tokio::sync::Notify;
use tower_service::Service;

use crate::app::App;
use crate::app_settings;
use crate::clock::{Clock, nanos};
use crate::control;
use crate::error::{Error, Result};
use crate::faults::{Fault, Faults};
use crate::gate::{ConnectionDropped, Gate};
use crate::live::{self, Cut, Hub, LiveConnection};
use crate::rate_limits::{Limits, Quotas};
use crate::read::Problems;
use crate::request_log::{LoggedRequest, RequestLog};
use crate::router::router;
use crate::settings::{self, RateLimits, Settings};
use crate::store::{self, Store};
use crate::usage::MonthlyUsage;
use crate::webhooks;

/// A local Stream as a service: requests in, responses out, no network.
///
/// Clones share the same data. The future that answers a request needs no runtime and is ready when it is first
/// polled, unless a fault lets it wait or it is a long poll, which waits for an event for
/// [`Settings::long_poll_wait`](crate::Settings::long_poll_wait) of real time. A WebSocket needs a socket.
#[derive(Clone)]
pub struct EmulatorService {
    app: Arc<App>,
    gate: Gate,
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
        other_secrets: Vec<String>,
        data_dir: Option<&Path>,
        mut settings: Settings,
    ) -> Result<Self> {
        webhooks::check(&settings)?;
        let store = Store::open(data_dir)?;
        // It does not go back when the emulator starts again.
        let kept = store.transact(store::clock::hands)?;
        let clock = Clock::new(settings.clock_offset, settings::frozen_at(&settings)?, kept);
        let mut problems = Problems::default();
        settings.app = app_settings::read(&settings.app, clock.now(), &mut problems);
        if !problems.list().is_empty() {
            return Err(Error::AppSettings(problems.join()));
        }
        let wake = Arc::new(Notify::new());
        let app = Arc::new(App {
            api_key,
            api_secret,
            other_secrets,
            store,
            clock,
            limits: Limits::new(Quotas::new(&settings)?),
            log: RequestLog::default(),
            faults: Faults::new(settings.fault_seed),
            hub: Arc::new(Hub::new(settings.max_live_connections, wake.clone())),
            refreshes: Arc::default(),
            wake,
            settings,
        });
        app.prepare()?;
        let gate = Gate::new(router(&app), app.clone());
        Ok(Self { app, gate })
    }

    pub(crate) fn app(&self) -> Arc<App> {
        self.app.clone()
    }

    pub(crate) fn gate(&self) -> Gate {
        self.gate.clone()
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

    /// Puts data into the emulator: what no operation makes (channels, messages, reactions, calls, files, ...), and users
    /// with times, bans, counters and activity of the caller's choice.
    ///
    /// The seed is an object of lists, such as [`state`](Self::state) gives. Each list may be left out; what exists
    /// under the same id is replaced; times are RFC 3339 texts or integers of nanoseconds; where a `user_id` is
    /// expected, an object `user` with an `id` will do.
    ///
    /// | list | required | optional |
    /// |---|---|---|
    /// | `roles` | `name` | `created_at`, `updated_at` |
    /// | `users` | `id` | every other field of an answered user; see below |
    /// | `deleted_ids` | `id`, `mode` (`soft`, `pruning`, `hard`); or a map from ids to modes | `deleted_at` |
    /// | `channels`, `calls` | `cid` (`type:id`) | `created_by_id`, `members` (ids of users), `custom`, `created_at`, `updated_at`, `deleted_at`, `by_deactivation` |
    /// | `members` | `cid`, `user_id` | `created_at` |
    /// | `messages` | `id`, `cid`, `user_id` | `text`, `type`, `attachments`, `custom`, `created_at`, `updated_at`, `deleted_at`, `type_before` |
    /// | `reactions` | `message_id`, `user_id`, `type` | `score`, `custom`, `created_at`, `updated_at` |
    /// | `flags` | `message_id`, `user_id` | `reason`, `created_at` |
    /// | `files` | `url`, `user_id` | `name`, `mime_type`, `size` (bytes), `message_id`, `created_at` |
    /// | `live_locations` | `message_id`, `latitude`, `longitude` | `user_id` (the message's by default), `end_at`, `created_by_device_id`, `created_at`, `updated_at` |
    /// | `blocks` | `user_id`, `blocked_user_id` | `created_at` |
    /// | `mutes` | `user_id`, `target_id` | `expires`, `created_at`, `updated_at` |
    /// | `devices` | `id`, `user_id`, `push_provider` | `push_provider_name`, `hardware_id`, `voip`, `created_at` |
    /// | `tasks` | `task_id`, `kind` | `input`, `created_at`, `running_at`, `due_at`, `done`, `result`, `error`, `fault` |
    ///
    /// The lists of a user (`devices`, `mutes`, `channel_mutes`, `blocked_user_ids`, `latest_hidden_channels`) replace
    /// those that it had, unless they are left out. A user with `deleted_at` is deleted softly; one without is there
    /// again, whatever happened to its id before.
    ///
    /// # Errors
    ///
    /// [`Error::Seed`](crate::Error::Seed) if a field is missing, unknown or of the wrong type, or if something is
    /// named that does not exist; the seed is then left out as a whole.
    pub fn seed(&self, seed: &Value) -> Result<()> {
        control::plant(&self.app, seed)
    }

    /// Puts data into the emulator as [`seed`](Self::seed) does, from a text: JSON objects, one a line, or one document
    /// of lists over as many lines as it likes. Lines are read one after the other, so that a file may be larger than
    /// the memory. The same as `POST /_emulator/seed`.
    ///
    /// A line is a user, an object `{"type": ..., "data": {...}}`, or a document of lists. The types are those of the
    /// lists, in the singular (`user`, `message`, `deleted_id`, ...). In lines there is more that is taken: custom data
    /// may stand beside the other fields if there is no object `custom`, as in exported files and in the answers of the
    /// paths without `/api/v2`; and a message may name a channel that is nowhere, which is then made. So an exported
    /// file can be planted. What a line names may also come in a later one, but for the message of a live location.
    ///
    /// # Errors
    ///
    /// [`Error::Seed`](crate::Error::Seed) as with [`seed`](Self::seed), with the numbers of the lines;
    /// [`Error::SeedUnreadable`](crate::Error::SeedUnreadable) if the text cannot be read. Nothing is planted then.
    pub fn seed_from(&self, text: impl BufRead) -> Result<()> {
        control::plant_text(&self.app, text)
    }

    /// Everything that is stored, deleted users, channels and messages included, as a document that
    /// [`seed`](Self::seed) takes: `roles`, `users`, `deleted_ids` (from each deleted id to `soft`, `pruning` or `hard`),
    /// `blocks`, `channels` and `calls` (with `members` and `created_by_id`), `messages`, `reactions`, `flags`, `files`,
    /// `live_locations` and `tasks`. The same as `GET /_emulator/state`. Times are integers of nanoseconds. The files
    /// of exports, events, usage and the app's settings are not in it.
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

    /// Forgets everything: data, events, usage, counters, faults, the request log. Connections are closed with code 1012.
    /// The same as `POST /_emulator/reset`.
    /// Quotas are again those of the settings. The clock stays where it is.
    ///
    /// # Errors
    ///
    /// [`Error::Database`](crate::Error::Database) if the data cannot be removed.
    pub fn reset(&self) -> Result<()> {
        self.app.reset()
    }

    /// Lets something go wrong with the next request for an operation, which is given by its name (`upsert_users`) or
    /// by its id (`UpdateUsers`); `*` stands for every operation, and for requests that match none. Faults that wait
    /// for the same request happen one after the other, the oldest first; those with a [`chance`](Fault::chance) stand
    /// beside them. The same as `POST /_emulator/faults`. Requests to the emulator's own endpoints and for the files of
    /// exports suffer none.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownOperation`](crate::Error::UnknownOperation) if there is no such operation,
    /// [`Error::Fault`](crate::Error::Fault) if the fault's status is no error's, if it is to happen 0 times, if its
    /// chance is not more than 0 and at most 1, or if its longest latency is shorter than its shortest.
    pub fn fault(&self, operation: &str, fault: Fault) -> Result<()> {
        self.app.faults.add(operation, fault)
    }

    /// The faults that still wait, the oldest first, each with the id of its operation or `*`. The same as
    /// `GET /_emulator/faults`. A test that ends with none left knows that all of them have happened; which request
    /// suffered what is in [`requests`](Self::requests).
    #[must_use]
    pub fn faults(&self) -> Vec<(&'static str, Fault)> {
        self.app.faults.all()
    }

    /// Lets nothing go wrong any more. What is left to chance begins anew: the same faults hit the same requests again.
    /// The same as `DELETE /_emulator/faults`.
    pub fn clear_faults(&self) {
        self.app.faults.clear();
    }

    /// Gives an operation another quota a minute on each platform, or with nothing the one that it has without. The
    /// names are those of [`Settings::quotas`](crate::Settings::quotas). What was counted counts on. The same as
    /// `POST /_emulator/rate_limits`.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownOperation`](crate::Error::UnknownOperation) if there is no such operation.
    pub fn set_quota(&self, operation: &str, per_minute: Option<u32>) -> Result<()> {
        control::rate_limits::set_quota(&self.app, operation, per_minute)
    }

    /// Changes whether requests are counted against the documented quotas. The same as `POST /_emulator/rate_limits`.
    pub fn set_rate_limits(&self, limits: RateLimits) {
        self.app.limits.change(|quotas| quotas.mode = limits);
    }

    /// The requests that were answered, the oldest first, at most the last 10,000 and 16 MiB of them. The same as
    /// `GET /_emulator/requests`. Requests to the emulator's own endpoints are not among them.
    #[must_use]
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.app.log.all()
    }

    /// Forgets the requests so far. The same as `DELETE /_emulator/requests`.
    pub fn clear_requests(&self) {
        self.app.log.clear();
    }

    /// The clients that are connected, in the order in which they came. The same as `GET /_emulator/connections`.
    #[must_use]
    pub fn connections(&self) -> Vec<LiveConnection> {
        live::list(&self.app)
    }

    /// Does something to the connections that are there; how many there were. Those that are closed or reset are no
    /// longer connected when this returns. The same as `POST /_emulator/connections`.
    ///
    /// # Errors
    ///
    /// [`Error::Cut`](crate::Error::Cut) if the code or the reason cannot stand in a close frame.
    pub fn cut_connections(&self, cut: Cut) -> Result<usize> {
        live::cut(&self.app, cut)
    }

    /// The monthly active users: the current month, and then every earlier one in which somebody was active, the newest
    /// first. The same as `GET /_emulator/usage`.
    ///
    /// A user counts once in a month in which it connects, a guest also in the one in which it is created; anonymous
    /// callers never count. A call with the user's own token that succeeds counts as connecting, too. Months are those of the emulator's clock, in UTC.
    ///
    /// # Errors
    ///
    /// [`Error::Database`](crate::Error::Database) if the data cannot be read.
    pub fn usage(&self) -> Result<Vec<MonthlyUsage>> {
        control::usage(&self.app)
    }

    /// What time it is by the emulator's clock.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        let since_epoch = u64::try_from(self.app.clock.now()).unwrap_or(0);
        SystemTime::UNIX_EPOCH + Duration::from_nanos(since_epoch)
    }

    /// Moves the emulator's clock ahead: tasks come due, tokens and bans expire, quotas are refilled, without waiting.
    /// It goes up to the year 2200. The same as `POST /_emulator/clock`.
    ///
    /// In a data directory it is kept how far the clock was moved, so that it does not go back when the emulator starts
    /// again. If that cannot be written, the clock is moved all the same.
    pub fn advance_clock(&self, by: Duration) {
        control::clock::advance(&self.app, by).ok();
    }

    /// Moves the emulator's clock ahead to this time; otherwise as [`advance_clock`](Self::advance_clock).
    ///
    /// # Errors
    ///
    /// [`Error::Clock`](crate::Error::Clock) if the time is past or after the year 2199,
    /// [`Error::Database`](crate::Error::Database) if it cannot be kept.
    pub fn set_clock(&self, time: SystemTime) -> Result<()> {
        let since_epoch = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        control::clock::set(&self.app, nanos(since_epoch))
    }

    /// Stops the emulator's clock where it stands: from then on it moves only by [`advance_clock`](Self::advance_clock)
    /// and [`set_clock`](Self::set_clock), so that a test that moves it in step with a clock of its own sees no drift.
    /// The same as `POST /_emulator/clock`; [`EmulatorBuilder::frozen_clock`](crate::EmulatorBuilder::frozen_clock)
    /// starts with such a clock.
    ///
    /// What is kept in a data directory is as with [`advance_clock`](Self::advance_clock).
    pub fn freeze_clock(&self) {
        control::clock::freeze(&self.app, true).ok();
    }

    /// Lets the emulator's clock run on from where it stands, with the machine's.
    pub fn unfreeze_clock(&self) {
        control::clock::freeze(&self.app, false).ok();
    }
}

impl Service<Request<Bytes>> for EmulatorService {
    type Response = Response<Bytes>;
    /// Only a [fault](EmulatorService::fault) lets the service fail.
    type Error = ConnectionDropped;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Bytes>, ConnectionDropped>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectionDropped>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let mut gate = self.gate();
        Box::pin(async move {
            let response = gate.answer(request.map(Body::from)).await?;
            let (parts, body) = response.into_parts();
            // The body is in memory already, so that it can be read.
            let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
            Ok(Response::from_parts(parts, body))
        })
    }
}
