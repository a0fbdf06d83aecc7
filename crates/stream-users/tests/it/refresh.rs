//! A user's token that expires under many calls, against the emulator.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use stream_users::ServiceTransport;
use stream_users::prelude::*;
use stream_users::token::UserToken;
use stream_users_emulator::Emulator;
use tokio::task::JoinSet;

const CALLS: usize = 1_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_calls_with_an_expired_token_fetch_one_other() {
    let stream = Emulator::builder().build().unwrap();
    let transport = ServiceTransport::new(stream.clone());
    let backend = Client::builder(stream.api_key())
        .server(stream.api_secret())
        .transport(transport.clone())
        .build()
        .unwrap();
    backend
        .users::<Custom>()
        .upsert_user(UserRequest::new("ada"))
        .await
        .unwrap();

    let fetched = Arc::new(AtomicUsize::new(0));
    let provider = {
        let fetched = Arc::clone(&fetched);
        move || {
            // The first one lives for a minute, those that follow for a day.
            let number = fetched.fetch_add(1, Ordering::SeqCst);
            let life = Duration::from_secs(if number == 0 { 60 } else { 86_400 });
            let token = backend.create_token(&UserToken::new("ada").expires_in(life));
            async move {
                tokio::task::yield_now().await;
                Ok(token?)
            }
        }
    };
    let client = Client::builder(stream.api_key())
        .token_provider(provider)
        .transport(transport)
        .build()
        .unwrap();
    let users: Users = client.users();
    users.get_user("ada").await.unwrap();
    assert_eq!(fetched.load(Ordering::SeqCst), 1);

    stream.advance_clock(Duration::from_secs(120));
    stream.clear_requests();
    let mut calls = JoinSet::new();
    for _ in 0..CALLS {
        let users = users.clone();
        calls.spawn(async move { users.get_user("ada").await.map(|ada| ada.is_some()) });
    }
    while let Some(call) = calls.join_next().await {
        assert!(call.unwrap().unwrap());
    }
    assert_eq!(fetched.load(Ordering::SeqCst), 2);
    let refused = stream
        .requests()
        .iter()
        .filter(|request| request.code == Some(40))
        .count();
    assert!((1..=CALLS).contains(&refused), "{refused}");
    assert_eq!(
        stream.requests().len(),
        CALLS + refused,
        "each is sent once more and no oftener"
    );
}
