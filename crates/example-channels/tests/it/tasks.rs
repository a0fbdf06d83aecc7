//! A task, followed to its end. Nobody waits.

use std::time::Duration;

use example_channels::{Channels, ChannelsApi, ChannelsApiExt, Cid, DeleteChannels, DeletedChannels};
use stream_users_core::{ErrorKind, PollPolicy};
use stream_users_testing::ManualClock;

use crate::service::{Service, builder};

#[tokio::test]
async fn channels_are_deleted_by_a_task_that_is_waited_for() {
    let clock = ManualClock::auto_advance();
    let transport = Service::default().transport();
    let client = builder(transport.clone()).clock(clock.clone()).build().unwrap();
    let channels: Channels = Channels::new(client);

    let general = Cid::new("team", "general");
    let request = DeleteChannels::new([&general]).hard_delete(true);
    let started = channels.delete_channels(request).await.unwrap().body;
    let deleted = channels.task(&started).wait().await.unwrap();
    assert!(deleted.get(&general).unwrap().is_ok());

    let asked = transport
        .requests()
        .into_iter()
        .filter(|request| request.path() == "/api/v2/tasks/t-1");
    assert_eq!(asked.count(), 3);
    assert_eq!(
        clock.sleeps().len(),
        2,
        "it waits between questions: {:?}",
        clock.sleeps()
    );
}

/// Another process may wait for it, and give up before the end.
#[tokio::test]
async fn a_task_is_known_by_its_id_alone() {
    let channels: Channels = Service::default().channels();
    let task = channels.task_by_id::<DeletedChannels>("t-1");
    let once = PollPolicy::new().timeout(Duration::ZERO);
    let error = task.with_policy(once).wait().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Task);
    assert_eq!(error.task().unwrap().task_id, "t-1");
}
