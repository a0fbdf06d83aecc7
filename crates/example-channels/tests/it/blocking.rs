//! The same API without async: the methods of a handle, run on the thread of `stream-users-blocking`.

use std::sync::Arc;

use example_channels::{
    ChannelState, ChannelsApi, ChannelsApiExt, DeleteChannels, DeletedChannels, GetOrCreateChannel,
    QueryChannels,
};
use futures_util::TryStreamExt;
use stream_users_blocking::Runtime;
use stream_users_core::model::Filter;
use stream_users_core::{Response, Result};

use crate::service::Service;

/// What an SDK would offer: a method for each of the API's, and one for each convenience.
struct BlockingChannels {
    api: Arc<dyn ChannelsApi>,
    runtime: Runtime,
}

impl BlockingChannels {
    fn get_or_create_channel(&self, request: GetOrCreateChannel) -> Result<Response<ChannelState>> {
        let api = Arc::clone(&self.api);
        self.runtime
            .run(async move { api.get_or_create_channel(request).await })
    }

    fn delete(&self, request: DeleteChannels) -> Result<DeletedChannels> {
        let api = Arc::clone(&self.api);
        self.runtime.run(async move {
            let started = api.delete_channels(request).await?.body;
            api.task(&started).wait().await
        })
    }

    fn find(&self, query: QueryChannels) -> Result<Vec<ChannelState>> {
        let api = Arc::clone(&self.api);
        self.runtime
            .run(async move { api.items(query).try_collect().await })
    }
}

#[test]
fn channels_without_async() {
    let channels = BlockingChannels {
        api: Arc::new(Service::with_channels(40).channels()),
        runtime: Runtime::start().unwrap(),
    };
    let made = channels
        .get_or_create_channel(GetOrCreateChannel::new("team:new"))
        .unwrap();
    let cid = made.body.channel.cid;
    assert_eq!(
        channels.find(QueryChannels::new(Filter::all())).unwrap().len(),
        41
    );
    assert!(
        channels
            .delete(DeleteChannels::new([&cid]))
            .unwrap()
            .get(&cid)
            .unwrap()
            .is_ok()
    );
}
