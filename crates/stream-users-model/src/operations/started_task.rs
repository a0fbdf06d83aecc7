//! What an operation answers that starts a task, and the result that deactivation and reactivation share.

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use crate::serde_util::or_default;
use crate::{Custom, CustomData, Str, TaskId, User};

/// A task that was started and ends with an `R`.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
#[non_exhaustive]
pub struct StartedTask<R> {
    /// The id to ask for the task by.
    pub task_id: TaskId,
    /// How long the service worked, as it writes it.
    #[serde(default, deserialize_with = "or_default")]
    pub duration: Str,
    #[serde(skip)]
    result: PhantomData<fn() -> R>,
}

impl<R> StartedTask<R> {
    /// An answer with this id; for mocks.
    #[must_use]
    pub fn new(task_id: impl Into<TaskId>) -> Self {
        Self {
            task_id: task_id.into(),
            duration: Str::default(),
            result: PhantomData,
        }
    }
}

impl<R> Clone for StartedTask<R> {
    fn clone(&self) -> Self {
        Self {
            task_id: self.task_id.clone(),
            duration: self.duration.clone(),
            result: PhantomData,
        }
    }
}

impl<R> PartialEq for StartedTask<R> {
    fn eq(&self, other: &Self) -> bool {
        self.task_id == other.task_id && self.duration == other.duration
    }
}

impl<R> std::fmt::Debug for StartedTask<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StartedTask")
            .field("task_id", &self.task_id)
            .field("duration", &self.duration)
            .finish()
    }
}

/// What the tasks of `deactivate_users` and `reactivate_users` end with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound(serialize = "C: Serialize", deserialize = "C: CustomData"))]
#[non_exhaustive]
pub struct TaskUsers<C = Custom> {
    /// The users as they are now.
    #[serde(default, deserialize_with = "or_default")]
    pub users: Vec<User<C>>,
}

impl<C> TaskUsers<C> {
    /// A result with these users; for mocks.
    #[must_use]
    pub fn new(users: impl IntoIterator<Item = User<C>>) -> Self {
        Self {
            users: users.into_iter().collect(),
        }
    }
}
