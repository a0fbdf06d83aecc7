//! What is called is what the API gets, and what it answers is what the caller gets.

use std::sync::Arc;

use stream_users_blocking::Users;
use stream_users_core::model::{
    BlockedUsers, CreatedGuest, Custom, DeactivatedUser, QueriedUsers, ReactivatedUser, RestoredUsers,
    Timestamp, UnblockedUsers, UpsertUsers, UpsertedUsers, UserPatch, UserRequest,
};
use stream_users_core::{Client, Error, ErrorKind, Response, UsersApi};
use stream_users_testing::{Answer, ManualClock, ScriptedTransport};

use crate::{mock, over, user};

#[test]
fn an_operation() {
    let mut mock = mock();
    mock.expect_upsert_users()
        .times(1)
        .withf(|request| request.users[0].id == "ada")
        .returning(|_| Ok(Response::new(UpsertedUsers::new([user("ada")]))));
    let answer = over(mock)
        .upsert_users(UpsertUsers::new([UserRequest::new("ada")]))
        .unwrap();
    assert!(answer.body.users.get("ada").is_some());
}

#[test]
fn an_error_comes_as_it_is() {
    let mut mock = mock();
    mock.expect_query_users().returning(|_| {
        Err(Error::builder(ErrorKind::Timeout)
            .operation("query_users")
            .build())
    });
    let error = over(mock).get_user("ada").unwrap_err();
    assert_eq!(
        (error.kind(), error.operation()),
        (ErrorKind::Timeout, Some("query_users"))
    );
}

#[test]
fn single_users() {
    let mut mock = mock();
    mock.expect_query_users()
        .returning(|query| match query.limit.unwrap() {
            1 => Ok(Response::new(QueriedUsers::new([user("ada")]))),
            _ => Ok(Response::new(QueriedUsers::new([user("ada"), user("grace")]))),
        });
    mock.expect_upsert_users().returning(|request| {
        Ok(Response::new(UpsertedUsers::new([user(
            request.users[0].id.as_str(),
        )])))
    });
    mock.expect_update_users_partial().returning(|request| {
        Ok(Response::new(UpsertedUsers::new([user(
            request.users[0].id.as_str(),
        )])))
    });
    mock.expect_deactivate_user().returning(|request| {
        Ok(Response::new(DeactivatedUser::new(user(
            request.user_id.as_str(),
        ))))
    });
    mock.expect_reactivate_user().returning(|request| {
        Ok(Response::new(ReactivatedUser::new(user(
            request.user_id.as_str(),
        ))))
    });
    mock.expect_create_guest()
        .returning(|_| Ok(Response::new(CreatedGuest::new(user("guest-1"), "a token"))));
    let users = over(mock);
    assert_eq!(users.get_user("ada").unwrap().unwrap().id, "ada");
    assert_eq!(users.get_users(["ada", "grace"]).unwrap().len(), 2);
    assert_eq!(users.upsert_user(UserRequest::new("b")).unwrap().id, "b");
    assert_eq!(users.update_user_partial(UserPatch::new("c")).unwrap().id, "c");
    assert_eq!(users.deactivate("d").unwrap().id, "d");
    assert_eq!(users.reactivate("e").unwrap().id, "e");
    assert_eq!(users.guest(UserRequest::new("f")).unwrap().user.id, "guest-1");
}

#[test]
fn what_answers_nothing() {
    let mut mock = mock();
    mock.expect_restore_users()
        .times(1)
        .withf(|request| request.user_ids == ["ada"])
        .returning(|_| Ok(Response::new(RestoredUsers::new())));
    mock.expect_block_users()
        .times(1)
        .withf(|request| {
            request.blocked_user_id == "bob" && request.user_id.as_ref().is_some_and(|by| *by == "ada")
        })
        .returning(|_| {
            Ok(Response::new(BlockedUsers::new(
                "ada",
                "bob",
                Timestamp::UNIX_EPOCH,
            )))
        });
    mock.expect_unblock_users()
        .times(1)
        .withf(|request| {
            request.blocked_user_id == "bob" && request.user_id.as_ref().is_some_and(|by| *by == "ada")
        })
        .returning(|_| Ok(Response::new(UnblockedUsers::new())));
    let users = over(mock);
    users.restore_user("ada").unwrap();
    users.block_user("ada", "bob").unwrap();
    users.unblock_user("ada", "bob").unwrap();
}

#[test]
fn over_a_trait_object_and_beside_another_api() {
    let mut first = mock();
    first
        .expect_query_users()
        .returning(|_| Ok(Response::new(QueriedUsers::new([user("first")]))));
    let mut second = mock();
    second
        .expect_query_users()
        .returning(|_| Ok(Response::new(QueriedUsers::new([user("second")]))));
    let object: Arc<dyn UsersApi> = Arc::new(first);
    let users = Users::new(object).unwrap();
    let others: Users = users.with_api(second);
    assert_eq!(users.get_user("x").unwrap().unwrap().id, "first");
    assert_eq!(others.get_user("x").unwrap().unwrap().id, "second");
}

#[test]
fn the_client_runs_with_its_retries() {
    let transport = ScriptedTransport::new([
        Answer::new(503, "busy"),
        Answer::json(200, serde_json::json!({"users": []})),
    ]);
    let client = Client::builder("key")
        .server("secret")
        .transport(transport.clone())
        .clock(ManualClock::auto_advance())
        .build()
        .unwrap();
    let users = Users::<Custom>::new(client.users()).unwrap();
    assert_eq!(users.get_user("ada").unwrap(), None);
    assert_eq!(transport.requests().len(), 2);
}

#[test]
fn several_calls_at_once() {
    let mut mock = mock();
    mock.expect_query_users()
        .times(2)
        .returning(|_| Ok(Response::new(QueriedUsers::new([user("ada")]))));
    let both = over(mock)
        .call(|api| async move {
            let query = || stream_users_core::UsersApiExt::get_user(&api, "ada");
            tokio::try_join!(query(), query())
        })
        .unwrap();
    assert!(both.0.is_some() && both.0 == both.1);
}
