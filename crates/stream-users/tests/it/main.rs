//! What holds across the crates: seen through the facade, with the emulator on the other end.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail like tests"
)]

mod bulk;
mod cassettes;
mod chaos;
mod conformance;
mod emulator_transport;
mod exports;
mod features;
mod hostile_ids;
mod life;
mod one_program;
mod pacing;
mod pages;
mod partial_updates;
mod program;
mod quick_start;
mod refresh;
mod strangers;
mod sync;
mod tokens;
mod webhooks;
