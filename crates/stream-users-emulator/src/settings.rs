//! The knobs of the emulator. Most of them are questions to which no public source has an answer: how the service
//! does it is not known, so the default is a choice and the other choice is one setting away.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};

use serde::{Deserialize, Serialize};

use crate::clock::{LATEST, Nanos, nanos};
use crate::error::{Error, Result};
use crate::surface::Surface;

/// Whether requests are counted against quotas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RateLimits {
    /// Every answer counts down from 1,000,000 per operation and minute; nothing is ever refused.
    #[default]
    Off,
    /// The quotas that Stream documents, per operation, platform and minute, and 60 a minute for each user who calls
    /// an operation from a platform with a token of its own. A request over its quota is refused with status 429 and
    /// code 9. An operation without a documented quota has 300 a minute.
    Documented,
}

/// What becomes of the id that a guest asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GuestIds {
    /// `guest-<uuid>-<id>`: the answer's id contains the one that was asked for, and differs from it.
    #[default]
    Generated,
    /// The given text stands before the id. An empty text keeps the id as it was asked for.
    Prefix(String),
}

/// The form of the events that webhooks are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WebhookForm {
    /// Times are RFC 3339 texts and custom data stands beside the other fields: what the service sends for chat.
    #[default]
    Text,
    /// Times are integers of nanoseconds and custom data stands in `custom`, as on `/api/v2`: what some SDKs'
    /// typed readers of events expect.
    Nanos,
}

impl WebhookForm {
    pub(crate) fn surface(self) -> Surface {
        match self {
            Self::Text => Surface::V1,
            Self::Nanos => Surface::V2,
        }
    }
}

