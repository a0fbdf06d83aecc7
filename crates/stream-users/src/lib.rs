//! Users of Stream (getstream.io: chat, feeds and video share one user base) from Rust: create, change, find, deactivate,
//! delete, restore, export and block them, connect as one of them, and hear what happens. Typed, mockable, async or blocking.
//!
#![cfg_attr(feature = "http", doc = "```no_run")]
#![cfg_attr(not(feature = "http"), doc = "```ignore")]
//! use stream_users::prelude::*;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! // STREAM_API_KEY and STREAM_API_SECRET say which app.
//! let users: Users = Client::from_env(ReqwestTransport::new()?)?.users();
//! let ada = users.upsert_user(UserRequest::new("ada").name("Ada Lovelace")).await?;
//! users.update_user_partial(UserPatch::new("ada").set("plan", "pro")).await?;
//! let admins = users.query_users(QueryUsers::new(field::role().eq("admin"))).await?;
//! let deleted = users.delete_users(DeleteUsers::new(["grace"])).await?;
//! users.task(&deleted.body).wait().await?;
//! # Ok(())
//! # }
//! ```
//!
//! # What is where
//!
//! - [`UsersApi`] is the API as a trait: an operation of the service, a method. [`UsersApiExt`] adds conveniences: single
//!   users, pages, tasks, downloads of exports, erasure. [`Users`] is both over a [`Client`].
//! - The requests and answers stand at the root of the crate, a file for each operation in [`operations`]; typed filters
//!   in [`field`]; the user in [`user`].
//! - [`Error`] is the one error. [`retry`], [`rate_limit`] and [`CallOptions`] say what happens before it is returned;
//!   [`credential`] and [`token`] are about who calls, [`observe`] is told what happens.
//! - [`event`] has what the service tells of users, and `webhook` (feature `webhook`) verifies and reads what it tells a
//!   backend.
//! - `live` (feature `live`) connects as a user, a guest or anonymously, and hears what happens.
//! - Code that holds `Arc<dyn UsersApi>` is tested with the mock of `stream-users-testing` (feature `testing`).
//! - [`prelude`] has the traits and the types that most programs name.
//!
//! # Features
//!
//! | feature | default | what it does |
//! |---|---|---|
//! | `http` | yes | `ReqwestTransport`, and tokio's timer as the default clock |
//! | `rustls` | yes | HTTPS with rustls and the platform's certificate verifier |
//! | `rustls-no-provider` | | the same with a crypto provider that the application installs |
//! | `native-tls` | | HTTPS with the platform's TLS library |
//! | `http2` | yes | HTTP/2 where the server offers it |
//! | `gzip` | yes | asks for gzip answers and decodes them |
//! | `system-proxy` | yes | reads the proxy settings of the environment and the system |
//! | `blocking` | | the module `blocking`: the same API without async; with `live`, connections too |
//! | `conformance` | | `testing` with the conformance suites: a named test for each rule of a `UsersApi` or a transport |
//! | `file-journal` | | `bulk::journal::FileJournal`, with which a run on many users goes on after it was killed |
//! | `live` | | the module `live`: connections as a user, a guest or anonymously, with typed events |
//! | `testing` | | the module `testing`: mocks, scripts, fixtures and cassettes, for `dev-dependencies` |
//! | `tokio` | yes | tokio's timer as the default clock; `http` turns it on |
//! | `tower` | | a tower service as a transport (`ServiceTransport`), and a transport as a tower service (`TransportService`) |
//! | `webhook` | | the module `webhook`: what the service tells a backend, verified and typed |
//! | `jiff`, `time`, `chrono` | | conversions between [`Timestamp`] and the times of these crates |
//!
//! The features of HTTPS, HTTP/2, gzip and proxies turn `http` on. Without default features there is no transport and no
//! clock: give the client those of your own.
//!
//! # Which crate is for whom
//!
//! | crate | for |
//! |---|---|
//! | `stream-users` | most programs; it is the others behind features and adds nothing |
//! | `stream-users-model` | code that holds users, requests or filters and does not send them: no async, no I/O |
//! | `stream-users-core` | implementers of a transport, authors of SDKs for other parts of Stream, code that needs the trait alone |
//! | `stream-users-http` | the transport over reqwest |
//! | `stream-users-live` | bots, games, kiosks and load tests: live connections |
//! | `stream-users-blocking` | programs without an async runtime |
//! | `stream-users-testing` | tests without a network |
//!
//! What must not enter: anything but re-exports.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[doc(inline)]
pub use stream_users_core::*;
#[doc(inline)]
pub use stream_users_model::*;

/// The API without async: the crate `stream-users-blocking`.
#[cfg(feature = "blocking")]
pub use stream_users_blocking as blocking;
#[cfg(feature = "http")]
#[doc(inline)]
pub use stream_users_http::{BuildError, ReqwestTransport, ReqwestTransportBuilder};
/// Live connections: the crate `stream-users-live`.
#[cfg(feature = "live")]
pub use stream_users_live as live;
/// Mocks, scripts, fixtures, cassettes and a manual clock: the crate `stream-users-testing`.
#[cfg(feature = "testing")]
pub use stream_users_testing as testing;

pub mod prelude;

/// The quick starts of the README, compiled.
#[cfg(all(
    doctest,
    feature = "http",
    feature = "blocking",
    feature = "live",
    feature = "testing",
    feature = "tower",
    feature = "webhook"
))]
#[doc = include_str!("../../../README.md")]
mod readme {}

/// The pages of the guide, compiled and run.
#[cfg(all(
    doctest,
    feature = "http",
    feature = "blocking",
    feature = "conformance",
    feature = "file-journal",
    feature = "live",
    feature = "tower",
    feature = "webhook"
))]
mod guide {
    macro_rules! pages {
        ($($name:ident: $file:literal,)*) => {$(
            #[doc = include_str!(concat!("../../../docs/guide/", $file, ".md"))]
            mod $name {}
        )*};
    }

    pages! {
        authentication: "authentication",
        bulk: "bulk",
        conformance: "conformance",
        errors: "errors",
        limits: "limits",
        live: "live",
        observability: "observability",
        paging: "paging",
        partial_updates: "partial-updates",
        retries: "retries",
        safety: "safety",
        sdk_authors: "sdk-authors",
        tasks: "tasks",
        testing: "testing",
        webhooks: "webhooks",
    }
}
