//! [`LiveBuilder`]: how a connection is set up. What happens on it is decided elsewhere.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use stream_users_core::credential::{Credential, CredentialKind, ProviderError};
use stream_users_core::token::UserToken;
use stream_users_core::{Client, ErrorKind, Result};
use stream_users_model::{Custom, CustomData, Str};
use tokio::runtime;

use crate::connect_user::ConnectUser;
use crate::dial::Dialler;
use crate::driver::Driver;
use crate::events::Events;
use crate::failure::builder as error;
use crate::live::{Handle, Live, Shared};
use crate::protocol::Hello;
use crate::queue::Queue;
use crate::settings::{LongPolling, Protocol, Timing};
use crate::socket::Connector;
use crate::state::State;

/// The fields that the older protocol has custom data beside.
const FIELDS: [&str; 7] = [
    "id",
    "name",
    "image",
    "language",
    "invisible",
    "privacy_settings",
    "anon",
];

/// Sets a connection up; made by [`Live::builder`]. Nothing happens before [`connect`](Self::connect).
#[must_use = "the settings do nothing until `connect` is called"]
pub struct LiveBuilder<C = Custom> {
    client: Client,
    user: Option<ConnectUser>,
    protocol: Protocol,
    products: Vec<Str>,
    capacity: usize,
    long_polling: LongPolling,
    timing: Timing,
    connector: Option<Arc<dyn Connector>>,
    custom: PhantomData<fn() -> C>,
}

impl LiveBuilder<Custom> {
    pub(crate) fn new(client: Client) -> Self {
        Self {
            client,
            user: None,
            protocol: Protocol::default(),
            products: vec![Str::from_static("chat")],
            capacity: 256,
            long_polling: LongPolling::default(),
            timing: Timing::default(),
            connector: default_connector(),
            custom: PhantomData,
        }
    }
}

impl<C: CustomData> LiveBuilder<C> {
    /// Reads the custom data of users as a `T`: one's own, and those whom events are about.
    ///
    /// An event of a user whose custom data do not fit is kept whole as
    /// [`Event::Other`](stream_users_model::event::Event::Other). One's own must fit: else connecting fails.
    pub fn custom_data<T: CustomData>(self) -> LiveBuilder<T> {
        LiveBuilder {
            client: self.client,
            user: self.user,
            protocol: self.protocol,
            products: self.products,
            capacity: self.capacity,
            long_polling: self.long_polling,
            timing: self.timing,
            connector: self.connector,
            custom: PhantomData,
        }
    }

    /// Says as whom to connect, and what to set of them with it.
    ///
    /// With the API secret it must be said, and each attempt has a token that is signed for that user. With a user's token or
    /// a provider the id is read from the token where it is not said, and must be the token's own where it is. A guest has
    /// the id that the service has given, whatever is said here. An anonymous user has a random id where none is said.
    pub fn user(mut self, user: impl Into<ConnectUser>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// Speaks this protocol, by default [`Protocol::V2`].
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = protocol;
        self
    }

    /// Asks for the events of these products, by default of `chat`; there are `video` and `feeds`, too. The older protocol is
    /// chat's own and has none to choose.
    pub fn products(mut self, products: impl IntoIterator<Item = impl Into<Str>>) -> Self {
        self.products = products.into_iter().map(Into::into).collect();
        self
    }

    /// How many events may wait for the reader, by default 256 and at least one. When that many wait, later ones are dropped
    /// until half of them have been read, and a [`Gap`](crate::Gap) says how many.
    ///
    /// It bounds the number and not the bytes: an event is as long as its message at most, 1 MiB by default, and takes
    /// several times that once it is read. The service's own are a few KB; where memory is scarce, lower both limits.
    pub fn capacity(mut self, events: usize) -> Self {
        self.capacity = events;
        self
    }

    /// Whether the connection may be made without a WebSocket, by default where none comes through.
    pub fn long_polling(mut self, long_polling: LongPolling) -> Self {
        self.long_polling = long_polling;
        self
    }

    /// How long [`connect`](Self::connect) tries, by default 30 seconds; `None` for as long as failures are passing ones.
    pub fn connect_within(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.timing.connect_within = limit.into();
        self
    }

    /// How long a single attempt may take, from dialling to the service's first answer, by default 10 seconds. Fetching a
    /// token has the limit of the client's attempts.
    pub fn attempt_timeout(mut self, limit: Duration) -> Self {
        self.timing.attempt = limit;
        self
    }

    /// How often a health check is sent, by default every 25 seconds, and after how long without anything from the service
    /// the connection is dead, by default after 35. The first must not be zero, and the second be longer. A long-poll, which
    /// sends none, is given 30 seconds for each of its requests.
    pub fn health_checks(mut self, every: Duration, dead_after: Duration) -> Self {
        (self.timing.ping_every, self.timing.dead_after) = (every, dead_after);
        self
    }

    /// The bound of the wait before the first further attempt, by default 250 ms, and what it doubles up to, by default 25
    /// seconds. The wait is a random time up to the bound, or above what the service asks for.
    pub fn backoff(mut self, base: Duration, max: Duration) -> Self {
        (self.timing.backoff_base, self.timing.backoff_max) = (base, max);
        self
    }

