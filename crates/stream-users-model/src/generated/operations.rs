// Made by `cargo xtask codegen` from crates/stream-users-model/contract/operations.toml; do not edit.
//! Every operation, as a constant.

use crate::operation::{Caller, Method, Operation};

/// Creates users, or replaces those that exist: a field that is not sent is dropped.
///
/// `POST /api/v2/users`, the service's `UpdateUsers`.
pub const UPSERT_USERS: Operation =
    Operation::new("upsert_users", "UpdateUsers", Method::Post, "/api/v2/users")
        .with_body()
        .with_fields(&[("users", true)])
        .idempotent()
        .caller(Caller::User)
        .batch("users", 100)
        .summary("Creates users, or replaces those that exist: a field that is not sent is dropped.");

/// Sets and unsets single fields of users and leaves the rest as it is.
///
/// `PATCH /api/v2/users`, the service's `UpdateUsersPartial`.
pub const UPDATE_USERS_PARTIAL: Operation = Operation::new(
    "update_users_partial",
    "UpdateUsersPartial",
    Method::Patch,
    "/api/v2/users",
)
.with_body()
.with_fields(&[("users", true)])
.idempotent()
.caller(Caller::User)
.batch("users", 100)
.summary("Sets and unsets single fields of users and leaves the rest as it is.");

/// Finds users by filter, sort, limit and offset.
///
/// `GET /api/v2/users`, the service's `QueryUsers`.
pub const QUERY_USERS: Operation = Operation::new("query_users", "QueryUsers", Method::Get, "/api/v2/users")
    .with_query(&["payload"])
    .with_json_query("payload")
    .with_fields(&[
        ("filter_conditions", true),
        ("include_deactivated_users", false),
        ("limit", false),
        ("offset", false),
        ("presence", false),
        ("sort", false),
        ("user", false),
        ("user_id", false),
    ])
    .idempotent()
    .caller(Caller::Anyone)
    .summary("Finds users by filter, sort, limit and offset.");

/// Deactivates one user at once: it can neither connect nor act, queries find it only when asked to, its data stay.
///
/// `POST /api/v2/users/{user_id}/deactivate`, the service's `DeactivateUser`.
pub const DEACTIVATE_USER: Operation = Operation::new("deactivate_user", "DeactivateUser", Method::Post, "/api/v2/users/{user_id}/deactivate").with_body().with_fields(&[("created_by_id", false), ("mark_messages_deleted", false)]).caller(Caller::Server).summary("Deactivates one user at once: it can neither connect nor act, queries find it only when asked to, its data stay.");

/// Starts a task that deactivates users.
///
/// `POST /api/v2/users/deactivate`, the service's `DeactivateUsers`.
pub const DEACTIVATE_USERS: Operation = Operation::new(
    "deactivate_users",
    "DeactivateUsers",
    Method::Post,
    "/api/v2/users/deactivate",
)
.with_body()
.with_fields(&[
    ("created_by_id", false),
    ("mark_channels_deleted", false),
    ("mark_messages_deleted", false),
    ("user_ids", true),
])
.caller(Caller::Server)
.batch("user_ids", 100)
.task("deactivate_users")
.summary("Starts a task that deactivates users.");

/// Brings one deactivated user back at once.
///
/// `POST /api/v2/users/{user_id}/reactivate`, the service's `ReactivateUser`.
pub const REACTIVATE_USER: Operation = Operation::new(
    "reactivate_user",
    "ReactivateUser",
    Method::Post,
    "/api/v2/users/{user_id}/reactivate",
)
.with_body()
.with_fields(&[
    ("created_by_id", false),
    ("name", false),
    ("restore_messages", false),
])
.caller(Caller::Server)
.summary("Brings one deactivated user back at once.");

/// Starts a task that brings deactivated users back.
///
/// `POST /api/v2/users/reactivate`, the service's `ReactivateUsers`.
pub const REACTIVATE_USERS: Operation = Operation::new(
    "reactivate_users",
    "ReactivateUsers",
    Method::Post,
    "/api/v2/users/reactivate",
)
.with_body()
.with_fields(&[
    ("created_by_id", false),
    ("restore_channels", false),
    ("restore_messages", false),
    ("user_ids", true),
])
.caller(Caller::Server)
.batch("user_ids", 100)
.task("reactivate_users")
.summary("Starts a task that brings deactivated users back.");

/// Starts a task that deletes users, and as asked their messages, conversations and calls: softly, pruned or for good.
///
/// `POST /api/v2/users/delete`, the service's `DeleteUsers`.
pub const DELETE_USERS: Operation = Operation::new("delete_users", "DeleteUsers", Method::Post, "/api/v2/users/delete").with_body().with_fields(&[("calls", false), ("conversations", false), ("files", false), ("messages", false), ("new_call_owner_id", false), ("new_channel_owner_id", false), ("user", false), ("user_ids", true)]).caller(Caller::Server).batch("user_ids", 100).task("delete_users").summary("Starts a task that deletes users, and as asked their messages, conversations and calls: softly, pruned or for good.");

/// Brings softly deleted users back, without their memberships and messages.
///
/// `POST /api/v2/users/restore`, the service's `RestoreUsers`.
pub const RESTORE_USERS: Operation = Operation::new(
    "restore_users",
    "RestoreUsers",
    Method::Post,
    "/api/v2/users/restore",
)
.with_body()
.with_fields(&[("user_ids", true)])
.caller(Caller::Server)
.batch("user_ids", 100)
.summary("Brings softly deleted users back, without their memberships and messages.");

