//! The API of Stream's user management, without a way to send it: the trait, the engine and the seams.
//!
//! For whom: programs that want only the trait; implementers of a [`Transport`]; authors of SDKs for other parts of
//! Stream, whose [`Endpoint`](endpoint::Endpoint)s get credentials, retries, rate limits and tracing from [`Client`].
//! Most programs add [`stream-users`](https://docs.rs/stream-users), which brings a transport along.
//!
//! ```
//! use async_trait::async_trait;
//! use bytes::Bytes;
//! use stream_users_core::{Client, Transport, TransportError, Users, UsersApi, UsersApiExt};
//!
//! /// Nothing is sent: the service has no users.
//! #[derive(Debug)]
//! struct Empty;
//!
//! #[async_trait]
//! impl Transport for Empty {
//!     async fn send(&self, _: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
//!         Ok(http::Response::new(Bytes::from(r#"{"users":[]}"#)))
//!     }
//! }
//!
//! /// What a program needs is the trait, whoever implements it.
//! async fn is_there(users: &dyn UsersApi, id: &str) -> stream_users_core::Result<bool> {
//!     Ok(users.get_user(id).await?.is_some())
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> stream_users_core::Result<()> {
//! let users: Users = Client::builder("key").server("secret").transport(Empty).build()?.users();
//! assert!(!is_there(&users, "ada").await?);
//! # Ok(())
//! # }
//! ```
//!
//! # The life of a call
//! 1. A method of [`UsersApi`] takes one owned request.
//! 2. The request, an [`Endpoint`](endpoint::Endpoint), is checked and encoded once.
//! 3. [`Client::execute`] hands it to an engine that is not generic: it checks the [`credential`], then makes attempts,
//!    each with a token and with leave of the [`rate_limit`]er: an `http::Request<Bytes>` with [`OperationInfo`] and
//!    [`Attempt`] in its extensions.
//! 4. [`Transport::send`] sends it. Any status is an answer.
//! 5. After a failure the [`retry`] policy and its budget decide; the [`Clock`] waits.
//! 6. The answer is decoded from its text into a [`Response`], or becomes an [`Error`].
//!
//! # Modules
//! - [`endpoint`]: a request as a value. [`RawCall`] is one for tools.
//! - [`transport`]: the seam to an HTTP stack.
//! - [`retry`], [`rate_limit`], [`clock`]: when to send, and when to try again.
//! - [`credential`], [`token`]: who calls.
//! - [`bulk`]: any number of users, with a result for each.
//! - [`observe`]: what happens inside, for metrics.
//! - [`sync`]: a desired state, reached by writing no more than what differs.
//! - `webhook` (feature `webhook`): what the service tells a backend, verified and typed.
//!
//! [`TaskHandle`], [`Pages`], [`Download`] and [`EraseUsers`] are made of the trait's methods, for whatever implements it.
//!
//! # Features
//!
//! - `tokio` (default): tokio's timer as the default clock. Without it, give the client a [`Clock`] of your own.
//! - `file-journal`: `bulk::journal::FileJournal`, with which a run that was killed goes on.
//! - `tower`: a tower service as a [`Transport`], and a transport as a tower service.
//! - `webhook`: the module `webhook`, which brings a decoder of gzip along.
//!
//! What must not enter: an HTTP stack, a mock, anything that reads the time or sleeps other than through [`Clock`].

#![cfg_attr(docsrs, feature(doc_cfg))]

mod api;
mod api_ext;
pub mod bulk;
mod client;
pub mod clock;
pub mod credential;
mod duration_text;
pub mod endpoint;
mod endpoints;
mod erase;
mod error;
mod export;
pub mod observe;
mod page;
mod path;
mod random;
pub mod rate_limit;
mod response;
pub mod retry;
mod revocation;
mod secret;
mod skew;
pub mod sync;
mod task;
pub mod token;
#[cfg(feature = "tower")]
mod tower;
pub mod transport;
mod turns;
mod users;
#[cfg(feature = "webhook")]
pub mod webhook;

mod generated {
    mod users_api;
}

pub use stream_users_model as model;

pub use self::api::UsersApi;
pub use self::api_ext::UsersApiExt;
pub use self::client::{Attempt, CallOptions, Client, ClientBuilder, OperationInfo, SessionToken};
pub use self::clock::Clock;
#[cfg(feature = "tokio")]
pub use self::clock::TokioClock;
pub use self::endpoints::RawCall;
pub use self::erase::{
    EraseUsers, ErasedUser, ErasureDeletion, ErasureExport, ErasureOutcome, ErasureReport,
};
pub use self::error::{Error, ErrorBuilder, ErrorKind, Result};
pub use self::export::{Download, ExportCursor, ExportPart, ReadExport};
pub use self::page::{Cursor, Items, Listing, Page, Pages};
pub use self::random::Random;
pub use self::response::{Meta, Response};
pub use self::revocation::PartlyApplied;
pub use self::secret::Secret;
pub use self::task::{PollPolicy, TaskHandle, TaskProgress};
#[cfg(feature = "tower")]
pub use self::tower::{ServiceTransport, TransportService};
pub use self::transport::{Transport, TransportError, TransportErrorKind};
pub use self::users::Users;
