//! The mock, the scripted transport and the clock, as a test of somebody else uses them.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod cassettes;
mod clock;
mod conformance;
mod fixtures;
mod mock;
mod rules;
mod transport;
