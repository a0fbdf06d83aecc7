use std::collections::HashSet;
use std::time::Duration;

use stream_users_core::retry::{Backoff, DefaultRetry, RetryBudget};
use stream_users_core::{ErrorKind, TransportErrorKind, UsersApi};
use stream_users_model::{
    ApiError, Custom, DeactivateUser, DeleteUsers, ErrorCode, Filter, QueryUsers, UpsertUsers, UserRequest,
    operation,
};
use stream_users_testing::{Answer, ScriptedTransport};

use crate::stage::{START, Stage, empty, millis, seconds};

fn query() -> QueryUsers {
    QueryUsers::new(Filter::all())
}

fn busy() -> Answer {
    Answer::new(503, "busy")
}

fn limited() -> Answer {
    Answer::api_error(&ApiError::new(ErrorCode::RATE_LIMIT, 429, "slow down"))
}

/// How often an idempotent and another operation are sent where the first answer is this one.
async fn sent(first: impl Fn() -> Answer) -> (usize, usize) {
    let idempotent = Stage::new([first(), empty()]);
    let _ = idempotent.users::<Custom>().query_users(query()).await;
    let other = Stage::new([first(), empty()]);
    let _ = other
        .users::<Custom>()
        .deactivate_user(DeactivateUser::new("ada"))
        .await;
    (idempotent.sent(), other.sent())
}

#[tokio::test]
async fn what_is_sent_again_depends_on_the_operation_and_on_whether_it_left() {
    use TransportErrorKind::{Connect, Interrupted, Request, Timeout, TooLarge};
    for (kind, expected) in [
        (Connect, (2, 2)),
        (Timeout, (2, 1)),
        (Interrupted, (2, 1)),
        (TooLarge, (1, 1)),
        (Request, (1, 1)),
    ] {
        assert_eq!(sent(|| Answer::error(kind)).await, expected, "{kind:?}");
    }
    for (status, expected) in [
        (429, (2, 2)),
        (408, (2, 1)),
        (500, (2, 1)),
        (501, (1, 1)),
        (502, (2, 1)),
        (503, (2, 1)),
        (504, (2, 1)),
        (302, (1, 1)),
        (400, (1, 1)),
        (401, (1, 1)),
        (403, (1, 1)),
        (404, (1, 1)),
        (409, (1, 1)),
        (413, (1, 1)),
    ] {
        assert_eq!(sent(|| Answer::new(status, "")).await, expected, "{status}");
    }
    assert_eq!(sent(|| busy().header("retry-after", "1")).await, (2, 2));
    assert_eq!(
        sent(|| {
            let mut refusal = ApiError::new(ErrorCode::RATE_LIMIT, 429, "never");
            refusal.unrecoverable = true;
            Answer::api_error(&refusal)
        })
        .await,
        (1, 1)
    );
}

#[tokio::test]
async fn the_services_word_is_waited_for() {
    let reset = (START + 20).to_string();
    for (answer, wait) in [
        (limited().header("retry-after", "7"), seconds(7)),
        (
            limited().header("retry-after", "Tue, 14 Nov 2023 22:13:32 GMT"),
            seconds(12),
        ),
        (
            limited().header("retry-after", "Tue, 14 Nov 2023 22:13:00 GMT"),
            Duration::ZERO,
        ),
        (limited().header("x-ratelimit-reset", &reset), seconds(20)),
        (
            limited()
                .header("x-ratelimit-reset", &reset)
                .header("retry-after", "3"),
            seconds(3),
        ),
        (
            limited()
                .header("x-ratelimit-reset", &reset)
                .header("x-ratelimit-limit", "9")
                .header("x-ratelimit-remaining", "1"),
            Duration::ZERO,
        ),
        (busy().header("retry-after", "4"), seconds(4)),
        (busy().header("x-ratelimit-reset", &reset), Duration::ZERO),
        (limited().header("retry-after", "60"), seconds(60)),
    ] {
        let text = format!("{answer:?}");
        let stage = Stage::new([answer, empty()]);
        let users = stage.users::<Custom>();
        let outcome = users.query_users(query()).await;
        assert!(outcome.is_ok_and(|answer| answer.meta.attempts == 2), "{text}");
        assert_eq!(stage.waits(), [wait], "{text}");
    }
}

