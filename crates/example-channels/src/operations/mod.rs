//! A file for each operation: its request, the rules that it must keep, its answer, and how it becomes HTTP.

mod delete_channels;
mod get_or_create_channel;
mod query_channels;

pub use self::delete_channels::{DeleteChannels, DeletedChannel, DeletedChannels};
pub use self::get_or_create_channel::GetOrCreateChannel;
pub use self::query_channels::{QueriedChannels, QueryChannels};
