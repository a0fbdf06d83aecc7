//! A small web service that keeps its users on Stream. It is here to be read, and to be copied from.
//!
//! # What to copy
//!
//! - [`users`] is the domain: what this application does with users, over `Arc<dyn UsersApi<Profile>>`. It knows neither
//!   HTTP nor how Stream is reached, so that its tests need a mock and nothing else.
//! - [`tokens`] is a trait of one method for the one thing that the application needs of the client itself.
//! - [`hearing`] is the other way round: what this application does when Stream tells it of its users. A webhook is
//!   verified, refused where it was heard before, and answered once it was heard (`src/http/webhooks.rs`).
//! - [`http`] is axum: handlers that read a request, call the domain and write an answer, and in `problem` the one place
//!   where an error becomes a status. What Stream said goes to the log, not to the caller.
//! - [`app`] puts them together, and serves until it is told to stop.
//! - `main.rs` reads the environment and is the only file that names a transport.
//! - `src/users/tests.rs` tests with the mock, `tests/it` with the emulator, without and with sockets.
//!
//! # Try it
//!
//! ```sh
//! cargo run -p stream-users-emulator -- --listen 127.0.0.1:8800 &
//! export STREAM_API_KEY=emulator-key STREAM_API_SECRET=emulator-secret-of-32-characters
//! export STREAM_BASE_URL=http://127.0.0.1:8800
//! cargo run -p example-app &
//! curl -i 127.0.0.1:3000/users --json '{"id": "ada", "name": "Ada", "plan": "pro"}'
//! ```
//!
//! To have it told, start the emulator with `--webhook http://127.0.0.1:3000/webhooks/stream`.
//!
//! # What it leaves out
//!
//! Who may call which route. An application has its own login; put it in front of all routes but `/health` and
//! `/webhooks/stream`, above all of the one that makes tokens. That login, or the proxy before it, is also who bounds what one caller may ask for, and how
//! slowly: axum waits for a request's head and body for as long as they take.

pub mod app;
pub mod hearing;
pub mod http;
pub mod tokens;
pub mod users;
