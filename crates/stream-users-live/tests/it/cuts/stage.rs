//! A client behind the proxy, and what is held of it after every cut.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use stream_users_core::Client;
use stream_users_core::credential::ProviderError;
use stream_users_core::token::UserToken;
use stream_users_emulator::{DEFAULT_API_KEY, DEFAULT_API_SECRET};
use stream_users_http::ReqwestTransport;
use stream_users_live::{Events, Gap, GapReason, Live, LiveBuilder, LiveEvent, Protocol, State, States};
use stream_users_model::event::Event;

use super::proxy::{Greeting, Proxy};
use super::server::Server;
use super::time::Time;
use super::within;

pub(crate) const USER: &str = "ada";

/// How long an attempt may take, by default. No wait between attempts is as long to the nanosecond.
pub(crate) const ATTEMPT: Duration = Duration::from_secs(10);

/// What `backoff` doubles from and up to, by default.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(25));

/// How a single attempt is to fail.
#[derive(Clone, Debug)]
pub(crate) enum Failing {
    /// Met so by the proxy.
    Met(Greeting),
    /// The same, and only the time ends it.
    Late(Greeting),
    /// Refused by the emulator, in a frame.
    Refused(u16, i32, &'static str),
}

pub(crate) struct Stage {
    pub(crate) server: Server,
    pub(crate) proxy: Proxy,
    pub(crate) time: Time,
    pub(crate) live: Live,
    pub(crate) events: Events,
    pub(crate) states: States,
    /// How many tokens were asked for.
    pub(crate) tokens: Arc<AtomicUsize>,
    markers: usize,
}

/// A backend, which signs tokens.
pub(crate) fn backend(url: &str) -> Client {
    Client::builder(DEFAULT_API_KEY)
        .server(DEFAULT_API_SECRET)
        .base_url(url)
        .transport(ReqwestTransport::builder().no_proxy().build().unwrap())
        .build()
        .unwrap()
}

/// A client whose tokens come from a provider that counts.
pub(crate) fn client(url: &str, time: &Time, seed: u64, tokens: &Arc<AtomicUsize>) -> Client {
    let (backend, tokens) = (backend(url), tokens.clone());
    Client::builder(DEFAULT_API_KEY)
        .token_provider(move || {
            tokens.fetch_add(1, Ordering::SeqCst);
            let token = backend.create_token(&UserToken::new(USER));
            async move { token.map_err(ProviderError::from) }
        })
        .base_url(url)
        .transport(ReqwestTransport::builder().no_proxy().build().unwrap())
        .clock(time.clone())
        .random_seed(seed)
        .build()
        .unwrap()
}

impl Stage {
    pub(crate) async fn new(name: &str, protocol: Protocol, seed: u64) -> Self {
        Self::with(name, seed, |live| live.protocol(protocol)).await
    }

    pub(crate) async fn with(
        name: &str,
        seed: u64,
        settings: impl FnOnce(LiveBuilder) -> LiveBuilder,
    ) -> Self {
        let tokens = Arc::new(AtomicUsize::new(0));
        let made = |url: &str, time: &Time| client(url, time, seed, &tokens);
        let mut stage = Self::open(name, made, settings).await;
        stage.tokens = tokens;
        stage
    }

    /// Connected by a client of one's own.
    pub(crate) async fn of(name: &str, client: impl FnOnce(&str, &Time) -> Client) -> Self {
        Self::open(name, client, |live| live).await
    }

    async fn open(
        name: &str,
        client: impl FnOnce(&str, &Time) -> Client,
        settings: impl FnOnce(LiveBuilder) -> LiveBuilder,
    ) -> Self {
        let server = Server::start(name).await;
        let proxy = Proxy::start(server.address).await;
        let time = Time::new();
        let client = client(&proxy.url(), &time);
        let connecting = settings(Live::builder(&client)).connect();
        let (live, events) = within("connecting", connecting).await.unwrap();
        let mut states = live.states();
        assert!(states.next().await.unwrap().is_online());
        let mut stage = Self {
            server,
            proxy,
            time,
            live,
            events,
            states,
            tokens: Arc::default(),
            markers: 0,
        };
        stage.expect_own_first().await;
        stage
    }

    pub(crate) async fn next_state(&mut self) -> State {
        within("another state", self.states.next()).await.unwrap()
    }

    pub(crate) async fn next_event(&mut self) -> LiveEvent {
        let next = within("an event", self.events.next()).await;
        next.expect("the connection was closed")
    }

    /// The first answer of a connection is told.
    pub(crate) async fn expect_own_first(&mut self) {
        match self.next_event().await {
            LiveEvent::Event(Event::ConnectionOk(_) | Event::HealthCheck(_)) => {}
            other => panic!("not the first answer of a connection: {other:?}"),
        }
    }

    /// One gap, then the first answer of the new connection.
    pub(crate) async fn expect_gap(&mut self) -> Gap {
        let LiveEvent::Gap(gap) = self.next_event().await else {
            panic!("the gap does not come first");
        };
        assert_eq!(gap.reason, GapReason::Reconnected);
        assert!(gap.since <= gap.until, "{gap:?}");
        self.expect_own_first().await;
        gap
    }

