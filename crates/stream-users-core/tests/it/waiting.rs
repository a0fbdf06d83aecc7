//! Waiting for a task: what it bears, how long, and what it shows meanwhile.

use std::pin::pin;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use serde_json::{Value, json};
use stream_users_core::retry::NoRetry;
use stream_users_core::{Client, ErrorKind, PollPolicy, TransportErrorKind, Users, UsersApiExt};
use stream_users_model::{Custom, ExportedFile, TaskStatus};
use stream_users_testing::{Answer, ManualClock, ScriptedTransport};

use crate::stage::{Stage, millis, seconds};
use crate::tasks::{task, waiting};

fn unavailable() -> Answer {
    Answer::new(503, "")
}

/// A client that does not try again by itself, so that every failure is the question's.
fn without_retries(answers: impl IntoIterator<Item = Answer>) -> Stage {
    Stage::over(ScriptedTransport::new(answers), |builder| {
        builder.retry(NoRetry::new())
    })
}

#[tokio::test]
async fn questions_that_fail_for_a_while_do_not_end_the_waiting() {
    let stage = without_retries([
        unavailable(),
        Answer::error(TransportErrorKind::Interrupted),
        waiting("running"),
        unavailable(),
        unavailable(),
        task("completed", json!({"result": {"url": "u"}})),
    ]);
    let users = stage.users::<Custom>();
    let file = users.task_by_id::<ExportedFile>("t-1").wait().await.unwrap();
    assert_eq!(file.url, "u");
    let expected = [200, 400, 800, 1600, 2000].map(millis);
    assert_eq!(stage.waits(), expected);
}

#[tokio::test]
async fn too_many_failed_questions_in_a_row_end_it_with_the_last_one() {
    for (most, asked) in [(0, 1), (1, 1), (2, 2), (5, 5)] {
        let stage = Stage::over(ScriptedTransport::answering(|_| unavailable()), |builder| {
            builder.retry(NoRetry::new())
        });
        let users = stage.users::<Custom>();
        let policy = PollPolicy::new().max_failures(most);
        let error = users
            .task_by_id::<Value>("t-1")
            .with_policy(policy)
            .wait()
            .await
            .unwrap_err();
        assert_eq!((error.status(), stage.sent()), (Some(503), asked), "{most}");
    }
}

