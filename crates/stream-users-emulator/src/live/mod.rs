//! Living connections: clients that are told what happens, over a WebSocket or by long polling.
//!
//! | file | what it holds |
//! |---|---|
//! | `hub` | who is connected, and whose presence they are told of |
//! | `connection` | one connection as others see it: its outbox, and how it is brought to its end |
//! | `presence`, `refreshes` | what is done when a connection of a user comes, while it is there, and when the last one is gone |
//! | `closing` | whose connections end because of what has become of the user or its token |
//! | `hello`, `handshake` | what a client says first, and what becomes of it: a connection or a refusal |
//! | `frames` | what the emulator writes by itself: the first answer, health checks, errors |
//! | `cut` | what a developer sees of connections and does to them |
//! | `long_poll` | the waiting of polls |
//! | `upgrade`, `line`, `opening`, `session` | the WebSocket: how a request becomes one, and how it is served |
//!
//! Who is told of which event is not decided here, but where events are published. A connection knows no database: what
//! it is told comes as text.
//!
//! # Which clock
//!
//! Waits go by the machine's clock (health checks, silence, the time for the first message, polls), because clients
//! measure them so and a clock that stands still must not keep a dead connection. Times that are written, and whether a
//! token is valid, go by the emulator's clock.
//!
//! # Order of locks
//!
//! The store's lock is taken before the hub's, never while the hub's is held. Whoever registers or tells within a
//! transaction, or right after it with the store still locked, is therefore in the order of the transactions.

pub(crate) mod closing;
mod connection;
mod cut;
mod frames;
mod handshake;
mod hello;
mod hub;
mod line;
pub(crate) mod long_poll;
mod opening;
pub(crate) mod presence;
mod refreshes;
mod session;
mod upgrade;

pub(crate) use connection::{Connection, End, Frame, Transport};
pub use cut::{Cut, LiveConnection};
pub(crate) use cut::{How, cut, list};
pub(crate) use handshake::register;
pub(crate) use hub::Hub;
pub(crate) use line::Line;
pub(crate) use opening::Session;
pub(crate) use presence::settle;
pub(crate) use refreshes::Refreshes;
pub(crate) use upgrade::connect;
