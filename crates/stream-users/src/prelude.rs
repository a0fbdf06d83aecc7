//! The traits, and the types that most programs name: `use stream_users::prelude::*`.
//!
//! What must not enter: names that a program is likely to have of its own, such as `Result`.

pub use stream_users_core::model::{
    BlockUsers, CreateGuest, Custom, CustomData, DeactivateUser, DeactivateUsers, DeleteUsers, DeletionMode,
    ExportRecord, ExportUser, ExportUsers, Filter, GetTask, Lenient, QueryUsers, ReactivateUser,
    ReactivateUsers, RestoreUsers, Sort, Timestamp, UnblockUsers, UpdateUsersPartial, UpsertUsers, User,
    UserId, UserPatch, UserRequest, field,
};
pub use stream_users_core::{
    CallOptions, Client, ClientBuilder, EraseUsers, Error, ErrorKind, PollPolicy, Response, Transport, Users,
    UsersApi, UsersApiExt,
};
#[cfg(feature = "http")]
pub use stream_users_http::ReqwestTransport;
