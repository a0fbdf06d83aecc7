//! A service in memory that fails as often as it is told to. What is tested with it belongs to the tests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use stream_users::prelude::*;
use stream_users::testing::ManualClock;
use stream_users::{ApiError, Clock, ErrorCode, Result, UpsertedUsers};

/// A service in memory that refuses what is bad, and fails as often as it is told to.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) clock: Arc<dyn Clock>,
    /// How many of ten calls fail in a way that passes.
    flaky: u32,
    /// Whom every call that holds them fails for, with the status 500.
    pub(super) poison: Option<&'static str>,
    random: Mutex<u64>,
    pub(super) users: Mutex<BTreeMap<String, String>>,
    pub(super) under_way: Mutex<BTreeSet<String>>,
    pub(super) calls: Mutex<Vec<Vec<String>>>,
}

impl Service {
    pub(super) fn new(flaky: u32, seed: u64) -> Self {
        Self {
            clock: Arc::new(ManualClock::auto_advance()),
            flaky,
            poison: None,
            random: Mutex::new(seed | 1),
            users: Mutex::default(),
            under_way: Mutex::default(),
            calls: Mutex::default(),
        }
    }

    /// A number below `bound`.
    fn draw(&self, bound: u32) -> u32 {
        let mut state = self.random.lock().unwrap();
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        u32::try_from(*state % u64::from(bound)).unwrap()
    }
}

#[async_trait]
impl UsersApi for Service {
    async fn upsert_users(&self, request: UpsertUsers) -> Result<Response<UpsertedUsers>> {
        let ids: Vec<String> = request.users.iter().map(|user| user.id.to_string()).collect();
        assert!(!ids.is_empty() && ids.len() <= 100);
        for id in &ids {
            assert!(
                self.under_way.lock().unwrap().insert(id.clone()),
                "{id} is under way twice"
            );
        }
        self.calls.lock().unwrap().push(ids.clone());
        for _ in 0..self.draw(4) {
            tokio::task::yield_now().await;
        }
        let fails = self.draw(10) < self.flaky;
        let kind = [ErrorKind::Connect, ErrorKind::Timeout, ErrorKind::Throttled][self.draw(3) as usize];
        let is_bad = request.users.iter().any(|user| user.role.is_some());
        let is_poisoned = ids.iter().any(|id| Some(id.as_str()) == self.poison);
        let is_applied = !is_bad && !is_poisoned && (!fails || kind == ErrorKind::Timeout);
        let mut users = Vec::new();
        if is_applied {
            for user in request.users {
                let name = user.name.unwrap_or_default().to_string();
                self.users.lock().unwrap().insert(user.id.to_string(), name);
                users.push(User::new(user.id, Custom::default(), Timestamp::UNIX_EPOCH));
            }
        }
        for id in &ids {
            self.under_way.lock().unwrap().remove(id);
        }
        if is_poisoned {
            let failure = ApiError::new(ErrorCode::INTERNAL, 500, "something broke");
            return Err(Error::builder(ErrorKind::Api).api(failure).build());
        }
        if fails {
            return Err(Error::builder(kind).operation("upsert_users").build());
        }
        if is_bad {
            let refusal = ApiError::new(ErrorCode::INPUT, 400, "role \"bad\" is not defined");
            return Err(Error::builder(ErrorKind::Api).api(refusal).build());
        }
        Ok(Response::new(UpsertedUsers::new(users)))
    }

    fn clock(&self) -> Result<Arc<dyn Clock>> {
        Ok(Arc::clone(&self.clock))
    }
}
