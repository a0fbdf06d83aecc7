//! Faults: what a developer makes go wrong, so that a client is seen to bear it. What a fault is stands here, which
//! request suffers which one in `waiting`; how an answer is spoilt on its way out is in [`gate`](crate::gate).

mod waiting;

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::refusal::Refusal;

pub(crate) use self::waiting::Faults;

/// Something that goes wrong with a request, for [`EmulatorService::fault`](crate::EmulatorService::fault).
///
/// It happens to the next request alone, unless [`times`](Self::times) or [`until_cleared`](Self::until_cleared) say
/// otherwise. With a [`chance`](Self::chance) it happens to a share of the requests. Several combine by
/// [`and`](Self::and). A request that suffers a fault goes this way: it waits for the
/// latency; a connection that is dropped before the work is dropped; the answer or the error of the fault is given, or
/// else the work is done as ever; a connection that is dropped after the work is dropped; the body of the answer is spoilt.
///
/// With the operation `connect` latency comes before the upgrade to a WebSocket, and what replaces the work takes its place;
/// an error is told in a message after it, and what spoils an answer spoils the first message. Connections that are
/// there already are ended by a [`Cut`](crate::Cut).
///
/// ```
/// use std::time::Duration;
/// use stream_users_emulator::{Emulator, Fault};
///
/// # fn doc() -> stream_users_emulator::Result<()> {
/// let emulator = Emulator::builder().build()?;
/// emulator.fault("upsert_users", Fault::drop_connection_after())?;
/// emulator.fault("QueryUsers", Fault::error(503, -1, "try later").times(2))?;
/// emulator.fault("get_task", Fault::latency(Duration::from_millis(20)).until_cleared())?;
/// // Every tenth guest is created without anybody learning of it.
/// emulator.fault("create_guest", Fault::drop_connection_after().chance(0.1).until_cleared())?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Fault {
    /// The shortest and the longest.
    pub(crate) latency: Duration,
    pub(crate) latency_up_to: Duration,
    pub(crate) connection: Option<Drop>,
    pub(crate) answer: Option<Exactly>,
    pub(crate) error: Option<ErrorAnswer>,
    pub(crate) body: Option<Spoilt>,
    pub(crate) task: Option<TaskError>,
    /// How many requests suffer it; nothing for all until it is cleared.
    pub(crate) times: Option<u64>,
    /// The share of the requests that it hits; nothing for the next one.
    pub(crate) chance: Option<f64>,
    /// The only path whose requests suffer it, as it is sent.
    pub(crate) path: Option<String>,
}

/// When a connection is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Drop {
    #[serde(rename = "drop_before")]
    BeforeTheWork,
    #[serde(rename = "drop_after")]
    AfterTheWork,
}

impl Drop {
    fn name(self) -> &'static str {
        match self {
            Self::BeforeTheWork => "drop_before",
            Self::AfterTheWork => "drop_after",
        }
    }
}

/// What becomes of the body of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Spoilt {
    Cut,
    InvalidJson,
    NotJson,
}

impl Spoilt {
    fn name(self) -> &'static str {
        match self {
            Self::Cut => "cut",
            Self::InvalidJson => "invalid_json",
            Self::NotJson => "not_json",
        }
    }
}

/// An answer that is given in place of the work, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exactly {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Exactly {
    fn check(&self) -> Result<()> {
        if self.status.is_informational() {
            return Err(Error::Fault(format!(
                "answer.status must be 200 or more, or it would be no answer, and is {}",
                self.status.as_u16()
            )));
        }
        let of_http = [
            header::CONNECTION,
            header::CONTENT_LENGTH,
            header::TRANSFER_ENCODING,
        ];
        match of_http.iter().find(|name| self.headers.contains_key(*name)) {
            Some(name) => Err(Error::Fault(format!(
                "answer.headers must not have {name}, which is written by itself; for a body that is cut add cut_body"
            ))),
            None => Ok(()),
        }
    }
}

/// An error that is answered in place of the work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ErrorAnswer {
    pub(crate) status: u16,
    #[serde(default = "internal")]
    pub(crate) code: i32,
    #[serde(default = "injected")]
    pub(crate) message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after: Option<u32>,
}

fn internal() -> i32 {
    -1
}

fn injected() -> String {
    "injected fault".to_owned()
}

impl ErrorAnswer {
    pub(crate) fn refusal(&self) -> Refusal {
        // The status has been checked when the fault was taken.
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut refusal = Refusal::new(status, i64::from(self.code).into(), self.message.clone());
        refusal.retry_after = self.retry_after.map(i64::from);
        refusal
    }
}

/// The error of a task that fails in place of doing its work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskError {
    #[serde(rename = "type", default = "injected_type")]
    pub(crate) kind: String,
    #[serde(default = "injected")]
    pub(crate) description: String,
}

fn injected_type() -> String {
    "InjectedFault".to_owned()
}

