//! Tasks that are known from a journal, are forgotten or take long, and a service that is away while they are followed; and
//! what a stop leaves unsent.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use proptest::prelude::*;
use serde_json::json;
use stream_users::bulk::journal::{
    Digest, DigestBuilder, Journal as _, JournalEntry, MemoryJournal, Part, Purpose,
};
use stream_users::bulk::{self, BulkEnd, BulkError, BulkStopper, Rejected, Row};
use stream_users::prelude::*;
use stream_users::testing::ManualClock;
use stream_users::{
    ApiError, Clock, DeletedUsers, ErrorCode, RawJson, Result, StartedTask, Task, TaskStatus, UpsertedUsers,
};

/// What stands in the way of the answer to a call of this number, from 1: nothing, or an error.
type Trouble = dyn Fn(usize) -> Option<Error> + Send + Sync;

/// A service in memory.
struct Service {
    clock: ManualClock,
    /// Of questions after tasks.
    trouble: Box<Trouble>,
    /// Of upserts, which are not applied then.
    refuses: Box<Trouble>,
    /// How many times a task must be asked for until it has ended.
    questions_of_task: usize,
    asked: Mutex<BTreeMap<String, usize>>,
    questions: Mutex<usize>,
    tasks: Mutex<BTreeMap<String, Vec<String>>>,
    /// The ids of each request.
    calls: Mutex<Vec<Vec<String>>>,
}

impl Service {
    fn new() -> Self {
        Self {
            clock: ManualClock::auto_advance(),
            trouble: Box::new(|_| None),
            refuses: Box::new(|_| None),
            questions_of_task: 2,
            asked: Mutex::default(),
            questions: Mutex::default(),
            tasks: Mutex::default(),
            calls: Mutex::default(),
        }
    }

    fn trouble(mut self, trouble: impl Fn(usize) -> Option<Error> + Send + Sync + 'static) -> Self {
        self.trouble = Box::new(trouble);
        self
    }

    fn refuses(mut self, trouble: impl Fn(usize) -> Option<Error> + Send + Sync + 'static) -> Self {
        self.refuses = Box::new(trouble);
        self
    }

    fn calls(&self) -> Vec<Vec<String>> {
        self.calls.lock().unwrap().clone()
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Service")
    }
}

fn not_found() -> Error {
    let refusal = ApiError::new(ErrorCode::DOES_NOT_EXIST, 404, "Can't find task with id");
    Error::builder(ErrorKind::Api).api(refusal).build()
}

fn away() -> Error {
    Error::builder(ErrorKind::Connect).build()
}

#[async_trait]
impl UsersApi for Service {
    async fn delete_users(&self, request: DeleteUsers) -> Result<Response<StartedTask<DeletedUsers>>> {
        let ids: Vec<String> = request.user_ids.iter().map(ToString::to_string).collect();
        self.calls.lock().unwrap().push(ids.clone());
        let mut tasks = self.tasks.lock().unwrap();
        let task = format!("new-{}", tasks.len());
        tasks.insert(task.clone(), ids);
        Ok(Response::new(StartedTask::new(task)))
    }

    async fn get_task(&self, request: GetTask) -> Result<Response<Task>> {
        let question = {
            let mut questions = self.questions.lock().unwrap();
            *questions += 1;
            *questions
        };
        if let Some(error) = (self.trouble)(question) {
            return Err(error);
        }
        let id = request.id.to_string();
        let ids = self
            .tasks
            .lock()
            .unwrap()
            .get(&id)
            .cloned()
            .ok_or_else(not_found)?;
        let mut asked = self.asked.lock().unwrap();
        let asked = asked.entry(id).or_default();
        *asked += 1;
        if *asked < self.questions_of_task {
            let task = Task::new(request.id, TaskStatus::Running, Timestamp::UNIX_EPOCH);
            return Ok(Response::new(task));
        }
        let mut task = Task::new(request.id, TaskStatus::Completed, Timestamp::UNIX_EPOCH);
        let users: BTreeMap<_, _> = ids.into_iter().map(|id| (id, json!({"status": "ok"}))).collect();
        task.result = Some(RawJson::from_serialize(&users).unwrap());
        Ok(Response::new(task))
    }

    async fn upsert_users(&self, request: UpsertUsers) -> Result<Response<UpsertedUsers>> {
        let ids = request.users.iter().map(|user| user.id.to_string()).collect();
        let call = {
            let mut calls = self.calls.lock().unwrap();
            calls.push(ids);
            calls.len()
        };
        // Whoever called reads on meanwhile.
        tokio::task::yield_now().await;
        if let Some(error) = (self.refuses)(call) {
            return Err(error);
        }
        let users = request.users.into_iter();
        let users = users.map(|user| User::new(user.id, Custom::default(), Timestamp::UNIX_EPOCH));
        Ok(Response::new(UpsertedUsers::new(users)))
    }

