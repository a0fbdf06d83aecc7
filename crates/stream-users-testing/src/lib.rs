//! Tests without a network, for code that uses Stream's user management.
//!
//! For whom: programs that hold `Arc<dyn UsersApi<_>>` and test against a `MockUsersApi`; those that want the real
//! client in their tests, with its retries and errors, over a [`ScriptedTransport`]; authors of SDKs and transports.
//!
//! ```
//! use stream_users_core::{Client, Users, UsersApiExt};
//! use stream_users_testing::{Answer, ManualClock, ScriptedTransport};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let transport = ScriptedTransport::new([
//!     Answer::new(503, "busy"),
//!     Answer::json(200, serde_json::json!({"users": []})),
//! ]);
//! let client = Client::builder("key")
//!     .server("secret")
//!     .transport(transport.clone())
//!     .clock(ManualClock::auto_advance())
//!     .build()?;
//! let users: Users = client.users();
//!
//! assert!(users.get_user("ada").await?.is_none());
//! assert_eq!(transport.requests().len(), 2); // The client tried again, and nobody waited for it.
//! # Ok(())
//! # }
//! ```
//!
//! # What is here
#![cfg_attr(
    feature = "mock",
    doc = "- [`MockUsersApi`]: expectations for single methods, by `mockall`. Nothing of the client runs."
)]
//! - [`ScriptedTransport`]: the client runs, its requests are recorded, and a script of [`Rule`]s and [`Answer`]s stands for
//!   the service.
//! - [`fixtures`]: users, pages, tasks, files of exports and errors, for all of them.
//! - [`cassette`]: real calls, recorded without secrets and personal data, and played again.
//! - [`ManualClock`]: time that passes when the test says so.
#![cfg_attr(
    feature = "conformance",
    doc = "- [`conformance`]: the rules of a transport and of a `UsersApi` as named tests, by [`transport_conformance!`] and \
           [`users_api_conformance!`]."
)]
//!
//! # Features
//!
//! | feature | default | what it does |
//! |---|---|---|
//! | `conformance` | | the suites that hold an implementation of a trait to its rules; they bring tokio |
//! | `mock` | yes | `MockUsersApi`; it brings mockall |
//!
//! Whoever wants the rest alone turns the mock off: `default-features = false`, with `features = ["conformance"]` for an
//! implementation of a trait.
//!
//! What must not enter, but for the conformance suites: anything that opens a connection, reads the machine's time or
//! sleeps. A file is touched where a cassette is saved or loaded, and nowhere else.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
pub mod cassette;
mod clock;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod fixtures;
mod recorded;
mod rule;
mod transport;

#[cfg(feature = "mock")]
mod generated {
    pub(crate) mod mock;
}

pub use self::answer::Answer;
pub use self::clock::ManualClock;
#[cfg(feature = "mock")]
pub use self::generated::mock::MockUsersApi;
pub use self::recorded::RecordedRequest;
pub use self::rule::Rule;
pub use self::transport::ScriptedTransport;
