//! What a call costs, in CPU time and memory, against the same call written by hand.
//!
//! Each binary is one process that makes one kind of call over and over and prints one line of JSON; `compare` runs them
//! in turn against `server`. How to read the figures, and what they were, stands in `docs/performance.md`.
//!
//! What is measured stands in `people` (the data), `canned` (the answers) and `measure` (the way of measuring), and is the
//! same for every client. What is compared with stands in `by_hand`. What is measured of stream-users itself goes
//! through its public interface alone: whole calls in the binary `driver`, parts of them in `cases`, which the binary `count`
//! (instructions and allocations, by `cargo xtask bench`) and `benches/users.rs` (time) share.

#![allow(clippy::exhaustive_structs, reason = "nobody outside of this package uses it")]

pub mod by_hand;
pub mod calls;
pub mod canned;
pub mod cases;
pub mod instant;
pub mod measure;
pub mod people;

/// The key that every client shows. The server looks at none.
pub const API_KEY: &str = "bench-key";

/// The secret of that key.
pub const API_SECRET: &str = "bench-secret-bench-secret-bench-secret";

/// A token as a server shows it, made with the secret beforehand: for clients that make none themselves.
pub const TOKEN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzZXJ2ZXIiOnRydWUsImlhdCI6MTUzODcxMzIwMH0.\
                         c2lnbmF0dXJlLW9mLWEtYmVuY2gtd2hpY2gtbm9ib2R5LWNo";

/// The user whom the calls about one user name.
pub const USER_ID: &str = "user-000042";

/// The task that is asked for.
pub const TASK_ID: &str = "9a8f6c1e-5d0b-4f3a-8a52-7e6f1c2d3b4a";