#[tokio::test]
async fn a_question_that_can_never_succeed_ends_it_at_once() {
    let not_found = r#"{"code":16,"message":"no task","StatusCode":404}"#;
    for (status, body) in [(404, not_found), (401, r#"{"code":5,"StatusCode":401}"#)] {
        let stage = without_retries([Answer::new(status, body)]);
        let users = stage.users::<Custom>();
        let error = users.task_by_id::<Value>("t-1").wait().await.unwrap_err();
        assert_eq!((error.status(), stage.sent()), (Some(status), 1));
    }
}

#[tokio::test]
async fn the_service_says_when_to_ask_again() {
    let limited = |wait: &str| Answer::new(429, r#"{"code":9,"StatusCode":429}"#).header("retry-after", wait);
    let stage = without_retries([
        limited("7"),
        waiting("running"),
        task("completed", json!({"result": {"url": "u"}})),
    ]);
    let users = stage.users::<Custom>();
    users.task_by_id::<ExportedFile>("t-1").wait().await.unwrap();
    assert_eq!(stage.waits(), [seconds(7), millis(400)]);

    // Neither beyond the time limit, nor beyond all reason.
    for (policy, wait) in [
        (PollPolicy::new().timeout(seconds(5)), "6"),
        (PollPolicy::new().timeout(None), "31536000"),
    ] {
        let stage = without_retries([limited(wait)]);
        let users = stage.users::<Custom>();
        let handle = users.task_by_id::<Value>("t-1").with_policy(policy);
        assert!(handle.wait().await.unwrap_err().is_rate_limited());
        assert!(stage.waits().is_empty());
    }
}

#[tokio::test]
async fn the_time_limit_holds_while_questions_fail_and_none_is_none() {
    let stage = Stage::over(ScriptedTransport::answering(|_| unavailable()), |builder| {
        builder.retry(NoRetry::new())
    });
    let users = stage.users::<Custom>();
    let policy = PollPolicy::new().timeout(seconds(10)).max_failures(u32::MAX);
    let handle = users.task_by_id::<Value>("t-1").with_policy(policy);
    assert_eq!(handle.wait().await.unwrap_err().status(), Some(503));
    assert_eq!(stage.waits().iter().sum::<Duration>(), seconds(10));

    let hours = (0..3_600)
        .map(|_| waiting("running"))
        .chain([task("completed", json!({"result": {"url": "u"}}))]);
    let stage = Stage::new(hours);
    let users = stage.users::<Custom>();
    let handle = users.task_by_id::<ExportedFile>("t-1");
    handle
        .with_policy(PollPolicy::new().timeout(None))
        .wait()
        .await
        .unwrap();
    assert!(stage.waits().iter().sum::<Duration>() > seconds(7_000));
}

fn changed(status: &str, updated_at: u64) -> Answer {
    task(status, json!({"updated_at": updated_at}))
}

#[tokio::test]
async fn progress_hands_out_every_state_once_and_ends_with_the_last() {
    let stage = Stage::new([
        changed("pending", 1),
        changed("pending", 1),
        changed("running", 2),
        changed("running", 3),
        changed("running", 3),
        changed("completed", 3),
    ]);
    let users = stage.users::<Custom>();
    let mut progress = users.task_by_id::<Value>("t-1").progress();
    let mut seen = Vec::new();
    while let Some(task) = progress.next().await {
        let task = task.unwrap();
        seen.push((task.status.to_string(), task.updated_at.unix_nanos()));
    }
    let expected = [("pending", 1), ("running", 2), ("running", 3), ("completed", 3)];
    assert_eq!(seen, expected.map(|(status, at)| (status.to_owned(), at)));
    assert!(progress.next().await.is_none());
    assert_eq!(stage.waits(), [200, 400, 800, 1600, 2000].map(millis));
}

#[tokio::test]
async fn progress_ends_with_the_failed_state_or_the_error_of_a_question() {
    let stage = Stage::new([changed("running", 1), changed("failed", 2)]);
    let users = stage.users::<Custom>();
    let progress = users.task_by_id::<Value>("t-1").progress();
    let seen: Vec<_> = progress.map(|task| task.unwrap().status).collect().await;
    assert_eq!(seen, [TaskStatus::Running, TaskStatus::Failed]);

    let stage = Stage::new([changed("running", 1), Answer::new(404, r#"{"code":16}"#)]);
    let users = stage.users::<Custom>();
    let mut progress = users.task_by_id::<Value>("t-1").progress();
    assert!(progress.next().await.unwrap().is_ok());
    assert!(progress.next().await.unwrap().unwrap_err().is_not_found());
    assert!(progress.next().await.is_none());

    let stage = Stage::answering(|_| changed("running", 1));
    let users = stage.users::<Custom>();
    let policy = PollPolicy::new().timeout(seconds(9));
    let progress = users.task_by_id::<Value>("t-1").with_policy(policy).progress();
    let seen: Vec<_> = progress.collect().await;
    assert_eq!(seen.len(), 2, "the one state, and that the time is over");
    assert_eq!(seen[1].as_ref().unwrap_err().kind(), ErrorKind::Task);
    assert_eq!(stage.waits().iter().sum::<Duration>(), seconds(9));
}

#[tokio::test]
async fn waiting_that_is_dropped_can_be_done_again() {
    let stage = Stage::new([
        waiting("running"),
        Answer::pending(),
        task("completed", json!({"result": {"url": "u"}})),
    ]);
    // A clock that stands still: the wait is pending at its first pause, and then at the question.
    let clock = ManualClock::new();
    let client = Client::builder("key")
        .server("secret")
        .transport(stage.transport.clone())
        .clock(clock.clone())
        .build()
        .unwrap();
    let users: Users = client.users();
    let handle = users.task_by_id::<ExportedFile>("t-1");
    {
        let mut wait = pin!(handle.wait());
        assert!(wait.as_mut().now_or_never().is_none());
        clock.advance(millis(200));
        assert!(wait.as_mut().now_or_never().is_none());
        assert_eq!(stage.sent(), 2);
    }
    assert_eq!(handle.wait().await.unwrap().url, "u");
    assert_eq!(stage.sent(), 3, "nothing of the dropped one went on");
}