#[tokio::test]
async fn a_word_too_long_to_wait_for_is_told_instead() {
    let stage = Stage::new([limited().header("retry-after", "61"), empty()]);
    let error = stage.users::<Custom>().query_users(query()).await.unwrap_err();
    assert!(error.is_rate_limited() && error.is_retryable());
    assert_eq!(error.retry_after(), Some(seconds(61)));
    assert_eq!((stage.sent(), stage.waits().len()), (1, 0));
}

#[tokio::test]
async fn without_a_word_the_wait_is_random_and_grows() {
    let transport = || ScriptedTransport::new([busy(), busy(), busy(), empty()]);
    let policy = DefaultRetry::new()
        .max_attempts(4)
        .backoff(Backoff::exponential(seconds(1), seconds(2)));
    let mut seen = HashSet::new();
    for seed in 0..20 {
        let stage = Stage::over(transport(), |builder| builder.retry(policy).random_seed(seed));
        stage.users::<Custom>().query_users(query()).await.unwrap();
        let waits = stage.waits();
        assert_eq!(waits.len(), 3);
        assert!(
            waits
                .iter()
                .zip([1, 2, 2])
                .all(|(wait, most)| *wait <= seconds(most)),
            "{waits:?}"
        );
        let again = Stage::over(transport(), |builder| builder.retry(policy).random_seed(seed));
        again.users::<Custom>().query_users(query()).await.unwrap();
        assert_eq!(again.waits(), waits, "the same seed, the same waits");
        seen.insert(waits);
    }
    assert_eq!(
        seen.len(),
        20,
        "clients that start together must not come back together"
    );
}

#[tokio::test]
async fn every_attempt_is_the_same_request_and_is_counted() {
    let stage = Stage::new([
        Answer::error(TransportErrorKind::Connect),
        limited().header("retry-after", "1"),
        empty(),
    ]);
    let users = stage.users::<Custom>();
    let answer = users
        .upsert_users(UpsertUsers::new([UserRequest::new("ada").name("Ada")]))
        .await
        .unwrap();
    assert_eq!(answer.meta.attempts, 3);
    assert_eq!(answer.meta.status, Some(200));
    assert_eq!(answer.meta.server_duration, Some(Duration::from_micros(1500)));

    let requests = stage.requests();
    assert_eq!(requests.len(), 3);
    for (request, number) in requests.iter().zip(1..) {
        assert_eq!(request.attempt(), Some(number));
        assert_eq!(request.operation(), Some(&operation::UPSERT_USERS));
        assert_eq!(
            request.header("x-client-request-id"),
            Some(answer.meta.request_id.as_str())
        );
        assert_eq!(request.as_http().uri(), requests[0].as_http().uri());
        assert_eq!(request.as_http().headers(), requests[0].as_http().headers());
        assert_eq!(request.body(), requests[0].body());
    }

    let other = Stage::new([empty(), empty()]);
    let users = other.users::<Custom>();
    let one = users.query_users(query()).await.unwrap().meta.request_id;
    let two = users.query_users(query()).await.unwrap().meta.request_id;
    assert_ne!(one, two, "another call has another id");
}

