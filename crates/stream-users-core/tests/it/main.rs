//! The client through its public interface, over a scripted transport and a clock by hand.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail like tests"
)]

mod api;
mod builder;
mod credentials;
mod decoding;
mod erase;
mod errors;
mod exports;
mod ids;
mod options;
mod pages;
mod requests;
mod retries;
mod secrets;
mod spans;
mod stage;
mod tasks;
mod timeouts;
mod waiting;
mod wire;
