//! The model against the service's contract, and against itself.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod contract;
mod decoding;
mod event;
mod export_record;
mod laws;
mod patch;
mod secrets;
mod validate;
