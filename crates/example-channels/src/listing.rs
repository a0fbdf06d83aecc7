//! Two ways through `query_channels`, page by page. [`FoundChannels`] skips; [`AllChannels`] goes by when channels were
//! made, so that it never has to skip far. What both promise stands at [`ChannelsApiExt`](crate::ChannelsApiExt).

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stream_users_core::model::{CustomData, Filter, Operation, Timestamp};
use stream_users_core::{Listing, Page, Result};

use crate::{ChannelState, ChannelsApi, QueryChannels, field, operation};

/// The channels of a query in its own order. A place is an offset.
pub(crate) struct FoundChannels<'a, A: ?Sized, C> {
    api: &'a A,
    query: QueryChannels,
    custom: PhantomData<fn() -> C>,
}

impl<'a, A: ChannelsApi<C> + ?Sized, C: CustomData> FoundChannels<'a, A, C> {
    pub(crate) fn new(api: &'a A, query: QueryChannels) -> Self {
        Self {
            api,
            query,
            custom: PhantomData,
        }
    }
}

impl<A: ChannelsApi<C> + ?Sized, C: CustomData> Listing for FoundChannels<'_, A, C> {
    type Item = ChannelState<C>;
    type Place = u32;

    fn operation(&self) -> &'static Operation {
        &operation::QUERY_CHANNELS
    }

    fn query(&self) -> Value {
        let query = &self.query;
        json!({
            "filter": query.filter,
            "sort": query.sort,
            "offset": query.offset.unwrap_or(0),
            "user": query.user_id,
        })
    }

    fn start(&self) -> u32 {
        self.query.offset.unwrap_or(0)
    }

    async fn page(&self, at: &u32) -> Result<Page<ChannelState<C>, u32>> {
        let limit = self.query.limit.filter(|limit| *limit > 0);
        let limit = limit.unwrap_or(QueryChannels::MAX_LIMIT);
        // An offset that is too large is refused by the query's own rules.
        let query = self.query.clone().limit(limit).offset(*at);
        let channels = self.api.query_channels(query).await?.body.channels;
        let count = u32::try_from(channels.len()).unwrap_or(u32::MAX);
        let next = (count >= limit).then(|| at.saturating_add(count));
        Ok(Page::new(channels, next))
    }

    fn behind(&self, at: &u32, _: &ChannelState<C>) -> Option<u32> {
        at.checked_add(1)
    }
}

/// The channels of a filter, oldest first.
pub(crate) struct AllChannels<'a, A: ?Sized, C> {
    api: &'a A,
    filter: Filter,
    custom: PhantomData<fn() -> C>,
}

/// Behind channels that were made at `since` or before; of those of just that time, behind so many.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct MadeSince {
    since: Option<Timestamp>,
    skip: u32,
}

impl<'a, A: ChannelsApi<C> + ?Sized, C: CustomData> AllChannels<'a, A, C> {
    pub(crate) fn new(api: &'a A, filter: Filter) -> Self {
        Self {
            api,
            filter,
            custom: PhantomData,
        }
    }
}

impl<A: ChannelsApi<C> + ?Sized, C: CustomData> Listing for AllChannels<'_, A, C> {
    type Item = ChannelState<C>;
    type Place = MadeSince;

    fn operation(&self) -> &'static Operation {
        &operation::QUERY_CHANNELS
    }

    fn query(&self) -> Value {
        json!({"filter": self.filter, "sort": "created_at"})
    }

    fn start(&self) -> MadeSince {
        MadeSince { since: None, skip: 0 }
    }

    async fn page(&self, at: &MadeSince) -> Result<Page<ChannelState<C>, MadeSince>> {
        let mut filter = self.filter.clone();
        if let Some(since) = at.since {
            filter = filter & field::created_at().gte(since);
        }
        let query = QueryChannels::new(filter)
            .sort(field::created_at().asc())
            .limit(QueryChannels::MAX_LIMIT)
            .offset(at.skip);
        let channels = self.api.query_channels(query).await?.body.channels;
        // Only a page without any is the end. One that leads nowhere else is the same again, which `Pages` refuses.
        let next = channels
            .iter()
            .try_fold(at.clone(), |at, channel| self.behind(&at, channel));
        let next = next.filter(|_| !channels.is_empty());
        Ok(Page::new(channels, next))
    }

    fn behind(&self, at: &MadeSince, item: &ChannelState<C>) -> Option<MadeSince> {
        let made = Some(item.channel.created_at);
        let skip = if made == at.since {
            at.skip.checked_add(1)?
        } else {
            1
        };
        Some(MadeSince { since: made, skip })
    }
}
