//! Living connections, as clients see them: WebSockets of both protocols over a real socket, and long polling.

mod client;
mod connect;
