//! Live connections to Stream: a program is a user, a guest or nobody in particular, and hears what happens.
//!
//! For whom: bots, games, kiosks, load tests and backends that want to hear of their users at once. Most programs add
//! [`stream-users`](https://docs.rs/stream-users) with its feature `live`, which is this crate.
//!
//! ```no_run
//! use stream_users_live::{Live, LiveEvent};
//! use stream_users_model::event::Event;
//!
//! # async fn example(client: stream_users_core::Client) -> stream_users_core::Result<()> {
//! // As whom is the client's credential: a user's token, a provider of tokens, a guest, or nobody.
//! let (live, mut events) = Live::builder(&client).connect().await?;
//! println!("connected as {}", live.me().id);
//! while let Some(item) = events.next().await {
//!     match item {
//!         LiveEvent::Event(Event::UserPresenceChanged(event)) => println!("{}: {}", event.user.id, event.user.online),
//!         LiveEvent::Event(event) => println!("{}", event.kind()),
//!         LiveEvent::Gap(gap) => println!("look again: nothing is known since {}", gap.since),
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What holds
//!
//! - **Events come in order, and none twice.** Where some may be missing, a [`Gap`] comes before anything later.
//! - **There is never a second connection**: the old one is closed before another is dialled.
//! - **Passing failures are tried again**, with a wait that grows and is random; permanent ones end the connection, and
//!   [`State::Closed`] says why.
//! - **Memory is bounded**: by [`LiveBuilder::capacity`] events that wait, each at most as long as the largest message.
//! - **Time and randomness are the client's**: with a clock under control no test waits.
//!
//! # What is where
//!
//! - [`Live::builder`] and [`LiveBuilder`] set a connection up; [`ConnectUser`] says as whom.
//! - [`Live`] is the handle, [`Events`] what is read, [`States`] how it is.
//! - [`Connector`] and [`Socket`] are the seam to a WebSocket library.
//!
//! # Features
//!
//! | feature | default | what it does |
//! |---|---|---|
//! | `websocket` | yes | `WebSocketConnector`, by tokio-tungstenite; without it, give a [`Connector`] of your own |
//! | `rustls` | | `https://` with rustls and the platform's certificate verifier |
//! | `rustls-no-provider` | | the same with a crypto provider that the application installs |
//! | `native-tls` | | `https://` with the platform's TLS library; chosen where rustls is on as well |
//!
//! What must not enter: a clock or a source of randomness of its own, and decisions outside of `machine` and `failure`.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod connect_user;
mod dial;
mod driver;
mod events;
mod failure;
mod frame;
mod link;
mod live;
mod long_poll;
mod machine;
mod protocol;
mod queue;
mod settings;
mod socket;
mod state;
mod trace;
#[cfg(feature = "websocket")]
mod websocket;

pub use self::builder::LiveBuilder;
pub use self::connect_user::ConnectUser;
pub use self::events::{Events, Gap, GapReason, LiveEvent};
pub use self::live::Live;
pub use self::settings::{LongPolling, Protocol};
pub use self::socket::{Close, ConnectError, Connected, Connector, Received, Socket};
pub use self::state::{State, States};
#[cfg(feature = "websocket")]
pub use self::websocket::WebSocketConnector;