    /// Dials with another WebSocket than that of the feature `websocket`, or with other settings of it.
    pub fn connector(mut self, connector: impl Connector) -> Self {
        self.connector = Some(Arc::new(connector));
        self
    }

    /// Connects, and returns once the service has given its first answer. The connection is then kept by a task of its own.
    ///
    /// Passing failures are tried again within [`connect_within`](Self::connect_within). The future may be dropped at any
    /// point, and the connection with it.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] or [`ErrorKind::Invalid`] where the settings do not fit; [`ErrorKind::Auth`] where there is no
    /// token for the user; [`ErrorKind::Api`] where the service has refused, or something else has in its place;
    /// [`ErrorKind::Decode`] where one's own user is none that fits `C`; else the last failure when time is over:
    /// [`ErrorKind::Connect`], [`ErrorKind::Timeout`], [`ErrorKind::Interrupted`], [`ErrorKind::Decode`].
    pub async fn connect(self) -> Result<(Live<C>, Events<C>)> {
        let runtime = runtime::Handle::try_current().map_err(|_| {
            error(ErrorKind::Config)
                .message("a connection needs a tokio runtime: call this within one")
                .build()
        })?;
        let dialler = self.dialler()?;
        let client = dialler.client.clone();
        let (handle, closing) = Handle::new();
        let handle = Arc::new(handle);
        let queue = Arc::new(Queue::new(self.capacity));
        let shared = Arc::new(Shared::new(Arc::clone(&queue), closing));
        let events = Events::new(queue, Arc::clone(&handle));
        let mut states = shared.states();
        let driver = Driver::new(dialler, Arc::clone(&shared), self.timing, self.long_polling);
        runtime.spawn(driver.run());
        let reason = match states.wait_for(|state| !matches!(state, State::Connecting)).await {
            Ok(state) => state.reason().filter(|_| state.is_closed()).map(Arc::clone),
            Err(_) => None,
        };
        match (shared.me(), reason) {
            (Some(me), None) => Ok((Live::new(shared, client, handle, me), events)),
            (_, Some(reason)) => Err((*reason).clone()),
            (None, None) => Err(error(ErrorKind::Interrupted).build()),
        }
    }

    fn dialler(&self) -> Result<Dialler> {
        let config = |message: &str| Err(error(ErrorKind::Config).message(message).build());
        if self.timing.ping_every.is_zero() {
            return config(
                "health checks must be sent with some time between them: give `health_checks` more than 0",
            );
        }
        if self.timing.dead_after <= self.timing.ping_every {
            return config(
                "a connection must be given longer to be dead than from one health check to the next",
            );
        }
        let kind = self.client.credential().kind();
        let anonymous = kind == CredentialKind::Anonymous;
        let named = self.user.is_some();
        let user = match &self.user {
            Some(user) => user.clone(),
            None if anonymous => ConnectUser::new(self.client.random().request_id()),
            None if kind == CredentialKind::Server => {
                return config("the api secret is every user's: say with `user` as whom to connect");
            }
            // Its id is known later.
            None => ConnectUser::new(""),
        };
        self.check(&user)?;
        let client = if kind == CredentialKind::Server {
            self.client.with_credential(self.signing(&user))
        } else {
            self.client.clone()
        };
        Ok(Dialler {
            client,
            connector: self.connector.clone(),
            protocol: self.protocol,
            hello: Hello {
                user,
                anonymous,
                products: self.products.clone(),
            },
            named,
            signs: kind == CredentialKind::Server,
            limit: self.timing.attempt,
        })
    }

    fn check(&self, user: &ConnectUser) -> Result<()> {
        let invalid = |message: String| Err(error(ErrorKind::Invalid).message(message).build());
        if self.user.is_some() && matches!(user.id.as_str(), "" | "." | "..") {
            return invalid("user.id: must not be empty, `.` or `..`".to_owned());
        }
        let Some(custom) = &user.custom else { return Ok(()) };
        let custom = match custom.to_map() {
            Ok(custom) => custom,
            Err(problem) => return invalid(format!("user.custom: {problem}")),
        };
        if self.protocol == Protocol::V1 {
            if let Some(field) = FIELDS.iter().find(|field| custom.contains_key(**field)) {
                return invalid(format!(
                    "user.custom: must have no key `{field}`: the older protocol has custom data beside the fields of that \
                     name; use another key, or the newer protocol"
                ));
            }
        }
        Ok(())
    }

    /// Signs a token of the user each time that one is needed.
    fn signing(&self, user: &ConnectUser) -> Credential {
        let (client, id) = (self.client.clone(), user.id.clone());
        Credential::provider(move || {
            let token = client.create_token(&UserToken::new(id.clone()));
            async move { token.map_err(ProviderError::from) }
        })
    }
}

#[cfg(feature = "websocket")]
#[allow(clippy::unnecessary_wraps, reason = "without the feature there is none")]
fn default_connector() -> Option<Arc<dyn Connector>> {
    Some(Arc::new(crate::websocket::WebSocketConnector::new()))
}

#[cfg(not(feature = "websocket"))]
fn default_connector() -> Option<Arc<dyn Connector>> {
    None
}

impl<C> fmt::Debug for LiveBuilder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveBuilder")
            .field("client", &self.client)
            .field("protocol", &self.protocol)
            .field("capacity", &self.capacity)
            .field("long_polling", &self.long_polling)
            .finish_non_exhaustive()
    }
}
