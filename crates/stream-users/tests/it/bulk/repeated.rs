//! What is done already where a batch is sent once more.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures_util::StreamExt as _;
use stream_users::bulk;
use stream_users::prelude::*;
use stream_users::testing::{ManualClock, fixtures};
use stream_users::{Clock, QueriedUsers, Result, StartedTask, Task, TaskError, TaskUsers};

/// A service whose tasks fail for two users: one who is deactivated already, and one whom it does not know.
#[derive(Debug, Default)]
struct Service {
    tasks: Mutex<Vec<Vec<UserId>>>,
}

fn user(id: UserId) -> User {
    User::new(id, Custom::default(), Timestamp::UNIX_EPOCH)
}

#[async_trait]
impl UsersApi for Service {
    async fn deactivate_users(&self, request: DeactivateUsers) -> Result<Response<StartedTask<TaskUsers>>> {
        let mut tasks = self.tasks.lock().unwrap();
        tasks.push(request.user_ids);
        Ok(Response::new(StartedTask::new((tasks.len() - 1).to_string())))
    }

    async fn get_task(&self, request: GetTask) -> Result<Response<Task>> {
        let id = request.id.to_string();
        let ids = self.tasks.lock().unwrap()[id.parse::<usize>().unwrap()].clone();
        let is_of = |name: &str| ids.iter().any(|id| id.as_str() == name);
        let task = if is_of("bob") {
            fixtures::failed_task(id, TaskError::new("input", "user bob is already deactivated"))
        } else if is_of("dan") {
            fixtures::failed_task(id, TaskError::new("input", "user dan is unknown"))
        } else {
            fixtures::completed_task(id, &TaskUsers::new(ids.into_iter().map(user).collect::<Vec<_>>()))
        };
        Ok(Response::new(task))
    }

    async fn query_users(&self, _: QueryUsers) -> Result<Response<QueriedUsers>> {
        let mut bob = user("bob".into());
        bob.deactivated_at = Some(Timestamp::UNIX_EPOCH);
        Ok(Response::new(QueriedUsers::new([bob])))
    }

    fn clock(&self) -> Result<Arc<dyn Clock>> {
        Ok(Arc::new(ManualClock::auto_advance()))
    }
}

#[tokio::test]
async fn who_was_deactivated_already_where_a_task_failed_is_done() {
    let service = Service::default();
    let ids = ["ada", "bob", "cleo", "dan"].map(UserId::from);
    let how = DeactivateUsers::new(None::<UserId>);
    let mut run = service.bulk().deactivate_users(how, bulk::iter(ids));
    let mut results: Vec<_> = run.by_ref().collect().await;
    assert!(run.end().unwrap().is_complete());
    results.sort_by_key(|result| result.number);
    let is_done: Vec<bool> = results.iter().map(|result| result.outcome.is_ok()).collect();
    assert_eq!(is_done, [true, true, true, false]);
    assert!(results[1].outcome.as_ref().unwrap().deactivated_at.is_some());
    let reason = results[3].outcome.as_ref().unwrap_err().to_string();
    assert!(reason.contains("user dan is unknown"), "{reason}");
}
