//! One odd user among many: it must not lose a page, or must at least be named.

use serde::{Deserialize, Serialize};
use stream_users::model::Lenient;
use stream_users::prelude::*;
use stream_users::{BlockUsers, GetBlockedUsers, ServiceTransport};
use stream_users_emulator::{Emulator, EmulatorService};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Profile {
    plan: String,
}

/// 99 users with a profile and, the oldest of all, a guest without custom data.
async fn page() -> (EmulatorService, Client) {
    let stream = Emulator::builder().build().unwrap();
    let builder = || Client::builder(stream.api_key()).transport(ServiceTransport::new(stream.clone()));
    let guests: Users = builder().anonymous().build().unwrap().users();
    guests.guest(UserRequest::new("visitor")).await.unwrap();
    let client = builder().server(stream.api_secret()).build().unwrap();
    let good = (0..99).map(|n| {
        UserRequest::new(format!("user-{n}")).custom(Profile {
            plan: format!("plan {n}"),
        })
    });
    client.users().upsert_users(UpsertUsers::new(good)).await.unwrap();
    (stream, client)
}

#[tokio::test]
async fn with_lenient_custom_data_the_whole_page_arrives() {
    let (_stream, client) = page().await;
    let users: Users<Lenient<Profile>> = client.users();
    let found = users
        .query_users(QueryUsers::new(Filter::all()).limit(100))
        .await
        .unwrap()
        .body
        .users;
    assert_eq!(found.len(), 100);
    let (fit, odd): (Vec<_>, Vec<_>) = found.iter().partition(|user| user.custom.get().is_some());
    assert_eq!((fit.len(), odd.len()), (99, 1));
    assert_eq!(odd[0].role, "guest");
    assert!(odd[0].custom.reason().unwrap().contains("plan"));
}

#[tokio::test]
async fn with_a_plain_struct_the_error_names_the_guest() {
    let (_stream, client) = page().await;
    let users: Users<Profile> = client.users();
    let error = users
        .query_users(QueryUsers::new(Filter::all()).limit(100))
        .await
        .unwrap_err();
    assert!(error.is_decode());
    let text = error.to_string();
    assert!(
        text.contains("visitor") && text.contains("custom") && text.contains("plan"),
        "{text}"
    );
}

#[tokio::test]
async fn mutes_and_blocks_of_strangers_do_not_matter() {
    let (stream, client) = page().await;
    let guest = client
        .users::<Custom>()
        .query_users(QueryUsers::new(field::role().eq("guest")))
        .await
        .unwrap();
    let guest = guest.body.users[0].id.clone();
    let users: Users<Profile> = client.users();
    stream
        .seed(&serde_json::json!({"mutes": [{"user_id": "user-1", "target_id": guest}]}))
        .unwrap();
    users
        .block_users(BlockUsers::new(guest.clone()).user_id("user-1"))
        .await
        .unwrap();

    let user = users.get_user("user-1").await.unwrap().unwrap();
    let muted = user.chat.unwrap().mutes[0].target.clone().unwrap();
    assert_eq!(muted.id, guest);
    assert!(muted.custom.is_empty());
    assert_eq!(user.blocked_user_ids, std::slice::from_ref(&guest));
    let blocks = users
        .get_blocked_users(GetBlockedUsers::new().user_id("user-1"))
        .await
        .unwrap()
        .body
        .blocks;
    assert_eq!(blocks[0].blocked_user.as_ref().unwrap().id, guest);
}