    fn clock(&self) -> Result<Arc<dyn Clock>> {
        Ok(Arc::new(self.clock.clone()))
    }
}

fn how() -> DeleteUsers {
    DeleteUsers::new(None::<UserId>)
}

fn id(number: u64) -> String {
    format!("user-{number}")
}

/// The row `number`, of use or not.
fn row(number: u64, is_good: bool) -> Row<UserId> {
    if is_good {
        Row::new(number, UserId::from(id(number)))
    } else {
        Row::rejected(number, Rejected::new("not an id"))
    }
}

fn part(rows: &[Row<UserId>]) -> Part {
    let mut digest = DigestBuilder::new();
    for row in rows {
        let content = match &row.item {
            Ok(id) => serde_json::to_vec(id).unwrap(),
            Err(rejected) => [b"\0", rejected.reason.as_bytes()].concat(),
        };
        digest.row(row.number, Digest::of_row(row.item.is_ok(), &content));
    }
    Part::new(
        rows[0].number,
        rows[rows.len() - 1].number,
        rows.len() as u64,
        digest.finish(),
    )
}

/// What an earlier run left of some consecutive rows.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Left {
    Nothing,
    Started,
    /// The service has forgotten the task.
    Forgotten,
    Done,
}

fn left() -> impl Strategy<Value = (Left, usize)> {
    let left = prop_oneof![
        3 => Just(Left::Nothing),
        3 => Just(Left::Started),
        1 => Just(Left::Forgotten),
        2 => Just(Left::Done),
    ];
    (left, prop_oneof![Just(1_usize), 1..6_usize])
}

/// A journal that holds what was left, and the tasks that the service knows.
async fn journal(rows: &[Row<UserId>], parts: &[(Left, usize)], service: &Service) -> Arc<MemoryJournal> {
    let journal = Arc::new(MemoryJournal::new());
    let purpose = Purpose::new("delete_users").options(serde_json::to_string(&how()).unwrap());
    journal.open(&purpose).await.unwrap();
    let mut begin = 0;
    for (number, (left, length)) in parts.iter().enumerate() {
        let rows = &rows[begin..begin + length];
        begin += length;
        let (part, ids) = (
            part(rows),
            rows.iter().filter_map(|row| row.id().map(ToString::to_string)),
        );
        let task_id = format!("old-{number}");
        let entry = match left {
            Left::Nothing => continue,
            Left::Done => JournalEntry::Done { part, failed: 0 },
            Left::Started => {
                service
                    .tasks
                    .lock()
                    .unwrap()
                    .insert(task_id.clone(), ids.collect());
                JournalEntry::Started {
                    part,
                    task_id: task_id.into(),
                }
            }
            Left::Forgotten => JournalEntry::Started {
                part,
                task_id: task_id.into(),
            },
        };
        journal.append(&[entry]).await.unwrap();
    }
    journal
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_a_journal_knows_is_not_started_again_whatever_the_size_of_batches(
        parts in prop::collection::vec(left(), 1..12),
        bad in prop::collection::btree_set(0..60_u64, 0..20),
        batch in 1..8_usize,
        in_flight in 1..4_usize,
    ) {
        block_on(async {
            let length: usize = parts.iter().map(|(_, length)| length).sum();
            let rows: Vec<_> = (1..=length as u64).map(|number| row(number, !bad.contains(&number))).collect();
            let service = Service::new();
            let journal = journal(&rows, &parts, &service).await;
            let bulk = service.bulk().max_batch(batch).max_in_flight(in_flight).journal(Arc::clone(&journal));
            let mut run = bulk.delete_users(how(), bulk::iter(rows.clone()));
            let mut results = BTreeMap::new();
            while let Some(result) = run.next().await {
                prop_assert!(results.insert(result.number, result.outcome.is_ok()).is_none());
            }
            prop_assert!(run.end().unwrap().is_complete(), "{:?}", run.end());
            let of_rows = parts.iter().flat_map(|(left, length)| std::iter::repeat_n(*left, *length));
            let mut to_send = BTreeSet::new();
            let mut wanted = BTreeMap::new();
            for (row, left) in rows.iter().zip(of_rows) {
                if left != Left::Done {
                    wanted.insert(row.number, row.item.is_ok());
                }
                if row.item.is_ok() && matches!(left, Left::Nothing | Left::Forgotten) {
                    to_send.insert(id(row.number));
                }
            }
            prop_assert_eq!(results, wanted);
            let sent: Vec<String> = service.calls().concat();
            prop_assert_eq!(sent.len(), to_send.len(), "{:?} of {:?}", sent, to_send);
            prop_assert_eq!(sent.into_iter().collect::<BTreeSet<_>>(), to_send);
            let done = journal.entries().into_iter().filter_map(|entry| match entry {
                JournalEntry::Done { part, .. } => Some(part.rows),
                _ => None,
            });
            prop_assert_eq!(done.sum::<u64>(), length as u64);
            Ok(())
        })?;
    }
}

