//! Tasks: whether they are followed as long as they should be, started again only where they are gone, and taken up by the
//! next run.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use stream_users::bulk::journal::{
    Digest, DigestBuilder, Journal, JournalEntry, MemoryJournal, Part, Purpose,
};
use stream_users::bulk::{self, Bulk, BulkEnd, BulkError, BulkResult};
use stream_users::prelude::*;
use stream_users::testing::{ManualClock, fixtures};
use stream_users::{
    ApiError, Clock, ErrorCode, GetTask, QueriedUsers, Result, StartedTask, Task, TaskError, TaskUsers,
};

/// What the service answers to a question for a task: which task, and how often it was asked for before.
type Ask = dyn Fn(&str, usize, Vec<UserId>) -> Result<Task> + Send + Sync;

/// A service with tasks, in memory.
struct Tasks {
    clock: ManualClock,
    started: Mutex<Vec<Vec<UserId>>>,
    asked: Mutex<BTreeMap<String, usize>>,
    ask: Box<Ask>,
}

impl Tasks {
    fn new(ask: impl Fn(&str, usize, Vec<UserId>) -> Result<Task> + Send + Sync + 'static) -> Self {
        Self {
            clock: ManualClock::auto_advance(),
            started: Mutex::default(),
            asked: Mutex::default(),
            ask: Box::new(ask),
        }
    }

    fn started(&self) -> Vec<Vec<UserId>> {
        self.started.lock().unwrap().clone()
    }

    fn passed(&self) -> Duration {
        self.clock.monotonic()
    }

    async fn deactivate(
        &self,
        bulk: Bulk<Custom, &Self>,
        ids: &[&'static str],
    ) -> (Vec<BulkResult<User>>, Arc<BulkEnd>) {
        let how = DeactivateUsers::new(None::<UserId>);
        let mut run = bulk.deactivate_users(how, bulk::iter(ids.iter().map(|id| UserId::from(*id))));
        let mut results: Vec<_> = run.by_ref().collect().await;
        results.sort_by_key(|result| result.number);
        (results, run.end().unwrap())
    }
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks").finish_non_exhaustive()
    }
}

#[async_trait]
impl UsersApi for Tasks {
    async fn deactivate_users(&self, request: DeactivateUsers) -> Result<Response<StartedTask<TaskUsers>>> {
        let mut started = self.started.lock().unwrap();
        let id = format!("task-{}", started.len());
        started.push(request.user_ids);
        Ok(Response::new(StartedTask::new(id)))
    }

    async fn get_task(&self, request: GetTask) -> Result<Response<Task>> {
        let id = request.id.to_string();
        let number = id.strip_prefix("task-").and_then(|number| number.parse().ok());
        let users = number.and_then(|number: usize| self.started().get(number).cloned());
        let asked = {
            let mut asked = self.asked.lock().unwrap();
            let count = asked.entry(id.clone()).or_default();
            *count += 1;
            *count - 1
        };
        Ok(Response::new((self.ask)(&id, asked, users.unwrap_or_default())?))
    }

    async fn query_users(&self, _: QueryUsers) -> Result<Response<QueriedUsers>> {
        let mut user = user("known".into());
        user.deactivated_at = Some(Timestamp::UNIX_EPOCH);
        Ok(Response::new(QueriedUsers::new([user])))
    }

    fn clock(&self) -> Result<Arc<dyn Clock>> {
        Ok(Arc::new(self.clock.clone()))
    }
}

fn user(id: UserId) -> User {
    User::new(id, Custom::default(), Timestamp::UNIX_EPOCH)
}

fn done(task: &str, users: Vec<UserId>) -> Task {
    let users: Vec<User> = users.into_iter().map(user).collect();
    fixtures::completed_task(task, &TaskUsers::new(users))
}

fn unreachable() -> Result<Task> {
    Err(Error::builder(ErrorKind::Connect).operation("get_task").build())
}

fn unknown() -> Result<Task> {
    let error = ApiError::new(ErrorCode::DOES_NOT_EXIST, 404, "Can't find task");
    Err(Error::builder(ErrorKind::Api).api(error).build())
}

const IDS: [&str; 4] = ["ada", "bob", "cleo", "dan"];

#[tokio::test]
async fn a_task_may_take_long_and_the_service_may_be_away_in_between() {
    let tasks = Tasks::new(|task, asked, users| match asked {
        // Some ten minutes each, at two seconds a question.
        5 | 305 | 605 => unreachable(),
        900.. => Ok(done(task, users)),
        _ => Ok(fixtures::running_task(task)),
    });
    let bulk = Bulk::new(&tasks).patience(Duration::from_secs(300));
    let (results, end) = tasks.deactivate(bulk, &IDS).await;
    assert!(end.is_complete(), "{end:?}");
    assert!(results.len() == 4 && results.iter().all(|result| result.outcome.is_ok()));
    assert!(tasks.passed() > Duration::from_secs(1_500));
    assert_eq!(tasks.started().len(), 1);
}

