//! The names under which connecting is told of: to observers, and in spans.

use stream_users_core::model::operation::{Caller, Method, Operation};
use stream_users_model::ErrorCode;
use tracing::{Span, field, info_span};

use crate::failure::Failure;
use crate::machine::Via;
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

/// The span of one attempt at connecting. The fields are named as those of calls.
pub(crate) fn attempt(protocol: Protocol, via: Via, number: u32) -> Span {
    let operation = operation(protocol);
    info_span!(
        "stream_users_live",
        "otel.name" = operation.name,
        "otel.kind" = "client",
        operation = operation.name,
        "url.template" = operation.path,
        via = match via {
            Via::WebSocket => "websocket",
            Via::LongPoll => "longpoll",
        },
        attempt = number,
        "http.response.status_code" = field::Empty,
        "error.type" = field::Empty,
        "stream.error.code" = field::Empty,
        "otel.status_code" = field::Empty,
    )
}

/// Notes how an attempt has ended.
pub(crate) fn ended(span: &Span, failure: Option<&Failure>) {
    let Some(Failure { error, .. }) = failure else {
        return;
    };
    span.record("otel.status_code", "ERROR");
    span.record("http.response.status_code", error.status());
    span.record("error.type", format!("{:?}", error.kind()).to_lowercase());
    span.record("stream.error.code", error.code().map(ErrorCode::get));
}
