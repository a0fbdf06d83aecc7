//! [`ChannelsApi`], the API as a trait: what a program holds, and what a mock provides.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use stream_users_core::model::{Custom, CustomData, GetTask, StartedTask, Task};
use stream_users_core::{Clock, Error, Response, Result};

use crate::{
    ChannelState, DeleteChannels, DeletedChannels, GetOrCreateChannel, QueriedChannels, QueryChannels,
};

/// The operations on channels, with custom data of type `C`.
///
/// Hold it as `Arc<dyn ChannelsApi>`. An implementation may leave methods out: they answer with an error of kind
/// `Unimplemented`, so that a method that is added later breaks nobody.
///
/// # Errors
/// Those of [`Client::execute`](stream_users_core::Client::execute).
#[async_trait]
pub trait ChannelsApi<C: CustomData = Custom>: Debug + Send + Sync {
    /// Returns a channel, and makes it where there is none.
    ///
    /// # Errors
    /// `Api` with code 17 where the user may not make it, 16 where a member does not exist; any that [the trait](Self#errors) names.
    async fn get_or_create_channel(
        &self,
        request: GetOrCreateChannel<C>,
    ) -> Result<Response<ChannelState<C>>> {
        let _ = request;
        Err(Error::unimplemented("get_or_create_channel"))
    }

    /// Finds channels by filter, sort, limit and offset: at most 30 in an answer.
    ///
    /// # Errors
    /// `Api` with code 4 for a filter that the service does not take; any that [the trait](Self#errors) names.
    async fn query_channels(&self, request: QueryChannels) -> Result<Response<QueriedChannels<C>>> {
        let _ = request;
        Err(Error::unimplemented("query_channels"))
    }

    /// Starts a task that deletes channels: at most 100 in a call.
    ///
    /// # Errors
    /// `Api` where the service refuses; any that [the trait](Self#errors) names.
    async fn delete_channels(
        &self,
        request: DeleteChannels,
    ) -> Result<Response<StartedTask<DeletedChannels>>> {
        let _ = request;
        Err(Error::unimplemented("delete_channels"))
    }

    /// Reads the state of a task: an operation that the core has.
    ///
    /// # Errors
    /// `Api` with code 16 where there is no such task; any that [the trait](Self#errors) names.
    async fn get_task(&self, request: GetTask) -> Result<Response<Task>> {
        let _ = request;
        Err(Error::unimplemented("get_task"))
    }

    /// The clock that waiting for a task goes by.
    ///
    /// # Errors
    /// `Unimplemented` where there is none.
    fn clock(&self) -> Result<Arc<dyn Clock>> {
        Err(Error::unimplemented("clock"))
    }
}
