use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stream_users_core::{ErrorKind, PollPolicy, UsersApi, UsersApiExt};
use stream_users_model::{
    Custom, DeactivateUsers, DeleteUsers, DeletedUser, DeletedUsers, ExportUsers, ExportedFile, StartedTask,
    TaskStatus, TaskUsers,
};
use stream_users_testing::Answer;

use crate::stage::{Stage, millis, seconds};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Profile {
    plan: String,
}

#[allow(clippy::needless_pass_by_value, reason = "a literal is shorter")]
pub(crate) fn task(status: &str, more: Value) -> Answer {
    let mut task =
        json!({"task_id": "t-1", "status": status, "created_at": 1, "updated_at": 2, "duration": "1ms"});
    task.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    Answer::json(200, task)
}

pub(crate) fn waiting(status: &str) -> Answer {
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
