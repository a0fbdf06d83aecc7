//! Cassettes: real calls, recorded once and played in every test after.
//!
//! A [`RecordingTransport`] stands around the transport that reaches the service, and makes a [`Cassette`] of what passes;
//! a [`ReplayTransport`] answers from it. The real client runs both times, with its retries, pages, tasks and downloads.
//!
//! # What is on a cassette
//! A cassette is made to be committed, so that what is not known to be structural is not on it. A text becomes `redacted`
//! (an empty one stays empty), a number 0, a boolean `false`; lists and objects keep their shape, so that a typed struct of
//! custom data still decodes.
//!
//! - **Kept: ids** of users, teams, tasks, messages and channels, in paths, queries, bodies and files. A replay needs
//!   them. **Where they are personal, such as names of accounts, replace them with [`Redaction::ids_with`].**
//! - **Kept**: the names of fields, those of custom data too, where they look like names. **A key that is data itself,
//!   such as the nickname in a map by nickname, looks like one, too: record no users with such maps.** What has more than
//!   four digits, or other characters than ASCII letters, `_`, `.`, `-` and `$`, is no name and is redacted. Also roles, times, languages, codes,
//!   statuses, limits and counts, built-in flags such as `banned`; of headers those that the client reads, such as `date`,
//!   `retry-after` and `x-ratelimit-remaining`.
//! - **Never there**: the API key, the secret, tokens in headers and answers, push tokens and other device ids.
//! - **Redacted**: names, images, custom data, texts of messages, positions, messages of errors, operands of filters on
//!   names and custom data, and every field that this crate does not know. [`Redaction::keep_custom`] keeps chosen fields
//!   of custom data, [`Redaction::redact_with`] decides about single values.
//! - **Replaced**: the addresses of export files, which are secrets, and the tags of their contents, by numbers.
//! - The file of an export is redacted in its length, so that its ranges stay true: short texts stay short there, and
//!   booleans become `true`. A checksum over it is another.
//! - A body that is no JSON is kept by its length alone; an error of the transport by its kind.
//!
//! What cannot be kept so is said on the cassette ([`Cassette::unrecorded`]), and playing it fails with the reason.
//!
//! What must not enter: a rule about what is kept outside `tables`.

mod diff;
mod exchange;
mod file;
mod json;
mod parts;
mod record;
mod redact;
mod redaction;
mod replay;
mod rule;
mod tables;

pub use self::file::{Cassette, CassetteError};
pub use self::record::RecordingTransport;
pub use self::redaction::Redaction;
pub use self::replay::ReplayTransport;
