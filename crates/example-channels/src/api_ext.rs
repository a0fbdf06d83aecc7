//! [`ChannelsApiExt`]: what is made of the operations for convenience.

use serde::de::DeserializeOwned;
use stream_users_core::model::{CustomData, Filter, StartedTask, TaskId};
use stream_users_core::{Items, Pages, TaskHandle};

use crate::listing::{AllChannels, FoundChannels};
use crate::{ChannelState, ChannelsApi, QueryChannels};

/// Conveniences over [`ChannelsApi`], for whatever implements it: also for mocks and trait objects.
pub trait ChannelsApiExt<C: CustomData>: ChannelsApi<C> {
    /// The channels that a query finds, page by page, in any order.
    ///
    /// The query's `limit` is the size of a page, by default (and with 0) 30; its `offset` skips channels at the start. It
    /// reaches as far as the service skips: behind the first 1,000 channels it ends with an error of kind `Invalid`.
    fn pages(&self, query: QueryChannels) -> Pages<'_, ChannelState<C>> {
        Pages::new(FoundChannels::new(self, query))
    }

    /// The single channels of [`pages`](Self::pages).
    fn items(&self, query: QueryChannels) -> Items<'_, ChannelState<C>> {
        self.pages(query).items()
    }

    /// Every channel for which `filter` holds, oldest first, page by page, however many there are. Only behind 1,000 that were
    /// made at the very same time it ends with an error of kind `Invalid`.
    fn all_channels(&self, filter: Filter) -> Pages<'_, ChannelState<C>> {
        Pages::new(AllChannels::new(self, filter))
    }

    /// A handle that follows a task that was started.
    fn task<R: DeserializeOwned>(&self, started: &StartedTask<R>) -> TaskHandle<'_, R> {
        self.task_by_id(started.task_id.clone())
    }

    /// A handle that follows a task of which the id is known, and what it ends with.
    fn task_by_id<R: DeserializeOwned>(&self, id: impl Into<TaskId>) -> TaskHandle<'_, R> {
        TaskHandle::new(id.into(), self.clock(), |request| self.get_task(request))
    }
}

impl<C: CustomData, T: ChannelsApi<C> + ?Sized> ChannelsApiExt<C> for T {}
