//! [`Channels`], the API over a client.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;
use stream_users_core::endpoint::Endpoint;
use stream_users_core::model::{Custom, CustomData, GetTask, StartedTask, Task};
use stream_users_core::{CallOptions, Client, Clock, Response, Result};

use crate::{
    ChannelState, ChannelsApi, DeleteChannels, DeletedChannels, GetOrCreateChannel, QueriedChannels,
    QueryChannels,
};

/// The API of channels over a [`Client`], with custom data of type `C`: a cheap handle.
///
/// A program that has a client for users gives the same one: tokens, quotas and the retry budget are then shared.
pub struct Channels<C = Custom> {
    client: Client,
    options: CallOptions,
    custom: PhantomData<fn() -> C>,
}

impl<C: CustomData> Channels<C> {
    /// The API over `client`.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self {
            client,
            options: CallOptions::new(),
            custom: PhantomData,
        }
    }

    /// Another handle, whose calls have `options`.
    #[must_use]
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self {
            options,
            ..Self::new(self.client.clone())
        }
    }

    /// Every method of the API comes to this.
    fn execute<E: Endpoint<C>>(
        &self,
        request: &E,
    ) -> impl Future<Output = Result<Response<E::Response>>> + Send + use<C, E> {
        self.client.execute_as::<C, _>(request, &self.options)
    }
}

#[async_trait]
impl<C: CustomData> ChannelsApi<C> for Channels<C> {
    async fn get_or_create_channel(
        &self,
        request: GetOrCreateChannel<C>,
    ) -> Result<Response<ChannelState<C>>> {
        self.execute(&request).await
    }

    async fn query_channels(&self, request: QueryChannels) -> Result<Response<QueriedChannels<C>>> {
        self.execute(&request).await
    }

    async fn delete_channels(
        &self,
        request: DeleteChannels,
    ) -> Result<Response<StartedTask<DeletedChannels>>> {
        self.execute(&request).await
    }

    async fn get_task(&self, request: GetTask) -> Result<Response<Task>> {
        self.execute(&request).await
    }

    fn clock(&self) -> Result<Arc<dyn Clock>> {
        Ok(self.client.clock())
    }
}

impl<C> Clone for Channels<C> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            options: self.options.clone(),
            custom: PhantomData,
        }
    }
}

impl<C> fmt::Debug for Channels<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channels")
            .field("client", &self.client)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
