//! The API without async: over the mock, over the real client with a scripted transport, and over APIs written here
//! where the order of events matters.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod asynchronous;
mod bulk;
mod calls;
mod download;
mod emulator;
mod iter;
#[cfg(feature = "live")]
mod live;
mod mirror;
mod panics;
mod stage;
mod sync;
mod task;
mod thread;

use std::time::Duration;

use stream_users_blocking::Users;
use stream_users_core::model::{Custom, Timestamp, User};
use stream_users_testing::MockUsersApi;

/// How long a test waits for what must happen before it fails.
const SOON: Duration = Duration::from_secs(60);

fn mock() -> MockUsersApi<Custom> {
    MockUsersApi::new()
}

fn over(mock: MockUsersApi<Custom>) -> Users {
    Users::new(mock).unwrap()
}

fn user(id: &str) -> User {
    User::new(id, Custom::default(), Timestamp::UNIX_EPOCH)
}
