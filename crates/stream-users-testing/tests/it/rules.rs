//! Rules under the real client: retries, pages, several operations in one script.

use futures_util::TryStreamExt;
use stream_users_core::{Client, TransportErrorKind, Users, UsersApi, UsersApiExt};
use stream_users_model::{
    ApiError, Custom, DeleteUsers, DeletedUser, DeletedUsers, ErrorCode, QueriedUsers, QueryUsers,
    StartedTask, UpsertUsers, UpsertedUsers, User, UserRequest, field, operation,
};
use stream_users_testing::{Answer, ManualClock, Rule, ScriptedTransport, fixtures};

fn users(script: &ScriptedTransport) -> Users {
    Client::builder("k3y-marker")
        .server("s3cr3t-marker")
        .transport(script.clone())
        .clock(ManualClock::auto_advance())
        .build()
        .unwrap()
        .users()
}

fn page(ids: &[&str]) -> Answer {
    let users = ids.iter().map(|id| fixtures::user(*id, Custom::new()));
    Answer::ok(&QueriedUsers::new(users))
}

#[tokio::test]
async fn each_operation_has_its_own_sequence() {
    let deleted = DeletedUsers::new([("ada", DeletedUser::ok())]);
    let script = ScriptedTransport::rules([
        Rule::on(&operation::GET_TASK)
            .answer(TransportErrorKind::Interrupted)
            .answer(Answer::ok(&fixtures::running_task("t-1")))
            .times(3)
            .answer(Answer::ok(&fixtures::completed_task("t-1", &deleted))),
        Rule::on(&operation::DELETE_USERS).answer(Answer::ok(&StartedTask::<DeletedUsers>::new("t-1"))),
        Rule::on(&operation::UPSERT_USERS)
            .answer(TransportErrorKind::Connect)
            .answer(Answer::new(503, "busy"))
            .answer(Answer::ok(&UpsertedUsers::new([fixtures::user(
                "ada",
                Custom::new(),
            )]))),
    ]);
    let users = users(&script);
    let ada = users
        .upsert_users(UpsertUsers::new([UserRequest::new("ada")]))
        .await;
    assert_eq!(ada.unwrap().meta.attempts, 3);
    let started = users.delete_users(DeleteUsers::new(["ada"])).await.unwrap().body;
    assert_eq!(users.task(&started).wait().await.unwrap(), deleted);
    script.assert_used();
    let names: Vec<&str> = script
        .requests()
        .iter()
        .filter_map(|request| Some(request.operation()?.name))
        .collect();
    let mut expected = vec!["upsert_users"; 3];
    expected.push("delete_users");
    expected.extend(["get_task"; 5]);
    assert_eq!(names, expected);
}

#[tokio::test]
async fn pages_are_asked_for_by_what_lies_behind_the_last_user() {
    let behind = |id: &'static str| {
        move |request: &stream_users_testing::RecordedRequest| {
            let payload = request.query_value("payload").unwrap_or_default();
            payload.contains(&format!(r#""$gt":"{id}""#))
        }
    };
    // The rules are in no order: what a page is asked for with decides.
    let script = ScriptedTransport::rules([
        Rule::on(&operation::QUERY_USERS)
            .when(behind("d"))
            .answer(page(&[])),
        Rule::on(&operation::QUERY_USERS)
            .when(behind("b"))
            .answer(TransportErrorKind::Timeout)
            .answer(page(&["c", "d"])),
        Rule::on(&operation::QUERY_USERS).answer(page(&["a", "b"])),
    ]);
    let query = QueryUsers::new(field::role().eq("user")).limit(2);
    let found: Vec<User> = users(&script).pages(query).items().try_collect().await.unwrap();
    let ids: Vec<&str> = found.iter().map(|user| user.id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "c", "d"]);
    script.assert_used();
}

#[tokio::test]
async fn a_rule_that_repeats_is_never_spent_and_an_earlier_rule_comes_first() {
    let script = ScriptedTransport::rules([
        Rule::any()
            .when(|request| request.attempt() == Some(1))
            .answer(TransportErrorKind::Connect)
            .times(2),
        Rule::on(&operation::QUERY_USERS)
            .answer_with(|request| {
                page(if request.attempt() == Some(2) {
                    &["retried"]
                } else {
                    &[]
                })
            })
            .repeat(),
    ]);
    let users = users(&script);
    for expected in [true, true, false, false] {
        assert_eq!(users.get_user("retried").await.unwrap().is_some(), expected);
    }
}

