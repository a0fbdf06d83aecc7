//! Living connections, as clients see them: WebSockets of both protocols over a real socket, and long polling.

mod audience;
mod client;
mod connect;
mod room;
