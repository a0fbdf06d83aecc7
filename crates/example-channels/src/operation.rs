//! The table of operations. Types and rules of each are in `operations`.
//!
//! The name of an operation is what its errors, spans and quota go by: no two may have the same.

use stream_users_core::model::Operation;
use stream_users_core::model::operation::{Caller, Method};

/// Returns a channel, and makes it where there is none.
pub const GET_OR_CREATE_CHANNEL: Operation = Operation::new(
    "get_or_create_channel",
    "GetOrCreateChannel",
    Method::Post,
    "/api/v2/chat/channels/{type}/{id}/query",
)
.with_body()
.with_fields(&[("data", false), ("state", false)])
.idempotent()
.caller(Caller::User)
.summary("Returns a channel, and makes it where there is none.");

/// Finds channels by filter, sort, limit and offset.
pub const QUERY_CHANNELS: Operation = Operation::new(
    "query_channels",
    "QueryChannels",
    Method::Post,
    "/api/v2/chat/channels",
)
.with_body()
.with_fields(&[
    ("filter_conditions", false),
    ("sort", false),
    ("limit", false),
    ("offset", false),
    ("member_limit", false),
    ("message_limit", false),
    ("state", false),
    ("user_id", false),
])
.read_only()
.caller(Caller::User)
.summary("Finds channels by filter, sort, limit and offset.");

/// Starts a task that deletes channels.
pub const DELETE_CHANNELS: Operation = Operation::new(
    "delete_channels",
    "DeleteChannels",
    Method::Post,
    "/api/v2/chat/channels/delete",
)
.with_body()
.with_fields(&[("cids", true), ("hard_delete", false)])
.batch("cids", 100)
.task("delete_channels")
.summary("Starts a task that deletes channels.");

/// All of them.
pub const ALL: &[Operation] = &[GET_OR_CREATE_CHANNEL, QUERY_CHANNELS, DELETE_CHANNELS];
