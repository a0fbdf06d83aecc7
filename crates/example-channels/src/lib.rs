//! Chat channels of Stream (getstream.io): an SDK as somebody else would write it on `stream-users-core`.
//!
//! For whom: authors of SDKs for other parts of Stream, who want to see a whole one. `docs/guide/sdk-authors.md` walks
//! through it. It has three operations rather than a hundred; the others would be written like these.
//!
//! ```
//! use example_channels::{Channels, ChannelsApi, ChannelsApiExt, Cid, DeleteChannels, GetOrCreateChannel, QueryChannels, field};
//! use futures_util::TryStreamExt;
//! use stream_users_core::{Client, Result, Transport};
//!
//! async fn tidy_up(transport: impl Transport) -> Result<()> {
//!     let channels: Channels = Channels::new(Client::from_env(transport)?);
//!     let general = Cid::new("messaging", "general");
//!     channels.get_or_create_channel(GetOrCreateChannel::new(general).created_by_id("ada").members(["ada"])).await?;
//!
//!     let frozen: Vec<Cid> = channels
//!         .items(QueryChannels::new(field::members().is_in(["ada"]) & field::frozen().eq(true)))
//!         .map_ok(|state| state.channel.cid)
//!         .try_collect()
//!         .await?;
//!     for cids in frozen.chunks(DeleteChannels::MAX) {
//!         let started = channels.delete_channels(DeleteChannels::new(cids)).await?.body;
//!         channels.task(&started).wait().await?;
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # Modules
//! - [`operation`]: the table of operations: method, path, idempotency, who may call.
//! - `operations`: a file for each operation, with its request, its rules, its answer and how it becomes HTTP.
//! - [`ChannelsApi`]: the API as a trait; [`Channels`] is it over a client; [`ChannelsApiExt`] adds pages and tasks.
//! - [`Channel`], [`Member`], [`Cid`], [`field`]: what channels are, and what they are found by.
//! - [`ChannelsError`]: what chat asks of an error.
//!
//! # Features
//! - `tokio` (default): tokio's timer as the default clock.
//! - `http`: the transport over reqwest, as `example_channels::ReqwestTransport`. Without it no HTTP stack is compiled.
//!
//! What must not enter: retries, tokens, quotas, waiting, anything that the core does for every operation.

mod api;
mod api_ext;
mod channel;
mod channels;
mod cid;
mod error;
pub mod field;
mod listing;
pub mod operation;
mod operations;
mod wire;

pub use self::api::ChannelsApi;
pub use self::api_ext::ChannelsApiExt;
pub use self::channel::{Channel, ChannelState, Member};
pub use self::channels::Channels;
pub use self::cid::Cid;
pub use self::error::ChannelsError;
pub use self::operations::{
    DeleteChannels, DeletedChannel, DeletedChannels, GetOrCreateChannel, QueriedChannels, QueryChannels,
};
/// The core that this SDK is built with: its types are in the signatures here.
pub use stream_users_core;
#[cfg(feature = "http")]
pub use stream_users_http::ReqwestTransport;
