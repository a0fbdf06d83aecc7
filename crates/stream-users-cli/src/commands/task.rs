//! `stream-users task`: a task as it is, or when it has ended. What a task does belongs to the command that started it.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use stream_users_core::{PollPolicy, Users, UsersApiExt as _};
use stream_users_model::{Custom, RawJson, Task, TaskStatus};

use crate::arguments::time;
use crate::exit::{self, Exit};
use crate::globals::Globals;
use crate::output::Output;
use crate::session::Session;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Show a task as it is now
    ///
    /// Exit code 0 whatever has become of it.
    #[command(after_help = "Example:\n  stream-users task get 0b2c7f9e-8d3b-4a3e-9a51-3f0c9d7a1c55")]
    Get {
        /// The task, as the command that started it has printed it
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Wait until a task has ended, and show it
    ///
    /// Exit code 0 where it has completed, 1 where it has failed, 4 where it has not ended in time.
    #[command(
        after_help = "Example:\n  stream-users task wait 0b2c7f9e-8d3b-4a3e-9a51-3f0c9d7a1c55 --timeout 10m"
    )]
    Wait {
        /// The task, as the command that started it has printed it
        #[arg(value_name = "ID")]
        id: String,
        /// Wait no longer than this, such as 90s or 1h; by default as long as it takes
        #[arg(long, value_name = "TIME", value_parser = time::duration)]
        timeout: Option<Duration>,
    },
}

pub(crate) async fn run(globals: &Globals, arguments: Arguments) -> anyhow::Result<Exit> {
    match arguments.command {
        Command::Get { id } => get(globals, &id).await,
        Command::Wait { id, timeout } => wait(globals, &id, timeout).await,
    }
}

async fn get(globals: &Globals, id: &str) -> anyhow::Result<Exit> {
    let session = Session::open(globals).await?;
    let users: Users<Custom> = session.users();
    let task = users.task_by_id::<RawJson>(id).poll().await;
    let task = task.map_err(|error| session.explain(error))?;
    Output::new(globals).value(&task)?;
    Ok(Exit::Done)
}

async fn wait(globals: &Globals, id: &str, timeout: Option<Duration>) -> anyhow::Result<Exit> {
    let session = Session::open(globals).await?;
    let users: Users<Custom> = session.users();
    let output = Output::new(globals);
    let handle = users
        .task_by_id::<RawJson>(id)
        .with_policy(PollPolicy::new().timeout(timeout).max_failures(10));
    let mut states = handle.progress();
    let mut last: Option<Task> = None;
    loop {
        match states.try_next().await {
            Ok(Some(task)) => {
                if !task.status.is_terminal() {
                    output.note(&format!("the task is {}", task.status));
                }
                last = Some(task);
            }
            Ok(None) => break,
            // It did not end in time.
            Err(error) if error.task().is_some() => {
                return Err(exit::stopped(format!(
                    "{error}. It goes on; to wait again: stream-users task wait {id}"
                )));
            }
            Err(error) => return Err(session.explain(error)),
        }
    }
    let Some(task) = last else {
        return Ok(Exit::Failed);
    };
    output.value(&task)?;
    if task.status == TaskStatus::Failed {
        let reason = task.error.map_or_else(String::new, |error| {
            format!(": {}: {}", error.kind, error.description)
        });
        return Err(anyhow::anyhow!("the task {id} failed{reason}"));
    }
    Ok(Exit::Done)
}
