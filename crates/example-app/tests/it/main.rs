//! The application from outside: requests go in, answers come out. With the emulator behind it the client is the real one;
//! with a mock, Stream fails as a test wants it.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod asking;
mod failures;
mod life;
mod sockets;
mod webhooks;
