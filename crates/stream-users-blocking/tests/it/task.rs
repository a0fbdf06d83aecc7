//! Following a task.

use std::sync::Arc;
use std::time::Duration;

use stream_users_core::model::{
    Custom, DeleteUsers, DeletedUser, DeletedUsers, RawJson, StartedTask, Task, TaskStatus, Timestamp,
};
use stream_users_core::{Clock, ErrorKind, PollPolicy, Response};
use stream_users_testing::{ManualClock, MockUsersApi};

use crate::{mock, over};

fn task(status: TaskStatus) -> Task {
    Task::new("task-1", status, Timestamp::UNIX_EPOCH)
}

/// A mock whose task has the given states, the last one for ever.
fn with_states(clock: &ManualClock, states: &'static [TaskStatus]) -> MockUsersApi<Custom> {
    let mut mock = mock();
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    mock.expect_clock().returning(move || Ok(Arc::clone(&clock)));
    mock.expect_delete_users()
        .returning(|_| Ok(Response::new(StartedTask::new("task-1"))));
    let mut states = states.iter().peekable();
    mock.expect_get_task().returning(move |request| {
        assert_eq!(request.id, "task-1");
        let state = *states.peek().unwrap();
        if states.len() > 1 {
            states.next();
        }
        let mut task = task(state.clone());
        if task.status == TaskStatus::Completed {
            let ended = DeletedUsers::new([("ada", DeletedUser::ok())]);
            task.result =
                Some(serde_json::from_str::<RawJson>(&serde_json::to_string(&ended).unwrap()).unwrap());
        }
        Ok(Response::new(task))
    });
    mock
}

#[test]
fn waits_for_the_end() {
    let clock = ManualClock::auto_advance();
    let users = over(with_states(
        &clock,
        &[TaskStatus::Pending, TaskStatus::Running, TaskStatus::Completed],
    ));
    let started = users.delete_users(DeleteUsers::new(["ada"])).unwrap().body;
    let policy = PollPolicy::new().interval(Duration::from_secs(3), Duration::from_secs(5));
    let handle = users.task(&started).with_policy(policy);
    assert_eq!(handle.id(), "task-1");
    assert!(handle.wait().unwrap().get("ada").unwrap().is_ok());
    assert_eq!(clock.sleeps(), [Duration::from_secs(3), Duration::from_secs(5)]);
}

#[test]
fn asks_once() {
    let users = over(with_states(&ManualClock::new(), &[TaskStatus::Running]));
    let handle = users.task_by_id::<DeletedUsers>("task-1");
    drop(users);
    assert_eq!(handle.poll().unwrap().status, TaskStatus::Running);
}

#[test]
fn a_failed_task_and_one_without_end() {
    let users = over(with_states(&ManualClock::new(), &[TaskStatus::Failed]));
    let error = users.task_by_id::<DeletedUsers>("task-1").wait().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Task);
    assert_eq!(error.task().unwrap().status, TaskStatus::Failed);

    let clock = ManualClock::auto_advance();
    let users = over(with_states(&clock, &[TaskStatus::Running]));
    let error = users.task_by_id::<DeletedUsers>("task-1").wait().unwrap_err();
    assert_eq!(error.task().unwrap().status, TaskStatus::Running);
}

#[test]
fn states_until_the_last_one() {
    let clock = ManualClock::auto_advance();
    let users = over(with_states(
        &clock,
        &[
            TaskStatus::Pending,
            TaskStatus::Pending,
            TaskStatus::Running,
            TaskStatus::Completed,
        ],
    ));
    let policy = PollPolicy::new().interval(Duration::from_secs(1), Duration::from_secs(1));
    let handle = users.task_by_id::<DeletedUsers>("task-1").with_policy(policy);
    let mut states = handle.progress();
    let seen: Vec<_> = states.by_ref().map(|task| task.unwrap().status).collect();
    assert_eq!(
        seen,
        [TaskStatus::Pending, TaskStatus::Running, TaskStatus::Completed]
    );
    assert!(states.next().is_none());
    assert_eq!(clock.sleeps(), [Duration::from_secs(1); 3]);
}