impl Fault {
    /// Nothing goes wrong.
    pub(crate) const NONE: Self = Self {
        latency: Duration::ZERO,
        latency_up_to: Duration::ZERO,
        connection: None,
        answer: None,
        error: None,
        body: None,
        task: None,
        times: Some(1),
        chance: None,
        path: None,
    };

    /// The request waits before anything is done; no other request waits for it.
    ///
    /// Without a socket the future of the answer is then not ready at once; it needs no runtime even so, and waits in
    /// real time.
    pub fn latency(latency: Duration) -> Self {
        Self::latency_between(latency, latency)
    }

    /// The request waits as with [`latency`](Self::latency), each one for another time from `shortest` to `longest`, which
    /// are all equally likely. Which ones they are depends on
    /// [`fault_seed`](crate::EmulatorBuilder::fault_seed).
    pub fn latency_between(shortest: Duration, longest: Duration) -> Self {
        Self {
            latency: shortest,
            latency_up_to: longest,
            ..Self::NONE
        }
    }

    /// The request is refused with this status (400 to 599), this code and this text, and nothing is done. Like every
    /// error it comes in the envelope, its message as `UpdateUsers failed with error: "..."` with the text in the
    /// quotation marks.
    pub fn error(status: u16, code: i32, message: impl Into<String>) -> Self {
        Self {
            error: Some(ErrorAnswer {
                status,
                code,
                message: message.into(),
                retry_after: None,
            }),
            ..Self::NONE
        }
    }

    /// The request is answered with this status, these headers and this body, as they are, and nothing is done: what a
    /// proxy or a newer service might say. No other header is there but those that HTTP itself needs over a socket. Of
    /// the faults of bodies only [`cut_body`](Self::cut_body) changes it.
    ///
    /// The status is 200 or more. `content-length`, `transfer-encoding` and `connection` are written by itself and may
    /// not be among the headers.
    ///
    /// ```
    /// # fn doc() -> Result<(), Box<dyn std::error::Error>> {
    /// use stream_users_emulator::{Emulator, Fault};
    ///
    /// let emulator = Emulator::builder().build()?;
    /// let moved = http::Response::builder().status(307).header("location", "https://elsewhere.example/").body("")?;
    /// emulator.fault("query_users", Fault::answer(moved))?;
    /// # Ok(())
    /// # }
    /// # doc().unwrap();
    /// ```
    pub fn answer(response: Response<impl Into<Bytes>>) -> Self {
        let (parts, body) = response.into_parts();
        Self {
            answer: Some(Exactly {
                status: parts.status,
                headers: parts.headers,
                body: body.into(),
            }),
            ..Self::NONE
        }
    }

    /// The request is refused as one that is over its quota: status 429, code 9. Without
    /// [`retry_after`](Self::retry_after) there is no `Retry-After`.
    pub fn rate_limited() -> Self {
        Self::error(
            429,
            9,
            "Too many requests, check response headers for more information.",
        )
    }

    /// The connection is closed without an answer, and nothing is done.
    ///
    /// Without a socket the service fails with [`ConnectionDropped`](crate::ConnectionDropped).
    pub fn drop_connection_before() -> Self {
        Self {
            connection: Some(Drop::BeforeTheWork),
            ..Self::NONE
        }
    }

    /// What was asked is done, and the connection is closed without an answer.
    ///
    /// Without a socket the service fails with [`ConnectionDropped`](crate::ConnectionDropped).
    pub fn drop_connection_after() -> Self {
        Self {
            connection: Some(Drop::AfterTheWork),
            ..Self::NONE
        }
    }

    /// What was asked is done; of the answer's body the first half is sent, under a `Content-Length` of the whole
    /// (a compressed answer has none, and lacks its last chunk), and the connection is closed.
    ///
    /// Without a socket the service fails with [`ConnectionDropped`](crate::ConnectionDropped), as whoever reads such an
    /// answer from a socket does.
    pub fn cut_body() -> Self {
        Self {
            body: Some(Spoilt::Cut),
            ..Self::NONE
        }
    }

    /// What was asked is done; the answer's body lacks its last byte, so that it is no JSON, and is complete as far as
    /// HTTP can tell.
    pub fn invalid_json() -> Self {
        Self {
            body: Some(Spoilt::InvalidJson),
            ..Self::NONE
        }
    }

    /// What was asked is done; the answer's body is a page of HTML, as a proxy writes one. With
    /// `Fault::error(502, -1, "").and(Fault::not_json())` it is an error of that proxy.
    pub fn not_json() -> Self {
        Self {
            body: Some(Spoilt::NotJson),
            ..Self::NONE
        }
    }

