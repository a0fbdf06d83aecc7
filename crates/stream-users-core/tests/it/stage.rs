//! What every test stands on: a client over a script, with a clock that waits move.

use std::time::Duration;

use serde_json::{Map, Value};
use stream_users_core::retry::{Backoff, DefaultRetry};
use stream_users_core::{Client, ClientBuilder, RawCall, Users};
use stream_users_model::{CustomData, Operation, Timestamp};
use stream_users_testing::{Answer, ManualClock, RecordedRequest, ScriptedTransport};

pub(crate) const KEY: &str = "the-key";
pub(crate) const SECRET: &str = "the-secret";

/// What [`ManualClock`] starts at.
pub(crate) const START: i64 = 1_700_000_000;

pub(crate) struct Stage {
    pub(crate) transport: ScriptedTransport,
    pub(crate) clock: ManualClock,
    pub(crate) client: Client,
}

impl Stage {
    /// A server's client that is given `answers` and waits exactly as long as it is told to.
    pub(crate) fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::over(ScriptedTransport::new(answers), |builder| builder)
    }

    pub(crate) fn answering(rule: impl Fn(&RecordedRequest) -> Answer + Send + Sync + 'static) -> Self {
        Self::over(ScriptedTransport::answering(rule), |builder| builder)
    }

    pub(crate) fn over(
        transport: ScriptedTransport,
        set_up: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Self {
        let clock = ManualClock::auto_advance();
        let builder = Client::builder(KEY)
            .server(SECRET)
            .transport(transport.clone())
            .clock(clock.clone())
            .random_seed(7)
            .retry(exact());
        let client = set_up(builder).build().unwrap();
        Self {
            transport,
            clock,
            client,
        }
    }

    pub(crate) fn users<C: CustomData>(&self) -> Users<C> {
        self.client.users()
    }

    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        self.transport.requests()
    }

    pub(crate) fn sent(&self) -> usize {
        self.requests().len()
    }

    /// The one request that was sent.
    pub(crate) fn request(&self) -> RecordedRequest {
        let mut requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests.remove(0)
    }

    /// The waits that came to their end.
    pub(crate) fn waits(&self) -> Vec<Duration> {
        self.clock.sleeps()
    }
}

/// The default policy without its random part.
pub(crate) fn exact() -> DefaultRetry {
    DefaultRetry::new().backoff(Backoff::none())
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(crate) fn at(unix_seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(unix_seconds).unwrap()
}

/// An answer that every operation can read but those that must return something.
pub(crate) fn empty() -> Answer {
    Answer::json(200, serde_json::json!({"duration": "1.5ms"}))
}

/// A raw call whose input fills in the operation's path.
pub(crate) fn call(operation: &'static Operation) -> RawCall {
    let parameters = operation
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let input: Map<String, Value> = parameters.map(|name| (name.to_owned(), "x".into())).collect();
    RawCall::new(operation, input)
}