#[tokio::test]
async fn the_last_failure_is_the_calls() {
    let stage = Stage::new([busy(), Answer::error(TransportErrorKind::Timeout), limited()]);
    let error = stage.users::<Custom>().query_users(query()).await.unwrap_err();
    assert!(error.is_rate_limited() && error.is_retryable());
    assert_eq!(error.meta().unwrap().attempts, 3);
    assert_eq!(
        error.to_string(),
        "query_users: stream api error 9 (http 429): slow down (after 3 attempts)"
    );

    let stage = Stage::new([
        busy(),
        Answer::error(TransportErrorKind::Interrupted),
        Answer::error(TransportErrorKind::Timeout),
    ]);
    let error = stage.users::<Custom>().query_users(query()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(error.status(), None, "the last attempt had no status");
    assert!(error.may_have_been_applied());
}

#[tokio::test]
async fn a_spent_budget_ends_retries_of_all_clones_until_calls_succeed() {
    let budget = RetryBudget::new(2, 2, 1);
    let transport = ScriptedTransport::new([busy(), busy(), empty(), empty(), busy(), empty()]);
    let stage = Stage::over(transport, |builder| builder.retry_budget(budget.clone()));
    let users = stage.users::<Custom>();

    let error = users.query_users(query()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert!(error.is_retryable());
    assert_eq!(error.operation(), Some("query_users"));
    assert_eq!(error.meta().unwrap().attempts, 2, "one retry was paid for");
    assert_eq!(
        error.status(),
        Some(503),
        "what is known of the last failure stays"
    );
    assert!(
        error.to_string().contains("budget") && error.to_string().contains("http 503"),
        "{error}"
    );
    assert_eq!(budget.tokens(), 0);

    let clone = stage.client.clone().users::<Custom>();
    clone.query_users(query()).await.unwrap();
    clone.query_users(query()).await.unwrap();
    assert_eq!(budget.tokens(), 2, "a success pays back");
    assert_eq!(users.query_users(query()).await.unwrap().meta.attempts, 2);
}

#[tokio::test]
async fn failures_that_are_not_retried_cost_no_budget() {
    let budget = RetryBudget::new(10, 5, 1);
    let transport =
        ScriptedTransport::new([Answer::new(404, ""), Answer::error(TransportErrorKind::Timeout)]);
    let stage = Stage::over(transport, |builder| builder.retry_budget(budget.clone()));
    let users = stage.users::<Custom>();
    users.query_users(query()).await.unwrap_err();
    users.delete_users(DeleteUsers::new(["ada"])).await.unwrap_err();
    assert_eq!((budget.tokens(), stage.sent()), (10, 2));
}

#[tokio::test]
async fn no_wait_is_started_that_ends_after_the_policys_deadline() {
    let answers = || {
        [
            busy().header("retry-after", "3"),
            busy().header("retry-after", "3"),
            empty(),
        ]
    };
    let policy = crate::stage::exact().deadline(Some(seconds(5)));
    let stage = Stage::over(ScriptedTransport::new(answers()), |builder| builder.retry(policy));
    let error = stage.users::<Custom>().query_users(query()).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(seconds(3)));
    assert_eq!(
        stage.waits(),
        [seconds(3)],
        "the second would have ended after 6 s"
    );

    let stage = Stage::over(ScriptedTransport::new(answers()), |builder| {
        builder.retry(policy.deadline(None))
    });
    stage.users::<Custom>().query_users(query()).await.unwrap();
    assert_eq!(stage.waits(), [seconds(3), seconds(3)]);
    assert_eq!(stage.clock.sleeps().iter().sum::<Duration>(), millis(6000));
}

#[tokio::test]
async fn whether_it_may_have_been_applied_is_asked_of_every_attempt() {
    // The first attempt may have arrived, the last one certainly did not.
    let stage = Stage::new([
        Answer::error(TransportErrorKind::Timeout),
        Answer::error(TransportErrorKind::Connect),
        Answer::error(TransportErrorKind::Connect),
    ]);
    let error = stage.users::<Custom>().query_users(query()).await.unwrap_err();
    assert!(error.is_connect() && error.may_have_been_applied());
    assert_eq!(error.transport(), Some(TransportErrorKind::Connect));

    let spent = Stage::over(
        ScriptedTransport::new([Answer::error(TransportErrorKind::Timeout)]),
        |builder| builder.retry_budget(RetryBudget::new(0, 1, 0)),
    );
    let error = spent.users::<Custom>().query_users(query()).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Throttled && error.may_have_been_applied());

    let late = Stage::new([Answer::new(408, "")]);
    let error = late
        .users::<Custom>()
        .delete_users(DeleteUsers::new(["ada"]))
        .await
        .unwrap_err();
    assert!(error.may_have_been_applied());
}

#[tokio::test]
async fn the_reset_of_a_quota_is_when_to_come_back() {
    let reset = START + 3600;
    let answer = limited().header("x-ratelimit-reset", &reset.to_string());
    let error = Stage::new([answer])
        .users::<Custom>()
        .query_users(query())
        .await
        .unwrap_err();
    assert!(error.is_rate_limited());
    assert_eq!(error.retry_after(), Some(seconds(3600)));
}
