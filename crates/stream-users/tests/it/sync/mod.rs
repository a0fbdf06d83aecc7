//! Synchronization, with the emulator on the other end.

mod crowd;
mod gone;
mod input;
mod law;
mod meanwhile;
mod merge;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use stream_users::bulk::{self, Row};
use stream_users::prelude::*;
use stream_users::sync::{SyncChange, SyncEnd, SyncReport, UserSync};
use stream_users::{
    DeactivateUsers, DeleteUsers, DeletedUsers, PollPolicy, QueriedUsers, ReactivateUsers, Response, Result,
    ServiceTransport, StartedTask, TaskUsers, UpsertedUsers,
};
use stream_users_emulator::{Emulator, EmulatorService};

/// A local Stream that counts which users are written by which operation.
#[derive(Debug)]
struct Stage {
    stream: EmulatorService,
    users: Users,
    written: Mutex<BTreeMap<&'static str, Vec<String>>>,
    /// What is done once, before the first write.
    before_writing: Mutex<Option<Value>>,
    /// What is done once, before new users are looked for by their ids.
    before_looking: Mutex<Option<Value>>,
}

impl Stage {
    /// A Stream with these users.
    fn new(users: impl IntoIterator<Item = Value>) -> Self {
        let stream = Emulator::builder()
            .task_latency(Duration::ZERO)
            .seed(json!({ "users": users.into_iter().collect::<Vec<_>>() }))
            .build()
            .unwrap();
        let client = Client::builder(stream.api_key()).server(stream.api_secret());
        let client = client
            .transport(ServiceTransport::new(stream.clone()))
            .build()
            .unwrap();
        Self {
            stream,
            users: client.users(),
            written: Mutex::default(),
            before_writing: Mutex::default(),
            before_looking: Mutex::default(),
        }
    }

    fn sync(&self) -> UserSync<Custom, &Self> {
        let often = PollPolicy::new().interval(Duration::from_millis(1), Duration::from_millis(2));
        UsersApiExt::sync(self).poll_policy(often)
    }

    fn note(&self, operation: &'static str, ids: impl IntoIterator<Item = impl ToString>) {
        if let Some(seed) = self.before_writing.lock().unwrap().take() {
            self.stream.seed(&seed).unwrap();
        }
        let mut written = self.written.lock().unwrap();
        let all = written.entry(operation).or_default();
        all.extend(ids.into_iter().map(|id| id.to_string()));
    }

    /// Who was written since this was asked, by operation.
    fn written(&self) -> BTreeMap<&'static str, Vec<String>> {
        std::mem::take(&mut *self.written.lock().unwrap())
    }

    /// All users as the emulator keeps them, without the times of their changes.
    fn state(&self) -> BTreeMap<String, Value> {
        let state = self.stream.state().unwrap();
        let deleted = state["deleted_ids"].as_object().unwrap();
        let users = state["users"].as_array().unwrap().iter().map(|user| {
            let mut user = user.clone();
            let fields = user.as_object_mut().unwrap();
            fields.remove("created_at");
            fields.remove("updated_at");
            for time in ["deactivated_at", "deleted_at"] {
                if let Some(time) = fields.get_mut(time) {
                    *time = json!("a time");
                }
            }
            if let Some(teams) = fields.get_mut("teams").and_then(Value::as_array_mut) {
                teams.sort_by_key(ToString::to_string);
            }
            (fields["id"].as_str().unwrap().to_owned(), user)
        });
        let mut users: BTreeMap<String, Value> = users.collect();
        for (id, mode) in deleted {
            users.insert(id.clone(), mode.clone());
        }
        users
    }
}

#[async_trait]
impl UsersApi for Stage {
    async fn upsert_users(&self, request: UpsertUsers) -> Result<Response<UpsertedUsers>> {
        self.note("upsert_users", request.users.iter().map(|user| user.id.clone()));
        self.users.upsert_users(request).await
    }

    async fn update_users_partial(&self, request: UpdateUsersPartial) -> Result<Response<UpsertedUsers>> {
        let ids = request.users.iter().map(|patch| patch.id.clone());
        self.note("update_users_partial", ids);
        self.users.update_users_partial(request).await
    }

    async fn deactivate_users(&self, request: DeactivateUsers) -> Result<Response<StartedTask<TaskUsers>>> {
        self.note("deactivate_users", &request.user_ids);
        self.users.deactivate_users(request).await
    }

    async fn reactivate_users(&self, request: ReactivateUsers) -> Result<Response<StartedTask<TaskUsers>>> {
        self.note("reactivate_users", &request.user_ids);
        self.users.reactivate_users(request).await
    }

    async fn delete_users(&self, request: DeleteUsers) -> Result<Response<StartedTask<DeletedUsers>>> {
        self.note("delete_users", &request.user_ids);
        self.users.delete_users(request).await
    }

    async fn query_users(&self, request: QueryUsers) -> Result<Response<QueriedUsers>> {
        let filter = serde_json::to_string(&request.filter).unwrap();
        if filter.contains("$in") {
            if let Some(seed) = self.before_looking.lock().unwrap().take() {
                self.stream.seed(&seed).unwrap();
            }
        }
        self.users.query_users(request).await
    }

    fn inner(&self) -> Option<&dyn UsersApi> {
        Some(&self.users)
    }
}

/// Runs a synchronization to its good end.
async fn run(
    sync: UserSync<Custom, &Stage>,
    wanted: impl IntoIterator<Item = UserRequest>,
) -> (SyncReport, Vec<SyncChange>) {
    let (report, changes, end) = try_run(sync, rows(wanted)).await;
    assert!(matches!(end, SyncEnd::Complete), "{end:?}");
    (report, changes)
}

fn rows(wanted: impl IntoIterator<Item = UserRequest>) -> Vec<Row<UserRequest>> {
    let rows = (1..).zip(wanted);
    rows.map(|(number, user)| Row::new(number, user)).collect()
}

async fn try_run(
    sync: UserSync<Custom, &Stage>,
    wanted: Vec<Row<UserRequest>>,
) -> (SyncReport, Vec<SyncChange>, SyncEnd) {
    let mut run = sync.users(bulk::iter(wanted));
    let mut changes = Vec::new();
    while let Some(change) = run.next().await {
        changes.push(change);
    }
    let report = run.report().clone();
    (report, changes, run.into_end().unwrap())
}