/// How the emulator behaves where it can behave in more than one way.
///
/// Start from [`Settings::default`] and change the fields that matter. `Debug` shows of the app's settings and of the
/// URLs of webhooks, which can hold secrets, only the names and the number.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each answers a question of its own")]
pub struct Settings {
    /// Roles besides `user`, `admin`, `moderator`, `guest` and `anonymous` that users may have.
    pub roles: Vec<String>,
    /// How long a task takes from its start to its end. The first half it is pending, then it runs.
    /// Default: 50 ms.
    #[serde(with = "duration")]
    pub task_latency: Duration,
    /// How far the emulator's clock is ahead of the machine's. Default: zero.
    /// [`EmulatorService::advance_clock`](crate::EmulatorService::advance_clock) adds to it.
    #[serde(with = "duration")]
    pub clock_offset: Duration,
    /// The time at which the emulator's clock stands still; it then moves only by
    /// [`EmulatorService::advance_clock`](crate::EmulatorService::advance_clock) and
    /// [`EmulatorService::set_clock`](crate::EmulatorService::set_clock), and
    /// [`clock_offset`](Self::clock_offset) means nothing. Default: none, the clock runs with the machine's.
    #[serde(with = "time")]
    pub frozen_clock: Option<SystemTime>,
    /// What chance begins with, for [faults](crate::Fault::chance). Default: 0.
    pub fault_seed: u64,
    /// Default: [`RateLimits::Off`].
    pub rate_limits: RateLimits,
    /// Quotas that go before those of [`rate_limits`](Self::rate_limits) and are enforced in every mode: how many
    /// requests of an operation, given by its name (`upsert_users`) or its id (`UpdateUsers`), each platform has a
    /// minute. `*` stands for every operation that is not named. Default: none.
    pub quotas: BTreeMap<String, u32>,
    /// Whether one second takes no more than a thirtieth of a quota that is enforced, and one request at least. The
    /// service says that it does; a test that sends its requests one after the other would meet it at once. Default: no.
    pub limit_per_second: bool,
    /// How many connections there may be at one time, one at least; the next waits until another ends. A WebSocket is
    /// none of them once it is there; see [`max_live_connections`](Self::max_live_connections). Default: 1,000.
    pub max_connections: usize,
    /// How many clients may be connected at one time, over WebSockets and long polling; the next is refused with code
    /// 71. Each WebSocket takes an open file of the process, whose number the system limits. Default: 20,000.
    pub max_live_connections: usize,
    /// How long a client that has a WebSocket may take for its first message on `/api/v2/connect`, in real time.
    /// Default: 10 seconds.
    #[serde(with = "duration")]
    pub longest_handshake: Duration,
    /// How often a connected client is sent a `health.check`, in real time. The service documents about 30 seconds.
    /// Default: 30 seconds.
    #[serde(with = "duration")]
    pub health_check_interval: Duration,
    /// How long a connected client may say nothing, in real time, before its WebSocket is closed with code 1008. Clients
    /// of the service send a health check every 15 or 25 seconds; any message counts, a ping or a pong too. Default: 60
    /// seconds.
    #[serde(with = "duration")]
    pub longest_silence: Duration,
    /// How many users a connected client may be told of because it has asked for their presence; a query that finds more
    /// is refused. Default: 10,000.
    pub max_subscriptions: usize,
    /// How many events may wait for a connected client that does not read them, of at most 1 MiB together; its
    /// connection is cut off with the next one. Default: 1,000.
    pub waiting_events: usize,
    /// How long a poll waits for an event, in real time; with zero each one is answered at once. The service's clients
    /// give up after 30 seconds. Default: 20 seconds.
    #[serde(with = "duration")]
    pub long_poll_wait: Duration,
    /// How long a client that polls may leave off, in real time, before it counts as gone. Default: 60 seconds.
    #[serde(with = "duration")]
    pub longest_poll_gap: Duration,
    /// Default: [`GuestIds::Generated`].
    pub guest_ids: GuestIds,
    /// The app's settings to start with, as `PATCH /api/v2/app` takes them; what such a request changes is kept and
    /// counts for more. Default: none, so that each has the default of the service.
    pub app: Map<String, Value>,
    /// How far the times `iat` and `nbf` of a token may be ahead of the emulator's clock. Default: zero.
    #[serde(with = "duration")]
    pub clock_skew: Duration,
    /// A token may have `Bearer ` before it. The service's own clients never write that. Default: no.
    pub accept_bearer_prefix: bool,
    /// The code of a token whose signature is wrong, that cannot be read or that has a claim of the wrong type. The
    /// service's table says 43, answers of 2023 to 2025 said 5. Default: 43.
    pub bad_signature_code: i32,
    /// The code of a token that was revoked. Default: 40, as if it had expired.
    pub revoked_token_code: i32,
    /// An upsert that does not name a role keeps the role that the user has. Default: yes.
    pub upsert_keeps_role: bool,
    /// An upsert that does not name teams keeps the teams (and the roles in them). Default: yes.
    pub upsert_keeps_teams: bool,
    /// An upsert merges the privacy settings that it names into those that the user has, rather than replacing
    /// them. Default: no.
    pub upsert_merges_privacy_settings: bool,
    /// Deleting a user with mode `hard` needs `hard` for messages and conversations too. When no, leaving them
    /// out means `hard`; a weaker mode is refused all the same. Default: yes.
    pub hard_delete_needs_all_modes: bool,
    /// The users named by `new_channel_owner_id` and `new_call_owner_id` have to exist, and may not have been deleted.
    /// Default: yes.
    pub heirs_must_exist: bool,
    /// A soft deletion ends the user's memberships of channels and calls, so that restoring the user does not bring them back;
    /// pruning and hard deletion always do. Default: yes.
    pub soft_delete_ends_memberships: bool,
    /// A partial update of an unknown id is refused with status 404 and code 16; when no, with status 400 and
    /// code 4. Default: yes.
    pub partial_update_of_unknown_is_not_found: bool,
    /// Deactivating a deactivated user is refused. Default: yes.
    pub refuse_repeated_deactivation: bool,
    /// Blocking a blocked user again is refused rather than answered as if it were new. Default: no.
    pub refuse_repeated_block: bool,
    /// Unblocking a user that is not blocked is refused. Default: no.
    pub refuse_unblock_of_unblocked: bool,
    /// The URLs that are sent every event; they begin with `http://`. An emulator that listens sends them, one that
    /// does not keeps the events. Default: none.
    pub webhooks: Vec<String>,
    /// Default: [`WebhookForm::Text`].
    pub webhook_form: WebhookForm,
    /// Whether events are compressed with gzip when they are sent. Default: no.
    pub webhook_gzip: bool,
    /// How often an event is sent to a URL that does not answer with a status from 200 to 299, at most; the service
    /// documents 3. At least once. Default: 3.
    pub webhook_attempts: u32,
    /// How long an attempt may take from the connection to the end of the answer. Default: 6 seconds, as the service
    /// documents it.
    #[serde(with = "duration")]
    pub webhook_timeout: Duration,
    /// How long to wait, by the emulator's clock, after the first attempt that failed; after each further one it is
    /// twice as long. Default: 1 second.
    #[serde(with = "duration")]
    pub webhook_backoff: Duration,
    /// How many events are kept, the newest: what [`EmulatorService::events`](crate::EmulatorService::events) shows,
    /// and what is delivered to webhooks as long as it is kept. They take at most 64 MiB. With zero nothing is kept
    /// and nothing delivered. Default: 10,000.
    pub events_kept: usize,
    /// A field that the service does not know is refused rather than ignored. The service ignores them; refusing
    /// finds misspelt names in a client. Default: no.
    pub refuse_unknown_fields: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            roles: Vec::new(),
            task_latency: Duration::from_millis(50),
            clock_offset: Duration::ZERO,
            frozen_clock: None,
            fault_seed: 0,
            rate_limits: RateLimits::default(),
            quotas: BTreeMap::new(),
            limit_per_second: false,
            max_connections: 1_000,
            max_live_connections: 20_000,
            longest_handshake: Duration::from_secs(10),
            health_check_interval: Duration::from_secs(30),
            longest_silence: Duration::from_mins(1),
            max_subscriptions: 10_000,
            waiting_events: 1_000,
            long_poll_wait: Duration::from_secs(20),
            longest_poll_gap: Duration::from_mins(1),
            guest_ids: GuestIds::default(),
            app: Map::new(),
            clock_skew: Duration::ZERO,
            accept_bearer_prefix: false,
            bad_signature_code: 43,
            revoked_token_code: 40,
            upsert_keeps_role: true,
            upsert_keeps_teams: true,
            upsert_merges_privacy_settings: false,
            hard_delete_needs_all_modes: true,
            heirs_must_exist: true,
            soft_delete_ends_memberships: true,
            partial_update_of_unknown_is_not_found: true,
            refuse_repeated_deactivation: true,
            refuse_repeated_block: false,
            refuse_unblock_of_unblocked: false,
            webhooks: Vec::new(),
            webhook_form: WebhookForm::default(),
            webhook_gzip: false,
            webhook_attempts: 3,
            webhook_timeout: Duration::from_secs(6),
            webhook_backoff: Duration::from_secs(1),
            events_kept: 10_000,
            refuse_unknown_fields: false,
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let app = self.app.keys().map(|name| Value::from(name.as_str())).collect();
        let shown = Self {
            app: Map::new(),
            webhooks: Vec::new(),
            ..self.clone()
        };
        let Ok(Value::Object(mut fields)) = serde_json::to_value(shown) else {
            return Err(fmt::Error);
        };
        fields.insert("app".to_owned(), app);
        fields.insert("webhooks".to_owned(), Value::from(self.webhooks.len()));
        f.debug_map().entries(&fields).finish()
    }
}

