//! What comes free: retries by the operation's idempotency, a quota for each operation, timeouts, headers.

use std::time::Duration;

use example_channels::{Channels, ChannelsApi, DeleteChannels, GetOrCreateChannel, QueryChannels, operation};
use http::{HeaderName, HeaderValue};
use stream_users_core::model::{ApiError, ErrorCode, Filter};
use stream_users_core::{CallOptions, Clock, TransportErrorKind};
use stream_users_testing::{Answer, ManualClock, ScriptedTransport};

use crate::service::{builder, nothing, scripted};

fn query() -> QueryChannels {
    QueryChannels::new(Filter::all())
}

#[tokio::test]
async fn what_is_idempotent_is_tried_again() {
    let (transport, channels) = scripted([
        Answer::error(TransportErrorKind::Interrupted),
        Answer::new(503, "busy"),
        nothing(),
    ]);
    assert_eq!(channels.query_channels(query()).await.unwrap().meta.attempts, 3);
    assert_eq!(transport.requests()[2].attempt(), Some(3));
}

#[tokio::test]
async fn what_is_not_idempotent_is_tried_again_only_where_it_never_left() {
    let (_, channels) = scripted([
        Answer::error(TransportErrorKind::Connect),
        Answer::error(TransportErrorKind::Interrupted),
    ]);
    let error = channels
        .delete_channels(DeleteChannels::new(["team:a"]))
        .await
        .unwrap_err();
    assert!(error.may_have_been_applied());
    assert_eq!(
        error.to_string(),
        "delete_channels: the connection ended before the whole answer came \
         (after 2 attempts; the request may have been applied)"
    );
}

#[tokio::test]
async fn a_refusal_for_too_many_requests_is_waited_out() {
    let refusal = ApiError::new(ErrorCode::RATE_LIMIT, 429, "Too many requests");
    let transport =
        ScriptedTransport::new([Answer::api_error(&refusal).header("retry-after", "7"), nothing()]);
    let clock = ManualClock::auto_advance();
    let client = builder(transport).clock(clock.clone()).build().unwrap();
    let channels: Channels = Channels::new(client);
    channels.query_channels(query()).await.unwrap();
    assert!(clock.monotonic() >= Duration::from_secs(7));
}

/// The quota of one operation is used up; that of another is its own.
#[tokio::test]
async fn each_operation_has_a_quota_that_calls_are_paced_by() {
    let transport = ScriptedTransport::answering(|request| match request.operation() {
        Some(&operation::QUERY_CHANNELS) => nothing()
            .header("x-ratelimit-limit", "60")
            .header("x-ratelimit-remaining", "0")
            .header("x-ratelimit-reset", "1700000040"),
        _ => Answer::json(201, serde_json::json!({"task_id": "t-1"})),
    });
    let clock = ManualClock::auto_advance();
    let client = builder(transport).clock(clock.clone()).build().unwrap();
    let channels: Channels = Channels::new(client.clone());

    channels.query_channels(query()).await.unwrap();
    assert_eq!(client.rate_limit(&operation::QUERY_CHANNELS).unwrap().limit, 60);
    assert_eq!(client.rate_limit(&operation::DELETE_CHANNELS), None);
    channels
        .delete_channels(DeleteChannels::new(["team:a"]))
        .await
        .unwrap();
    assert_eq!(clock.monotonic(), Duration::ZERO);
    channels.query_channels(query()).await.unwrap();
    assert!(
        clock.monotonic() >= Duration::from_secs(40),
        "it has waited for the next window"
    );
}

#[tokio::test]
async fn options_are_those_of_one_handle() {
    let clock = ManualClock::new();
    let transport = ScriptedTransport::new([Answer::pending(), nothing()]);
    let client = builder(transport.clone()).clock(clock.clone()).build().unwrap();
    let channels: Channels = Channels::new(client);
    let ext = (
        HeaderName::from_static("x-stream-ext"),
        HeaderValue::from_static("import"),
    );
    let hasty = channels.with_options(
        CallOptions::new()
            .timeout(Duration::from_secs(2))
            .header(ext.0, ext.1),
    );

    let call = hasty.get_or_create_channel(GetOrCreateChannel::new("team:a"));
    let (outcome, ()) = tokio::join!(call, async { clock.advance(Duration::from_secs(2)) });
    assert!(outcome.unwrap_err().is_timeout());
    channels.query_channels(query()).await.unwrap();
    let sent = transport.requests();
    assert_eq!(sent[0].header("x-stream-ext"), Some("import"));
    assert_eq!(sent[1].header("x-stream-ext"), None);
}
