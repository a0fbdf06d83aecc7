//! `get_task`: the state of a task. Waiting for its end belongs to the core.

use serde::{Deserialize, Serialize};

use crate::open_enum::open_enum;
use crate::serde_util::or_default;
use crate::{RawJson, Str, TaskId, Timestamp, Validate, Violations, id};

/// Asks for a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GetTask {
    /// Which.
    pub id: TaskId,
}

impl GetTask {
    /// Asks for a task.
    #[must_use]
    pub fn new(id: impl Into<TaskId>) -> Self {
        Self { id: id.into() }
    }
}

impl Validate for GetTask {
    fn validate(&self, violations: &mut Violations) {
        id::check(violations, "id", self.id.as_str());
    }
}

open_enum! {
    /// How far a task is.
    pub enum TaskStatus {
        /// Not started, for want of something.
        Waiting = "waiting",
        /// Not started.
        Pending = "pending",
        /// At work.
        Running = "running",
        /// Ended well.
        Completed = "completed",
        /// Ended badly.
        Failed = "failed",
    }
}

impl TaskStatus {
    /// Whether the task has ended, well or badly. A status that this version does not know has not.
    #[must_use]
    pub const fn is_terminal(&self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }
}

/// A task that the service works on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Task {
    /// The id.
    pub task_id: TaskId,
    /// How far it is.
    pub status: TaskStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// What it ended with; its shape depends on the kind of task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<RawJson>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<TaskError>,
    /// How long the service worked, as it writes it.
    #[serde(default, deserialize_with = "or_default")]
    pub duration: Str,
}

impl Task {
    /// A task with a status, made at `created_at`; for mocks.
    #[must_use]
    pub fn new(task_id: impl Into<TaskId>, status: TaskStatus, created_at: Timestamp) -> Self {
        Self {
            task_id: task_id.into(),
            status,
            created_at,
            updated_at: created_at,
            result: None,
            error: None,
            duration: Str::default(),
        }
    }
}

/// Why a task failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TaskError {
    /// The kind of error.
    #[serde(rename = "type", default, deserialize_with = "or_default")]
    pub kind: Str,
    /// What is wrong, in the service's words.
    #[serde(default, deserialize_with = "or_default")]
    pub description: String,
    /// Where in the service it went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stacktrace: Option<String>,
    /// The version of the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Str>,
}

impl TaskError {
    /// An error of a kind; for mocks.
    #[must_use]
    pub fn new(kind: impl Into<Str>, description: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            description: description.into(),
            stacktrace: None,
            version: None,
        }
    }
}