    /// What is sent now comes once, and nothing else does.
    pub(crate) async fn expect_marker(&mut self) {
        self.send_marker().await;
        self.read_marker().await;
    }

    pub(crate) async fn send_marker(&mut self) {
        self.markers += 1;
        self.server.tell(USER, self.markers).await;
    }

    /// The marker that was sent last is the next to come. An answer to a health check may come before.
    pub(crate) async fn read_marker(&mut self) {
        loop {
            match self.next_event().await {
                LiveEvent::Event(Event::HealthCheck(_)) => {}
                LiveEvent::Event(Event::Other(other)) => {
                    let custom: serde_json::Value = other.custom().unwrap();
                    assert_eq!(custom["number"], self.markers, "{custom}");
                    return;
                }
                other => panic!("in place of marker {}: {other:?}", self.markers),
            }
        }
    }

    /// Lets the client notice by its clock that nothing comes any more.
    pub(crate) async fn wait_until_dead(&mut self) {
        for _ in 0..10 {
            let waits = self.time.until("a health check", |w| !w.pending.is_empty()).await;
            let newest = waits.pending.iter().map(|wait| wait.0).max();
            self.time.clock.advance_to_next().unwrap();
            let mut states = self.live.states();
            let lost = async { while states.next().await.unwrap().is_online() {} };
            let waited = self.time.until("the next wait", |waits| {
                waits.pending.iter().any(|wait| Some(wait.0) > newest)
            });
            tokio::select! {
                biased;
                () = lost => return,
                _ = waited => {}
            }
        }
        panic!("the client goes on with a connection on which nothing comes");
    }

    /// Moves the time from attempt to attempt: these fail, the next one does not.
    pub(crate) async fn come_back(&mut self, failing: &[Failing]) {
        for failing in failing {
            match failing {
                Failing::Met(greeting) | Failing::Late(greeting) => self.proxy.next([greeting.clone()]),
                Failing::Refused(status, code, text) => self.server.refuse_next(*status, *code, text).await,
            }
            self.dial(Duration::ZERO).await;
            if let Failing::Late(_) = failing {
                let is_attempt = |wait: &(u64, Duration, Duration)| wait.2 == ATTEMPT;
                let what = "an attempt that nobody answers";
                self.time.until(what, |w| w.pending.iter().any(is_attempt)).await;
                self.time.clock.advance(ATTEMPT);
            }
        }
        self.dial(Duration::ZERO).await;
        while !self.next_state().await.is_online() {}
        assert!(self.proxy.is_plan_done());
        assert_eq!(self.proxy.seen().most, 1, "two connections at the same time");
    }

    /// Waits for the wait before the next attempt, holds that it is in its bounds, and ends it; how long it was.
    pub(crate) async fn dial(&mut self, asked: Duration) -> Duration {
        let before = self.proxy.seen().dialled;
        let wait = self.end_wait(asked).await;
        self.proxy.until(|seen| seen.dialled > before).await;
        wait
    }

    async fn end_wait(&self, asked: Duration) -> Duration {
        let waits = self
            .time
            .until("the wait before an attempt", |waits| {
                let is_online = self.live.state().is_online();
                let between = |wait: &(u64, Duration, Duration)| wait.2 != ATTEMPT;
                !is_online && waits.pending.iter().any(between)
            })
            .await;
        let State::Reconnecting { attempt, reason, .. } = self.live.state() else {
            panic!("{:?}", self.live.state());
        };
        let [(_, _, wait)] = waits.pending[..] else {
            panic!("only the next attempt is to be waited for: {waits:?}");
        };
        let doubled = BACKOFF.0.saturating_mul(1 << (attempt - 1).min(20));
        let most = asked + doubled.min(BACKOFF.1);
        assert!(
            (asked..=most).contains(&wait),
            "{wait:?} before attempt {attempt} is not within {asked:?} and {most:?}: {reason}"
        );
        self.time.clock.advance(wait);
        wait
    }

    /// The next attempt is a long-poll, and the events that come by it are those of a connection.
    pub(crate) async fn come_back_by_poll(&mut self) {
        self.end_wait(Duration::ZERO).await;
        while !self.next_state().await.is_online() {}
        self.expect_gap().await;
        for _ in 0..20 {
            self.expect_marker().await;
        }
        // Many at once.
        let first = self.markers + 1;
        for _ in 0..20 {
            self.send_marker().await;
        }
        self.markers = first;
        for _ in 1..20 {
            self.read_marker().await;
            self.markers += 1;
        }
        self.read_marker().await;
        self.is_connected_once("longpoll").await;
    }

    /// The emulator knows of one connection, of this kind; it may need a moment to see that one is gone.
    pub(crate) async fn is_connected_once(&self, transport: &str) {
        let once = async {
            loop {
                let listed = self.server.get("/_emulator/connections").await;
                let number = listed["connections"].as_array().unwrap().len();
                assert_ne!(number, 0, "{listed}");
                if number == 1 {
                    assert_eq!(listed["connections"][0]["transport"], transport);
                    return;
                }
            }
        };
        within("the end of what was before", once).await;
    }
}