#[tokio::test]
async fn a_service_that_goes_away_while_a_task_works_is_waited_for_as_long_as_the_patience() {
    let tasks = Tasks::new(|task, asked, _| match asked {
        0 => Ok(fixtures::running_task(task)),
        _ => unreachable(),
    });
    let bulk = Bulk::new(&tasks).patience(Duration::from_secs(300));
    let (results, end) = tasks.deactivate(bulk, &IDS).await;
    assert!(results.is_empty());
    assert!(matches!(&*end, BulkEnd::Failed(BulkError::Api(error)) if error.is_connect()));
    assert!(tasks.passed() < Duration::from_secs(400), "{:?}", tasks.passed());
    assert_eq!(tasks.started().len(), 1);
}

#[tokio::test]
async fn a_task_that_is_not_known_yet_is_asked_for_again_and_one_that_is_gone_started_again() {
    let tasks = Tasks::new(|task, asked, users| match (task, asked) {
        ("task-0", 0 | 1) => unknown(),
        _ => Ok(done(task, users)),
    });
    let (results, end) = tasks.deactivate(Bulk::new(&tasks), &IDS).await;
    assert!(end.is_complete() && results.len() == 4);
    assert_eq!(tasks.started().len(), 1);

    let tasks = Tasks::new(|task, _, users| match task {
        "task-0" => unknown(),
        _ => Ok(done(task, users)),
    });
    let (results, end) = tasks.deactivate(Bulk::new(&tasks), &IDS).await;
    assert!(end.is_complete() && results.len() == 4);
    assert_eq!(tasks.started().len(), 2);

    // A service that never knows its tasks is not asked for ever, and not without waits.
    let tasks = Tasks::new(|_, _, _| unknown());
    let bulk = Bulk::new(&tasks).patience(Duration::from_secs(300));
    let (results, end) = tasks.deactivate(bulk, &IDS).await;
    assert!(results.is_empty());
    assert!(matches!(&*end, BulkEnd::Failed(BulkError::Api(error)) if error.is_not_found()));
    assert!(tasks.started().len() < 20, "{}", tasks.started().len());
}

#[tokio::test]
async fn who_was_deactivated_already_where_a_task_failed_is_done() {
    let tasks = Tasks::new(|task, _, users| {
        let known = users.iter().any(|id| *id == "bob");
        let refused = users.iter().any(|id| *id == "dan");
        let reason = match (known, refused) {
            (true, _) => "user bob is already deactivated",
            (_, true) => "user dan is unknown",
            _ => return Ok(done(task, users)),
        };
        Ok(fixtures::failed_task(task, TaskError::new("input", reason)))
    });
    let (results, end) = tasks.deactivate(Bulk::new(&tasks), &IDS).await;
    assert!(end.is_complete());
    let failed: Vec<_> = results.iter().filter(|result| result.outcome.is_err()).collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!(failed[0].id.as_ref().unwrap().as_str(), "dan");
    let bob = results[1].outcome.as_ref().unwrap();
    assert!(bob.deactivated_at.is_some());
}

/// The part of rows that hold these ids.
fn part(first: u64, ids: &[&str]) -> Part {
    let mut digest = DigestBuilder::new();
    for (number, id) in (first..).zip(ids) {
        let json = serde_json::to_vec(id).unwrap();
        digest.row(number, Digest::of_row(true, &json));
    }
    Part::new(
        first,
        first + ids.len() as u64 - 1,
        ids.len() as u64,
        digest.finish(),
    )
}

#[tokio::test]
async fn the_next_run_follows_a_task_and_starts_it_for_nobody_else() {
    // The task of the earlier run is about the last row, about the last two, about those in the middle, about all.
    for (begin, end, max_batch) in [
        (3, 4, 100),
        (2, 4, 100),
        (1, 3, 100),
        (0, 4, 100),
        (2, 4, 1),
        (1, 3, 1),
    ] {
        let tasks = Tasks::new(move |task, _, users| {
            if task == "earlier" {
                let users = IDS[begin..end].iter().map(|id| UserId::from(*id)).collect();
                return Ok(done(task, users));
            }
            Ok(done(task, users))
        });
        let journal = Arc::new(MemoryJournal::new());
        let how = DeactivateUsers::new(None::<UserId>);
        let purpose = Purpose::new("deactivate_users").options(serde_json::to_string(&how).unwrap());
        journal.open(&purpose).await.unwrap();
        let started = JournalEntry::Started {
            part: part(begin as u64 + 1, &IDS[begin..end]),
            task_id: "earlier".into(),
        };
        journal.append(&[started]).await.unwrap();

        let bulk = Bulk::new(&tasks)
            .max_batch(max_batch)
            .journal(Arc::clone(&journal));
        let (results, ends) = tasks.deactivate(bulk, &IDS).await;
        let which = format!("rows {begin} to {end}, batches of {max_batch}");
        assert!(ends.is_complete(), "{which}: {ends:?}");
        assert_eq!(results.len(), 4, "{which}");
        for result in &results {
            let outcome = result
                .outcome
                .as_ref()
                .unwrap_or_else(|error| panic!("{which}: {error}"));
            assert_eq!(Some(&outcome.id), result.id.as_ref());
        }
        for id in tasks.started().iter().flatten() {
            assert!(
                !IDS[begin..end].contains(&id.as_str()),
                "{which}: {id} was started again"
            );
        }
    }
}
