use stream_users_core::{CallOptions, ErrorKind, UsersApi};
use stream_users_model::{Custom, DeactivateUser, Filter, QueryUsers};
use stream_users_testing::{Answer, ScriptedTransport};

use crate::stage::{Stage, empty, exact, millis, seconds};

fn query() -> QueryUsers {
    QueryUsers::new(Filter::all())
}

fn silent() -> ScriptedTransport {
    ScriptedTransport::answering(|_| Answer::pending())
}

#[tokio::test]
async fn an_attempt_that_never_ends_is_ended() {
    let stage = Stage::over(silent(), |builder| builder.attempt_timeout(seconds(3)));
    let error = stage
        .users::<Custom>()
        .deactivate_user(DeactivateUser::new("ada"))
        .await
        .unwrap_err();
    assert!(error.is_timeout() && error.is_retryable() && error.may_have_been_applied());
    assert_eq!(
        error.to_string(),
        "deactivate_user: no whole answer came in time (the request may have been applied)"
    );
    assert_eq!(stage.waits(), [seconds(3)]);
    assert_eq!(stage.sent(), 1, "it may have been applied, and must not be twice");
}

#[tokio::test]
async fn by_default_an_attempt_has_thirty_seconds() {
    let stage = Stage::over(silent(), |builder| builder);
    stage
        .users::<Custom>()
        .deactivate_user(DeactivateUser::new("ada"))
        .await
        .unwrap_err();
    assert_eq!(stage.waits(), [seconds(30)]);
}

#[tokio::test]
async fn an_attempt_that_timed_out_is_followed_by_another() {
    let stage = Stage::new([Answer::pending(), empty()]);
    let users = stage
        .users::<Custom>()
        .with_options(CallOptions::new().attempt_timeout(millis(200)));
    assert_eq!(users.query_users(query()).await.unwrap().meta.attempts, 2);
    assert_eq!(stage.waits(), [millis(200), millis(0)]);
}

#[tokio::test]
async fn a_calls_timeout_ends_it_in_the_middle_of_an_attempt() {
    let stage = Stage::over(silent(), |builder| builder.retry(exact().max_attempts(10)));
    let options = CallOptions::new()
        .timeout(seconds(1))
        .attempt_timeout(millis(400));
    let error = stage
        .users::<Custom>()
        .with_options(options)
        .query_users(query())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(error.meta().unwrap().attempts, 3);
    assert_eq!(
        stage.waits(),
        [millis(400), millis(0), millis(400), millis(0), millis(200)],
        "the last attempt has what is left"
    );
}

#[tokio::test]
async fn a_wait_beyond_the_calls_timeout_is_not_started() {
    let stage = Stage::new([Answer::new(429, "").header("retry-after", "2"), empty()]);
    let users = stage
        .users::<Custom>()
        .with_options(CallOptions::new().timeout(seconds(2)));
    let error = users.query_users(query()).await.unwrap_err();
    assert!(error.is_rate_limited());
    assert_eq!(error.retry_after(), Some(seconds(2)));
    assert!(stage.waits().is_empty());
    assert_eq!(stage.sent(), 1);
}

#[tokio::test]
async fn a_call_without_time_is_not_sent_and_says_nothing_about_other_calls() {
    let stage = Stage::new([empty()]);
    let users = stage.users::<Custom>();
    let hurried = users.with_options(CallOptions::new().timeout(millis(0)));
    let error = hurried.query_users(query()).await.unwrap_err();
    assert!(error.is_timeout() && !error.may_have_been_applied());
    assert_eq!(stage.sent(), 0);
    users.query_users(query()).await.unwrap();
    assert!(stage.waits().is_empty());
}
