//! Errors: those that every SDK has, and the questions of chat.

use example_channels::{ChannelsApi, ChannelsError, GetOrCreateChannel, QueryChannels};
use serde_json::json;
use stream_users_core::model::{ApiError, ErrorCode, Filter};
use stream_users_core::{Error, ErrorKind};
use stream_users_testing::Answer;

use crate::service::scripted;

async fn refused(code: ErrorCode, status: u16) -> Error {
    let (_, channels) = scripted([Answer::api_error(&ApiError::new(code, status, "no"))]);
    let request = GetOrCreateChannel::new("team:a");
    channels.get_or_create_channel(request).await.unwrap_err()
}

#[tokio::test]
async fn chat_asks_by_the_services_code() {
    let error = refused(ErrorCode::NO_ACCESS_TO_CHANNELS, 403).await;
    assert!(error.is_no_access_to_channels() && error.is_auth() && !error.is_cooldown());
    assert_eq!(
        error.to_string(),
        "get_or_create_channel: stream api error 70 (http 403): no"
    );
    let error = refused(ErrorCode::CHANNEL_FEATURE_NOT_SUPPORTED, 400).await;
    assert!(error.is_channel_feature_not_supported() && !error.is_no_access_to_channels());
    assert!(refused(ErrorCode::COOLDOWN, 403).await.is_cooldown());
    assert!(refused(ErrorCode::DOES_NOT_EXIST, 404).await.is_not_found());
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_says_where() {
    let channel =
        json!({"channel": {"id": "a", "cid": "team:a", "custom": {}, "created_at": "noon", "updated_at": 1}});
    let (_, channels) = scripted([Answer::json(201, json!({"channels": [channel]}))]);
    let query = QueryChannels::new(Filter::all());
    let error = channels.query_channels(query).await.unwrap_err();
    assert!(error.is_decode());
    let text = error.to_string();
    assert!(
        text.contains("channels[0].channel.created_at") && text.contains("\"a\""),
        "{text}"
    );
}

/// An implementation without a single operation.
#[derive(Debug)]
struct Nothing;

impl ChannelsApi for Nothing {}

#[tokio::test]
async fn what_an_implementation_leaves_out_says_so() {
    let error = Nothing
        .query_channels(QueryChannels::new(Filter::all()))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unimplemented);
    assert_eq!(error.operation(), Some("query_channels"));
}

/// Neither the token nor the URL, whose query holds the key.
#[tokio::test]
async fn no_secret_is_shown() {
    let (transport, channels) = scripted([Answer::new(404, "no")]);
    let error = channels
        .query_channels(QueryChannels::new(Filter::all()))
        .await
        .unwrap_err();
    let shown = format!("{channels:?} {error} {error:?} {transport:?}");
    let token = transport.requests()[0]
        .header("authorization")
        .unwrap()
        .to_owned();
    assert!(!shown.contains(&token) && !shown.contains("api_key"), "{shown}");
}
