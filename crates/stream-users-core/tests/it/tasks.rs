use std::pin::pin;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stream_users_core::retry::NoRetry;
use stream_users_core::{Client, ErrorKind, PollPolicy, TransportErrorKind, Users, UsersApi, UsersApiExt};
use stream_users_model::{
    Custom, DeactivateUsers, DeleteUsers, DeletedUser, DeletedUsers, ExportUsers, ExportedFile, StartedTask,
    TaskStatus, TaskUsers,
};
use stream_users_testing::{Answer, ManualClock, ScriptedTransport};

use crate::stage::{Stage, millis, seconds};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Profile {
    plan: String,
}

#[allow(clippy::needless_pass_by_value, reason = "a literal is shorter")]
fn task(status: &str, more: Value) -> Answer {
    let mut task =
        json!({"task_id": "t-1", "status": status, "created_at": 1, "updated_at": 2, "duration": "1ms"});
    task.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    Answer::json(200, task)
}

fn waiting(status: &str) -> Answer {
    task(status, json!({}))
}

fn started() -> Answer {
    Answer::json(201, json!({"task_id": "t-1", "duration": "2ms"}))
}

#[tokio::test]
async fn a_task_is_followed_to_its_typed_end() {
    let result = json!({"ada": {"status": "ok"}, "bob": {"status": "error", "error": "no such user"}});
    let stage = Stage::new([
        started(),
        waiting("waiting"),
        waiting("pending"),
        waiting("running"),
        waiting("a status of the future"),
        task("completed", json!({"result": result})),
    ]);
    let users = stage.users::<Custom>();
    let started = users
        .delete_users(DeleteUsers::new(["ada", "bob"]))
        .await
        .unwrap()
        .body;
    let deleted = users.task(&started).wait().await.unwrap();
    assert!(deleted.get("ada").is_some_and(DeletedUser::is_ok));
    assert_eq!(
        deleted.get("bob").and_then(|bob| bob.error.as_deref()),
        Some("no such user")
    );
    assert_eq!(
        stage.waits(),
        [millis(200), millis(400), millis(800), millis(1600)]
    );
    for request in &stage.requests()[1..] {
        assert_eq!((request.method(), request.path()), ("GET", "/api/v2/tasks/t-1"));
    }
}

#[tokio::test]
async fn the_result_is_what_the_operation_says() {
    let ada = json!({"id": "ada", "created_at": 1, "updated_at": 1, "custom": {"plan": "pro"}});
    let stage = Stage::new([
        started(),
        task("completed", json!({"result": {"users": [ada]}})),
        started(),
        task(
            "completed",
            json!({"result": {"url": "https://files.test/export?sig=1"}}),
        ),
    ]);
    let users = stage.users::<Profile>();
    let started = users
        .deactivate_users(DeactivateUsers::new(["ada"]))
        .await
        .unwrap()
        .body;
    let done: TaskUsers<Profile> = users.task(&started).wait().await.unwrap();
    assert_eq!(done.users[0].custom.plan, "pro");
    let started = users.export_users(ExportUsers::new(["ada"])).await.unwrap().body;
    let file: ExportedFile = users.task(&started).wait().await.unwrap();
    assert_eq!(file.url, "https://files.test/export?sig=1");
    assert!(stage.waits().is_empty(), "what has ended is not waited for");
}

#[tokio::test]
async fn intervals_stop_growing() {
    let answers = (0..8)
        .map(|_| waiting("running"))
        .chain([task("completed", json!({"result": {}}))]);
    let stage = Stage::new(answers);
    let users = stage.users::<Custom>();
    let _: Value = users.task_by_id("t-1").wait().await.unwrap();
    let expected = [200, 400, 800, 1600, 2000, 2000, 2000, 2000].map(millis);
    assert_eq!(stage.waits(), expected);
}

#[tokio::test]
async fn a_policy_of_ones_own_is_kept() {
    let answers = (0..3)
        .map(|_| waiting("running"))
        .chain([task("completed", json!({"result": {}}))]);
    let stage = Stage::new(answers);
    let users = stage.users::<Custom>();
    let policy = PollPolicy::new().interval(seconds(1), seconds(3));
    let _: Value = users.task_by_id("t-1").with_policy(policy).wait().await.unwrap();
    assert_eq!(stage.waits(), [seconds(1), seconds(2), seconds(3)]);
}

#[tokio::test]
async fn a_failed_task_is_an_error_that_holds_it() {
    let error = json!({"type": "delete_users", "description": "too many messages", "stacktrace": "", "version": "v1"});
    let stage = Stage::new([waiting("running"), task("failed", json!({"error": error}))]);
    let users = stage.users::<Custom>();
    let failed = users
        .task::<DeletedUsers>(&StartedTask::new("t-1"))
        .wait()
        .await
        .unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::Task);
    assert!(failed.may_have_been_applied(), "what it did before stays done");
    assert_eq!(failed.task().map(|task| &task.status), Some(&TaskStatus::Failed));
    assert_eq!(
        failed.to_string(),
        "get_task: the task t-1 failed: delete_users: too many messages"
    );

    let stage = Stage::new([waiting("failed")]);
    let users = stage.users::<Custom>();
    let failed = users.task_by_id::<Value>("t-1").wait().await.unwrap_err();
    assert_eq!(failed.to_string(), "get_task: the task t-1 failed");
}

