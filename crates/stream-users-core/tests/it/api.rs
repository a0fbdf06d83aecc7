use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::json;
use stream_users_core::{
    CallOptions, Client, Error, ErrorKind, Pages, ReadExport, Response, Result, TaskHandle, Transport, Users,
    UsersApi, UsersApiExt,
};
use stream_users_model::{
    ApiError, BlockUsers, BlockedUsers, Custom, DeactivatedUser, DeleteUsers, ErrorCode, ExportedFile,
    Filter, QueriedUsers, QueryUsers, ReactivatedUser, RestoredUsers, StartedTask, Timestamp, UpsertUsers,
    UpsertedUsers, User, UserPatch, UserRequest, field, operation,
};
use stream_users_testing::{Answer, ManualClock, MockUsersApi};

use crate::stage::{Stage, empty};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Profile {
    plan: String,
}

fn user(id: &str) -> User<Profile> {
    User::new(id, Profile { plan: "pro".into() }, Timestamp::UNIX_EPOCH)
}

fn is_send_sync<T: Send + Sync + ?Sized>() {}
fn is_send<T: Send>(value: T) -> T {
    value
}
fn is_error<T: std::error::Error + Send + Sync + 'static>() {}

#[tokio::test]
async fn the_types_are_what_programs_need_them_to_be() {
    is_send_sync::<dyn UsersApi>();
    is_send_sync::<dyn UsersApi<Profile>>();
    is_send_sync::<Arc<dyn UsersApi<Profile>>>();
    is_send_sync::<dyn Transport>();
    is_send_sync::<(Client, Users<Profile>, CallOptions)>();
    is_error::<Error>();
    assert_eq!(size_of::<Error>(), size_of::<usize>());
    assert_eq!(size_of::<Result<()>>(), size_of::<usize>());

    let stage = Stage::new([empty(), empty()]);
    let (query, options) = (QueryUsers::new(Filter::all()), CallOptions::new());
    let call = is_send(stage.client.execute(&query, &options));
    assert!(size_of_val(&call) <= 2048, "{}", size_of_val(&call));
    call.await.unwrap();

    let users = stage.users::<Profile>();
    let get = is_send(users.get_user("ada"));
    assert!(size_of_val(&get) <= 2048, "{}", size_of_val(&get));
    get.await.unwrap();
    drop::<Pages<'_, User<Profile>>>(is_send(users.all_users()));
    drop::<TaskHandle<'_, ()>>(is_send(users.task_by_id("t")));
    drop(is_send(users.task_by_id::<()>("t").wait()));
}

/// Implements one method of them all.
#[derive(Debug)]
struct Half;

#[async_trait]
impl UsersApi<Profile> for Half {
    async fn query_users(&self, _: QueryUsers) -> Result<Response<QueriedUsers<Profile>>> {
        Ok(Response::new(QueriedUsers::new([user("ada")])))
    }
}

#[tokio::test]
async fn a_method_that_is_left_out_says_so() {
    assert_eq!(Half.get_user("ada").await.unwrap(), Some(user("ada")));
    let error = Half.delete_users(DeleteUsers::new(["ada"])).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.operation()),
        (ErrorKind::Unimplemented, Some("delete_users"))
    );
    assert!(!error.is_retryable());
    let error = Half.upsert_user(UserRequest::new("ada")).await.unwrap_err();
    assert_eq!(error.operation(), Some("upsert_users"));
}

/// Implements none: whatever operation is added to the trait, this compiles.
#[derive(Debug)]
struct Nothing;

#[async_trait]
impl UsersApi for Nothing {}

#[tokio::test]
async fn an_implementation_without_methods_says_so_of_each() {
    let nothing: Arc<dyn UsersApi> = Arc::new(Nothing);
    let error = nothing.block_users(BlockUsers::new("bob")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.operation()),
        (ErrorKind::Unimplemented, Some("block_users"))
    );
    let error = nothing.get_user("ada").await.unwrap_err();
    assert_eq!(error.operation(), Some("query_users"));
}

async fn use_it<T: UsersApi<Profile>>(users: T) {
    assert!(
        users
            .block_users(BlockUsers::new("bob"))
            .await
            .unwrap_err()
            .is_connect()
    );
    users.clock().unwrap();
}