/// Returns one user with all messages and reactions, at once.
///
/// `GET /api/v2/users/{user_id}/export`, the service's `ExportUser`.
pub const EXPORT_USER: Operation = Operation::new(
    "export_user",
    "ExportUser",
    Method::Get,
    "/api/v2/users/{user_id}/export",
)
.idempotent()
.caller(Caller::Server)
.summary("Returns one user with all messages and reactions, at once.");

/// Starts a task that writes users with their messages and reactions to a file.
///
/// `POST /api/v2/export/users`, the service's `ExportUsers`.
pub const EXPORT_USERS: Operation = Operation::new(
    "export_users",
    "ExportUsers",
    Method::Post,
    "/api/v2/export/users",
)
.with_body()
.with_fields(&[("user_ids", true)])
.idempotent()
.caller(Caller::Server)
.batch("user_ids", 25)
.task("export_users")
.summary("Starts a task that writes users with their messages and reactions to a file.");

/// Reads the state of a task.
///
/// `GET /api/v2/tasks/{id}`, the service's `GetTask`.
pub const GET_TASK: Operation = Operation::new("get_task", "GetTask", Method::Get, "/api/v2/tasks/{id}")
    .idempotent()
    .caller(Caller::Server)
    .secret_answer()
    .summary("Reads the state of a task.");

/// Creates a guest user, which needs no credential, and returns the token to act as it.
///
/// `POST /api/v2/guest`, the service's `CreateGuest`.
pub const CREATE_GUEST: Operation =
    Operation::new("create_guest", "CreateGuest", Method::Post, "/api/v2/guest")
        .with_body()
        .with_fields(&[("user", true)])
        .caller(Caller::Anyone)
        .secret_answer()
        .summary("Creates a guest user, which needs no credential, and returns the token to act as it.");

/// Blocks a user for another user.
///
/// `POST /api/v2/users/block`, the service's `BlockUsers`.
pub const BLOCK_USERS: Operation =
    Operation::new("block_users", "BlockUsers", Method::Post, "/api/v2/users/block")
        .with_body()
        .with_fields(&[("blocked_user_id", true), ("user", false), ("user_id", false)])
        .idempotent()
        .caller(Caller::User)
        .summary("Blocks a user for another user.");

/// Takes a block back.
///
/// `POST /api/v2/users/unblock`, the service's `UnblockUsers`.
pub const UNBLOCK_USERS: Operation = Operation::new(
    "unblock_users",
    "UnblockUsers",
    Method::Post,
    "/api/v2/users/unblock",
)
.with_body()
.with_fields(&[("blocked_user_id", true), ("user", false), ("user_id", false)])
.idempotent()
.caller(Caller::User)
.summary("Takes a block back.");

/// Lists whom a user has blocked.
///
/// `GET /api/v2/users/block`, the service's `GetBlockedUsers`.
pub const GET_BLOCKED_USERS: Operation = Operation::new(
    "get_blocked_users",
    "GetBlockedUsers",
    Method::Get,
    "/api/v2/users/block",
)
.with_query(&["user_id"])
.idempotent()
.caller(Caller::User)
.summary("Lists whom a user has blocked.");

/// Lists the live locations that a user shares now.
///
/// `GET /api/v2/users/live_locations`, the service's `GetUserLiveLocations`.
pub const GET_USER_LIVE_LOCATIONS: Operation = Operation::new(
    "get_user_live_locations",
    "GetUserLiveLocations",
    Method::Get,
    "/api/v2/users/live_locations",
)
.with_query(&["user_id"])
.idempotent()
.caller(Caller::User)
.summary("Lists the live locations that a user shares now.");

/// Moves or ends a live location that a user shares.
///
/// `PUT /api/v2/users/live_locations`, the service's `UpdateLiveLocation`.
pub const UPDATE_LIVE_LOCATION: Operation = Operation::new(
    "update_live_location",
    "UpdateLiveLocation",
    Method::Put,
    "/api/v2/users/live_locations",
)
.with_query(&["user_id"])
.with_body()
.with_fields(&[
    ("end_at", false),
    ("latitude", false),
    ("longitude", false),
    ("message_id", true),
])
.idempotent()
.caller(Caller::User)
.summary("Moves or ends a live location that a user shares.");

/// Reads the quota of each operation on each platform.
///
/// `GET /api/v2/rate_limits`, the service's `GetRateLimits`.
pub const GET_RATE_LIMITS: Operation = Operation::new(
    "get_rate_limits",
    "GetRateLimits",
    Method::Get,
    "/api/v2/rate_limits",
)
.with_query(&["server_side", "android", "ios", "web", "unity", "endpoints"])
.idempotent()
.caller(Caller::Server)
.summary("Reads the quota of each operation on each platform.");

/// Every operation, in the order of the contract's `operations.toml`.
pub const ALL: &[Operation] = &[
    UPSERT_USERS,
    UPDATE_USERS_PARTIAL,
    QUERY_USERS,
    DEACTIVATE_USER,
    DEACTIVATE_USERS,
    REACTIVATE_USER,
    REACTIVATE_USERS,
    DELETE_USERS,
    RESTORE_USERS,
    EXPORT_USER,
    EXPORT_USERS,
    GET_TASK,
    CREATE_GUEST,
    BLOCK_USERS,
    UNBLOCK_USERS,
    GET_BLOCKED_USERS,
    GET_USER_LIVE_LOCATIONS,
    UPDATE_LIVE_LOCATION,
    GET_RATE_LIMITS,
];
