//! Live connections against real sockets, and against a connector that a script plays.

mod cuts;