impl Settings {
    /// Changes the field of this name. Texts, numbers and flags are themselves in JSON; a duration is a text such as
    /// `50ms`, `2s` or `1h 30m`, a time is one in RFC 3339, and what is an enum in Rust is its variant in lower case (`documented`), which may hold
    /// a value (`{"prefix": "guest-"}`).
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] if there is no field of this name or if the value is not one of its type.
    pub fn set(&mut self, name: &str, value: Value) -> Result<()> {
        let failed = |error: serde_json::Error| Error::Setting {
            name: name.to_owned(),
            reason: error.to_string(),
        };
        let mut fields = serde_json::to_value(&*self).map_err(failed)?;
        fields[name] = value;
        *self = serde_json::from_value(fields).map_err(failed)?;
        Ok(())
    }
}

/// Where the clock stands still, if it does.
pub(crate) fn frozen_at(settings: &Settings) -> Result<Option<Nanos>> {
    let Some(time) = settings.frozen_clock else {
        return Ok(None);
    };
    let at = time.duration_since(SystemTime::UNIX_EPOCH).map(nanos);
    match at {
        Ok(at) if at <= LATEST => Ok(Some(at)),
        _ => Err(Error::Clock(
            "it can stand at times from 1970 up to 2200-01-01T00:00:00Z".to_owned(),
        )),
    }
}

/// A time as a text, or nothing.
mod time {
    use std::time::SystemTime;

    use jiff::Timestamp;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "serde gives a reference")]
    pub(super) fn serialize<S: Serializer>(time: &Option<SystemTime>, to: S) -> Result<S::Ok, S::Error> {
        time.and_then(|time| Timestamp::try_from(time).ok())
            .map(|time| time.to_string())
            .serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SystemTime>, D::Error> {
        let Some(text) = Option::<String>::deserialize(from)? else {
            return Ok(None);
        };
        let time: Timestamp = text
            .parse()
            .map_err(|_| D::Error::custom("expected a time such as 2027-01-01T00:00:00Z"))?;
        Ok(Some(time.into()))
    }
}

/// Durations as texts.
mod duration {
    use std::time::Duration;

    use jiff::SignedDuration;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
        let duration = SignedDuration::try_from(*duration).unwrap_or(SignedDuration::MAX);
        to.collect_str(&format_args!("{duration:#}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(from)?;
        let expected = || D::Error::custom("expected a duration such as 50ms, 2s or 1h 30m");
        let duration: SignedDuration = text.parse().map_err(|_| expected())?;
        duration.try_into().map_err(|_| expected())
    }
}
