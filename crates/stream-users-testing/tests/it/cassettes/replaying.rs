//! What a replay answers, and what it says where it has no answer.

use futures_util::TryStreamExt;
use serde_json::json;
use stream_users_core::{ErrorKind, Transport, Users, UsersApi, UsersApiExt};
use stream_users_model::{
    Custom, DeleteUsers, DeletedUser, DeletedUsers, Filter, GetTask, QueryUsers, StartedTask, UpsertUsers,
    UserRequest, field, operation,
};
use stream_users_testing::cassette::{Cassette, RecordingTransport, ReplayTransport};
use stream_users_testing::{Answer, Rule, ScriptedTransport, fixtures};

use super::{builder, request, users};

/// Two users that were asked for, one after the other.
async fn two_tasks() -> Cassette {
    let script = ScriptedTransport::answering(|request| {
        Answer::ok(&fixtures::running_task(request.segments().pop().unwrap()))
    });
    let recording = RecordingTransport::new(script);
    let api: Users = users(recording.clone());
    for id in ["t-1", "t-2"] {
        api.get_task(GetTask::new(id)).await.unwrap();
    }
    recording.cassette()
}

async fn task(api: &Users, id: &str) -> String {
    api.get_task(GetTask::new(id))
        .await
        .unwrap()
        .body
        .task_id
        .to_string()
}

#[tokio::test]
async fn a_strict_replay_goes_by_what_is_asked_and_one_in_order_by_the_order() {
    let cassette = two_tasks().await;
    let strict = ReplayTransport::strict(cassette.clone());
    let api = users(strict.clone());
    assert_eq!(strict.remaining(), 2);
    assert_eq!(
        (task(&api, "t-2").await, task(&api, "t-1").await),
        ("t-2".into(), "t-1".into())
    );
    strict.assert_finished();

    let in_order = ReplayTransport::in_order(cassette);
    let api = users(in_order.clone());
    // An answer to another operation would be read as nonsense, or as nobody.
    let error = api.get_user("ada").await.unwrap_err().to_string();
    assert!(
        error.contains("interactions[0] is next") && error.contains("get_task"),
        "{error}"
    );
    assert_eq!(in_order.remaining(), 2);
    assert_eq!(
        (task(&api, "t-2").await, task(&api, "t-1").await),
        ("t-1".into(), "t-2".into())
    );
    let error = api.get_task(GetTask::new("t-1")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(
        error.to_string().contains("all of its 2 answers are played"),
        "{error}"
    );
}

#[tokio::test]
async fn a_request_that_differs_is_told_what_differs_from_the_nearest() {
    let script = ScriptedTransport::rules([
        Rule::on(&operation::QUERY_USERS).answer(Answer::json(200, json!({"users": []}))),
        Rule::any().answer(Answer::json(200, json!({"users": {}}))),
    ]);
    let recording = RecordingTransport::new(script);
    let api: Users = users(recording.clone());
    let crowd = |role: &'static str| {
        UpsertUsers::new(["ada", "bob"].map(|id| UserRequest::new(id).name("n4me-marker").role(role)))
    };
    api.upsert_users(crowd("user")).await.unwrap();
    api.query_users(QueryUsers::new(field::name().eq("n4me-marker")).limit(2))
        .await
        .unwrap();
    let api: Users = users(ReplayTransport::strict(recording.cassette()));
    let refusal = |error: stream_users_core::Error| {
        assert!(!error.is_retryable());
        let text = error.to_string();
        assert!(!text.contains("marker"), "{text}");
        text
    };
    let error = refusal(api.upsert_users(crowd("admin")).await.unwrap_err());
    assert_eq!(
        error,
        "upsert_users: the cassette has no answer for upsert_users POST: nearest is interactions[0] (upsert_users POST \
         /api/v2/users), where the body.users.ada.role was \"user\" and is \"admin\"; the body.users.bob.role was \
         \"user\" and is \"admin\""
    );
    let other = api
        .query_users(QueryUsers::new(field::name().eq("n4me-marker")).limit(3))
        .await;
    let error = refusal(other.unwrap_err());
    assert!(
        error.ends_with("where the query's payload.limit was 2 and is 3"),
        "{error}"
    );
    let error = refusal(api.get_task(GetTask::new("t-1")).await.unwrap_err());
    assert!(
        error.contains("the path was /api/v2/users and is /api/v2/tasks/t-1"),
        "{error}"
    );

    // Another name and another key are the same request: what is redacted does not count.
    let again = UpsertUsers::new(["bob", "ada"].map(|id| UserRequest::new(id).name("another").role("user")));
    api.upsert_users(again.clone()).await.unwrap();
    let error = refusal(api.upsert_users(again).await.unwrap_err());
    assert!(
        error.contains("it was recorded 1 times and all of them are played; nearest is interactions[1]"),
        "{error}"
    );
}

