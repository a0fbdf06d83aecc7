//! Who calls: a server, or a user with a token that may expire.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use example_channels::{Channels, ChannelsApi, DeleteChannels, GetOrCreateChannel};
use stream_users_core::model::{ApiError, ErrorCode, Filter, QueryUsers, Token};
use stream_users_core::token::UserToken;
use stream_users_core::{Client, ErrorKind, Users, UsersApi};
use stream_users_testing::{Answer, ManualClock, ScriptedTransport};

use crate::service::{Service, builder};

/// A token as a server makes it for ada's device.
fn token() -> Token {
    let server = builder(ScriptedTransport::new([])).build().unwrap();
    server.create_token(&UserToken::new("ada")).unwrap()
}

#[tokio::test]
async fn a_user_calls_what_users_may_and_a_server_the_rest() {
    let transport = Service::default().transport();
    let token = token();
    let client = Client::builder("key")
        .user_token(token.clone())
        .transport(transport.clone())
        .build()
        .unwrap();
    let channels: Channels = Channels::new(client);
    channels
        .get_or_create_channel(GetOrCreateChannel::new("team:a"))
        .await
        .unwrap();
    assert_eq!(
        transport.requests()[0].header("authorization"),
        Some(token.expose())
    );

    let error = channels
        .delete_channels(DeleteChannels::new(["team:a"]))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert_eq!(transport.requests().len(), 1, "the second was not sent: {error}");
}

#[tokio::test]
async fn a_token_that_has_expired_is_followed_by_another_for_all_apis_of_the_client() {
    let expired = ApiError::new(ErrorCode::TOKEN_EXPIRED, 401, "expired");
    let transport = ScriptedTransport::new([
        Answer::api_error(&expired),
        Answer::json(
            201,
            serde_json::json!({"channel": {"cid": "team:a", "created_at": 1, "updated_at": 1}}),
        ),
        Answer::json(200, serde_json::json!({"users": []})),
    ]);
    let fetched = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&fetched);
    let client = Client::builder("key")
        .token_provider(move || {
            counter.fetch_add(1, Ordering::Relaxed);
            async { Ok(token()) }
        })
        .transport(transport)
        .clock(ManualClock::auto_advance())
        .build()
        .unwrap();
    let channels: Channels = Channels::new(client.clone());
    channels
        .get_or_create_channel(GetOrCreateChannel::new("team:a"))
        .await
        .unwrap();
    let users: Users = client.users();
    users.query_users(QueryUsers::new(Filter::all())).await.unwrap();
    assert_eq!(fetched.load(Ordering::Relaxed), 2);
}
