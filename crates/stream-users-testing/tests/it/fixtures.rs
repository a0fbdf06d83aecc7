//! Every fixture means the same to a mock and to the real client: what goes in as an answer comes out equal.

use std::time::Duration;

use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use stream_users_core::retry::NoRetry;
use stream_users_core::{Client, Error, Users, UsersApi, UsersApiExt};
use stream_users_model::{
    Custom, DeactivateUsers, ExportRecord, ExportedFile, GetTask, Operation, PrivacySettings, QueryUsers,
    RawJson, TaskError, TaskStatus, TaskUsers, UpsertUsers, UserRequest, field, operation,
};
use stream_users_testing::fixtures::{self, Failure};
use stream_users_testing::{Answer, ManualClock, Rule, ScriptedTransport};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Profile {
    plan: String,
    seats: u32,
}

fn profile(number: usize) -> Profile {
    Profile {
        plan: format!("plan-{number}"),
        seats: u32::try_from(number).unwrap(),
    }
}

fn users(script: &ScriptedTransport) -> Users<Profile> {
    Client::builder("key")
        .server("secret")
        .transport(script.clone())
        .clock(ManualClock::auto_advance())
        .retry(NoRetry::new())
        .build()
        .unwrap()
        .users()
}

#[tokio::test]
async fn users_come_back_as_they_are() {
    let crowd = fixtures::users(250, profile);
    assert!(
        crowd
            .windows(2)
            .all(|pair| pair[0].id < pair[1].id && pair[0].created_at < pair[1].created_at)
    );
    let pages = fixtures::pages(crowd.clone(), 100);
    let sizes: Vec<usize> = pages.iter().map(|page| page.users.len()).collect();
    assert_eq!(sizes, [100, 100, 50, 0]);
    for order in [field::id().asc(), field::created_at().asc()] {
        let script = ScriptedTransport::new(pages.iter().map(Answer::ok));
        let query = QueryUsers::new(field::role().eq("user")).sort(order);
        let found: Vec<_> = users(&script).pages(query).items().try_collect().await.unwrap();
        assert_eq!(found, crowd);
        script.assert_used();
    }
    assert_eq!(fixtures::pages(crowd, 0).len(), 251);
}

#[tokio::test]
async fn an_upsert_is_answered_with_the_users_that_it_makes() {
    let request = UpsertUsers::new([
        UserRequest::new("ada")
            .name("Ada")
            .role("admin")
            .language("en")
            .invisible(true)
            .image("https://example.com/ada.png")
            .teams(["red"])
            .teams_role([("red", "lead")])
            .privacy_settings(PrivacySettings::new().read_receipts(false))
            .custom(profile(1)),
        UserRequest::new("bob"),
    ]);
    let answer = fixtures::upserted(request.clone());
    let ada = answer.users.get("ada").unwrap();
    assert_eq!(UserRequest::from(ada.clone()), request.users[0]);
    assert_eq!(answer.users.get("bob").unwrap().custom, Profile::default());
    let script = ScriptedTransport::new([Answer::ok(&answer)]);
    assert_eq!(users(&script).upsert_users(request).await.unwrap().body, answer);
}

#[tokio::test]
async fn tasks_come_back_as_they_are_and_their_results_with_them() {
    let result = TaskUsers::new(fixtures::users(3, profile));
    let failure = TaskError::new("internal", "out of luck");
    for task in [
        fixtures::running_task("t-1"),
        fixtures::completed_task("t-1", &result),
        fixtures::failed_task("t-1", failure.clone()),
    ] {
        let script = ScriptedTransport::new([Answer::ok(&task)]);
        assert_eq!(
            users(&script).get_task(GetTask::new("t-1")).await.unwrap().body,
            task
        );
    }
    let started = stream_users_model::StartedTask::<TaskUsers<Profile>>::new("t-1");
    let script = ScriptedTransport::rules([
        Rule::on(&operation::DEACTIVATE_USERS)
            .answer(Answer::ok(&started))
            .repeat(),
        Rule::on(&operation::GET_TASK)
            .answer(Answer::ok(&fixtures::running_task("t-1")))
            .answer(Answer::ok(&fixtures::completed_task("t-1", &result)))
            .answer(Answer::ok(&fixtures::failed_task("t-1", failure.clone()))),
    ]);
    let users = users(&script);
    let request = DeactivateUsers::new(["user-0001"]);
    let started = users.deactivate_users(request.clone()).await.unwrap().body;
    assert_eq!(users.task(&started).wait().await.unwrap(), result);
    let started = users.deactivate_users(request).await.unwrap().body;
    let failed = users.task(&started).wait().await.unwrap_err();
    assert_eq!(failed.task().unwrap().error, Some(failure));
    assert_eq!(failed.task().unwrap().status, TaskStatus::Failed);
}

