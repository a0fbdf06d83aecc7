//! Living connections, as clients see them: WebSockets of both protocols over a real socket, and long polling.

mod audience;
mod client;
mod closing;
mod connect;
mod cut;
mod faults;
mod forms;
mod hostile;
mod long_poll;
mod merge;
mod order;
mod presence;
mod presence_model;
mod refusals;
mod room;
mod serving;
mod strain;
mod subscriptions;
