//! Within an async runtime: creating, calling and dropping must not panic.

use stream_users_blocking::Users;
use stream_users_core::Response;
use stream_users_core::model::{Custom, QueriedUsers, StartedTask, UpsertedUsers, UserRequest};

use crate::{mock, over, user};

fn everything() -> Users<Custom> {
    let mut mock = mock();
    let mut pages = vec![vec![], vec![user("ada")]];
    mock.expect_query_users()
        .times(2)
        .returning(move |_| Ok(Response::new(QueriedUsers::new(pages.pop().unwrap()))));
    mock.expect_upsert_users()
        .returning(|_| Ok(Response::new(UpsertedUsers::new([user("ada")]))));
    let users = over(mock);
    users.upsert_user(UserRequest::new("ada")).unwrap();
    assert_eq!(users.clone().all_users().items().count(), 1);
    drop(users.task(&StartedTask::<Custom>::new("task-1")));
    users
}

#[tokio::test]
async fn on_a_current_thread_runtime() {
    let users = everything();
    tokio::task::yield_now().await;
    drop(users);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_multi_thread_runtime() {
    let users = everything();
    tokio::spawn(async move { drop(users) }).await.unwrap();
    tokio::task::spawn_blocking(everything).await.unwrap();
}
