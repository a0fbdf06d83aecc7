//! Paging past what one query reaches, with the emulator on the other end.

mod crowd;
mod killed;
mod orders;

use std::collections::BTreeSet;

use futures_util::TryStreamExt;
use serde_json::{Value, json};
use stream_users::ServiceTransport;
use stream_users::prelude::*;
use stream_users_emulator::{Emulator, EmulatorService};

fn handle(stream: &EmulatorService) -> Users {
    let client = Client::builder(stream.api_key()).server(stream.api_secret());
    client
        .transport(ServiceTransport::new(stream.clone()))
        .build()
        .unwrap()
        .users()
}

/// An emulator with these users, and a handle to it.
fn with_users(users: impl IntoIterator<Item = Value>) -> (EmulatorService, Users) {
    let users: Vec<Value> = users.into_iter().collect();
    let stream = Emulator::builder()
        .seed(json!({ "users": users }))
        .build()
        .unwrap();
    let users = handle(&stream);
    (stream, users)
}

fn numbered(count: usize) -> impl Iterator<Item = Value> {
    (0..count).map(|n| json!({"id": format!("user-{n:05}"), "custom": {"score": n}}))
}

#[tokio::test]
async fn all_users_pass_the_services_limit() {
    let (_stream, users) = with_users(numbered(1_250));
    let ids: Vec<UserId> = users
        .all_users()
        .items()
        .map_ok(|user| user.id)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(ids.len(), 1_250);
    assert!(ids.is_sorted() && ids.iter().collect::<BTreeSet<_>>().len() == 1_250);

    let query = QueryUsers::new(field::id().lt("user-00005"))
        .sort(field::id().desc())
        .limit(2);
    let pages: Vec<Vec<User>> = users.pages(query).try_collect().await.unwrap();
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    assert_eq!(pages[2][0].id, "user-00000");
}

#[tokio::test]
async fn an_order_that_only_skips_ends_with_a_clear_error() {
    let (_stream, users) = with_users(numbered(1_250));
    let query = QueryUsers::new(Filter::all()).sort(field::custom("score").asc());
    let mut seen = 0;
    let error = users.pages(query.limit(30)).try_for_each(|page| {
        seen += page.len();
        std::future::ready(Ok(()))
    });
    let error = error.await.unwrap_err();
    assert_eq!(seen, 1_100);
    assert!(
        error.is_invalid() && error.to_string().contains("sort by id"),
        "{error}"
    );
}
