//! The domain with a mock: what it asks for, and what it makes of answers and failures. Nothing is sent.

use std::sync::{Arc, Mutex};

use stream_users::testing::MockUsersApi;
use stream_users::{
    ApiError, DeletedUser, DeletedUsers, QueriedUsers, RawJson, StartedTask, Task, UpsertedUsers,
};

use super::*;

fn ada() -> Member {
    User::new("ada", Profile { plan: Plan::Pro }, Timestamp::UNIX_EPOCH)
}

fn directory(users: MockUsersApi<Profile>) -> Directory {
    Directory::new(Arc::new(users))
}

/// A mock whose queries find these users.
fn finding(found: impl IntoIterator<Item = Member>) -> MockUsersApi<Profile> {
    let found = Vec::from_iter(found);
    let mut users = MockUsersApi::new();
    users
        .expect_query_users()
        .returning(move |_| Ok(Response::new(QueriedUsers::new(found.clone()))));
    users
}

fn refused(code: ErrorCode, status: u16) -> Error {
    let refusal = ApiError::new(code, status, "no");
    Error::builder(ErrorKind::Api).api(refusal).build()
}

#[tokio::test]
async fn signing_up_creates_who_is_not_there() {
    let mut users = finding([]);
    users
        .expect_upsert_users()
        .withf(|request| request.users[0].custom == Some(Profile { plan: Plan::Pro }))
        .once()
        .returning(|_| Ok(Response::new(UpsertedUsers::new([ada()]))));
    let request = UserRequest::new("ada").custom(Profile { plan: Plan::Pro });
    assert_eq!(directory(users).sign_up(request).await.unwrap(), ada());
}

#[tokio::test]
async fn nobody_is_replaced_by_signing_up() {
    // The mock expects no upsert: one would panic.
    let taken = directory(finding([ada()])).sign_up(UserRequest::new("ada")).await;
    assert!(matches!(taken, Err(Failure::IdTaken)), "{taken:?}");
}

#[tokio::test]
async fn the_id_of_a_deleted_user_is_taken() {
    let mut users = finding([]);
    users
        .expect_upsert_users()
        .returning(|_| Err(refused(ErrorCode::DOES_NOT_EXIST, 404)));
    let taken = directory(users).sign_up(UserRequest::new("ada")).await;
    assert!(matches!(taken, Err(Failure::IdTaken)), "{taken:?}");
}

#[tokio::test]
async fn a_patch_of_nothing_is_not_sent() {
    let unchanged = directory(finding([ada()])).change(UserPatch::new("ada")).await;
    assert_eq!(unchanged.unwrap(), ada());
}

#[tokio::test]
async fn refusals_have_a_meaning() {
    for (code, status, expected) in [
        (ErrorCode::DOES_NOT_EXIST, 404, "there is no such user"),
        (ErrorCode::INPUT, 400, "the user is that already"),
    ] {
        let mut users = MockUsersApi::new();
        users
            .expect_deactivate_user()
            .returning(move |_| Err(refused(code, status)));
        let failure = directory(users).deactivate(&"ada".into()).await.unwrap_err();
        assert_eq!(failure.to_string(), expected);
    }
}

#[tokio::test]
async fn what_has_no_meaning_here_stays_streams() {
    for kind in [ErrorKind::Timeout, ErrorKind::Connect, ErrorKind::Decode] {
        let mut users = MockUsersApi::new();
        users
            .expect_query_users()
            .returning(move |_| Err(Error::builder(kind).build()));
        let failure = directory(users).get(&"ada".into()).await.unwrap_err();
        assert!(
            matches!(&failure, Failure::Stream(error) if error.kind() == kind),
            "{failure:?}"
        );
    }
}

#[tokio::test]
async fn a_deletion_is_for_good_and_of_somebody() {
    let asked = Arc::new(Mutex::new(None));
    let mut users = finding([ada()]);
    let request = Arc::clone(&asked);
    users.expect_delete_users().returning(move |deletion| {
        *request.lock().unwrap() = Some(deletion);
        Ok(Response::new(StartedTask::new("task")))
    });
    assert_eq!(directory(users).delete(&"ada".into()).await.unwrap(), "task");
    assert_eq!(*asked.lock().unwrap(), Some(DeleteUsers::hard(["ada"])));

    let nobody = directory(finding([])).delete(&"bob".into()).await;
    assert!(matches!(nobody, Err(Failure::NotFound("user"))), "{nobody:?}");
}

#[tokio::test]
async fn a_deletion_is_done_where_its_user_is_gone() {
    let mut failed = DeletedUser::ok();
    failed.status = "error".into();
    for (status, users, expected) in [
        (TaskStatus::Running, None, Deletion::Running),
        (
            TaskStatus::Completed,
            Some(DeletedUsers::new([("ada", DeletedUser::ok())])),
            Deletion::Done,
        ),
        (
            TaskStatus::Completed,
            Some(DeletedUsers::new([("ada", failed)])),
            Deletion::Failed,
        ),
        (TaskStatus::Failed, None, Deletion::Failed),
    ] {
        let mut task = Task::new("task", status, Timestamp::UNIX_EPOCH);
        task.result = users.map(|users| RawJson::from_serialize(&users).unwrap());
        let mut api = MockUsersApi::new();
        api.expect_get_task()
            .returning(move |_| Ok(Response::new(task.clone())));
        assert_eq!(directory(api).deletion("task".into()).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_page_token_of_something_else_is_refused() {
    let listed = directory(MockUsersApi::new()).list(10, Some("not a token")).await;
    assert!(matches!(listed, Err(Failure::BadPageToken)), "{listed:?}");
}