#[tokio::test]
async fn waiting_ends_in_time_with_the_task() {
    let stage = Stage::answering(|_| waiting("running"));
    let users = stage.users::<Custom>();
    let handle = users.task_by_id::<Value>("t-1");
    let error = handle.wait().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Task);
    assert_eq!(error.task().map(|task| &task.status), Some(&TaskStatus::Running));
    assert!(error.to_string().contains("running"), "{error}");
    let waited: Duration = stage.waits().iter().sum();
    assert_eq!(waited, seconds(300), "to the end, and asked a last time there");

    let policy = PollPolicy::new().timeout(Duration::ZERO);
    let error = users
        .task_by_id::<Value>("t-1")
        .with_policy(policy)
        .wait()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Task);
    assert_eq!(
        stage.waits().iter().sum::<Duration>(),
        waited,
        "asked once, not waited for"
    );
}

#[tokio::test]
async fn a_result_that_is_missing_or_of_another_shape_is_an_error() {
    let stage = Stage::new([
        waiting("completed"),
        task("completed", json!({"result": null})),
        task("completed", json!({"result": [1]})),
    ]);
    let users = stage.users::<Custom>();
    let handle = users.task_by_id::<ExportedFile>("t-1");
    assert_eq!(handle.wait().await.unwrap_err().kind(), ErrorKind::Task);
    assert_eq!(handle.wait().await.unwrap_err().kind(), ErrorKind::Task);
    let error = handle.wait().await.unwrap_err();
    assert_eq!((error.kind(), error.body()), (ErrorKind::Decode, None));
}

#[tokio::test]
async fn a_failed_question_ends_the_waiting_and_can_be_asked_again() {
    let gone = Answer::new(404, r#"{"code":16,"message":"no task"}"#);
    let stage = Stage::new([
        waiting("running"),
        gone,
        task("completed", json!({"result": {"url": "u"}})),
    ]);
    let users = stage.users::<Custom>();
    let handle = users.task_by_id::<ExportedFile>("t-1");
    assert!(handle.wait().await.unwrap_err().is_not_found());
    assert_eq!(handle.wait().await.unwrap().url, "u");
    assert_eq!(handle.id(), &"t-1");
}

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

    let day = (0..43_200)
        .map(|_| waiting("running"))
        .chain([task("completed", json!({"result": {"url": "u"}}))]);
    let stage = Stage::new(day);
    let users = stage.users::<Custom>();
    let handle = users.task_by_id::<ExportedFile>("t-1");
    handle
        .with_policy(PollPolicy::new().timeout(None))
        .wait()
        .await
        .unwrap();
    assert!(stage.waits().iter().sum::<Duration>() > seconds(86_000));
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

#[tokio::test]
async fn polling_asks_once() {
    let stage = Stage::new([waiting("running")]);
    let users = stage.users::<Custom>();
    let task = users.task_by_id::<Value>("t-1").poll().await.unwrap();
    assert_eq!((task.status, stage.sent()), (TaskStatus::Running, 1));
}

#[tokio::test]
async fn a_user_that_does_not_fit_is_named_in_a_tasks_result() {
    #[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
    struct Profile {
        plan: String,
    }

    let guest = json!({"id": "the-guest", "custom": {}, "created_at": 1, "updated_at": 1});
    let stage = Stage::new([task("completed", json!({"result": {"users": [guest]}}))]);
    let users = stage.users::<Profile>();
    let error = users
        .task_by_id::<TaskUsers<Profile>>("t-1")
        .wait()
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("users[0].custom") && text.contains("the-guest"),
        "{text}"
    );
}

#[tokio::test]
async fn a_result_of_another_shape_is_no_result_and_its_url_is_kept_back() {
    let file = task(
        "completed",
        json!({"result": {"url": "https://files.example/marker"}}),
    );
    let stage = Stage::new([file]);
    let users = stage.users::<Custom>();
    let error = users.task_by_id::<Vec<String>>("t-1").wait().await.unwrap_err();
    assert_eq!((error.kind(), error.body()), (ErrorKind::Decode, None));

    let stage = Stage::new([task("completed", json!({"result": []}))]);
    let users = stage.users::<Custom>();
    let error = users
        .task_by_id::<TaskUsers<Custom>>("t-1")
        .wait()
        .await
        .unwrap_err();
    assert!(error.to_string().contains("it is a list"), "{error}");

    let stage = Stage::new([task(
        "completed",
        json!({"result": "https://files.example/marker"}),
    )]);
    let users = stage.users::<Custom>();
    let error = users
        .task_by_id::<TaskUsers<Custom>>("t-1")
        .wait()
        .await
        .unwrap_err();
    assert!(!format!("{error} {error:?}").contains("marker"), "{error}");
}
