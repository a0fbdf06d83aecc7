//! [`TaskHandle`]: following a task of the service to its end. The task itself is the model's.

mod policy;
mod progress;
mod questions;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::de::DeserializeOwned;
use stream_users_model::{GetTask, Task, TaskId, TaskStatus};

pub use self::policy::PollPolicy;
pub use self::progress::TaskProgress;
use self::questions::Questions;
use crate::client::decode::from_json;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::response::Response;

type Ask<'a> = dyn Fn(GetTask) -> BoxFuture<'a, Result<Response<Task>>> + Send + Sync + 'a;

/// A task of the service that ends with an `R`; one that ends with nothing has the result `()`.
///
/// [`UsersApiExt::task`](crate::UsersApiExt::task) makes one. It holds nothing but the task's id and a way to ask, so
/// that it can be dropped and made again, also in another process.
pub struct TaskHandle<'a, R> {
    id: TaskId,
    ask: Arc<Ask<'a>>,
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
            ask: Arc::new(ask),
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
    /// A question that fails is asked again as the [policy](PollPolicy) says, also after a longer wait where the service
    /// asks for one. Whatever ends the waiting, the task goes on and can be waited for again; that the future is dropped
    /// leaves nothing behind.
    ///
    /// # Errors
    /// `Task` where the task failed or did not end in time ([`Error::task`] has it; what it did before stays done),
    /// `Decode` where its result is not an `R`, else those of `get_task`.
    pub async fn wait(&self) -> Result<R> {
        let mut questions = self.questions()?;
        let task = loop {
            let task = questions.next().await?;
            if task.status.is_terminal() {
                break task;
            }
        };
        if task.status == TaskStatus::Failed {
            let reason = match &task.error {
                Some(error) => format!(
                    "the task {} failed: {}: {}",
                    self.id, error.kind, error.description
                ),
                None => format!("the task {} failed", self.id),
            };
            return Err(task_error(reason, task));
        }
        let Some(result) = &task.result else {
            // Some kinds of tasks end with nothing.
            return serde_json::from_str("null")
                .map_err(|_| task_error("the task completed without a result", task));
        };
        from_json(result.as_json()).map_err(|message| {
            Error::builder(ErrorKind::Decode)
                .operation("get_task")
                .message(format!("the result of the task could not be read: {message}"))
                .build()
        })
    }

    /// The states that the task goes through: a stream that asks by the handle's policy, and hands a state out where it
    /// is another than before.
    ///
    /// The last is the one that the task ended in, `completed` or `failed`. It ends with an error where [`wait`](Self::wait)
    /// would, but for a task that failed.
    pub fn progress(&self) -> TaskProgress<'a> {
        TaskProgress::new(self.questions())
    }

    fn questions(&self) -> Result<Questions<'a>> {
        let clock = self.clock.as_ref().map_err(|error| {
            Error::builder(error.kind())
                .operation("get_task")
                .message(error.to_string())
                .build()
        })?;
        Ok(Questions::new(
            self.id.clone(),
            Arc::clone(&self.ask),
            Arc::clone(clock),
            self.policy,
        ))
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
