//! [`TaskHandle`]: following a task to its end. How often to ask is decided in the core.

use std::fmt;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use stream_users_core::model::{Custom, CustomData, Task, TaskId};
use stream_users_core::{PollPolicy, Result, UsersApiExt as _};

use crate::users::Users;

/// A task of the service that ends with an `R`; made by [`Users::task`].
///
/// It holds the task's id and a handle to ask with, so that it can be dropped and made again, also in another process.
pub struct TaskHandle<R, C: CustomData = Custom> {
    users: Users<C>,
    id: TaskId,
    policy: PollPolicy,
    result: PhantomData<fn() -> R>,
}

impl<R: DeserializeOwned + Send + 'static, C: CustomData> TaskHandle<R, C> {
    pub(crate) fn new(users: &Users<C>, id: TaskId) -> Self {
        Self {
            users: users.clone(),
            id,
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
    /// Those of [`Users::get_task`].
    pub fn poll(&self) -> Result<Task> {
        let id = self.id.clone();
        self.users
            .call(move |api| async move { api.task_by_id::<R>(id).poll().await })
    }

    /// Asks until the task has ended, and returns what it ended with.
    ///
    /// A failed question ends the waiting, after the client's own retries; the task goes on, and can be waited for
    /// again.
    ///
    /// # Errors
    /// `Task` where the task failed or did not end in time (`Error::task` has it), `Decode` where its result is not an
    /// `R`, else those of [`Users::get_task`].
    pub fn wait(&self) -> Result<R> {
        let (id, policy) = (self.id.clone(), self.policy);
        self.users
            .call(move |api| async move { api.task_by_id(id).with_policy(policy).wait().await })
    }
}

impl<R, C: CustomData> fmt::Debug for TaskHandle<R, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskHandle")
            .field("id", &self.id)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
