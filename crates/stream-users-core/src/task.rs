//! [`TaskHandle`]: following a task of the service to its end. The task itself is the model's.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::de::DeserializeOwned;
use stream_users_model::{GetTask, Task, TaskId, TaskStatus};

use crate::client::decode::from_json;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::response::Response;

/// No shorter interval is kept: it would ask without a pause.
const SHORTEST: Duration = Duration::from_millis(1);

/// How often to ask for a task, and how long.
///
/// By default: after 200 ms, then after twice as long up to 2 s, for at most 5 minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct PollPolicy {
    first: Duration,
    max: Duration,
    timeout: Duration,
}

impl PollPolicy {
    /// The defaults.
    pub const fn new() -> Self {
        Self {
            first: Duration::from_millis(200),
            max: Duration::from_secs(2),
            timeout: Duration::from_secs(300),
        }
    }

    /// Waits `first` before the second question, then twice as long each time up to `max`.
    pub const fn interval(mut self, first: Duration, max: Duration) -> Self {
        self.first = first;
        self.max = max;
        self
    }

    /// Gives up after this time, with a last question at its end.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

impl Default for PollPolicy {
    fn default() -> Self {
        Self::new()
    }
}

type Ask<'a> = dyn Fn(GetTask) -> BoxFuture<'a, Result<Response<Task>>> + Send + Sync + 'a;

/// A task of the service that ends with an `R`.
///
/// [`UsersApiExt::task`](crate::UsersApiExt::task) makes one. It holds nothing but the task's id and a way to ask, so
/// that it can be dropped and made again, also in another process.
pub struct TaskHandle<'a, R> {
    id: TaskId,
    ask: Box<Ask<'a>>,
    clock: Result<Arc<dyn Clock>>,
    policy: PollPolicy,
    result: PhantomData<fn() -> R>,
}

impl<'a, R: DeserializeOwned> TaskHandle<'a, R> {
    /// A handle that asks with `ask` and waits by `clock`; for authors of other SDKs.
    pub fn new(
        id: TaskId,
        clock: Result<Arc<dyn Clock>>,
        ask: impl Fn(GetTask) -> BoxFuture<'a, Result<Response<Task>>> + Send + Sync + 'a,
    ) -> Self {
        Self {
            id,
            ask: Box::new(ask),
            clock,
            policy: PollPolicy::new(),
            result: PhantomData,
        }
    }

    /// The same handle, asking by another policy.
    #[must_use]
    pub fn with_policy(mut self, policy: PollPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// The id of the task.
    #[must_use]
    pub fn id(&self) -> &TaskId {
        &self.id
    }

    /// Asks once.
    ///
    /// # Errors
    /// Those of `get_task`.
    pub async fn poll(&self) -> Result<Task> {
        Ok((self.ask)(GetTask::new(self.id.clone())).await?.body)
    }

    /// Asks until the task has ended, and returns what it ended with.
    ///
    /// A failed question ends the waiting, after the client's own retries; the task goes on, and can be waited for
    /// again.
    ///
    /// # Errors
    /// `Task` where the task failed or did not end in time ([`Error::task`] has it; what it did before stays done),
    /// `Decode` where its result is not an `R`, else those of `get_task`.
    pub async fn wait(&self) -> Result<R> {
        let task = self.wait_for_end().await?;
        let Some(result) = &task.result else {
            return Err(task_error("the task completed without a result", task));
        };
        from_json(result.as_json()).map_err(|message| {
            Error::builder(ErrorKind::Decode)
                .operation("get_task")
                .message(format!("the result of the task could not be read: {message}"))
                .build()
        })
    }

    async fn wait_for_end(&self) -> Result<Task> {
        let clock = self.clock.as_ref().map_err(|error| {
            Error::builder(error.kind())
                .operation("get_task")
                .message(error.to_string())
                .build()
        })?;
        let start = clock.monotonic();
        let mut interval = self.policy.first.max(SHORTEST);
        loop {
            let task = self.poll().await?;
            match task.status {
                TaskStatus::Completed => return Ok(task),
                TaskStatus::Failed => {
                    let reason = match &task.error {
                        Some(error) => format!(
                            "the task {} failed: {}: {}",
                            self.id, error.kind, error.description
                        ),
                        None => format!("the task {} failed", self.id),
                    };
                    return Err(task_error(reason, task));
                }
                _ => {}
            }
            let elapsed = clock.monotonic().saturating_sub(start);
            let left = self.policy.timeout.saturating_sub(elapsed);
            if left.is_zero() {
                let text = format!(
                    "the task {} has not ended after {elapsed:.1?}; it is {}",
                    self.id, task.status
                );
                return Err(task_error(text, task));
            }
            clock.sleep(interval.min(left)).await;
            interval = interval.saturating_mul(2).min(self.policy.max.max(SHORTEST));
        }
    }
}

fn task_error(message: impl Into<String>, task: Task) -> Error {
    Error::builder(ErrorKind::Task)
        .operation("get_task")
        .message(message)
        .task(task)
        .build()
}

impl<R> fmt::Debug for TaskHandle<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskHandle")
            .field("id", &self.id)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
