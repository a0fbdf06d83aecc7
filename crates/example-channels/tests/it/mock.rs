//! A mock of the SDK's own trait, for programs that hold `dyn ChannelsApi`.

use std::sync::Arc;

use async_trait::async_trait;
use example_channels::{
    Channel, ChannelState, ChannelsApi, ChannelsApiExt, DeleteChannels, DeletedChannel, DeletedChannels,
    GetOrCreateChannel, QueriedChannels, QueryChannels, field,
};
use futures_util::TryStreamExt;
use stream_users_core::model::{
    Custom, CustomData, Filter, GetTask, RawJson, StartedTask, Task, TaskStatus, Timestamp,
};
use stream_users_core::{Clock, ErrorKind, Response, Result};
use stream_users_testing::ManualClock;

mockall::mock! {
    #[derive(Debug)]
    pub ChannelsApi<C: CustomData> {}

    #[async_trait]
    impl<C: CustomData> ChannelsApi<C> for ChannelsApi<C> {
        async fn get_or_create_channel(&self, request: GetOrCreateChannel<C>) -> Result<Response<ChannelState<C>>>;
        async fn query_channels(&self, request: QueryChannels) -> Result<Response<QueriedChannels<C>>>;
        async fn delete_channels(&self, request: DeleteChannels) -> Result<Response<StartedTask<DeletedChannels>>>;
        async fn get_task(&self, request: GetTask) -> Result<Response<Task>>;
        fn clock(&self) -> Result<Arc<dyn Clock>>;
    }
}

/// What a program might have: it knows nothing of mocks.
async fn drop_frozen(channels: &dyn ChannelsApi) -> Result<usize> {
    let found: Vec<ChannelState> = channels
        .items(QueryChannels::new(field::frozen().eq(true)))
        .try_collect()
        .await?;
    let cids: Vec<_> = found.into_iter().map(|state| state.channel.cid).collect();
    let started = channels.delete_channels(DeleteChannels::new(&cids)).await?.body;
    let deleted = channels.task(&started).wait().await?;
    Ok(cids
        .iter()
        .filter(|cid| deleted.get(cid).is_some_and(DeletedChannel::is_ok))
        .count())
}

#[tokio::test]
async fn pages_and_tasks_are_played_over_a_mock() {
    let mut channels = MockChannelsApi::<Custom>::new();
    channels
        .expect_query_channels()
        .withf(|query| query.filter == field::frozen().eq(true) && query.limit == Some(30))
        .times(1)
        .returning(|_| {
            let channel = Channel::new("team:a", Custom::new(), Timestamp::UNIX_EPOCH);
            Ok(Response::new(QueriedChannels::new([ChannelState::new(channel)])))
        });
    channels
        .expect_delete_channels()
        .withf(|request| request.cids == ["team:a".into()])
        .returning(|_| Ok(Response::new(StartedTask::new("t-1"))));
    channels.expect_get_task().returning(|request| {
        let deleted = DeletedChannels::new([("team:a".into(), DeletedChannel::ok())]);
        let mut task = Task::new(request.id, TaskStatus::Completed, Timestamp::UNIX_EPOCH);
        task.result = Some(RawJson::from_serialize(&deleted).unwrap());
        Ok(Response::new(task))
    });
    channels
        .expect_clock()
        .returning(|| Ok(Arc::new(ManualClock::auto_advance())));
    assert_eq!(drop_frozen(&channels).await.unwrap(), 1);
}

/// A service that answers the same whatever is asked is not taken for one that has no more.
#[tokio::test]
async fn the_same_page_again_is_an_error_and_not_the_end() {
    let mut channels = MockChannelsApi::<Custom>::new();
    channels.expect_query_channels().returning(|_| {
        let made = |cid, time| ChannelState::new(Channel::new(cid, Custom::new(), time));
        let later = Timestamp::from_unix_seconds(1).unwrap();
        Ok(Response::new(QueriedChannels::new([
            made("messaging:a", Timestamp::UNIX_EPOCH),
            made("messaging:b", later),
        ])))
    });
    let mut pages = channels.all_channels(Filter::all());
    assert_eq!(pages.try_next().await.unwrap().unwrap().len(), 2);
    assert_eq!(pages.try_next().await.unwrap_err().kind(), ErrorKind::Decode);
}