    /// The request is answered as ever; the task that it starts fails with this type and description when its time has
    /// come, and does nothing. Users who are deleted are marked as deleted all the same, because that is done before
    /// the task runs. With an operation that starts no task nothing happens.
    pub fn failed_task(kind: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            task: Some(TaskError {
                kind: kind.into(),
                description: description.into(),
            }),
            ..Self::NONE
        }
    }

    /// The other fault too, for the same requests. Latencies add up; otherwise what the other one says goes before. How
    /// many requests suffer it, of which path, and by which chance, stays as it is.
    pub fn and(mut self, other: Self) -> Self {
        self.latency = self.latency.saturating_add(other.latency);
        self.latency_up_to = self.latency_up_to.saturating_add(other.latency_up_to);
        self.connection = other.connection.or(self.connection);
        self.answer = other.answer.or(self.answer);
        self.error = other.error.or(self.error);
        self.body = other.body.or(self.body);
        self.task = other.task.or(self.task);
        self
    }

    /// Says in `Retry-After` in how many seconds an error may be sent again. Without an error it does nothing.
    pub fn retry_after(mut self, seconds: u32) -> Self {
        if let Some(error) = &mut self.error {
            error.retry_after = Some(seconds);
        }
        self
    }

    /// How many requests suffer it. Default: 1.
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Every request suffers it until the faults are cleared.
    pub fn until_cleared(mut self) -> Self {
        self.times = None;
        self
    }

    /// Only requests for this path, as it is sent and without the query, suffer it; others let it wait.
    ///
    /// ```
    /// # fn doc() -> stream_users_emulator::Result<()> {
    /// use stream_users_emulator::{Emulator, Fault};
    ///
    /// let emulator = Emulator::builder().build()?;
    /// let refused = Fault::error(500, -1, "not this one").for_path("/api/v2/users/ada/deactivate");
    /// emulator.fault("deactivate_user", refused.until_cleared())?;
    /// # Ok(())
    /// # }
    /// # doc().unwrap();
    /// ```
    pub fn for_path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// It hits each request for its operation with this probability, more than 0 and at most 1, rather than the next
    /// one for sure. It counts for [`times`](Self::times) when it happens.
    ///
    /// Such faults stand beside the others: several may wait for the same operation, and each one throws its own dice
    /// for each request. All that hit and only let a request wait are waited for. Of those that do more one happens, as
    /// a whole with its latency: that without a chance whose turn it is, or else the oldest that hits. The same requests
    /// in the same order are hit in every run; [`fault_seed`](crate::EmulatorBuilder::fault_seed) lets it be others.
    ///
    /// ```
    /// # fn doc() -> stream_users_emulator::Result<()> {
    /// use std::time::Duration;
    /// use stream_users_emulator::{Emulator, Fault};
    ///
    /// let emulator = Emulator::builder().build()?;
    /// let jitter = Fault::latency_between(Duration::ZERO, Duration::from_millis(5)).chance(1.0);
    /// for fault in [
    ///     Fault::drop_connection_after().chance(0.1),
    ///     Fault::rate_limited().chance(0.1),
    ///     Fault::error(503, -1, "try later").chance(0.05),
    ///     jitter,
    /// ] {
    ///     emulator.fault("*", fault.until_cleared())?;
    /// }
    /// # Ok(())
    /// # }
    /// # doc().unwrap();
    /// ```
    pub fn chance(mut self, chance: f64) -> Self {
        self.chance = Some(chance);
        self
    }

    /// Whether it does more than let a request wait.
    fn spoils(&self) -> bool {
        self.connection.is_some()
            || self.answer.is_some()
            || self.error.is_some()
            || self.body.is_some()
            || self.task.is_some()
    }

    /// Whether nothing of the request is looked at, because its answer does not come or is the fault's own.
    pub(crate) fn replaces_the_work(&self) -> bool {
        self.connection == Some(Drop::BeforeTheWork) || self.answer.is_some()
    }

    /// The names of what goes wrong, as they are over HTTP.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        let connection = |drop| (self.connection == Some(drop)).then_some(drop.name());
        [
            (!self.latency.is_zero()).then_some("latency"),
            connection(Drop::BeforeTheWork),
            self.answer.as_ref().map(|_| "answer"),
            self.error.as_ref().map(|_| "error"),
            connection(Drop::AfterTheWork),
            self.body.map(Spoilt::name),
            self.task.as_ref().map(|_| "task"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn check(&self) -> Result<()> {
        let statuses = 400..=599;
        self.answer.as_ref().map_or(Ok(()), Exactly::check)?;
        match &self.error {
            Some(error) if !statuses.contains(&error.status) => Err(Error::Fault(format!(
                "error.status must be between 400 and 599 and is {}",
                error.status
            ))),
            _ if self.times == Some(0) => Err(Error::Fault(
                "times must be 1 or more; leave it out for 1".to_owned(),
            )),
            _ if self.chance.is_some_and(|chance| !(chance > 0.0 && chance <= 1.0)) => Err(Error::Fault(
                "chance must be more than 0 and at most 1, such as 0.1 for a tenth of the requests"
                    .to_owned(),
            )),
            _ if self.latency_up_to < self.latency => Err(Error::Fault(
                "the longest latency must not be shorter than the shortest".to_owned(),
            )),
            _ => Ok(()),
        }
    }
}