#[tokio::test]
async fn pointers_forward_methods() {
    let api = || {
        let mut mock = MockUsersApi::<Profile>::new();
        mock.expect_block_users()
            .times(1)
            .returning(|_| Err(Error::builder(ErrorKind::Connect).build()));
        mock.expect_clock()
            .times(1)
            .returning(|| Ok(Arc::new(ManualClock::new())));
        mock
    };
    use_it(&api()).await;
    use_it(Arc::new(api())).await;
    use_it(Box::new(api())).await;
    use_it(Arc::new(api()) as Arc<dyn UsersApi<Profile>>).await;
    use_it(Box::new(api()) as Box<dyn UsersApi<Profile>>).await;
    use_it(&api() as &dyn UsersApi<Profile>).await;
}

#[tokio::test]
async fn single_user_forms_build_the_requests_of_many() {
    let mut mock = MockUsersApi::<Profile>::new();
    mock.expect_query_users()
        .withf(|query| query.limit == Some(1) && query.include_deactivated_users == Some(true))
        .times(1)
        .returning(|_| Ok(Response::new(QueriedUsers::new([user("ada")]))));
    mock.expect_query_users()
        .withf(|query| query.limit == Some(100))
        .times(1)
        .returning(|_| Ok(Response::new(QueriedUsers::new([user("ada"), user("bob")]))));
    mock.expect_upsert_users()
        .withf(|request| request.users.len() == 1 && request.users[0].id == "ada")
        .times(1)
        .returning(|_| Ok(Response::new(UpsertedUsers::new([user("ada")]))));
    mock.expect_update_users_partial()
        .withf(|request| request.users[0].id == "ada")
        .times(1)
        .returning(|_| Ok(Response::new(UpsertedUsers::new([user("ada")]))));
    mock.expect_deactivate_user()
        .withf(|request| request.user_id == "ada")
        .times(1)
        .returning(|_| Ok(Response::new(DeactivatedUser::new(user("ada")))));
    mock.expect_reactivate_user()
        .withf(|request| request.user_id == "ada")
        .times(1)
        .returning(|_| Ok(Response::new(ReactivatedUser::new(user("ada")))));
    mock.expect_restore_users()
        .withf(|request| request.user_ids == ["ada"])
        .times(1)
        .returning(|_| {
            Ok(Response::new(
                serde_json::from_str::<RestoredUsers>("{}").unwrap(),
            ))
        });
    mock.expect_block_users()
        .withf(|request| {
            request.blocked_user_id == "bob" && request.user_id.as_ref().is_some_and(|id| *id == "ada")
        })
        .times(1)
        .returning(|_| {
            let answer = r#"{"blocked_by_user_id":"ada","blocked_user_id":"bob","created_at":1}"#;
            Ok(Response::new(
                serde_json::from_str::<BlockedUsers>(answer).unwrap(),
            ))
        });
    let users: Arc<dyn UsersApi<Profile>> = Arc::new(mock);

    assert_eq!(users.get_user("ada").await.unwrap().unwrap().id, "ada");
    assert_eq!(users.get_users(["ada", "bob"]).await.unwrap().len(), 2);
    assert_eq!(
        users.upsert_user(UserRequest::new("ada")).await.unwrap(),
        user("ada")
    );
    assert_eq!(
        users
            .update_user_partial(UserPatch::new("ada").name("Ada"))
            .await
            .unwrap(),
        user("ada")
    );
    assert_eq!(users.deactivate("ada").await.unwrap().id, "ada");
    assert_eq!(users.reactivate("ada").await.unwrap().id, "ada");
    users.restore_user("ada").await.unwrap();
    users.block_user("ada", "bob").await.unwrap();
}

#[tokio::test]
async fn an_answer_without_the_user_is_an_error() {
    let mut mock = MockUsersApi::<Profile>::new();
    mock.expect_upsert_users()
        .returning(|_| Ok(Response::new(UpsertedUsers::new([user("bob")]))));
    let error = mock.upsert_user(UserRequest::new("ada")).await.unwrap_err();
    assert!(error.is_decode());
    assert_eq!(
        error.to_string(),
        "upsert_users: the answer does not hold the user \"ada\" that was asked about"
    );
}