#[tokio::test]
async fn a_request_without_an_answer_is_told_why_by_every_rule() {
    let script = ScriptedTransport::rules([
        Rule::on(&operation::UPSERT_USERS).answer(page(&[])),
        Rule::on(&operation::QUERY_USERS)
            .named("the second page")
            .when(|_| false)
            .answer(page(&[])),
        Rule::on(&operation::QUERY_USERS).answer(page(&[])),
        Rule::any(),
    ]);
    let users = users(&script);
    users.get_user("ada").await.unwrap();
    let error = users.get_user("ada").await.unwrap_err();
    assert!(!error.is_retryable());
    let text = error.to_string();
    assert_eq!(
        text,
        "query_users: the script has no answer for request 2, query_users GET /api/v2/users: \
         rule 1 (upsert_users) is for another operation; rule 2 (the second page) has a condition that does not hold; \
         rule 3 (query_users) has no answer left; rule 4 (any request) has no answer left"
    );
    let shown = format!("{error:?} {script:?}");
    let token = script.requests()[0].header("authorization").unwrap().to_owned();
    for secret in ["k3y-marker", "s3cr3t-marker", &token] {
        assert!(!shown.contains(secret), "{shown}");
    }
    let text = ScriptedTransport::rules([]);
    let error = self::users(&text).get_user("ada").await.unwrap_err();
    assert!(error.to_string().ends_with("it has no rule"), "{error}");
}

#[tokio::test]
async fn what_nobody_asked_for_is_named() {
    let script = ScriptedTransport::rules([
        Rule::on(&operation::QUERY_USERS).answer(page(&[])).times(3),
        Rule::on(&operation::GET_TASK).answer(page(&[])).repeat(),
        Rule::any()
            .answer(page(&[]))
            .answer(page(&[]))
            .times(0)
            .answer(page(&[]))
            .repeat(),
    ]);
    users(&script).get_user("ada").await.unwrap();
    assert_eq!(
        script.unused(),
        [
            "rule 1 (query_users): 2 answers",
            "rule 2 (get_task): an answer that repeats",
            "rule 3 (any request): 1 answer and one that repeats",
        ]
    );
    assert_eq!(script.answers_left(), 3);
}

#[test]
#[should_panic(expected = "nobody has asked for all answers of the script: rule 1 (get_task): 1 answer")]
fn asserting_that_all_was_used_names_what_was_not() {
    ScriptedTransport::rules([Rule::on(&operation::GET_TASK).answer(Answer::pending())]).assert_used();
}

#[tokio::test]
async fn a_condition_and_an_answer_may_look_at_the_script_and_panic() {
    let script = std::sync::Arc::new(std::sync::OnceLock::<ScriptedTransport>::new());
    let inner = std::sync::Arc::clone(&script);
    let made = ScriptedTransport::rules([
        Rule::any()
            .when(move |_| inner.get().is_some_and(|script| script.requests().len() == 1))
            .answer_with(|_| panic!("a test's own mistake")),
        Rule::any().answer(page(&[])).repeat(),
    ]);
    script.set(made.clone()).unwrap();
    let users = users(&made);
    let first = users.clone();
    let broken = tokio::spawn(async move { first.get_user("ada").await }).await;
    assert!(broken.unwrap_err().is_panic());
    assert!(users.get_user("ada").await.unwrap().is_none());
}

#[tokio::test]
async fn an_answer_that_is_given_often_keeps_its_error() {
    let refusal = ApiError::new(ErrorCode::INPUT, 400, "wrong");
    let cause = stream_users_core::TransportError::new(TransportErrorKind::TooLarge)
        .with_message("too large by far")
        .with_source("the cause");
    let script = ScriptedTransport::rules([
        Rule::on(&operation::QUERY_USERS).answer(cause).repeat(),
        Rule::any().answer(Answer::api_error(&refusal)).times(2),
    ]);
    let users = users(&script);
    for _ in 0..2 {
        let error = users.get_user("ada").await.unwrap_err();
        assert_eq!(error.transport(), Some(TransportErrorKind::TooLarge));
        assert_eq!(error.to_string(), "query_users: too large by far");
        let source = std::error::Error::source(&error).unwrap();
        assert_eq!(source.to_string(), "the cause");
        let refused = users.upsert_user(UserRequest::new("ada")).await.unwrap_err();
        assert_eq!(refused.code(), Some(ErrorCode::INPUT));
    }
}
