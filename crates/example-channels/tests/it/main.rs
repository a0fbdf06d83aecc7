//! The SDK as its users see it. Everything here is public: the core, the testing crate, and this crate's own names.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod blocking;
mod calls;
mod engine;
mod errors;
mod mock;
mod pages;
mod service;
mod tasks;
mod tokens;
mod watching;
