//! Strict readers of requests. They know only JSON: what a value means is decided by the route that reads it.
//! The client's decoders are not used here, so that a mistake of theirs is not mirrored.

mod depth;
mod fields;
mod id;
mod query;
mod time;
mod user_request;

pub(crate) use depth::{DEEPEST, can_be_kept};
pub(crate) use fields::{Fields, Problems, kind_of};
pub(crate) use id::{check_batch, check_id, each_once, user_ids};
pub(crate) use query::{Query, percent_decode};
pub(crate) use time::{parse_revocation, parse_time};
pub(crate) use user_request::{
    RESERVED, USER_FIELDS, UserRequest, read_privacy_settings, read_teams, read_teams_role,
};
