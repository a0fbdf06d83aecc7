//! `stream-users` at its work for long and with many users, each time as a process beside an emulator that is another one:
//! killed, hindered, fed with bad rows, watched. By default with as few users as show that it works; the whole takes
//! `STREAM_USERS_SOAK=full` and a release build:
//!
//! ```sh
//! STREAM_USERS_SOAK=full cargo test --release -p stream-users-cli --test soak -- --nocapture --test-threads 1
//! ```
//!
//! Sizes and the seed of chance can be set, see `sizes`.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "helpers of tests fail like tests"
)]

mod bad_rows;
mod chance;
mod check;
mod command;
mod emulator;
mod http1;
mod interrupt;
mod journal;
mod killer;
mod kills;
mod million;
mod people;
mod place;
mod proxy;
mod sizes;
mod sync;
