//! [`Questions`]: asking for a task, with the waits between. What the answers mean to a caller belongs to the handle.

use std::sync::Arc;
use std::time::Duration;

use stream_users_model::{GetTask, Task, TaskId};

use super::{Ask, PollPolicy, task_error};
use crate::clock::Clock;
use crate::error::{Error, Result};

/// No longer wait is believed to be what the service means.
const LONGEST_ASKED: Duration = Duration::from_secs(3600);

/// The questions of one waiting, from its begin to its end.
pub(super) struct Questions<'a> {
    id: TaskId,
    ask: Arc<Ask<'a>>,
    clock: Arc<dyn Clock>,
    policy: PollPolicy,
    start: Duration,
    interval: Duration,
    /// How many questions have failed in a row.
    failures: u32,
    /// What the last question came to; `None` before the first.
    last: Option<Last>,
}

enum Last {
    Task(Box<Task>),
    Failed(Error),
}

impl<'a> Questions<'a> {
    pub(super) fn new(id: TaskId, ask: Arc<Ask<'a>>, clock: Arc<dyn Clock>, policy: PollPolicy) -> Self {
        Self {
            id,
            ask,
            start: clock.monotonic(),
            clock,
            policy,
            interval: policy.first_interval(),
            failures: 0,
            last: None,
        }
    }

    /// Waits, unless it is the first question, and asks until there is an answer.
    ///
    /// # Errors
    /// `Task` where the time is over and the task has not ended; that of a question that will not succeed later, or of
    /// the last of too many in a row.
    pub(super) async fn next(&mut self) -> Result<Task> {
        loop {
            if let Some(last) = self.last.take() {
                self.pause(last).await?;
            }
            match (self.ask)(GetTask::new(self.id.clone())).await {
                Ok(answer) => {
                    self.failures = 0;
                    let task = answer.body;
                    if !task.status.is_terminal() {
                        self.last = Some(Last::Task(Box::new(task.clone())));
                    }
                    return Ok(task);
                }
                Err(error) => {
                    self.failures = self.failures.saturating_add(1);
                    if !error.is_retryable() || self.failures >= self.policy.max_failures {
                        return Err(error);
                    }
                    self.last = Some(Last::Failed(error));
                }
            }
        }
    }

    /// The wait before the next question.
    async fn pause(&mut self, last: Last) -> Result<()> {
        let elapsed = self.clock.monotonic().saturating_sub(self.start);
        let left = self
            .policy
            .timeout
            .map_or(Duration::MAX, |timeout| timeout.saturating_sub(elapsed));
        let asked = match &last {
            Last::Failed(error) => error.retry_after(),
            Last::Task(_) => None,
        };
        // What the service asks for is not cut short: there is no use in a question that it refuses.
        if left.is_zero() || asked.is_some_and(|asked| asked > left.min(LONGEST_ASKED)) {
            return Err(match last {
                Last::Failed(error) => error,
                Last::Task(task) => {
                    let text = format!(
                        "the task {} has not ended after {elapsed:.1?}; it is {}",
                        self.id, task.status
                    );
                    task_error(text, *task)
                }
            });
        }
        let wait = self.interval.min(left).max(asked.unwrap_or_default());
        self.clock.sleep(wait).await;
        self.interval = self.policy.next_interval(self.interval);
        Ok(())
    }
}
