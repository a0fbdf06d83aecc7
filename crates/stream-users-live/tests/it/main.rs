//! The public interface, with the emulator at the other end of a real socket, and with a connector that a script plays.

mod breaks;
mod connecting;
mod cuts;
mod ending;
mod order;
mod refusals;
mod scripted;
mod support;
