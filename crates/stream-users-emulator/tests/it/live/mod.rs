//! Living connections, as clients see them: WebSockets of both protocols over a real socket, and long polling.

mod client;
mod connect;
mod cut;
mod faults;
mod hostile;
mod long_poll;
mod merge;
mod refusals;
mod serving;