fn ids(count: u64) -> impl Iterator<Item = UserId> {
    (1..=count).map(|number| UserId::from(id(number)))
}

#[tokio::test]
async fn a_task_that_is_never_found_is_started_a_bounded_number_of_times() {
    let service = Service::new().trouble(|_| Some(not_found()));
    let run = service
        .bulk()
        .patience(Duration::from_secs(60))
        .delete_users(how(), bulk::iter(ids(3)));
    let (progress, end) = run.finish().await;
    let BulkEnd::Failed(BulkError::Api(error)) = &*end.unwrap() else {
        panic!()
    };
    assert!(error.is_not_found(), "{error}");
    assert_eq!((progress.done, progress.failed), (0, 0));
    assert!((2..10).contains(&service.calls().len()), "{:?}", service.calls());
}

#[tokio::test]
async fn a_task_that_is_not_seen_at_once_is_not_started_twice() {
    let service = Service::new().trouble(|question| (question <= 2).then(not_found));
    let (progress, end) = service
        .bulk()
        .delete_users(how(), bulk::iter(ids(3)))
        .finish()
        .await;
    assert!(end.unwrap().is_complete());
    assert_eq!((progress.done, service.calls().len()), (3, 1));
}

#[tokio::test]
async fn patience_and_a_stop_end_the_following_of_a_task_while_the_service_is_away() {
    let service = Service::new().trouble(|_| Some(away()));
    let run = service
        .bulk()
        .patience(Duration::from_secs(60))
        .delete_users(how(), bulk::iter(ids(3)));
    let (progress, end) = run.finish().await;
    assert!(matches!(*end.unwrap(), BulkEnd::Failed(BulkError::Api(_))));
    assert!(progress.waiting);

    let stopper: Arc<Mutex<Option<BulkStopper>>> = Arc::default();
    let stops = Arc::clone(&stopper);
    let service = Service::new().trouble(move |question| {
        if question == 5 {
            stops.lock().unwrap().as_ref().unwrap().stop();
        }
        Some(away())
    });
    let run = service
        .bulk()
        .patience(Duration::MAX)
        .delete_users(how(), bulk::iter(ids(3)));
    *stopper.lock().unwrap() = Some(run.stopper());
    let (_, end) = run.finish().await;
    assert!(matches!(*end.unwrap(), BulkEnd::Stopped));
}

#[tokio::test]
async fn a_task_may_take_longer_than_the_patience_where_questions_are_answered() {
    let mut service = Service::new().trouble(|question| (question % 5 == 0).then(away));
    service.questions_of_task = 1_000;
    let run = service
        .bulk()
        .patience(Duration::from_secs(60))
        .delete_users(how(), bulk::iter(ids(3)));
    let (progress, end) = run.finish().await;
    assert!(end.unwrap().is_complete());
    assert_eq!((progress.done, service.calls().len()), (3, 1));
    assert!(progress.retried > 100);
}

#[tokio::test]
async fn a_page_of_something_else_than_the_service_fails_nobody() {
    let service = Service::new().refuses(|call| {
        let page = b"\n<html>Sign in to this network";
        (call <= 3).then(|| Error::builder(ErrorKind::Decode).body(page).build())
    });
    let input = ids(10).map(UserRequest::new);
    let (progress, end) = service.bulk().upsert_users(bulk::iter(input)).finish().await;
    assert!(end.unwrap().is_complete());
    assert_eq!((progress.done, progress.failed, progress.requests), (10, 0, 4));
}

#[tokio::test]
async fn nothing_goes_ahead_of_what_a_stop_has_left() {
    let stopper: Arc<Mutex<Option<BulkStopper>>> = Arc::default();
    let stops = Arc::clone(&stopper);
    let service = Service::new().refuses(move |_| {
        stops.lock().unwrap().as_ref().unwrap().stop();
        Some(away())
    });
    let input = ["early", "late"].map(|name| UserRequest::new("ada").name(name));
    let bulk = service.bulk().max_batch(1);
    let run = bulk.upsert_users(bulk::iter(input));
    *stopper.lock().unwrap() = Some(run.stopper());
    let (progress, end) = run.finish().await;
    assert!(matches!(*end.unwrap(), BulkEnd::Stopped));
    assert_eq!((progress.requests, service.calls().len()), (1, 1));
}
