//! A local Stream for tests and development: user management as the service does it, on SQLite.
//!
//! For whom: programs whose tests should run against more than a mock, in whatever language, and developers who want a
//! Stream of their own on their machine. It is a library and, with the feature `cli`, a program of the same name.
//!
//! ```
//! # async fn doc() -> Result<(), Box<dyn std::error::Error>> {
//! use stream_users_emulator::Emulator;
//!
//! // On a free port of this machine, with everything in memory.
//! let emulator = Emulator::start().await?;
//! println!("{} {} {}", emulator.base_url(), emulator.api_key(), emulator.api_secret());
//! emulator.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! Without a socket, [`EmulatorBuilder::build`] gives a [`tower_service::Service`]:
//!
//! ```
//! # fn doc() -> Result<(), Box<dyn std::error::Error>> {
//! let service = stream_users_emulator::Emulator::builder().role("speaker").build()?;
//! service.seed(&serde_json::json!({ "users": [{ "id": "ada", "role": "speaker" }] }))?;
//! # Ok(())
//! # }
//! ```
//!
//! Where no public source says how the service behaves, a field of [`Settings`] decides, and its default is a choice.
//! Custom data may be at most 100 levels deep, without a NUL character in a key; SQLite could not query others.
//!
//! Every error is answered in the service's envelope, also on the emulator's own endpoints, and also what HTTP itself
//! refuses before there is a request (400, 414 and 431).
//!
//! Clients connect over WebSockets of both protocols (`/connect` and `/api/v2/connect`), which needs a socket, or by long
//! polling, which does not. They are told what becomes of their users and of those whom they have looked for with
//! `presence`, and so are webhooks. [`EmulatorService::connections`] lists them and [`Cut`] ends them.
//!
//! # Features
//!
//! | feature | default | what it does |
//! |---|---|---|
//! | `cli` | yes | the program `stream-users-emulator`, and what it takes and does as `command`; the rest needs none of it |
//!
//! # What is where
//!
//! [`Emulator`] is one that listens, [`EmulatorBuilder`] sets one up, [`EmulatorService`] is one without a socket.
//! [`Settings`] say how the service behaves, [`Fault`]s what goes wrong with requests and [`Cut`]s what happens to
//! connections. The modules are private: an endpoint is a file in `routes`, what is stored stands in `store`, connections in
//! `live`, what they and webhooks are told in `events`, what stands under `/_emulator/` in `control`.
//!
//! This crate reads requests and writes answers by itself. From the client's model it takes what the service has made
//! public, which is the table of operations, enum values, limits and error codes, and nothing else: never the types of
//! requests and answers, nor their decoders, so that no mistake of the client that it is there to test is mirrored.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod app;
mod app_settings;
mod auth;
mod body;
mod builder;
mod call;
mod clock;
#[cfg(feature = "cli")]
#[cfg_attr(docsrs, doc(cfg(feature = "cli")))]
pub mod command;
mod control;
mod dispatch;
mod error;
mod events;
mod export_file;
mod faults;
mod filter;
mod gate;
mod jobs;
mod live;
mod offload;
mod permissions;
mod platform;
mod rate_limits;
mod read;
mod refusal;
mod reply;
mod request_log;
mod router;
mod routes;
mod server;
mod service;
mod settings;
mod store;
mod surface;
mod tenancy;
mod usage;
mod webhooks;

pub use builder::{DEFAULT_API_KEY, DEFAULT_API_SECRET, EmulatorBuilder};
pub use error::{Error, Result};
pub use faults::Fault;
pub use gate::ConnectionDropped;
pub use live::{Cut, LiveConnection};
pub use request_log::LoggedRequest;
pub use server::Emulator;
pub use service::EmulatorService;
pub use settings::{GuestIds, RateLimits, Settings, WebhookForm};
pub use usage::MonthlyUsage;
