//! The public interface, with the emulator or a scripted server at the other end of a real socket, and with a connector
//! that a script plays.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail like tests"
)]

mod breaks;
mod connecting;
mod cuts;
mod ending;
mod long_poll;
mod observing;
mod order;
mod presence;
mod refusals;
mod scripted;
mod secrets;
mod support;
mod tls;
