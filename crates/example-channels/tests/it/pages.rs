//! Pages by an offset and pages by a time, and going on in another process.

use std::ops::Range;

use example_channels::{
    ChannelState, Channels, ChannelsApi, ChannelsApiExt, GetOrCreateChannel, QueryChannels, field,
};
use futures_util::TryStreamExt;
use stream_users_core::model::Filter;
use stream_users_core::{Cursor, ErrorKind};

use crate::service::Service;

fn all() -> QueryChannels {
    QueryChannels::new(Filter::all())
}

/// Whether the channels are those of these numbers, in order.
#[track_caller]
fn are(channels: &[ChannelState], numbers: Range<usize>) {
    let ids = channels.iter().map(|state| state.channel.cid.id());
    assert!(ids.eq(numbers.map(|number| format!("c{number}"))), "{channels:?}");
}

#[tokio::test]
async fn pages_go_through_all_that_is_found() {
    let channels: Channels = Service::with_channels(70).channels();
    let pages: Vec<Vec<ChannelState>> = channels.pages(all()).try_collect().await.unwrap();
    let sizes: Vec<usize> = pages.iter().map(Vec::len).collect();
    assert_eq!(sizes, [30, 30, 10]);
    are(&pages.concat(), 0..70);
}

/// What one process has saved as text, another goes on with: also in the midst of a page, and with pages of another size.
#[tokio::test]
async fn a_cursor_goes_on_in_another_process() {
    let service = Service::with_channels(50);
    let saved = {
        let channels: Channels = service.channels();
        let mut items = channels.items(all());
        for _ in 0..35 {
            items.try_next().await.unwrap().unwrap();
        }
        items.cursor().to_string()
    };
    let channels: Channels = service.channels();
    let cursor: Cursor = saved.parse().unwrap();
    let rest = channels.items(all().limit(7)).resume(&cursor).unwrap();
    are(&rest.try_collect::<Vec<_>>().await.unwrap(), 35..50);

    let other = channels.items(QueryChannels::new(field::frozen().eq(true)));
    assert!(other.resume(&cursor).unwrap_err().is_invalid());
    let elsewhere = channels.all_channels(Filter::all());
    assert!(elsewhere.resume(&cursor).unwrap_err().is_invalid());
}

/// The service skips so many and no more; what was handed out until then is not lost.
#[tokio::test]
async fn an_offset_reaches_only_so_far_and_a_time_all_of_them() {
    let channels: Channels = Service::with_channels(2_000).channels();
    let mut found = 0;
    let mut items = channels.items(all());
    let error = loop {
        match items.try_next().await {
            Ok(channel) => found += usize::from(channel.is_some()),
            Err(error) => break error,
        }
    };
    assert_eq!((found, error.kind()), (1_020, ErrorKind::Invalid));
    assert!(
        error.to_string().contains("offset must be at most 1000"),
        "{error}"
    );

    let pages: Vec<Vec<ChannelState>> = channels.all_channels(Filter::all()).try_collect().await.unwrap();
    are(&pages.concat(), 0..2_000);
}

#[tokio::test]
async fn behind_the_end_is_what_has_come_since() {
    let service = Service::with_channels(4);
    let channels: Channels = service.channels();
    let mut pages = channels.all_channels(Filter::all());
    while pages.try_next().await.unwrap().is_some() {}
    let end = pages.cursor();

    channels
        .get_or_create_channel(GetOrCreateChannel::new("messaging:late"))
        .await
        .unwrap();
    let pages = channels.all_channels(Filter::all()).resume(&end).unwrap();
    let new: Vec<ChannelState> = pages.items().try_collect().await.unwrap();
    assert_eq!(new.len(), 1);
    assert_eq!(new[0].channel.cid, "messaging:late".into());
}

/// Any implementation pages: here a trait object.
#[tokio::test]
async fn a_trait_object_pages() {
    let channels: Box<dyn ChannelsApi> = Box::new(Service::with_channels(31).channels());
    let found: Vec<ChannelState> = channels.items(all()).try_collect().await.unwrap();
    assert_eq!(found.len(), 31);
}
