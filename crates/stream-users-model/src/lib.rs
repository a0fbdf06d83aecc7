//! Domain types of Stream's user management (getstream.io: chat, feeds and video share one user base).
//!
//! For whom: everyone who holds users, requests or filters in their own code and does not send them themselves.
//! The crate has no async code and no I/O; [`stream-users-core`](https://docs.rs/stream-users-core) sends what is
//! built here, [`stream-users`](https://docs.rs/stream-users) is the crate that most programs add.
//!
//! ```
//! use stream_users_model::{Custom, QueryUsers, UserRequest, field};
//!
//! let ada: UserRequest = UserRequest::new("ada")
//!     .name("Ada Lovelace")
//!     .custom([("plan", "pro")].into_iter().collect::<Custom>());
//! assert_eq!(ada.id, "ada");
//!
//! let admins = QueryUsers::new(field::role().eq("admin")).sort(field::created_at().desc()).limit(10);
//! assert_eq!(
//!     serde_json::to_string(&admins)?,
//!     r#"{"filter_conditions":{"role":{"$eq":"admin"}},"sort":[{"field":"created_at","direction":-1}],"limit":10}"#,
//! );
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! # Modules
//! - [`operations`]: a file for each operation of the service, with its request, its answer and its limits.
//! - [`user`]: the user as the service returns it, as it is sent, and the patch that changes single fields.
//! - [`field`], [`Filter`], [`Sort`]: typed queries; a field offers only the operators that the service gives it.
//! - [`Custom`], [`CustomData`], [`Lenient`]: custom data, raw, typed, or typed where it fits.
//! - [`Timestamp`], [`Str`], [`UserId`], [`StrMap`]: the small types that the others are made of.
//! - [`event`]: what the service tells of users, over a connection or to a webhook.
//! - [`ExportRecord`]: a line of the file that an export writes.
//! - [`operation`]: the table of operations: method, path, idempotency, who may call.
//! - [`ApiError`], [`Validate`]: what the service refuses, and what is refused before it is sent.
//!
//! # Features
//!
//! None is on by default.
//!
//! | feature | what it does |
//! |---|---|
//! | `chrono` | conversions between [`Timestamp`] and `chrono::DateTime<Utc>` |
//! | `jiff` | conversions between [`Timestamp`] and `jiff::Timestamp` |
//! | `time` | conversions between [`Timestamp`] and `time::OffsetDateTime` |
//!
//! What must not enter: anything that sends, waits, signs or reads a clock.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod api_error;
mod custom;
pub mod event;
mod export_record;
pub mod field;
mod filter;
mod id;
mod map;
mod open_enum;
pub mod operation;
pub mod operations;
mod outline;
mod raw_json;
mod serde_util;
mod sort;
mod str;
mod timestamp;
mod token;
pub mod user;
mod validate;

mod generated {
    pub(crate) mod operations;
}

pub use self::api_error::{ApiError, ErrorCode};
pub use self::custom::{Custom, CustomData, CustomError, Lenient};
pub use self::event::*;
pub use self::export_record::ExportRecord;
pub use self::filter::Filter;
pub use self::id::{MessageId, TaskId, UserId};
pub use self::map::StrMap;
pub use self::open_enum::UnknownValue;
pub use self::operation::Operation;
pub use self::operations::*;
pub use self::raw_json::RawJson;
pub use self::sort::{Sort, SortDirection, SortType};
pub use self::str::Str;
pub use self::timestamp::{ParseTimestampError, Timestamp};
pub use self::token::Token;
pub use self::user::*;
pub use self::validate::{Validate, Violation, Violations};
