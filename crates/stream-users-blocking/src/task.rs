//! [`TaskHandle`] and [`TaskProgress`]: following a task to its end. How often to ask is decided in the core.

use std::fmt;
use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use stream_users_core::model::{Custom, CustomData, Task, TaskId};
use stream_users_core::{
    PollPolicy, Result, TaskHandle as Handle, TaskProgress as Stream, UsersApi as _, UsersApiExt as _,
};

use crate::thread::Thread;
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
    /// A question that fails is asked again as the policy says. Whatever ends the waiting, the task goes on and can be
    /// waited for again.
    ///
    /// # Errors
    /// `Task` where the task failed or did not end in time (`Error::task` has it), `Decode` where its result is not an
    /// `R`, else those of [`Users::get_task`].
    pub fn wait(&self) -> Result<R> {
        let (id, policy) = (self.id.clone(), self.policy);
        self.users
            .call(move |api| async move { api.task_by_id(id).with_policy(policy).wait().await })
    }

    /// The states that the task goes through: an iterator that asks by the handle's policy, and hands a state out where it
    /// is another than before.
    ///
    /// The last is the one that the task ended in, `completed` or `failed`. It ends with an error where
    /// [`wait`](Self::wait) would, but for a task that failed.
    pub fn progress(&self) -> TaskProgress<C> {
        let api = Arc::clone(self.users.api());
        let clock = api.clock();
        let ask = move |request| -> Pin<Box<dyn Future<Output = _> + Send>> {
            let api = Arc::clone(&api);
            Box::pin(async move { api.get_task(request).await })
        };
        let handle = Handle::<R>::new(self.id.clone(), clock, ask).with_policy(self.policy);
        TaskProgress(Thread::new(&self.users, handle.progress()))
    }
}

/// The states of a task, each as soon as it is seen; made by [`TaskHandle::progress`].
#[derive(Debug)]
#[must_use = "an iterator does nothing until it is asked"]
pub struct TaskProgress<C: CustomData = Custom>(Thread<Stream<'static>, C>);

impl<C: CustomData> Iterator for TaskProgress<C> {
    type Item = Result<Task>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

impl<C: CustomData> FusedIterator for TaskProgress<C> {}

impl<R, C: CustomData> fmt::Debug for TaskHandle<R, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskHandle")
            .field("id", &self.id)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
