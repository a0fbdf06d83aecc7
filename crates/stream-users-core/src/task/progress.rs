//! [`TaskProgress`]: the states of a task as a stream. When to ask belongs to `questions`.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::stream::{self, StreamExt as _};
use stream_users_model::{Task, TaskStatus, Timestamp};

use super::questions::Questions;
use crate::error::Result;

/// The states of a task, each as soon as it is seen; made by [`TaskHandle::progress`](super::TaskHandle::progress).
///
/// It ends with the state that the task ended in, well or badly, or with the first error. States that the task passes
/// through between two questions are not seen.
#[must_use = "a stream does nothing until it is polled"]
pub struct TaskProgress<'a>(Pin<Box<dyn Stream<Item = Result<Task>> + Send + 'a>>);

impl<'a> TaskProgress<'a> {
    pub(super) fn new(questions: Result<Questions<'a>>) -> Self {
        let states = stream::unfold(State::Begin(questions), |state| async move {
            let (mut questions, seen) = match state {
                State::Begin(Ok(questions)) => (questions, None),
                State::Begin(Err(error)) => return Some((Err(error), State::End)),
                State::Seen(questions, seen) => (questions, Some(seen)),
                State::End => return None,
            };
            loop {
                let task = match questions.next().await {
                    Ok(task) => task,
                    Err(error) => return Some((Err(error), State::End)),
                };
                let now = (task.status.clone(), task.updated_at);
                if task.status.is_terminal() {
                    return Some((Ok(task), State::End));
                }
                if seen.as_ref() != Some(&now) {
                    return Some((Ok(task), State::Seen(questions, now)));
                }
            }
        });
        Self(Box::pin(states.fuse()))
    }
}

enum State<'a> {
    Begin(Result<Questions<'a>>),
    /// The questions, and the status and date of the state that was handed out last.
    Seen(Questions<'a>, (TaskStatus, Timestamp)),
    End,
}

impl Stream for TaskProgress<'_> {
    type Item = Result<Task>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl fmt::Debug for TaskProgress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskProgress").finish_non_exhaustive()
    }
}
