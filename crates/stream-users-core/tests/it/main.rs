//! The client through its public interface, over a scripted transport and a clock by hand.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail like tests"
)]

mod api;
mod builder;
mod connections;
mod credentials;
mod decoding;
mod erase;
mod errors;
mod exports;
mod fetched_tokens;
#[cfg(feature = "tokio")]
mod flat;
mod foreign;
mod ids;
#[cfg(feature = "tower")]
mod layers;
mod observing;
mod options;
mod pacing;
mod pages;
mod requests;
mod retries;
mod retry_table;
mod secrets;
mod spans;
mod stage;
mod tasks;
mod timeouts;
mod tokens;
mod waiting;
#[cfg(feature = "webhook")]
mod webhook;
mod wire;