#[tokio::test]
#[should_panic(
    expected = "1 answers of the cassette were not played: interactions[0] (get_task GET /api/v2/tasks/t-1)"
)]
async fn asserting_that_all_was_played_names_what_was_not() {
    let replay = ReplayTransport::strict(two_tasks().await);
    task(&users(replay.clone()), "t-2").await;
    replay.assert_finished();
}

#[tokio::test]
async fn retries_pages_tasks_and_guests_play_as_they_were() {
    let crowd = fixtures::users(5, |number| Custom::from_iter([("seat", number)]));
    let deleted = DeletedUsers::new([("ada", DeletedUser::ok())]);
    let pages = fixtures::pages(crowd, 2);
    let guest =
        stream_users_model::CreatedGuest::new(fixtures::user("guest-1", Custom::new()), "t0ken-marker");
    let script = ScriptedTransport::rules([
        pages.iter().fold(
            Rule::on(&operation::QUERY_USERS)
                .answer(fixtures::timeout(&operation::QUERY_USERS))
                .answer(fixtures::rate_limited(
                    &operation::QUERY_USERS,
                    std::time::Duration::from_secs(7),
                )),
            |rule, page| rule.answer(Answer::ok(page)),
        ),
        Rule::on(&operation::DELETE_USERS).answer(Answer::ok(&StartedTask::<DeletedUsers>::new("t-1"))),
        Rule::on(&operation::GET_TASK)
            .answer(Answer::ok(&fixtures::running_task("t-1")))
            .times(3)
            .answer(Answer::ok(&fixtures::completed_task("t-1", &deleted))),
        Rule::on(&operation::CREATE_GUEST).answer(Answer::ok(&guest)),
        Rule::on(&operation::GET_BLOCKED_USERS).answer(Answer::json(200, json!({"blocks": []}))),
    ]);
    let run = |transport: std::sync::Arc<dyn Transport>| async move {
        let clock = stream_users_testing::ManualClock::auto_advance();
        let build = || builder(transport.clone()).clock(clock.clone()).random_seed(7);
        let api: Users = build().build().unwrap().users();
        let query = QueryUsers::new(Filter::all()).limit(2);
        let found: Vec<_> = api.items(query).try_collect().await.unwrap();
        let ids: Vec<String> = found.iter().map(|user| user.id.to_string()).collect();
        let started = api.delete_users(DeleteUsers::new(["ada"])).await.unwrap().body;
        let deleted = api.task(&started).wait().await.unwrap();
        let visitor = stream_users_core::Client::builder("key").guest(UserRequest::new("visitor"));
        let visitor: Users = visitor
            .transport(transport)
            .clock(clock.clone())
            .build()
            .unwrap()
            .users();
        let blocks = visitor
            .get_blocked_users(stream_users_model::GetBlockedUsers::new())
            .await
            .unwrap();
        (ids, deleted, blocks.body, clock.sleeps())
    };
    let recording = RecordingTransport::new(script.clone());
    let expected = run(std::sync::Arc::new(recording.clone())).await;
    script.assert_used();
    assert!(!recording.cassette().to_json().unwrap().contains("t0ken-marker"));
    for replay in [
        ReplayTransport::strict(recording.cassette()),
        ReplayTransport::in_order(recording.cassette()),
    ] {
        assert_eq!(run(std::sync::Arc::new(replay.clone())).await, expected);
        replay.assert_finished();
    }
}

#[tokio::test]
async fn what_no_client_sent_is_recorded_and_played_too() {
    let script = ScriptedTransport::new([Answer::ok(&fixtures::running_task("t-1"))]);
    let recording = RecordingTransport::new(script);
    let plain = || {
        let mut plain = request(
            &operation::GET_TASK,
            "/proxy/s3gment/api/v2/tasks/t-1?api_key=k3y",
            "",
        );
        plain.extensions_mut().clear();
        plain
    };
    recording.send(plain()).await.unwrap();
    let text = recording.cassette().to_json().unwrap();
    assert!(
        !text.contains("k3y") && !text.contains("s3gment") && !text.contains("chat.test"),
        "{text}"
    );
    let played = ReplayTransport::strict(recording.cassette())
        .send(plain())
        .await
        .unwrap();
    assert_eq!(played.status(), 200);
}
