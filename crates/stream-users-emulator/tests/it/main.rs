//! The emulator through its public interface: raw HTTP through the service and through a socket.

mod activation;
mod auth;
mod blocks;
mod deletion;
mod exports;
mod filters;
mod guests;
mod locations;
mod partial_update;
mod protocol;
mod query;
mod rate_limits;
mod socket;
mod stream;
mod tasks;
mod upsert;
