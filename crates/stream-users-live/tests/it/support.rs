//! An emulator, clients of it, and what tests read from a connection.

use std::time::Duration;

use stream_users_core::token::UserToken;
use stream_users_core::{Client, ClientBuilder, UsersApiExt};
use stream_users_emulator::Emulator;
use stream_users_http::ReqwestTransport;
use stream_users_live::{Events, Live, LiveBuilder, LiveEvent, State};
use stream_users_model::event::Event;
use stream_users_model::{Custom, CustomData, Token, UserRequest};

/// Longer than anything that is to happen takes, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// An emulator on a free port, and its app's server.
pub(crate) struct Service {
    pub(crate) emulator: Emulator,
    pub(crate) server: Client,
}

impl Service {
    pub(crate) async fn start() -> Self {
        Self::of(Emulator::start().await.unwrap())
    }

    pub(crate) fn of(emulator: Emulator) -> Self {
        let server = client(emulator.base_url(), emulator.api_key())
            .server(emulator.api_secret())
            .build()
            .unwrap();
        Self { emulator, server }
    }

    /// A client of the emulator, which lacks the credential.
    pub(crate) fn client(&self) -> ClientBuilder {
        client(self.emulator.base_url(), self.emulator.api_key())
    }

    pub(crate) fn token(&self, id: &str) -> Token {
        self.server.create_token(&UserToken::new(id)).unwrap()
    }

    /// A client of the user `id`, with a token.
    pub(crate) fn user(&self, id: &str) -> Client {
        self.client().user_token(self.token(id)).build().unwrap()
    }

    /// Changes a user's name, as the server.
    pub(crate) async fn rename(&self, id: &str, name: &str) {
        self.server
            .users::<Custom>()
            .upsert_user(UserRequest::new(id).name(name))
            .await
            .unwrap();
    }
}

/// A client of this address.
pub(crate) fn client(base_url: &str, api_key: &str) -> ClientBuilder {
    let transport = ReqwestTransport::builder().no_proxy().build().unwrap();
    Client::builder(api_key).base_url(base_url).transport(transport)
}

/// A connection whose waits are short, so that no test waits long.
pub(crate) fn quick(client: &Client) -> LiveBuilder {
    Live::builder(client).backoff(Duration::from_millis(1), Duration::from_millis(20))
}

/// What `future` returns; it must do so in time.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("what was waited for has not happened")
}

/// The next thing that comes, but for health checks.
pub(crate) async fn next<C: CustomData>(events: &mut Events<C>) -> LiveEvent<C> {
    soon(async {
        loop {
            match events.next().await.expect("the events have ended") {
                LiveEvent::Event(Event::HealthCheck(check)) if check.me.is_none() => {}
                item => return item,
            }
        }
    })
    .await
}

/// The next event, which is to be of this kind.
pub(crate) async fn next_of<C: CustomData>(events: &mut Events<C>, kind: &str) -> Event<C> {
    match next(events).await {
        LiveEvent::Event(event) if event.kind() == kind => event,
        other => panic!("expected {kind}, and {other:?} came"),
    }
}

/// Waits until the connection is as `is` says.
pub(crate) async fn until<C: CustomData>(live: &Live<C>, is: impl Fn(&State) -> bool) -> State {
    let mut states = live.states();
    soon(async {
        loop {
            let state = states.next().await.expect("the states have ended");
            if is(&state) {
                return state;
            }
        }
    })
    .await
}
