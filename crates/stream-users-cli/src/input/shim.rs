//! The engine's own, under the names that the readers use.
pub(crate) use stream_users_core::bulk::{InputError as BoxError, Rejected, Row};
