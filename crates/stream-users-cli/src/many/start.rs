//! Tasks that are started and not waited for.

use std::pin::pin;

use futures_core::Stream;
use futures_util::TryStreamExt as _;
use serde::Serialize;
use stream_users_core::Error;
use stream_users_core::bulk::{InputError, Row};
use stream_users_model::{Operation, TaskId, UserId};

use crate::arguments::whom::explain_input;
use crate::exit::Exit;
use crate::globals::Globals;
use crate::output::{self, Output};
use crate::session::Session;

/// A task that was started.
#[derive(Serialize)]
struct Started<'a> {
    task_id: &'a TaskId,
    users: usize,
}

/// Starts a task for each batch of users, and prints its id. The service may refuse a batch for one user in it: then
/// nothing of it is done, and the next one is started.
pub(crate) async fn start<F: Future<Output = Result<TaskId, Error>>>(
    globals: &Globals,
    session: &Session,
    operation: &Operation,
    rows: impl Stream<Item = Result<Row<UserId>, InputError>>,
    call: impl Fn(Vec<UserId>) -> F,
) -> anyhow::Result<Exit> {
    let output = Output::new(globals);
    let mut printed = output.rows(&["task_id", "users"]);
    let most = operation.batch.map_or(1, |batch| batch.max);
    let mut all_started = true;
    let ids = rows.try_filter_map(|row| {
        let id = match row.item {
            Ok(id) => Some(id),
            Err(rejected) => {
                all_started = false;
                output::failure(&format!("line {}: {}", row.number, rejected.reason));
                None
            }
        };
        std::future::ready(Ok(id))
    });
    let (mut failures, mut is_read) = (0, true);
    {
        let mut chunks = pin!(ids.try_chunks(most));
        loop {
            let chunk = match chunks.try_next().await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break,
                Err(error) => return Err(explain_input(error.1)),
            };
            let users = chunk.len();
            let (first, last) = (chunk.first().cloned(), chunk.last().cloned());
            match call(chunk).await {
                Ok(task_id) => {
                    is_read = printed.push(&Started {
                        task_id: &task_id,
                        users,
                    })?;
                    if !is_read {
                        break;
                    }
                }
                Err(error) if error.api().is_some() && !error.is_auth() && !error.is_retryable() => {
                    failures += 1;
                    let span = match (first, last) {
                        (Some(first), Some(last)) if users > 1 => format!("{users} users, {first} to {last}"),
                        (Some(first), _) => first.to_string(),
                        _ => String::new(),
                    };
                    output::failure(&format!("{span}: {error}"));
                }
                Err(error) => return Err(session.explain(error)),
            }
        }
    }
    printed.end()?;
    if !is_read {
        output::warning("nobody reads the results any more, and so no other task was started");
        return Ok(Exit::Stopped);
    }
    output.note("to see what becomes of a task: stream-users task wait ID");
    Ok(if failures == 0 && all_started {
        Exit::Done
    } else {
        Exit::SomeFailed
    })
}
