//! Two transports for stream-users over other HTTP stacks, as their authors might write them: on `stream-users-core` alone.
//!
//! For whom: whoever is about to implement a [`Transport`](stream_users_core::Transport), as an example to copy from. The
//! guide's page `docs/guide/transports.md` walks through the first one. Both pass `transport_conformance!` of
//! `stream-users-testing`; see `tests/it`.
//!
//! - [`hyper`]: an async client of the application's own, with a pool and any connector, as for TLS.
//! - [`ureq`]: a blocking client, driven from async code on a limited number of threads, without a runtime.

pub mod hyper;
pub mod ureq;

/// The page of the guide, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/transports.md")]
mod guide {}