#[tokio::test]
async fn a_mock_can_refuse_as_the_service_does() {
    let mut mock = MockUsersApi::<Custom>::new();
    mock.expect_delete_users().returning(|_| {
        let refusal = ApiError::new(ErrorCode::RATE_LIMIT, 429, "slow down");
        Err(Error::builder(ErrorKind::Api)
            .operation("delete_users")
            .api(refusal)
            .build())
    });
    let error = mock.delete_users(DeleteUsers::new(["ada"])).await.unwrap_err();
    assert!(error.is_rate_limited() && error.is_retryable());
}

#[tokio::test]
async fn a_task_without_a_clock_fails_and_does_not_hang() {
    let mut mock = MockUsersApi::<Custom>::new();
    mock.expect_clock()
        .returning(|| Err(Error::builder(ErrorKind::Config).message("no clock").build()));
    let started: StartedTask<()> = StartedTask::new("t");
    assert_eq!(
        mock.task(&started).wait().await.unwrap_err().kind(),
        ErrorKind::Config
    );
}

#[tokio::test]
async fn a_handle_is_a_value() {
    let stage = Stage::new([empty(), empty()]);
    let users = stage.users::<Custom>();
    let clone = users.clone();
    let spawned = tokio::spawn(async move {
        clone
            .upsert_users(UpsertUsers::new([UserRequest::new("ada")]))
            .await
    });
    spawned.await.unwrap().unwrap();
    let typed: Users<Profile> = Users::new(users.client().clone());
    typed.query_users(QueryUsers::new(Filter::all())).await.unwrap();
    assert_eq!(stage.sent(), 2);
}

#[tokio::test]
async fn any_number_of_users_is_asked_for() {
    let mut mock = MockUsersApi::<Custom>::new();
    mock.expect_query_users().times(3).returning(|query| {
        let ids = query.filter.as_map()["id"]["$in"].as_array().unwrap().clone();
        let user =
            |id: serde_json::Value| User::new(id.as_str().unwrap(), Custom::new(), Timestamp::UNIX_EPOCH);
        Ok(Response::new(QueriedUsers::new(ids.into_iter().map(user))))
    });
    let found = mock.get_users((0..250).map(|n| n.to_string())).await.unwrap();
    assert_eq!(found.len(), 250);
    assert!(
        mock.get_users([""; 0]).await.unwrap().is_empty(),
        "nothing is asked for nobody"
    );
}

/// Changes one method; what it does not write goes to the inner one, whatever stands between.
#[derive(Debug)]
struct OnlyAdmins(Arc<dyn UsersApi>);

#[async_trait]
impl UsersApi for OnlyAdmins {
    async fn query_users(&self, mut request: QueryUsers) -> Result<Response<QueriedUsers>> {
        request.filter = request.filter & field::role().eq("admin");
        self.0.query_users(request).await
    }

    fn inner(&self) -> Option<&dyn UsersApi> {
        Some(&self.0)
    }
}

#[tokio::test]
async fn a_decorator_passes_on_what_it_does_not_change() {
    let stage = Stage::answering(|request| match request.operation() {
        Some(&operation::QUERY_USERS) => Answer::json(200, json!({"users": []})),
        Some(&operation::DELETE_USERS) => Answer::json(201, json!({"task_id": "t"})),
        _ => Answer::json(404, json!({"code": 16, "message": "no such task"})),
    });
    let users: Arc<dyn UsersApi> = Arc::new(OnlyAdmins(Arc::new(stage.users())));
    users.get_user("ada").await.unwrap();
    let started = users.delete_users(DeleteUsers::new(["ada"])).await.unwrap();
    assert!(users.task(&started.body).wait().await.unwrap_err().is_not_found());
    let payload = stage.requests()[0].query_value("payload").unwrap();
    assert!(payload.contains(r#"{"role":{"$eq":"admin"}}"#), "{payload}");
    let file = ExportedFile::new("http://files.invalid/a");
    let error = users.read_export(ReadExport::new(file, 0, 1)).await.unwrap_err();
    assert!(error.is_invalid(), "the client's own answer: {error}");
    users.clock().unwrap();
}
