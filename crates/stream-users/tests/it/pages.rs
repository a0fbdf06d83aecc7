//! Paging past what one query reaches.

use std::collections::BTreeSet;

use futures_util::TryStreamExt;
use stream_users::ServiceTransport;
use stream_users::prelude::*;
use stream_users_emulator::Emulator;

async fn users(count: usize) -> Users {
    let stream = Emulator::builder().build().unwrap();
    let client = Client::builder(stream.api_key()).server(stream.api_secret());
    let users: Users = client
        .transport(ServiceTransport::new(stream))
        .build()
        .unwrap()
        .users();
    let ids: Vec<String> = (0..count).map(|n| format!("user-{n:05}")).collect();
    for batch in ids.chunks(100) {
        users
            .upsert_users(UpsertUsers::new(batch.iter().map(UserRequest::new)))
            .await
            .unwrap();
    }
    users
}

#[tokio::test]
async fn all_users_pass_the_services_limit() {
    let users = users(1_250).await;
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
async fn another_order_ends_with_a_clear_error() {
    let users = users(1_250).await;
    let query = QueryUsers::new(Filter::all()).sort(field::created_at().asc());
    let mut seen = 0;
    let error = users.pages(query).try_for_each(|page| {
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