#[test]
#[should_panic(expected = "the result of the task cannot be written as JSON")]
fn a_result_that_is_no_json_fails_the_test() {
    let _ = fixtures::completed_task("t-1", &std::collections::BTreeMap::from([((1, 2), 3)]));
}

#[tokio::test]
async fn a_file_is_read_in_parts_from_a_script() {
    let message = RawJson::from_serialize(&serde_json::json!({"id": "m-1", "text": "hello"})).unwrap();
    let records: Vec<ExportRecord<Profile>> = fixtures::users(20, profile)
        .into_iter()
        .flat_map(|user| {
            [
                ExportRecord::User(Box::new(user)),
                ExportRecord::Message(message.clone()),
            ]
        })
        .collect();
    let file = fixtures::export_file(records.clone());
    for part_size in [1, 100, 1 << 20] {
        let content = file.clone();
        let script = ScriptedTransport::answering(move |request| fixtures::export_answer(&content, request));
        let users = users(&script);
        let download = users
            .download(&ExportedFile::new("https://files.example/1"))
            .part_size(part_size);
        let found: Vec<_> = download.try_collect().await.unwrap();
        assert_eq!(found, records);
        let parts = (file.len() as u64).div_ceil(part_size);
        assert_eq!(script.requests().len() as u64, parts);
    }
    let file = fixtures::export_file::<Custom>([]);
    let script = ScriptedTransport::answering(move |request| fixtures::export_answer(&file, request));
    let users = users(&script);
    let download = users.download(&ExportedFile::new("https://files.example/1"));
    assert_eq!(download.try_collect::<Vec<_>>().await.unwrap(), []);
}

const OPERATION: &Operation = &operation::QUERY_USERS;

/// The error that the client makes of a failure.
async fn of_the_client(failure: Failure) -> Error {
    let script = ScriptedTransport::new([failure.into()]);
    let query = QueryUsers::new(field::id().eq("ada"));
    users(&script).query_users(query).await.unwrap_err()
}

#[tokio::test]
async fn errors_are_those_that_the_client_would_give() {
    let failures = [
        fixtures::not_found(OPERATION),
        fixtures::rate_limited(OPERATION, Duration::from_millis(6500)),
        fixtures::unavailable(OPERATION),
        fixtures::rejected(OPERATION, "limit", "must be at most 100"),
        fixtures::not_allowed(OPERATION),
        fixtures::token_expired(OPERATION),
        fixtures::connect(OPERATION),
        fixtures::timeout(OPERATION),
        fixtures::interrupted(OPERATION),
    ];
    for failure in failures {
        let (made, real) = (Error::from(failure.clone()), of_the_client(failure).await);
        let facts = |error: &Error| {
            (
                (error.kind(), error.operation(), error.code(), error.status()),
                (error.is_retryable(), error.may_have_been_applied()),
                (error.is_not_found(), error.is_rate_limited(), error.is_auth()),
                (error.is_timeout(), error.is_connect(), error.is_invalid()),
                (error.retry_after(), error.transport(), error.api().cloned()),
                error.meta().map(|meta| (meta.attempts, meta.status)),
                error.to_string(),
            )
        };
        assert_eq!(facts(&made), facts(&real));
    }
    let wait = fixtures::rate_limited(OPERATION, Duration::from_millis(6500));
    assert_eq!(Error::from(wait).retry_after(), Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn a_request_that_breaks_a_rule_is_told_as_the_client_tells_it() {
    let users = users(&ScriptedTransport::rules([]));
    let query = QueryUsers::new(field::id().eq("ada")).limit(101);
    let real = users.query_users(query).await.unwrap_err();
    let violation = &real.violations()[0];
    let made = fixtures::invalid(OPERATION, "limit", &violation.message);
    assert_eq!(made.violations(), real.violations());
    assert_eq!(made.to_string(), real.to_string());
    assert!(made.is_invalid() && !made.is_retryable());
}
