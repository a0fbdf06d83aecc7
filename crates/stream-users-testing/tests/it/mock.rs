use std::sync::Arc;

use stream_users_core::{Response, Result, UsersApi, UsersApiExt};
use stream_users_model::{
    Custom, DeleteUsers, DeletedUser, DeletedUsers, QueriedUsers, StartedTask, operation,
};
use stream_users_testing::{ManualClock, MockUsersApi, fixtures};

/// What a program might have: it knows nothing of mocks.
async fn forget(users: Arc<dyn UsersApi>, id: &str) -> Result<bool> {
    if users.get_user(id).await?.is_none() {
        return Ok(false);
    }
    let started = users.delete_users(DeleteUsers::new([id])).await?.body;
    Ok(users
        .task(&started)
        .wait()
        .await?
        .get(id)
        .is_some_and(DeletedUser::is_ok))
}

#[tokio::test]
async fn a_whole_task_is_played_over_a_mock() {
    let mut users = MockUsersApi::<Custom>::new();
    users.expect_query_users().times(1).returning(|_| {
        let ada = fixtures::user("ada", Custom::new());
        Ok(Response::new(QueriedUsers::new([ada])))
    });
    users
        .expect_delete_users()
        .withf(|request| request.user_ids == ["ada"])
        .times(1)
        .returning(|_| Ok(Response::new(StartedTask::new("t-1"))));
    users
        .expect_get_task()
        .withf(|request| request.id == "t-1")
        .times(1)
        .returning(|request| {
            let result = DeletedUsers::new([("ada", DeletedUser::ok())]);
            Ok(Response::new(fixtures::completed_task(request.id, &result)))
        });
    users
        .expect_clock()
        .returning(|| Ok(Arc::new(ManualClock::auto_advance())));
    assert!(forget(Arc::new(users), "ada").await.unwrap());
}

#[tokio::test]
async fn a_mock_fails_as_the_client_does() {
    let mut users = MockUsersApi::<Custom>::new();
    users
        .expect_query_users()
        .returning(|_| Err(fixtures::timeout(&operation::QUERY_USERS).into()));
    assert!(forget(Arc::new(users), "ada").await.unwrap_err().is_timeout());
}

#[tokio::test]
#[should_panic(expected = "query_users")]
async fn a_call_that_nobody_expects_panics() {
    let _ = forget(Arc::new(MockUsersApi::<Custom>::new()), "ada").await;
}

/// A method that the block left out would answer with the default body's error instead of panicking.
#[test]
fn every_operation_has_an_expectation() {
    let generated = include_str!("../../src/generated/mock.rs");
    for operation in operation::ALL {
        assert!(
            generated.contains(&format!("async fn {}(", operation.name)),
            "{}",
            operation.name
        );
    }
}
