//! What the fuzz targets share: sending a request to the emulator, holding its answer against what every answer must
//! be, and making new inputs from old ones. A target is a file of a few lines in `targets/`.
//!
//! Inputs are text wherever they can be, so that a seed or a find can be read and written by hand:
//!
//! - `requests`: a [script](mod@script) of requests, one a line;
//! - `filters`: the JSON of a user query's payload;
//! - `tokens`: a header, claims and a signature, one a line, or a whole token;
//! - `raw`: the bytes that are sent over a connection;
//! - `webhooks`: the body of a webhook or a message of a queue, which the client's side reads.
//!
//! The first four are about the emulator, the last about the core and the model.
//!
//! A check that fails panics, which the fuzzer reports together with the input. A find that is mended gets a test of
//! its own among the emulator's tests; the input may become a seed.
#![forbid(unsafe_code)]

pub mod answer;
pub mod client;
pub mod filters;
mod generate;
mod invariants;
mod json;
pub mod mutate;
pub mod raw;
pub mod script;
pub mod tokens;
mod vocabulary;
pub mod webhooks;
