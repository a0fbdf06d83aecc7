//! Living connections: clients that are told what happens, over a WebSocket or by long polling.
//!
//! | file | what it holds |
//! |---|---|
//! | `hub` | who is connected, and the telling: what other parts of the emulator use |
//! | `connection` | one connection as others see it: its outbox, and how it is brought to its end |
//! | `presence` | what is done when the first connection of a user comes and when the last one is gone |
//! | `hello`, `handshake` | what a client says first, and what becomes of it: a connection or a refusal |
//! | `frames` | what the emulator writes by itself: the first answer, health checks, errors |
//! | `cut` | what a developer sees of connections and does to them |
//! | `long_poll` | the waiting of polls |
//! | `upgrade`, `line`, `session` | the WebSocket: how a request becomes one, and how it is served |
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

mod connection;
mod cut;
mod frames;
mod handshake;
mod hello;
mod hub;
mod line;
pub(crate) mod long_poll;
pub(crate) mod presence;
mod session;
mod upgrade;

pub(crate) use connection::{End, Transport};
pub use cut::{Cut, LiveConnection};
pub(crate) use cut::{How, cut, list};
pub(crate) use handshake::register;
pub(crate) use hub::Hub;
pub(crate) use line::Line;
pub(crate) use presence::settle;
pub(crate) use session::Session;
pub(crate) use upgrade::connect;
