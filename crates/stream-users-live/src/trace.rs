//! The names under which connecting is told of: to observers, and in spans.

use stream_users_core::model::operation::{Caller, Method, Operation};

use crate::settings::Protocol;

const fn connect(path: &'static str) -> Operation {
    Operation::new("connect", "Connect", Method::Get, path)
        .caller(Caller::Anyone)
        .summary("Opens a live connection")
}

static V1: Operation = connect("/connect");
static V2: Operation = connect("/api/v2/connect");

/// The operation of connecting: what an observer is told that an attempt belongs to.
pub(crate) const fn operation(protocol: Protocol) -> &'static Operation {
    match protocol {
        Protocol::V1 => &V1,
        Protocol::V2 => &V2,
    }
}
