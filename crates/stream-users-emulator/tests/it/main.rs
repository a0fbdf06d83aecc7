//! The emulator through its public interface: raw HTTP through the service and through a socket.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]
#![allow(clippy::needless_pass_by_value, reason = "`json!` reads better without `&`")]

mod activation;
mod app;
mod auth;
mod banned_users;
mod blocks;
mod chance;
#[cfg(feature = "cli")]
mod command;
mod data_dir;
mod deletion;
mod deletion_table;
mod developer;
mod devices;
mod events;
mod export_ranges;
mod exports;
mod faults;
mod filter_contract;
mod filters;
mod frozen_clock;
#[cfg(all(feature = "cli", target_os = "linux"))]
mod full_disk;
mod guests;
mod held_up;
mod hostile;
mod http;
#[cfg(all(feature = "cli", unix))]
mod kill;
mod live;
mod locations;
mod moderation;
mod older_endpoints;
mod older_requests;
mod operations;
mod partial_keys;
mod partial_update;
mod permissions;
mod protocol;
mod query;
mod query_property;
mod rate_limits;
mod receiver;
mod replanting;
mod roles;
mod seeds;
mod socket;
mod stalls;
mod stream;
mod surfaces;
mod tasks;
mod teams;
mod tokens;
mod unique_names;
mod upsert;
mod webhooks;
