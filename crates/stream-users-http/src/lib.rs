//! The transport of stream-users over [reqwest](https://docs.rs/reqwest).
//!
//! For whom: everyone who lets stream-users bring its own HTTP client. Who has another HTTP stack implements
//! [`Transport`](stream_users_core::Transport) and does not need this crate.
//!
//! ```
//! use std::time::Duration;
//!
//! use stream_users_http::ReqwestTransport;
//!
//! # fn main() -> Result<(), stream_users_http::BuildError> {
//! let transport = ReqwestTransport::builder()
//!     .connect_timeout(Duration::from_secs(3))
//!     .max_response_bytes(8 * 1024 * 1024)
//!     .build()?;
//! # Ok(())
//! # }
//! ```
//!
//! One request is sent once and its whole answer is returned, whatever the status. Redirects are not followed:
//! they would carry the token to another place. No error names the URL, whose query holds the api key.
//!
//! # Bounds
//!
//! Whatever is at the other end, a request ends, and takes no more memory than its limit and some buffers:
//!
//! | what | bound | setting |
//! |---|---|---|
//! | making a connection: name, TCP, TLS | 10 s | [`connect_timeout`](ReqwestTransportBuilder::connect_timeout) |
//! | the other end is gone without a word, over HTTP/2 | 5 s after a ping | `http2_keep_alive_timeout` |
//! | what was sent is not taken, on Linux | 30 s | [`read_timeout`](ReqwestTransportBuilder::read_timeout) |
//! | no byte of the answer | 30 s | [`read_timeout`](ReqwestTransportBuilder::read_timeout) |
//! | the whole request | none here; the client ends an attempt after 30 s | [`timeout`](ReqwestTransportBuilder::timeout) |
//! | the answer's body, decompressed; packed, an eighth more | 32 MiB | [`max_response_bytes`](ReqwestTransportBuilder::max_response_bytes) |
//! | the answer's headers | 100 of about 400 KB; 16 KiB over HTTP/2 | |
//!
//! A request whose future is dropped is given up: over HTTP/1.1 its connection is closed, over HTTP/2 its stream. A
//! connection that was still being made for it is made all the same, within its own time, and kept for the next request.
//!
//! # Connections
//!
//! They are made when they are needed, kept for 55 seconds and shared by all clones of a transport: make one transport for a
//! program. Over HTTP/2, which is spoken wherever the server offers it, one connection carries all calls; over HTTP/1.1 there
//! are as many as there are calls at once. A new connection goes on with the TLS session of the last one, which spares the
//! server's certificate and a signature (not with `native-tls`). Calls that begin at once before there is any connection make
//! one each, since nobody knows yet what the server speaks.
//!
//! # Features
//!
//! | feature | default | what it does |
//! |---|---|---|
//! | `rustls` | yes | HTTPS with rustls and the platform's certificate verifier |
//! | `rustls-no-provider` | | the same with a crypto provider that the application installs |
//! | `native-tls` | | HTTPS with the platform's TLS library; chosen where rustls is on as well |
//! | `http2` | yes | HTTP/2 where the server offers it |
//! | `gzip` | yes | asks for gzip answers and decodes them |
//! | `system-proxy` | yes | reads the proxy settings of the environment and the system |
//!
//! Without any of the TLS features only `http://` addresses can be reached.
//!
//! # Modules
//!
//! What turns settings into a client stands in `builder` and `tls`, what sends stands in `transport`, what unpacks answers in
//! `gzip`, the URL of a request in `place`, and what becomes of reqwest's errors is decided once, in `classify`. Retries,
//! tokens, JSON and metrics must not enter this crate.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod classify;
#[cfg(feature = "gzip")]
mod gzip;
mod place;
#[cfg(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls"))]
mod tls;
mod transport;

pub use self::builder::{BuildError, ReqwestTransportBuilder};
pub use self::transport::ReqwestTransport;
