//! [`Case`]: what one rule is checked with, and how it says what was seen. The rules themselves stand in files of their own.

use std::fmt::{Debug, Display};
use std::sync::Arc;
use std::time::Duration;

use stream_users_core::{Error, PollPolicy, Random, Result, UsersApi, UsersApiExt};
use stream_users_model::{ErrorCode, StartedTask, UpsertUsers, User, UserId, UserRequest};

use super::options::Options;
use crate::conformance::{Broken, Outcome};

/// The end of a check before its time.
#[derive(Debug)]
pub(super) enum Stop {
    /// The rule is broken.
    Broken(Broken),
    /// The rule needs an operation that the implementation leaves out on purpose.
    LeftOut(&'static str),
}

pub(super) type Checked<T = ()> = std::result::Result<T, Stop>;

/// What the check of a rule comes to.
pub(super) fn outcome(checked: Checked) -> Outcome {
    match checked {
        Ok(()) => Ok(()),
        Err(Stop::Broken(broken)) => Err(broken),
        Err(Stop::LeftOut(operation)) => {
            #[allow(clippy::print_stderr, reason = "that is where a test's reader looks")]
            {
                eprintln!("not looked at: it needs `{operation}`, which `Options::without` names");
            }
            Ok(())
        }
    }
}

/// What one rule is checked with: the implementation, and ids that nobody else has.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) api: Arc<dyn UsersApi>,
    pub(super) options: Options,
    run: String,
}

impl Case {
    pub(super) fn new(api: Arc<dyn UsersApi>, options: Options, rule: usize) -> Self {
        let random = match options.seed {
            // Each rule has ids of its own also where all have one seed.
            Some(seed) => Random::seeded(seed.wrapping_mul(1_000).wrapping_add(rule as u64)),
            None => Random::new(),
        };
        let run = random.request_id().replace('-', "")[..12].to_owned();
        Self { api, options, run }
    }

    /// An id that nobody has; those of one rule are ordered as their names are.
    pub(super) fn id(&self, name: impl Display) -> UserId {
        UserId::from(format!("conformance-{}-{name}", self.run))
    }

    pub(super) fn ids(&self, names: &[&str]) -> Vec<UserId> {
        names.iter().map(|name| self.id(name)).collect()
    }

    /// The answer of a call that must succeed.
    pub(super) async fn ok<T>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T>>,
    ) -> Checked<T> {
        call.await.map_err(|error| {
            if self.leaves_out(operation) {
                Stop::LeftOut(operation)
            } else {
                Stop::Broken(Broken::new(
                    format!("`{operation}` failed: {error}"),
                    "that it succeeds",
                ))
            }
        })
    }

    /// The error of a call that must fail; `expected` says how.
    pub(super) async fn refused<T>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T>>,
        expected: &str,
    ) -> Checked<Error> {
        match call.await {
            _ if self.leaves_out(operation) => Err(Stop::LeftOut(operation)),
            Ok(_) => Err(Stop::Broken(Broken::new(
                format!("`{operation}` succeeded"),
                expected,
            ))),
            Err(error) => Ok(error),
        }
    }

    /// A call that must be refused because the user, or the thing, does not exist.
    pub(super) async fn not_found<T>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T>>,
        who: &str,
    ) -> Checked {
        let expected = format!("an error for {who} for which `is_not_found` holds: code 16, status 404");
        let error = self.refused(operation, call, &expected).await?;
        that(error.is_not_found(), || {
            (format!("`{operation}` failed: {error}"), expected)
        })
    }

    /// A call that must be refused as wrong.
    pub(super) async fn wrong<T>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T>>,
        what: &str,
    ) -> Checked {
        let expected = format!("a refusal of {what} with code 4");
        let error = self.refused(operation, call, &expected).await?;
        that(error.code() == Some(ErrorCode::INPUT), || {
            (format!("`{operation}` failed: {error}"), expected)
        })
    }

    /// Creates or replaces these users.
    pub(super) async fn upsert(&self, users: impl IntoIterator<Item = UserRequest>) -> Checked<Vec<User>> {
        let request = UpsertUsers::new(users);
        let answer = match &self.options.writer {
            Some(writer) if self.leaves_out("upsert_users") => {
                let refused = |error: Error| {
                    let seen = format!("the writer of `Options::prepared_by` failed: {error}");
                    Stop::Broken(Broken::new(seen, "that it creates users"))
                };
                writer.upsert_users(request).await.map_err(refused)?
            }
            _ => self.ok("upsert_users", self.api.upsert_users(request)).await?,
        };
        Ok(answer.body.users.into_iter().collect())
    }

    /// Creates users with these ids, each with its id for a name.
    pub(super) async fn create(&self, ids: impl IntoIterator<Item = &UserId>) -> Checked<Vec<User>> {
        let user = |id: &UserId| UserRequest::new(id).name(id.as_str());
        self.upsert(ids.into_iter().map(user)).await
    }

    /// The user of an id, also a deactivated one.
    pub(super) async fn find(&self, id: &UserId) -> Checked<Option<User>> {
        self.ok("query_users", self.api.get_user(id)).await
    }

    /// The user of an id, which must be there.
    pub(super) async fn found(&self, id: &UserId) -> Checked<User> {
        let found = self.find(id).await?;
        found.ok_or_else(|| {
            Stop::Broken(Broken::new(
                format!("`query_users` finds nobody with the id {id:?}"),
                "the user, who is there",
            ))
        })
    }

    /// What a task ends with.
    pub(super) async fn finished<R: serde::de::DeserializeOwned>(
        &self,
        started: &StartedTask<R>,
    ) -> Checked<R> {
        // Quick where tasks are, and polite where they are not.
        let policy = PollPolicy::new()
            .interval(Duration::from_millis(1), Duration::from_millis(500))
            .timeout(Duration::from_secs(40));
        let task = self.api.task(started).with_policy(policy);
        self.ok("get_task", task.wait()).await
    }

    /// Whether the implementation leaves the operation out on purpose.
    pub(super) fn leaves_out(&self, operation: &str) -> bool {
        self.options.without.contains(&operation)
    }
}

/// Goes on where `holds`; else says what was seen and what was expected.
pub(super) fn that<S: Into<String>, E: Into<String>>(holds: bool, words: impl FnOnce() -> (S, E)) -> Checked {
    if holds {
        return Ok(());
    }
    let (seen, expected) = words();
    Err(Stop::Broken(Broken::new(seen, expected)))
}

/// Goes on where what was seen is what was expected; `what` names it.
pub(super) fn same<S: PartialEq<E> + Debug, E: Debug>(what: &str, seen: &S, expected: &E) -> Checked {
    that(seen == expected, || {
        (format!("{what}: {seen:?}"), format!("{expected:?}"))
    })
}
